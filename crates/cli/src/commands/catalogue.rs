//! `sylvite role|binding|project|env|service|group|tag|relation|field`: the catalogue's nouns, all looked after alike.

use crate::columns::columns;
use crate::options::OutputOptions;
use crate::printer::Printer;
use crate::settings::Settings;
use crate::{Console, Error};
use api::ListParams;
use api::nouns::Kind;
use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

/// Look after one kind of thing.
#[derive(Subcommand, Debug)]
pub(crate) enum Catalogue {
    /// List them.
    #[command(after_help = "Example: sylvite project list --sort name")]
    List(Listing),
    /// Show one, by its name or id.
    #[command(after_help = "Example: sylvite project show shop")]
    Show(Showing),
    /// Make one: its name, and its fields as `field=value`.
    #[command(after_help = "Example: sylvite project add shop title=商城 max_hosts=50")]
    Add(Adding),
    /// Change fields of one; `field=` empties it.
    #[command(after_help = "Example: sylvite project set shop max_hosts=80 --dry-run")]
    Set(Setting),
    /// Delete some; nothing goes that is in use.
    #[command(after_help = "Example: sylvite project delete shop")]
    Delete(Deleting),
}

/// Which ones.
#[derive(Args, Debug)]
pub(crate) struct Listing {
    /// Words that stand anywhere in them.
    words: Vec<String>,
    /// Conditions as JSON: `{"name":"web*"}`.
    #[arg(long, value_name = "JSON")]
    filter: Option<String>,
    /// Sort by this field; `-field` backwards.
    #[arg(long, value_name = "FIELD", allow_hyphen_values = true)]
    sort: Option<String>,
    /// At most this many.
    #[arg(long, value_name = "N", default_value_t = 1000)]
    limit: usize,
    #[command(flatten)]
    output: OutputOptions,
}

/// Which one.
#[derive(Args, Debug)]
pub(crate) struct Showing {
    /// Its name or id.
    id: String,
    #[command(flatten)]
    output: OutputOptions,
}

/// The new one.
#[derive(Args, Debug)]
pub(crate) struct Adding {
    /// Its name, then fields: `title=…`, `project=…`.
    #[arg(required = true)]
    words: Vec<String>,
    /// Change nothing, and say what would come of it.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    output: OutputOptions,
}

/// What to change.
#[derive(Args, Debug)]
pub(crate) struct Setting {
    /// Its name or id.
    id: String,
    /// Fields: `title=…`.
    #[arg(required = true)]
    fields: Vec<String>,
    /// Change nothing, and say what would come of it.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    output: OutputOptions,
}

/// Which ones.
#[derive(Args, Debug)]
pub(crate) struct Deleting {
    /// Names or ids.
    #[arg(required = true)]
    ids: Vec<String>,
}

/// The columns of a list.
const fn shown(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Role => &["name", "title", "permissions", "functions"],
        Kind::Binding => &["id", "subject", "role", "scope", "ends", "source", "reason"],
        Kind::Project => &["name", "title", "state", "max_hosts"],
        Kind::Environment => &["name", "title", "project", "rank", "protected"],
        Kind::Service => &["name", "project", "title", "owners"],
        Kind::Group => &["name", "project", "expression", "members"],
        Kind::Tag => &["name", "description"],
        Kind::Relation => &["id", "from", "relation", "to"],
        Kind::Field => &["name", "type", "title", "required", "choices"],
        Kind::Mapping => &["id", "provider", "of", "path", "level", "role", "scope"],
    }
}

/// Fields that hold several words: one text is cut at its commas.
const LISTS: &[&str] = &["permissions", "functions", "denied", "owners", "depends_on", "members", "choices"];

/// Reads `field=value` words; what is no such word comes first.
fn fields(words: &[String]) -> Result<(Vec<String>, Map<String, Value>), Error> {
    let read = argv::parse(words, &[]);
    let plain = read.args.iter().map(value::text::str).collect();
    let json = serde_json::to_value(&read.kwargs).map_err(|error| Error::Usage(error.to_string()))?;
    let Value::Object(mut fields) = json else { return Ok((plain, Map::new())) };
    for (field, value) in &mut fields {
        match value {
            Value::String(text) if LISTS.contains(&field.as_str()) => {
                *value = text.split(',').map(str::trim).filter(|word| !word.is_empty()).collect();
            }
            Value::String(text) if text.is_empty() => *value = Value::Null,
            _ => {}
        }
    }
    // `subject=user:anna`, `scope=project:shop`, `from=host:web1`.
    for (field, inner) in [("subject", "name"), ("scope", "id"), ("from", "id"), ("to", "id")] {
        if let Some(Value::String(text)) = fields.get(field) {
            let parts = text.split_once(':').map_or_else(|| json!({"kind": text}), |(kind, name)| json!({"kind": kind, inner: name}));
            fields.insert(field.to_owned(), parts);
        }
    }
    Ok((plain, fields))
}

impl Catalogue {
    /// Runs it.
    pub async fn run(self, kind: Kind, mut settings: Settings, console: &mut Console) -> Result<u8, Error> {
        match self {
            Self::List(asked) => asked.run(kind, settings, console).await,
            Self::Show(asked) => {
                asked.output.over(&mut settings)?;
                let found = settings.client(console).object(kind, &asked.id).await?;
                print(&found, &settings, &asked.output, console)
            }
            Self::Add(asked) => {
                asked.output.over(&mut settings)?;
                let (plain, mut body) = fields(&asked.words)?;
                match plain.as_slice() {
                    [] => {}
                    [name] => drop(body.insert("name".to_owned(), json!(name))),
                    [_, other, ..] => return Err(Error::Usage(format!("`{other}` is no `field=value`"))),
                }
                let made = settings.client(console).make_object(kind, &Value::Object(body), asked.dry_run).await?;
                print(&made, &settings, &asked.output, console)
            }
            Self::Set(asked) => {
                asked.output.over(&mut settings)?;
                let (plain, patch) = fields(&asked.fields)?;
                if let Some(word) = plain.first() {
                    return Err(Error::Usage(format!("`{word}` is no `field=value`")));
                }
                let changed = settings.client(console).change_object(kind, &asked.id, &Value::Object(patch), asked.dry_run).await?;
                print(&changed, &settings, &asked.output, console)
            }
            Self::Delete(asked) => {
                let client = settings.client(console);
                for id in &asked.ids {
                    client.delete_object(kind, id).await?;
                    console.line(&format!("{id}: deleted"))?;
                }
                Ok(0)
            }
        }
    }
}

impl Listing {
    async fn run(self, kind: Kind, mut settings: Settings, console: &mut Console) -> Result<u8, Error> {
        self.output.over(&mut settings)?;
        let client = settings.client(console);
        let params = params(&self.words, self.filter.as_deref(), self.sort.as_deref(), self.limit)?;
        let found = client.objects(kind, &params).await?;
        let names = shown(kind);
        let headings: Vec<String> = names.iter().map(|name| name.to_uppercase()).collect();
        let headings: Vec<&str> = headings.iter().map(String::as_str).collect();
        let rows: Vec<_> = found.iter().map(|one| names.iter().map(|name| cell(one.get(name))).collect()).collect();
        Printer::new(console, &settings, &self.output)?.listing(&found, || columns(&headings, &rows))?;
        Ok(0)
    }
}

/// The query of a list.
pub(crate) fn params(words: &[String], filter: Option<&str>, sort: Option<&str>, limit: usize) -> Result<ListParams, Error> {
    let mut conditions: Map<String, Value> = match filter {
        Some(text) => serde_json::from_str(text).map_err(|error| Error::Usage(format!("--filter takes JSON: {error}")))?,
        None => Map::new(),
    };
    if !words.is_empty() {
        conditions.insert("q".to_owned(), json!(words.join(" ")));
    }
    let order = sort.map(|sort| match sort.strip_prefix('-') {
        Some(field) => json!([field, "DESC"]),
        None => json!([sort, "ASC"]),
    });
    Ok(ListParams {
        filter: (!conditions.is_empty()).then(|| Value::Object(conditions).to_string()),
        sort: order.map(|order| order.to_string()),
        range: Some(json!([0, limit.max(1) - 1]).to_string()),
    })
}

/// One cell of a list.
pub(crate) fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) => items.iter().map(|item| cell(Some(item))).collect::<Vec<_>>().join(","),
        Some(Value::Object(map)) => {
            let pair = |(key, value): (&String, &Value)| match (key.as_str(), value) {
                ("kind" | "id" | "name", value) => cell(Some(value)),
                (key, value) => format!("{key}={}", cell(Some(value))),
            };
            // The kind of a thing stands before its name.
            let mut pairs: Vec<_> = map.iter().collect();
            pairs.sort_by_key(|(key, _)| *key != "kind");
            let is_named = map.contains_key("kind");
            pairs.into_iter().map(pair).collect::<Vec<_>>().join(if is_named { ":" } else { "," })
        }
        Some(other) => other.to_string(),
    }
}

/// Prints one thing.
pub(crate) fn print(found: &Value, settings: &Settings, output: &OutputOptions, console: &mut Console) -> Result<u8, Error> {
    let mut printer = Printer::new(console, settings, output)?;
    let value = serde_json::from_value(found.clone()).map_err(|error| Error::Other(error.to_string()))?;
    printer.value(&value, None, 0)?;
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> (Vec<String>, Value) {
        let words: Vec<String> = words.iter().map(ToString::to_string).collect();
        let (plain, fields) = fields(&words).unwrap();
        (plain, Value::Object(fields))
    }

    #[test]
    fn fields_are_read_as_what_they_hold() {
        let (plain, body) = read(&["ops", "permissions=host:read,job:*", "title=运维", "rank=3", "protected=True", "project="]);
        assert_eq!(plain, ["ops"]);
        let want = json!({"permissions": ["host:read", "job:*"], "title": "运维", "rank": 3, "protected": true, "project": null});
        assert_eq!(body, want);
        let (_, body) = read(&["subject=user:anna", "role=operator", "scope=project:shop"]);
        let want = json!({"subject": {"kind": "user", "name": "anna"}, "role": "operator", "scope": {"kind": "project", "id": "shop"}});
        assert_eq!(body, want);
        assert_eq!(read(&["scope=system"]).1, json!({"scope": {"kind": "system"}}));
    }

    #[test]
    fn cells_are_short() {
        assert_eq!(cell(Some(&json!({"kind": "user", "name": "anna"}))), "user:anna");
        assert_eq!(cell(Some(&json!(["a", "b"]))), "a,b");
        assert_eq!(cell(Some(&json!({"team": "web"}))), "team=web");
        assert_eq!(cell(None), "");
    }
}
