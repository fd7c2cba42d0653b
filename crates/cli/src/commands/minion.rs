//! `sylvite minion`: list, show, grains, tail.

use crate::columns::{columns, moment};
use crate::commands::events;
use crate::complete;
use crate::options::{OutputOptions, TargetOptions};
use crate::printer::Printer;
use crate::settings::Settings;
use crate::{Console, Error};
use api::{EventFilter, GrainFilter, MinionFilter, MinionSummary};
use clap::{Args, Subcommand};
use clap_complete::engine::ArgValueCompleter;
use model::{MinionId, Presence};
use value::{DELIMITER, Map, Value, text, traverse};

/// Look at minions and their grains.
#[derive(Subcommand, Debug)]
#[command(after_help = "Examples:\n  sylvite minion list\n  sylvite minion grains web01 os")]
pub(crate) enum Minion {
    /// List minions: who is there, who is away since when.
    #[command(
        after_help = "Examples:\n  sylvite minion list\n  sylvite minion list 'web*' --offline\n  sylvite minion list -G os:Debian --out json"
    )]
    List(List),
    /// Show a minion.
    #[command(after_help = "Example:\n  sylvite minion show web01")]
    Show(One),
    /// Print a minion's grains, or one of them, or how it changed.
    #[command(
        after_help = "Examples:\n  sylvite minion grains web01\n  sylvite minion grains web01 ip4_interfaces:eth0\n  sylvite minion grains web01 os --history"
    )]
    Grains(Grains),
    /// Follow what a minion does.
    #[command(after_help = "Example:\n  sylvite minion tail web01")]
    Tail(One),
}

/// Which minions.
#[derive(Args, Debug)]
pub(crate) struct List {
    /// A pattern over the ids, or what a target option says.
    #[arg(add = ArgValueCompleter::new(complete::minions))]
    target: Option<String>,
    /// Only minions that are there.
    #[arg(long, conflicts_with = "offline")]
    online: bool,
    /// Only minions that are away.
    #[arg(long)]
    offline: bool,
    #[command(flatten)]
    kind: TargetOptions,
    #[command(flatten)]
    output: OutputOptions,
}

/// Which minion.
#[derive(Args, Debug)]
pub(crate) struct One {
    /// Its id.
    #[arg(add = ArgValueCompleter::new(complete::minions))]
    minion: MinionId,
    #[command(flatten)]
    output: OutputOptions,
}

/// Which grains.
#[derive(Args, Debug)]
pub(crate) struct Grains {
    /// The minion's id.
    #[arg(add = ArgValueCompleter::new(complete::minions))]
    minion: MinionId,
    /// Path of a grain: `ip4_interfaces:eth0`.
    path: Option<String>,
    /// How it changed, newest first.
    #[arg(long)]
    history: bool,
    /// At most this many changes.
    #[arg(short = 'n', long, value_name = "N", default_value_t = 50)]
    limit: u32,
    #[command(flatten)]
    output: OutputOptions,
}

impl Minion {
    /// Runs it.
    pub async fn run(self, settings: Settings, console: &mut Console) -> Result<u8, Error> {
        match self {
            Self::List(asked) => asked.run(settings, console).await,
            Self::Show(asked) => asked.show(settings, console).await,
            Self::Grains(asked) => asked.run(settings, console).await,
            Self::Tail(asked) => asked.tail(settings, console).await,
        }
    }
}

impl List {
    async fn run(self, mut settings: Settings, console: &mut Console) -> Result<u8, Error> {
        self.output.over(&mut settings)?;
        let client = settings.client(console);
        let mut printer = Printer::new(console, &settings, &self.output)?;
        let target = self.target.as_deref().map(|expression| self.kind.target(expression)).transpose()?;
        let mut filter = MinionFilter {
            kind: target.as_ref().map(|target| target.kind),
            target: target.map(|target| target.expression),
            online: (self.online || self.offline).then_some(self.online),
            ..MinionFilter::default()
        };
        let mut minions = Vec::new();
        loop {
            let page = client.minions(&filter).await?;
            minions.extend(page.items);
            filter.cursor = page.next;
            if filter.cursor.is_none() {
                break;
            }
        }
        let rows: Vec<_> = minions.iter().map(row).collect();
        printer.listing(&minions, || columns(&["MINION", "STATE", "SINCE", "FROM", "OS", "VERSION", "REASON"], &rows))?;
        Ok(0)
    }
}

fn row(minion: &MinionSummary) -> Vec<String> {
    let (state, since, from, reason) = presence(&minion.presence);
    vec![minion.id.to_string(), state, since, from, minion.os.clone(), minion.version.clone(), reason]
}

/// State, since when, from where, why.
fn presence(presence: &Presence) -> (String, String, String, String) {
    match presence {
        Presence::Online { since, address } => ("online".to_owned(), moment(*since), address.clone(), String::new()),
        Presence::Offline { since, reason } => ("offline".to_owned(), moment(*since), String::new(), reason.clone()),
        Presence::Never => ("never seen".to_owned(), String::new(), String::new(), String::new()),
    }
}

impl One {
    async fn show(self, mut settings: Settings, console: &mut Console) -> Result<u8, Error> {
        self.output.over(&mut settings)?;
        let client = settings.client(console);
        let mut printer = Printer::new(console, &settings, &self.output)?;
        let view = client.minion(&self.minion).await?;
        let (state, since, from, reason) = presence(&view.minion.presence);
        let grain = |name: &str| view.grains.get(name).map(text::str).unwrap_or_default();
        let addresses = view.grains.get("ipv4").and_then(Value::as_list).unwrap_or_default();
        let rows = [
            ("minion", view.minion.id.to_string()),
            ("state", format!("{state} {since} {reason}").trim().to_owned()),
            ("from", from),
            ("key", view.minion.key.map(|key| key.to_string()).unwrap_or_default()),
            ("version", view.minion.version.clone()),
            ("os", format!("{} {}", grain("os"), grain("osrelease")).trim().to_owned()),
            ("kernel", format!("{} {}", grain("kernel"), grain("kernelrelease")).trim().to_owned()),
            ("cpus", grain("num_cpus")),
            ("memory", format!("{} MiB", grain("mem_total"))),
            ("addresses", addresses.iter().map(text::str).collect::<Vec<_>>().join(", ")),
            ("grains", view.minion.grains_at.map(|at| format!("as of {}", moment(at))).unwrap_or_default()),
        ];
        let lines = rows.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| format!("{name:<10} {value}"));
        printer.listing(&view, || lines.collect::<Vec<_>>().join("\n"))?;
        Ok(0)
    }

    async fn tail(self, mut settings: Settings, console: &mut Console) -> Result<u8, Error> {
        self.output.over(&mut settings)?;
        let filter = EventFilter::default();
        let id = self.minion.to_string();
        let about = move |event: &model::Event| {
            event.data.get("id").and_then(Value::as_str) == Some(id.as_str()) || event.tag.split('/').any(|part| part == id)
        };
        events::follow(settings, console, &self.output, filter, &about).await
    }
}

impl Grains {
    async fn run(self, mut settings: Settings, console: &mut Console) -> Result<u8, Error> {
        self.output.over(&mut settings)?;
        let client = settings.client(console);
        let mut printer = Printer::new(console, &settings, &self.output)?;
        if self.history {
            let filter = GrainFilter { path: self.path, limit: Some(self.limit) };
            let changes = client.grain_history(&self.minion, &filter).await?;
            let word = |value: &Option<Value>| value.as_ref().map(text::str).unwrap_or_default();
            let rows: Vec<_> =
                changes.iter().map(|change| vec![moment(change.at), change.path.clone(), word(&change.old), word(&change.new)]).collect();
            printer.listing(&changes, || columns(&["WHEN", "GRAIN", "OLD", "NEW"], &rows))?;
            return Ok(0);
        }
        let grains = Value::Map(client.minion(&self.minion).await?.grains);
        let found = match &self.path {
            None => &grains,
            Some(path) => match traverse(&grains, path, DELIMITER) {
                Some(found) => found,
                None => return Err(Error::Other(format!("`{}` has no grain `{path}`", self.minion))),
            },
        };
        let data: Map = [(self.minion.as_str(), found)].into_iter().collect();
        printer.minions(&data, None, 0)?;
        Ok(0)
    }
}
