//! `sylvite-minion doctor`: looks at the usual faults of a minion from where they happen, and says the way out of each.
//!
//! It changes nothing. Where an agent runs it is asked over its socket; where none is connected, the masters are dialled with the minion's
//! own key, as the agent would.

mod host;
mod way;

pub(crate) use way::greets;

use crate::agent;
use crate::config::{Loaded, Place, Unknown};
use anyhow::{Context, Result};
use serde::Serialize;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Look for the usual faults of this minion.
#[derive(clap::Args, Debug)]
pub struct Doctor {
    /// Print the findings as JSON.
    #[arg(long)]
    json: bool,
}

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// As it should be.
    Fine,
    /// Worth a look.
    Warning,
    /// Must be mended.
    Error,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    subject: &'static str,
    level: Level,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

impl Finding {
    fn fine(subject: &'static str, message: impl Into<String>) -> Self {
        Self { subject, level: Level::Fine, message: message.into(), hint: None }
    }

    fn warning(subject: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { subject, level: Level::Warning, message: message.into(), hint: Some(hint.into()) }
    }

    fn error(subject: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { level: Level::Error, ..Self::warning(subject, message, hint) }
    }
}

impl Doctor {
    /// Looks and prints; the exit status is 1 when something must be mended.
    #[must_use]
    pub fn main(&self, folder: &Path) -> ExitCode {
        let findings = look(folder);
        let is_bad = findings.iter().any(|finding| finding.level == Level::Error);
        match self.print(&findings) {
            Ok(()) if !is_bad => ExitCode::SUCCESS,
            Ok(()) | Err(_) => ExitCode::FAILURE,
        }
    }

    fn print(&self, findings: &[Finding]) -> Result<()> {
        let text = if self.json {
            serde_json::to_string(findings)?
        } else {
            let line = |finding: &Finding| {
                let mark = match finding.level {
                    Level::Fine => "fine   ",
                    Level::Warning => "warning",
                    Level::Error => "error  ",
                };
                let hint = finding.hint.as_ref().map(|hint| format!("\n         {hint}")).unwrap_or_default();
                format!("{mark}  {}: {}{hint}", finding.subject, finding.message)
            };
            findings.iter().map(line).collect::<Vec<_>>().join("\n")
        };
        writeln!(std::io::stdout(), "{text}").context("cannot write to standard output")
    }
}

/// Looks at everything; what needs a configuration is left out when there is none that can be read.
fn look(folder: &Path) -> Vec<Finding> {
    let read = Loaded::read(Place { folder: folder.to_owned() }, &[], Unknown::Refuse);
    let mut loaded = match read {
        Ok(loaded) => loaded,
        Err(error) => {
            let hint = format!("correct `{}`; `docs/config` lists every key", folder.join("minion").display());
            return vec![Finding::error("configuration", output::chain(&error), hint)];
        }
    };
    loaded.settle_id();
    let mut findings = vec![Finding::fine("configuration", format!("`{}` can be used", folder.join("minion").display()))];
    let config = &loaded.config;
    findings.push(host::name(&config.id));
    let places: Vec<PathBuf> = [&config.cachedir, &config.pki_dir, &config.spool_folder()].map(Clone::clone).to_vec();
    findings.extend(host::disk(&places));
    findings.push(host::clock(&places));
    findings.extend(host::key_file(&config.pki_dir.join("minion.pem")));
    let masters: Vec<String> = config.master.iter().map(|master| agent::with_port(master, config.master_port)).collect();
    if loaded.is_local() {
        findings.push(Finding::fine("port", "`file_client: local`: no master is needed"));
        return findings;
    }
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            findings.push(Finding::error(
                "host",
                format!("the runtime cannot start: {error}"),
                "look at the limits of this user (`ulimit -a`)",
            ));
            return findings;
        }
    };
    findings.extend(runtime.block_on(way::look(&loaded, &masters)));
    runtime.shutdown_background();
    findings
}
