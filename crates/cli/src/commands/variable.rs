//! `sylvite variable`: values that are part of the pillar of all minions, of a group, or of one.

use crate::columns::columns;
use crate::complete;
use crate::options::OutputOptions;
use crate::printer::Printer;
use crate::settings::Settings;
use crate::{Console, Error};
use api::RunFunction;
use clap::{Args, Subcommand};
use clap_complete::engine::ArgValueCompleter;
use client::Client;
use value::{Map, Value, text};

/// Values that are part of the pillar of all minions, of a group, or of one.
#[derive(Subcommand, Debug)]
#[command(after_help = "Examples:
  sylvite variable set nginx:workers 4                 for all minions
  sylvite variable set nginx:workers 8 --group web     over that, for a nodegroup
  sylvite variable set ntp '[a.example, b.example]' --host db1
  sylvite variable explain db1                         what a minion sees, and where each comes from
  sylvite variable remove nginx:workers --group web
A name with colons is a path: `nginx:workers` is the key `workers` in the mapping `nginx`. Values are YAML.")]
pub(crate) enum Variable {
    /// Set a variable.
    #[command(after_help = "Example: sylvite variable set nginx:workers 8 --group web")]
    Set(Set),
    /// List variables.
    #[command(after_help = "Example: sylvite variable list --host db1")]
    List(List),
    /// Remove variables.
    #[command(after_help = "Example: sylvite variable remove nginx:workers --group web")]
    Remove(Remove),
    /// Show what a minion sees, and which scope each comes from.
    #[command(after_help = "Example: sylvite variable explain db1")]
    Explain(Explain),
    /// Show what was done to variables.
    #[command(after_help = "Example: sylvite variable history nginx:workers")]
    History(History),
}

/// Where it holds: for all minions unless said otherwise.
#[derive(Args, Debug)]
pub(crate) struct Place {
    /// For the minions of this nodegroup.
    #[arg(long, value_name = "NAME", conflicts_with = "host")]
    group: Option<String>,
    /// For this minion.
    #[arg(long, value_name = "ID", add = ArgValueCompleter::new(complete::minions))]
    host: Option<String>,
}

/// What it is.
#[derive(Args, Debug)]
pub(crate) struct Set {
    /// Its name.
    name: String,
    /// Its value, as YAML; from standard input when it is `-`, as text.
    #[arg(allow_hyphen_values = true)]
    value: String,
    /// The value is text, whatever it looks like.
    #[arg(long)]
    text: bool,
    #[command(flatten)]
    place: Place,
}

/// Which.
#[derive(Args, Debug)]
pub(crate) struct List {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    output: OutputOptions,
}

/// Which.
#[derive(Args, Debug)]
pub(crate) struct Remove {
    /// Their names.
    #[arg(required = true)]
    names: Vec<String>,
    #[command(flatten)]
    place: Place,
}

/// Whose.
#[derive(Args, Debug)]
pub(crate) struct Explain {
    /// Id of the minion.
    #[arg(add = ArgValueCompleter::new(complete::minions))]
    host: String,
    #[command(flatten)]
    output: OutputOptions,
}

/// Which.
#[derive(Args, Debug)]
pub(crate) struct History {
    /// The name of a variable; all without.
    name: Option<String>,
    /// At most so many lines.
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: u32,
    #[command(flatten)]
    output: OutputOptions,
}

impl Place {
    fn arguments(self) -> Map {
        let named = [("group", self.group), ("host", self.host)];
        named.into_iter().filter_map(|(name, value)| Some((name, Value::from(value?)))).collect()
    }
}

async fn ask(client: &Client, function: &str, kwargs: Map) -> Result<Value, Error> {
    let request = RunFunction { function: function.to_owned(), args: Vec::new(), kwargs, detached: false };
    let result = client.wheel(&request).await?;
    if result.success { Ok(result.value) } else { Err(Error::Other(text::str(&result.value))) }
}

/// Says what a change did.
fn tell(console: &mut Console, name: &str, answer: &Value) -> Result<(), Error> {
    let line = match answer.get("version").and_then(Value::as_int) {
        Some(version) => format!("{name}: changed, version {version}"),
        None => format!("{name}: is so already"),
    };
    Ok(console.line(&line)?)
}

impl Variable {
    /// Runs it.
    pub async fn run(self, settings: Settings, console: &mut Console) -> Result<u8, Error> {
        let client = settings.client(console);
        match self {
            Self::Set(asked) => {
                let value = match (asked.value.as_str(), asked.text) {
                    ("-", _) => Value::from(console.read_all()?.trim_end_matches('\n')),
                    (words, true) => Value::from(words),
                    (words, false) => argv::value(words),
                };
                let mut kwargs = asked.place.arguments();
                kwargs.insert("name", asked.name.as_str());
                kwargs.insert("value", value);
                let answer = ask(&client, "variable.set", kwargs).await?;
                tell(console, &asked.name, &answer)?;
            }
            Self::Remove(asked) => {
                let place = asked.place.arguments();
                for name in &asked.names {
                    let mut kwargs = place.clone();
                    kwargs.insert("name", name.as_str());
                    let answer = ask(&client, "variable.remove", kwargs).await?;
                    tell(console, name, &answer)?;
                }
            }
            Self::List(asked) => {
                let found = ask(&client, "variable.list", asked.place.arguments()).await?;
                show(found, &["scope", "name", "value", "version", "changed_by"], &asked.output, settings, console)?;
            }
            Self::Explain(asked) => {
                let found = ask(&client, "variable.explain", Map::from_iter([("host", asked.host)])).await?;
                show(found, &["name", "value", "scope", "version"], &asked.output, settings, console)?;
            }
            Self::History(asked) => {
                let mut kwargs = Map::from_iter([("limit", Value::from(asked.limit))]);
                kwargs.extend(asked.name.map(|name| ("name", Value::from(name))));
                let found = ask(&client, "variable.history", kwargs).await?;
                show(found, &["version", "at", "by", "scope", "name", "old", "new"], &asked.output, settings, console)?;
            }
        }
        Ok(0)
    }
}

fn show(found: Value, keys: &[&str], output: &OutputOptions, mut settings: Settings, console: &mut Console) -> Result<(), Error> {
    output.over(&mut settings)?;
    let mut printer = Printer::new(console, &settings, output)?;
    let items = found.as_list().unwrap_or_default();
    let rows: Vec<Vec<String>> =
        items.iter().map(|item| keys.iter().map(|key| item.get(key).map(cell).unwrap_or_default()).collect()).collect();
    let head: Vec<String> = keys.iter().map(|key| key.to_uppercase().replace('_', " ")).collect();
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    Ok(printer.listing(&items, || columns(&head, &rows))?)
}

/// A value on one line.
fn cell(value: &Value) -> String {
    match value {
        Value::Str(text) => text.clone(),
        other => serde_json::to_string(other).unwrap_or_default(),
    }
}
