//! `sylvite doctor`: the usual faults of the master, and of the minion of this machine, each with the way out.

use crate::options::OutputOptions;
use crate::printer::Printer;
use crate::settings::Settings;
use crate::{Console, Error};
use api::{Finding, Level};
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Look for the usual faults.
#[derive(Args, Debug)]
#[command(
    after_help = "Looks at the master (database, name, port, disk, clock, keys, versions, folders) and, where a minion is configured on this machine, at that one
(configuration, name, disk, clock, port of the master, agent, version, key). The exit status is 1 when something must be mended.

Examples:
  sylvite doctor
  sylvite doctor --minion
  sylvite -c /etc/sylvite doctor --out json"
)]
pub(crate) struct Doctor {
    /// Only the minion of this machine.
    #[arg(long, conflicts_with = "master")]
    minion: bool,
    /// Only the master.
    #[arg(long)]
    master: bool,
    #[command(flatten)]
    output: OutputOptions,
}

impl Doctor {
    /// Runs it.
    pub async fn run(self, mut settings: Settings, console: &mut Console) -> Result<u8, Error> {
        self.output.over(&mut settings)?;
        let has_minion = ["minion", "minion.d"].iter().any(|name| settings.folder.join(name).exists());
        let client = settings.client(console);
        let is_elsewhere = matches!(client.address(), client::Address::Remote(_));
        let has_master = is_elsewhere || settings.socket.exists() || settings.folder.join("master").exists();
        let mut findings = Vec::new();
        if !self.minion && (self.master || has_master || !has_minion) {
            match client.doctor().await {
                Ok(found) => findings.extend(found),
                Err(error) => findings.push(away(&error)),
            }
        }
        if !self.master && (self.minion || has_minion) {
            findings.extend(minion(&settings.folder));
        }
        let mut printer = Printer::new(console, &settings, &self.output)?;
        let palette = printer.palette();
        let line = |finding: &Finding| {
            let mark = match finding.level {
                Level::Fine => palette.green("fine   "),
                Level::Warning => palette.yellow("warning"),
                Level::Error => palette.red("error  "),
            };
            let hint = finding.hint.as_ref().map(|hint| format!("\n         {hint}")).unwrap_or_default();
            format!("{mark}  {}: {}{hint}", finding.subject, finding.message)
        };
        printer.listing(&findings, || findings.iter().map(line).collect::<Vec<_>>().join("\n"))?;
        Ok(u8::from(findings.iter().any(|finding| finding.level == Level::Error)))
    }
}

/// The master that should tell of itself does not.
fn away(error: &client::Error) -> Finding {
    let hint = "is it running? `systemctl status sylvite-master` says so, `journalctl -u sylvite-master` why not; a minion alone is looked at by `--minion`";
    finding("master", Level::Error, output::chain(error), hint)
}

/// What the minion's program finds; this one knows only the API.
fn minion(folder: &Path) -> Vec<Finding> {
    let beside = std::env::current_exe().ok().and_then(|program| Some(program.parent()?.join("sylvite-minion")));
    let program = beside.filter(|path| path.exists()).unwrap_or_else(|| PathBuf::from("sylvite-minion"));
    let mut command = Command::new(&program);
    let said = command.arg("-c").arg(folder).args(["doctor", "--json"]).stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let found = match said {
        Ok(output) => serde_json::from_slice::<Vec<Finding>>(&output.stdout).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    match found {
        Ok(findings) => findings.into_iter().map(|found| Finding { subject: format!("minion, {}", found.subject), ..found }).collect(),
        Err(why) => {
            let message = format!("`{}` cannot look at the minion: {why}", program.display());
            vec![finding("minion", Level::Error, message, "install the minion on this machine, or leave `--minion` out")]
        }
    }
}

fn finding(subject: &str, level: Level, message: String, hint: &str) -> Finding {
    Finding { subject: subject.to_owned(), level, message, hint: Some(hint.to_owned()) }
}
