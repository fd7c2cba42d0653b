//! `sylvite host`: what is said of machines.

use super::catalogue::{cell, params, print};
use crate::columns::{columns, moment};
use crate::options::{OutputOptions, span};
use crate::printer::Printer;
use crate::settings::Settings;
use crate::{Console, Error};
use api::{ChangeHosts, FactHistory, HostPatch, HostState, HostTable};
use clap::{Args, Subcommand};
use model::{MinionId, Timestamp};
use std::time::Duration;
use value::Value;

/// Hosts: they appear by themselves; this says where they belong and how they are.
#[derive(Subcommand, Debug)]
#[command(after_help = "Examples:
  sylvite host list debian team:web              words that stand anywhere; key:value looks into labels and facts
  sylvite host list --target 'G@os:Debian and A@tag:edge'
  sylvite host set web1 web2 --project shop --env prod --label team=web --tag edge
  sylvite host maintenance web1 --for 2h --reason 'new disk'
  sylvite host history --path kernelrelease --since 7d")]
pub(crate) enum Host {
    /// List hosts.
    #[command(after_help = "Example: sylvite host list --target 'G@os:Debian' --sort -id")]
    List(Listing),
    /// Show a host.
    #[command(after_help = "Example: sylvite host show web1")]
    Show(Showing),
    /// Change what is said of hosts.
    #[command(after_help = "Example: sylvite host set web1 web2 --project shop --env prod --label team=web --dry-run")]
    Set(Setting),
    /// Put hosts into maintenance: no jobs, no alarms.
    #[command(after_help = "Example: sylvite host maintenance web1 --for 2h --reason 'new disk'")]
    Maintenance(Maintenance),
    /// Put hosts back into use.
    #[command(after_help = "Example: sylvite host activate web1")]
    Activate(Which),
    /// Put hosts out of use, and keep them for the record.
    #[command(after_help = "Example: sylvite host retire web1 --reason 'lease ended'")]
    Retire(Which),
    /// Forget hosts whose keys are deleted.
    #[command(after_help = "Example: sylvite host forget web1")]
    Forget(Names),
    /// Print all hosts as a table, for Excel or to be imported again.
    #[command(after_help = "Example: sylvite host export > hosts.csv")]
    Export,
    /// Change hosts by a table: all of its rows, or none.
    #[command(after_help = "Example: sylvite host import hosts.csv --dry-run")]
    Import(Import),
    /// How facts of hosts have changed.
    #[command(after_help = "Example: sylvite host history --path kernelrelease --since 7d")]
    History(History),
}

/// Which hosts to list.
#[derive(Args, Debug)]
pub(crate) struct Listing {
    /// Words that stand anywhere in them.
    words: Vec<String>,
    /// A compound target.
    #[arg(long, value_name = "EXPRESSION")]
    target: Option<String>,
    /// Conditions as JSON: `{"state":"maintenance","fact.os":"Debian"}`.
    #[arg(long, value_name = "JSON")]
    filter: Option<String>,
    /// Sort by this field; `-field` backwards.
    #[arg(long, value_name = "FIELD", allow_hyphen_values = true, default_value = "id")]
    sort: String,
    /// At most this many.
    #[arg(long, value_name = "N", default_value_t = 1000)]
    limit: usize,
    #[command(flatten)]
    output: OutputOptions,
}

/// Which host.
#[derive(Args, Debug)]
pub(crate) struct Showing {
    /// Its id.
    id: MinionId,
    #[command(flatten)]
    output: OutputOptions,
}

/// Which hosts.
#[derive(Args, Debug)]
pub(crate) struct Which {
    /// Ids.
    #[arg(required_unless_present = "target")]
    hosts: Vec<MinionId>,
    /// All that match a compound target.
    #[arg(long, value_name = "EXPRESSION")]
    target: Option<String>,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Change nothing, and say which would change.
    #[arg(long)]
    dry_run: bool,
}

/// What to change.
#[derive(Args, Debug)]
pub(crate) struct Setting {
    #[command(flatten)]
    which: Which,
    /// Project, by name or id; empty for none.
    #[arg(long, value_name = "NAME")]
    project: Option<String>,
    /// Environment, by name or id; empty for none.
    #[arg(long, visible_alias = "environment", value_name = "NAME")]
    env: Option<String>,
    /// Services that run there, and no others.
    #[arg(long = "service", value_name = "NAME")]
    services: Vec<String>,
    /// A label to set, or to take away when its value is empty.
    #[arg(long = "label", value_name = "KEY=VALUE")]
    labels: Vec<String>,
    /// A tag to add.
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// A tag to take away.
    #[arg(long = "untag", value_name = "TAG")]
    untags: Vec<String>,
    /// A custom field to set, or to empty.
    #[arg(long = "field", value_name = "KEY=VALUE")]
    fields: Vec<String>,
    /// Free text.
    #[arg(long, value_name = "TEXT")]
    notes: Option<String>,
}

/// For how long.
#[derive(Args, Debug)]
pub(crate) struct Maintenance {
    #[command(flatten)]
    which: Which,
    /// Ends by itself after so long: `30m`, `2h`, `1d`.
    #[arg(long = "for", value_name = "SPAN", value_parser = span)]
    lasts: Option<Duration>,
}

/// Whose.
#[derive(Args, Debug)]
pub(crate) struct Names {
    /// Ids.
    #[arg(required = true)]
    hosts: Vec<MinionId>,
}

/// Which table.
#[derive(Args, Debug)]
pub(crate) struct Import {
    /// The file; `-` for standard input.
    file: String,
    /// Change nothing, and say what would come of it.
    #[arg(long)]
    dry_run: bool,
}

/// Which changes.
#[derive(Args, Debug)]
pub(crate) struct History {
    /// Of this host.
    #[arg(long, value_name = "ID")]
    host: Option<MinionId>,
    /// Of this fact and what lies below it.
    #[arg(long, value_name = "PATH")]
    path: Option<String>,
    /// Not longer ago than this: `7d`.
    #[arg(long, value_name = "SPAN", value_parser = span)]
    since: Option<Duration>,
    /// At most this many.
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: u32,
    #[command(flatten)]
    output: OutputOptions,
}

impl Host {
    /// Runs it.
    pub async fn run(self, mut settings: Settings, console: &mut Console) -> Result<u8, Error> {
        match self {
            Self::List(asked) => asked.run(settings, console).await,
            Self::Show(asked) => {
                asked.output.over(&mut settings)?;
                let found = settings.client(console).host(&asked.id).await?;
                print(&found, &settings, &asked.output, console)
            }
            Self::Set(asked) => {
                let patch = asked.patch()?;
                asked.which.change(patch, settings, console).await
            }
            Self::Maintenance(asked) => {
                let until = asked.lasts.map(|lasts| Timestamp::now().plus(lasts));
                let patch = HostPatch { state: Some(HostState::Maintenance), until, ..HostPatch::default() };
                asked.which.change(patch, settings, console).await
            }
            Self::Activate(which) => which.change(state(HostState::Active), settings, console).await,
            Self::Retire(which) => which.change(state(HostState::Retired), settings, console).await,
            Self::Forget(asked) => {
                let client = settings.client(console);
                for id in &asked.hosts {
                    client.forget_host(id).await?;
                    console.line(&format!("{id}: forgotten"))?;
                }
                Ok(0)
            }
            Self::Export => {
                let exported = settings.client(console).export_hosts().await?;
                console.text(&exported.table)?;
                Ok(0)
            }
            Self::Import(asked) => asked.run(settings, console).await,
            Self::History(asked) => asked.run(settings, console).await,
        }
    }
}

fn state(state: HostState) -> HostPatch {
    HostPatch { state: Some(state), ..HostPatch::default() }
}

impl Which {
    async fn change(self, mut patch: HostPatch, settings: Settings, console: &mut Console) -> Result<u8, Error> {
        patch.reason = self.reason;
        let change = ChangeHosts { hosts: self.hosts.into_iter().collect(), target: self.target, patch };
        let done = settings.client(console).change_hosts(&change, self.dry_run).await?;
        for id in &done.changed {
            console.line(&format!("{id}: {}", if self.dry_run { "would change" } else { "changed" }))?;
        }
        if done.changed.is_empty() {
            console.line(&format!("{} hosts, all of them as they should be", done.matched))?;
        }
        Ok(0)
    }
}

impl Setting {
    fn patch(&self) -> Result<HostPatch, Error> {
        let pair = |text: &String| {
            let pair = text.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()));
            pair.ok_or_else(|| Error::Usage(format!("`{text}` is no `key=value`")))
        };
        let labels = self.labels.iter().map(|text| pair(text).map(|(key, value)| (key, Some(value).filter(|value| !value.is_empty()))));
        let mut custom = argv::parse(&self.fields, &[]).kwargs;
        for value in custom.values_mut() {
            if value.as_str() == Some("") {
                *value = Value::Null;
            }
        }
        Ok(HostPatch {
            project: self.project.clone(),
            environment: self.env.clone(),
            services: (!self.services.is_empty()).then(|| self.services.iter().cloned().collect()),
            labels: labels.collect::<Result<_, _>>()?,
            add_tags: self.tags.iter().cloned().collect(),
            remove_tags: self.untags.iter().cloned().collect(),
            custom,
            notes: self.notes.clone(),
            ..HostPatch::default()
        })
    }
}

impl Listing {
    async fn run(self, mut settings: Settings, console: &mut Console) -> Result<u8, Error> {
        self.output.over(&mut settings)?;
        let client = settings.client(console);
        let filter = match (&self.filter, &self.target) {
            (filter, None) => filter.clone(),
            (filter, Some(target)) => {
                let mut conditions: serde_json::Map<String, serde_json::Value> = serde_json::from_str(filter.as_deref().unwrap_or("{}"))
                    .map_err(|error| Error::Usage(format!("--filter takes JSON: {error}")))?;
                conditions.insert("target".to_owned(), target.as_str().into());
                Some(serde_json::Value::Object(conditions).to_string())
            }
        };
        let found = client.hosts(&params(&self.words, filter.as_deref(), Some(&self.sort), self.limit)?).await?;
        let rows: Vec<_> = found
            .iter()
            .map(|host| {
                let fact = |name: &str| host.get("facts").and_then(|facts| facts.get(name));
                let address = fact("ipv4").and_then(|list| list.as_array()).into_iter().flatten();
                let address = address.filter_map(|one| one.as_str()).find(|one| !one.starts_with("127."));
                let of = |name: &str| cell(host.get(name));
                let os = cell(fact("osfinger").or_else(|| fact("os")));
                vec![
                    of("id"),
                    of("status"),
                    of("state"),
                    of("project_name"),
                    of("environment_name"),
                    os,
                    address.unwrap_or_default().to_owned(),
                    of("tags"),
                    of("labels"),
                ]
            })
            .collect();
        let headings = ["ID", "STATUS", "STATE", "PROJECT", "ENV", "OS", "ADDRESS", "TAGS", "LABELS"];
        Printer::new(console, &settings, &self.output)?.listing(&found, || columns(&headings, &rows))?;
        Ok(0)
    }
}

impl Import {
    async fn run(self, settings: Settings, console: &mut Console) -> Result<u8, Error> {
        let table = match self.file.as_str() {
            "-" => console.read_all()?,
            path => std::fs::read_to_string(path).map_err(|source| Error::Read { path: path.to_owned(), source })?,
        };
        let done = settings.client(console).import_hosts(&HostTable { table }, self.dry_run).await?;
        for fault in &done.faults {
            console.complain(&format!("row {}, {}: {}", fault.row, fault.id, fault.fault));
        }
        let word = if !done.faults.is_empty() {
            "nothing was changed"
        } else if self.dry_run {
            "nothing was changed, as asked"
        } else {
            "done"
        };
        console.line(&format!(
            "{} rows, {} hosts to change, {} rows at fault: {word}",
            done.rows,
            done.changed.len(),
            done.faults.len()
        ))?;
        Ok(u8::from(!done.faults.is_empty()))
    }
}

impl History {
    async fn run(self, mut settings: Settings, console: &mut Console) -> Result<u8, Error> {
        self.output.over(&mut settings)?;
        let client = settings.client(console);
        let since = self.since.map(|span| Timestamp(Timestamp::now().micros() - i64::try_from(span.as_micros()).unwrap_or(i64::MAX)));
        let ask = FactHistory { host: self.host, path: self.path, since, until: None, cursor: None, limit: Some(self.limit) };
        let page = client.fact_history(&ask).await?;
        let side = |value: &Option<Value>| value.as_ref().map(value::text::str).unwrap_or_default();
        let rows: Vec<_> = page
            .items
            .iter()
            .map(|change| vec![moment(change.at), change.host.to_string(), change.path.clone(), side(&change.old), side(&change.new)])
            .collect();
        Printer::new(console, &settings, &self.output)?
            .listing(&page.items, || columns(&["AT", "HOST", "FACT", "BEFORE", "AFTER"], &rows))?;
        Ok(0)
    }
}
