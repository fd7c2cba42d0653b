//! `sylvite audit`: who did what, who was refused, and whether the log of it is whole.

use crate::columns::{columns, moment};
use crate::options::{OutputOptions, span};
use crate::printer::Printer;
use crate::settings::Settings;
use crate::{Console, Error};
use api::{AuditEntry, AuditFilter, AuditVerify, Checkpoint};
use clap::{Args, Subcommand, ValueEnum};
use model::Timestamp;
use std::path::PathBuf;
use std::time::Duration;

/// The audit log.
#[derive(Subcommand, Debug)]
#[command(after_help = "Examples:
  sylvite audit list --result refused --since 1d
  sylvite audit list --kind project --object shop
  sylvite audit verify > end.json                the end of the log, signed: keep it elsewhere
  sylvite audit verify --checkpoint end.json     and compare with it later
  sylvite audit export --since 30d --format csv > audit.csv")]
pub(crate) enum Audit {
    /// List entries, the newest first.
    #[command(after_help = "Example: sylvite audit list --since 1d --result refused")]
    List(Listing),
    /// Check that no entry was changed, moved, or taken away.
    #[command(after_help = "Example: sylvite audit verify --checkpoint /backup/checkpoints.jsonl")]
    Verify(Verify),
    /// Print all entries of a time, the oldest first.
    #[command(after_help = "Example: sylvite audit export --since 7d --format csv")]
    Export(Export),
    /// List the signed notes of where the log ended.
    #[command(after_help = "Example: sylvite audit checkpoints")]
    Checkpoints(Checkpoints),
}

/// Which entries.
#[derive(Args, Debug, Default)]
pub(crate) struct Which {
    /// By this actor: `local:root`, `user:anna@sylvite`.
    #[arg(long, value_name = "ACTOR")]
    actor: Option<String>,
    /// Of this verb: `project.create`.
    #[arg(long, value_name = "VERB")]
    verb: Option<String>,
    /// About things of this kind.
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// About the thing of this name.
    #[arg(long, value_name = "NAME")]
    object: Option<String>,
    /// What came of it: ok, refused, failed.
    #[arg(long, value_name = "WORD")]
    result: Option<String>,
    /// Not longer ago than this: `1d`.
    #[arg(long, value_name = "SPAN", value_parser = span)]
    since: Option<Duration>,
    /// Longer ago than this.
    #[arg(long, value_name = "SPAN", value_parser = span)]
    until: Option<Duration>,
}

/// A listing.
#[derive(Args, Debug)]
pub(crate) struct Listing {
    #[command(flatten)]
    which: Which,
    /// At most this many.
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: u32,
    #[command(flatten)]
    output: OutputOptions,
}

/// What to compare with.
#[derive(Args, Debug)]
pub(crate) struct Verify {
    /// A file of signed ends that was kept elsewhere, one JSON object a line.
    #[arg(long = "checkpoint", value_name = "FILE")]
    checkpoints: Vec<PathBuf>,
}

/// How to write entries.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Format {
    /// One JSON object a line.
    #[default]
    Jsonl,
    /// For tables; cells that a table would take for formulas are made texts.
    Csv,
}

/// An export.
#[derive(Args, Debug)]
pub(crate) struct Export {
    #[command(flatten)]
    which: Which,
    /// Go on after this entry.
    #[arg(long, value_name = "NUMBER")]
    after: Option<u64>,
    /// How to write them.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// How to print.
#[derive(Args, Debug)]
pub(crate) struct Checkpoints {
    #[command(flatten)]
    output: OutputOptions,
}

impl Which {
    fn filter(self) -> AuditFilter {
        let ago = |span: Duration| Timestamp(Timestamp::now().micros() - i64::try_from(span.as_micros()).unwrap_or(i64::MAX));
        AuditFilter {
            actor: self.actor,
            verb: self.verb,
            kind: self.kind,
            object: self.object,
            result: self.result,
            since: self.since.map(ago),
            until: self.until.map(ago),
            cursor: None,
            limit: None,
        }
    }
}

impl Audit {
    /// Runs it.
    pub async fn run(self, mut settings: Settings, console: &mut Console) -> Result<u8, Error> {
        match self {
            Self::List(asked) => asked.run(settings, console).await,
            Self::Verify(asked) => asked.run(settings, console).await,
            Self::Export(asked) => asked.run(settings, console).await,
            Self::Checkpoints(asked) => {
                asked.output.over(&mut settings)?;
                let kept = settings.client(console).checkpoints().await?;
                let rows: Vec<_> = kept.iter().map(|kept| vec![kept.sequence.to_string(), moment(kept.at), kept.hash.clone()]).collect();
                Printer::new(console, &settings, &asked.output)?.listing(&kept, || columns(&["ENTRY", "SIGNED", "HASH"], &rows))?;
                Ok(0)
            }
        }
    }
}

impl Listing {
    async fn run(self, mut settings: Settings, console: &mut Console) -> Result<u8, Error> {
        self.output.over(&mut settings)?;
        let filter = AuditFilter { limit: Some(self.limit), ..self.which.filter() };
        let page = settings.client(console).audit(&filter).await?;
        let row = |entry: &AuditEntry| {
            let object = format!("{} {}", entry.kind, entry.object);
            vec![entry.sequence.to_string(), moment(entry.at), entry.actor.clone(), entry.verb.clone(), object, entry.result.clone()]
        };
        let rows: Vec<_> = page.items.iter().map(row).collect();
        Printer::new(console, &settings, &self.output)?
            .listing(&page.items, || columns(&["ENTRY", "AT", "ACTOR", "VERB", "OBJECT", "RESULT"], &rows))?;
        Ok(0)
    }
}

impl Verify {
    /// The signed end goes to standard output, to be kept; what people read goes to standard error.
    async fn run(self, settings: Settings, console: &mut Console) -> Result<u8, Error> {
        let mut known = AuditVerify::default();
        for path in &self.checkpoints {
            let read = |source| Error::Read { path: path.display().to_string(), source };
            for line in std::fs::read_to_string(path).map_err(read)?.lines().filter(|line| !line.trim().is_empty()) {
                let checkpoint: Checkpoint = serde_json::from_str(line)
                    .map_err(|error| Error::Usage(format!("`{}` holds a line that is no checkpoint: {error}", path.display())))?;
                known.checkpoints.push(checkpoint);
            }
        }
        let report = settings.client(console).verify_audit(&known).await?;
        for fault in &report.faults {
            console.complain(fault);
        }
        let (entries, signed) = (report.checked, report.checkpoints);
        let word = if report.whole { "the audit log is whole" } else { "the audit log is NOT whole" };
        console.complain(&format!("{word}: {entries} entries checked, {signed} checkpoints compared"));
        if let Some(end) = &report.end {
            console.line(&serde_json::to_string(end).map_err(|error| Error::Other(error.to_string()))?)?;
        }
        Ok(u8::from(!report.whole))
    }
}

impl Export {
    async fn run(self, settings: Settings, console: &mut Console) -> Result<u8, Error> {
        let filter = AuditFilter { cursor: self.after.map(|after| after.to_string()), ..self.which.filter() };
        let mut entries = settings.client(console).export_audit(&filter).await?;
        if matches!(self.format, Format::Csv) {
            // A byte order mark, by which Excel knows UTF-8.
            console.text("\u{feff}sequence,at,actor,origin,verb,kind,object,result,detail,hash\r\n")?;
        }
        while let Some(entry) = entries.next().await? {
            let line = match self.format {
                Format::Jsonl => json(&entry)? + "\n",
                Format::Csv => {
                    let cells = [
                        entry.sequence.to_string(),
                        entry.at.to_string(),
                        entry.actor.clone(),
                        entry.origin.clone(),
                        entry.verb.clone(),
                        entry.kind.clone(),
                        entry.object.clone(),
                        entry.result.clone(),
                        json(&entry.detail)?,
                        entry.hash.clone(),
                    ];
                    cells.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(",") + "\r\n"
                }
            };
            console.text(&line)?;
        }
        Ok(0)
    }
}

fn json(value: &impl serde::Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| Error::Other(error.to_string()))
}

/// A cell of a table. What a program for tables would run as a formula gets an apostrophe before it.
fn quoted(text: &str) -> String {
    let text = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_no_formula_and_keeps_its_commas() {
        assert_eq!(quoted("=cmd()"), "'=cmd()");
        assert_eq!(quoted("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(quoted("主机"), "主机");
    }
}
