//! `salt-cp`: copies small files to minions, inside one job.

use crate::follow::{Patience, follow};
use crate::login::Acting;
use crate::options::{OutputOptions, SaltOptions, TargetOptions};
use crate::printer::Printer;
use crate::roster::Roster;
use crate::salt::SaltSink;
use crate::settings::Settings;
use crate::{Console, Error};
use api::{JobEvent, RunJob};
use base64::Engine as _;
use clap::Parser;
use client::Client;
use model::{Call, FunctionName};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;
use value::{Map, Value};

/// What one job carries at most; more belongs into the file server (`cp.get_file`, `file.managed`).
const MOST: u64 = 4 * 1024 * 1024;

/// Copy files to minions.
#[derive(Parser, Debug)]
#[command(name = "salt-cp", version, disable_version_flag = true, max_term_width = 110)]
#[command(override_usage = "salt-cp [options] '<target>' SOURCE... DEST")]
#[command(after_help = "Example:\n  salt-cp 'web*' motd /etc/motd")]
pub(crate) struct SaltCp {
    /// Whom it is for, the files, and where they go.
    #[arg(value_name = "WORDS")]
    words: Vec<String>,
    /// How long to wait for minions that say nothing.
    #[arg(short = 't', long, value_name = "SECONDS")]
    timeout: Option<f64>,
    /// In chunks; taken and without meaning, since files travel whole inside the job.
    #[arg(long)]
    chunked: bool,
    /// Log in by this backend of `external_auth`.
    #[arg(short = 'a', long = "auth", aliases = ["eauth", "external-auth"], value_name = "BACKEND")]
    eauth: Option<String>,
    #[arg(short = 'n', long, hide = true)]
    no_compression: bool,
    #[arg(short = 'l', long, hide = true, value_name = "LEVEL")]
    log_level: Option<String>,
    #[command(flatten)]
    target: TargetOptions,
    #[command(flatten)]
    output: OutputOptions,
    #[command(flatten)]
    common: SaltOptions,
}

/// Runs `salt-cp`.
pub(crate) async fn run(words: Vec<OsString>, console: &mut Console) -> Result<u8, Error> {
    // Here `-C` means chunks, as in Salt; compound targets have the long name only.
    let words = words.into_iter().map(|word| if word == "-C" { "--chunked".into() } else { word });
    let asked = SaltCp::try_parse_from(words)?;
    let mut settings = asked.common.settings(console);
    asked.output.over(&mut settings)?;
    let acting = Acting::open(settings.client(console), asked.eauth.as_deref(), &asked.common, console).await?;
    let done = copy(&asked, &acting.client, &settings, console).await;
    acting.close().await;
    done
}

async fn copy(asked: &SaltCp, client: &Client, settings: &Settings, console: &mut Console) -> Result<u8, Error> {
    let mut printer = Printer::new(console, settings, &asked.output)?;
    let [expression, sources @ .., destination] = asked.words.as_slice() else {
        return Err(Error::Usage("a target, at least one file and a destination are needed".to_owned()));
    };
    if sources.is_empty() {
        return Err(Error::Usage("a file to copy is missing".to_owned()));
    }
    let files = read(sources)?;
    let function = FunctionName::new("cp.recv").map_err(|error| Error::Other(error.to_string()))?;
    let call = Call { function, args: vec![Value::Map(files), Value::from(destination)], kwargs: Map::new() };
    let request = RunJob::new(asked.target.target(expression)?, call);
    let mut lines = client.run(&request, false).await?;
    let mut roster = Roster::default();
    match lines.next().await? {
        Some(JobEvent::Submitted(submitted)) if submitted.job.is_none() => {
            printer.console.line("No minions matched the target. No command was sent, no jid was assigned.")?;
            return Ok(2);
        }
        Some(event) => roster.on(&event),
        None => return Err(Error::Other("the master said nothing about the job".to_owned())),
    }
    let silent = asked.timeout.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).unwrap_or(settings.timeout);
    let mut sink = SaltSink::new(&mut printer, false, false);
    follow(&mut lines, &mut roster, Patience { silent: Some(silent), whole: None }, &mut sink).await?;
    sink.finish(crate::salt::missing(&roster))?;
    Ok(u8::from(!roster.is_fine()))
}

/// Files and folders by the path they have below the destination, with their content as base64 and their mode.
pub(crate) fn read(sources: &[String]) -> Result<Map, Error> {
    let mut files = Map::new();
    let mut left = MOST;
    for source in sources {
        let path = Path::new(source);
        let name = path.file_name().map_or_else(|| source.clone(), |name| name.to_string_lossy().into_owned());
        add(path, &name, &mut left, &mut files)?;
    }
    Ok(files)
}

fn add(path: &Path, name: &str, left: &mut u64, files: &mut Map) -> Result<(), Error> {
    use std::os::unix::fs::PermissionsExt;
    let failed = |source| Error::Read { path: path.display().to_string(), source };
    let about = std::fs::metadata(path).map_err(failed)?;
    if about.is_dir() {
        let listing = std::fs::read_dir(path).map_err(failed)?;
        let mut members: Vec<PathBuf> = listing.filter_map(|entry| Some(entry.ok()?.path())).collect();
        members.sort();
        for member in members {
            let below = member.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            add(&member, &format!("{name}/{below}"), left, files)?;
        }
        return Ok(());
    }
    *left = left.checked_sub(about.len()).ok_or_else(|| {
        Error::Usage(format!(
            "`{}` is too much: one job carries at most {} MiB; put larger files under file_roots and use cp.get_file",
            path.display(),
            MOST / 1024 / 1024
        ))
    })?;
    let content = std::fs::read(path).map_err(failed)?;
    let entry: Map = [
        ("base64", Value::from(base64::engine::general_purpose::STANDARD.encode(content))),
        ("mode", Value::from(format!("{:04o}", about.permissions().mode() & 0o7777))),
    ]
    .into_iter()
    .collect();
    files.insert(name, Value::Map(entry));
    Ok(())
}
