//! The program `sylvite-minion`: command line, runtime, exit code.

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use daemon::logs;
use minion::config::{Loaded, MinionConfig, Place, Unknown};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use value::Value;

/// The agent of Sylvite.
#[derive(Parser)]
#[command(name = "sylvite-minion", version, about = "The agent of Sylvite: runs jobs of its master on this machine")]
struct Options {
    /// Folder of the configuration: `minion` and `minion.d/*.conf` in it.
    #[arg(short = 'c', long, value_name = "DIR", default_value = "/etc/sylvite")]
    config_dir: PathBuf,
    /// Log level: error, warning, info, debug, trace, quiet, or a filter such as `info,net=debug`.
    #[arg(short, long, value_name = "LEVEL")]
    log_level: Option<String>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Look over a whole tree of states without running anything.
    Check(minion::check::Check),
    /// Look for the usual faults of this minion.
    Doctor(minion::doctor::Doctor),
    /// Print the JSON Schema of SLS files, for editors.
    Schema(minion::schema::Schema),
    /// Be an agent for the time of one connection, on a host that has none: `sylvite ssh` starts it.
    #[command(hide = true)]
    Guest(minion::guest::Guest),
    /// Print reference pages.
    #[command(hide = true)]
    Reference {
        #[arg(value_enum)]
        page: Page,
    },
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Page {
    Config,
    Modules,
}

fn main() -> ExitCode {
    // Where only this program is installed, it answers to the other name as well.
    if std::env::args_os().next().is_some_and(|name| std::path::Path::new(&name).ends_with("salt-call")) {
        std::process::exit(minion::call::main(std::env::args_os()));
    }
    let options = Options::parse();
    let done = match &options.command {
        Some(Command::Check(check)) => return minion::check::main(check),
        Some(Command::Doctor(doctor)) => return doctor.main(&options.config_dir),
        Some(Command::Schema(schema)) => return schema.main(),
        Some(Command::Guest(guest)) => guest.main(),
        Some(Command::Reference { page }) => reference(*page),
        None => serve(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "logs may not have started")]
            {
                eprintln!("sylvite-minion: {error:#}");
            }
            ExitCode::FAILURE
        }
    }
}

fn serve(options: &Options) -> Result<()> {
    let set: Vec<(String, Value)> = options.log_level.iter().map(|level| ("log_level".to_owned(), Value::from(level))).collect();
    let read = || {
        let mut loaded = Loaded::read(Place { folder: options.config_dir.clone() }, &set, Unknown::Refuse)?;
        loaded.settle_id();
        Ok(loaded)
    };
    let loaded: Loaded = read()?;
    let config = &loaded.config;
    let form = if config.log_json { logs::Form::Json } else { logs::Form::Text };
    let file = (!config.log_file.is_empty()).then(|| PathBuf::from(&config.log_file));
    let logs = logs::start(&logs::Logs { level: config.log_level.clone(), file, form })?;
    // One thread drives the session; jobs and disks have threads of their own that end when they have nothing to do.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .thread_keep_alive(std::time::Duration::from_secs(2))
        .build()
        .context("cannot start the runtime")?;
    let done = runtime.block_on(minion::agent::run(loaded, logs, read)).map_err(anyhow::Error::from);
    runtime.shutdown_background();
    done
}

fn reference(page: Page) -> Result<()> {
    match page {
        Page::Config => {
            let about =
                "Keys of `/etc/sylvite/minion` and `/etc/sylvite/minion.d/*.conf`. Names are Salt's wherever the meaning is the same.";
            show(&config::reference("Configuration of the minion", about, &MinionConfig::keys()))
        }
        Page::Modules => show(&format!("{}\n", serde_json::to_string_pretty(&minion::reference::pages())?)),
    }
}

/// Writes to standard output. Who reads only the beginning (`… | head`) has what they wanted: that is no error.
fn show(text: &str) -> Result<()> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error).context("cannot write to standard output"),
        Ok(()) | Err(_) => Ok(()),
    }
}
