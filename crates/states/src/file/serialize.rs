//! `file.serialize`: a file that holds a value as JSON, YAML or INI.

use super::checked_path;
use super::content::Content;
use super::manage::{Step, Wanted, one};
use modules::file::Perms;
use modules::lookup::json;
use sdk::{Applied, Args, Check, Cx, Failure, Map, Mode, Outlook, Read, State, Value, text};
use value::{Strategy, merge, traverse};

/// Ensure a file holds a value.
///
/// ```salt
/// /etc/app.json:
///   file.serialize:
///     - dataset_pillar: app:settings
///     - serializer: json
/// ```
#[derive(Args)]
pub struct Serialize {
    /// Path.
    name: String,
    /// The value.
    dataset: Option<Value>,
    /// Path of a pillar value that is the value.
    dataset_pillar: Option<String>,
    /// Owner.
    user: Option<String>,
    /// Group.
    group: Option<String>,
    /// Mode.
    mode: Option<Mode>,
    /// `minion` keeps the old content in the cache.
    #[arg(default = "")]
    backup: String,
    /// Make missing folders above it.
    #[arg(default = false)]
    makedirs: bool,
    /// Show how the content changes.
    #[arg(default = true)]
    show_changes: bool,
    /// Make the file if it is missing.
    #[arg(default = true)]
    create: bool,
    /// Merge the value over what the file holds.
    #[arg(default = false)]
    merge_if_exists: bool,
    /// Known for compatibility: text is written as UTF-8.
    #[arg(ignored)]
    encoding: Option<String>,
    /// Known for compatibility: text is written as UTF-8.
    #[arg(default = "strict", ignored)]
    encoding_errors: String,
    /// `json`, `yaml` or `configparser`.
    serializer: Option<String>,
    /// Options of the serializer, such as `indent: 4`.
    serializer_opts: Option<Map>,
    /// Known for compatibility.
    #[arg(ignored)]
    deserializer_opts: Option<Map>,
    /// Command that has to accept the new content; its path is the last argument.
    check_cmd: Option<String>,
    /// Folder of the temporary file.
    tmp_dir: Option<String>,
    /// Ending of the temporary file's name.
    #[arg(default = "")]
    tmp_ext: String,
    /// Another name of `serializer`.
    #[arg(named)]
    formatter: Option<String>,
}

/// A file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Json,
    Yaml,
    Ini,
}

impl Format {
    fn of(name: &str) -> Option<Self> {
        match name {
            "json" => Some(Self::Json),
            "yaml" | "yamlex" => Some(Self::Yaml),
            "configparser" | "ini" => Some(Self::Ini),
            _ => None,
        }
    }

    fn write(self, value: &Value, options: &Map, read: &Read) -> String {
        let sort = options.get("sort_keys").and_then(Value::as_bool).unwrap_or(true);
        match self {
            Self::Json => {
                let indent = options.get("indent").and_then(Value::as_int).unwrap_or(2);
                json(&if sort { modules::lookup::sorted(value) } else { value.clone() }, usize::try_from(indent).ok())
            }
            Self::Yaml => read.agent().dump_yaml(&modules::lookup::sorted(value)).trim_end_matches('\n').to_owned(),
            Self::Ini => ini(value),
        }
    }

    fn read(self, content: &str, read: &Read) -> Result<Value, Failure> {
        match self {
            Self::Json => value::json::read(content).map_err(|error| Failure::failed(error.to_string())),
            Self::Yaml => read.agent().parse_yaml(content),
            Self::Ini => Ok(Value::Map(modules::ini::read(content, "=").to_map())),
        }
    }
}

fn ini(value: &Value) -> String {
    let mut out = String::new();
    for (section, entries) in value.as_map().map(Map::iter).into_iter().flatten() {
        out.push_str(&format!("[{}]\n", text::str(section)));
        for (key, value) in entries.as_map().map(Map::iter).into_iter().flatten() {
            out.push_str(&format!("{} = {}\n", text::str(key), text::str(value)));
        }
        out.push('\n');
    }
    out
}

/// What differs, for a merge: `{key: {old, new}}` down to the leaves.
fn differences(old: &Map, new: &Map) -> Map {
    let mut found = Map::new();
    for (key, value) in new {
        match (old.get_value(key), value) {
            (Some(have), value) if have.is_identical(value) => {}
            (Some(Value::Map(have)), Value::Map(value)) => {
                let below = differences(have, value);
                if !below.is_empty() {
                    found.insert(key.clone(), below);
                }
            }
            (have, value) => {
                let mut change = Map::new();
                change.insert("new", value.clone());
                change.insert("old", have.cloned().unwrap_or_else(|| "<_null_>".into()));
                found.insert(key.clone(), change);
            }
        }
    }
    found
}

/// What is to be done, and what a merge reports instead of a diff.
pub struct Change {
    wanted: Wanted,
    step: Step,
    merged: Option<Map>,
}

impl Serialize {
    fn dataset(&self, read: &Read) -> Result<Value, String> {
        match (&self.dataset, &self.dataset_pillar) {
            (Some(_), Some(_)) => Err("Only one of 'dataset' and 'dataset_pillar' is permitted".to_owned()),
            (Some(dataset), None) => Ok(dataset.clone()),
            (None, Some(path)) => Ok(traverse(&read.facts().pillar, path, value::DELIMITER).cloned().unwrap_or_else(|| "".into())),
            (None, None) => Err("Neither 'dataset' nor 'dataset_pillar' was defined".to_owned()),
        }
    }

    fn format(&self) -> Result<Format, String> {
        let name = match (&self.serializer, &self.formatter) {
            (Some(_), Some(_)) => return Err("Only one of serializer and formatter are allowed".to_owned()),
            (Some(name), None) | (None, Some(name)) => name.to_ascii_lowercase(),
            (None, None) => "yaml".to_owned(),
        };
        Format::of(&name).ok_or_else(|| {
            format!("The {name} serializer could not be found. It either does not exist or its prerequisites are not installed.")
        })
    }
}

impl State for Serialize {
    type Change = Change;

    async fn check(&self, read: &Read) -> Result<Check<Change>, Failure> {
        let name = match checked_path(&self.name, "Must provide name to file.serialize", read) {
            Ok(name) => name,
            Err(comment) => return Ok(Check::fails(comment)),
        };
        let host = read.host();
        if !self.create && !host.is_file(&name) {
            return Ok(Check::desired(format!("File {name} is not present and is not set for creation")));
        }
        let (format, mut dataset) = match self.format().and_then(|format| Ok((format, self.dataset(read)?))) {
            Ok(found) => found,
            Err(comment) => return Ok(Check::fails(comment)),
        };
        let mut merged = None;
        if self.merge_if_exists && host.is_file(&name) {
            let existing = format.read(&host.read_text(&name).map_err(modules::failure)?, read)?;
            let (Value::Map(old), Value::Map(over)) = (&existing, &dataset) else {
                return Ok(Check::fails(format!("{name} does not hold a mapping that could be merged with")));
            };
            let mut whole = old.clone();
            merge(&mut whole, over.clone(), Strategy::default());
            let found = differences(old, &whole);
            if found.is_empty() {
                return Ok(Check::desired(format!("The file {name} is in the correct state")));
            }
            merged = Some(one("diff", found));
            dataset = whole.into();
        }
        let content = format.write(&dataset, &self.serializer_opts.clone().unwrap_or_default(), read) + "\n";
        let perms = Perms { user: self.user.clone(), group: self.group.clone(), mode: self.mode.and_then(Mode::bits) };
        let wanted = Wanted {
            name: name.clone(),
            perms,
            replace: true,
            create: self.create,
            makedirs: self.makedirs,
            backup: self.backup.clone(),
            show_changes: self.show_changes,
            follow: true,
            check_cmd: self.check_cmd.clone(),
            temp_dir: self.tmp_dir.clone(),
            temp_suffix: Some(self.tmp_ext.clone()),
            ..Wanted::default()
        };
        let content = Content { bytes: Some(content.into_bytes()), ..Content::default() };
        Ok(match wanted.check(content, read)? {
            Check::Change(outlook, step) if outlook.result.is_none() => {
                let changes = merged.clone().map_or(outlook.changes, Value::Map);
                let outlook = Outlook::new(format!("Dataset will be serialized and stored into {name}"), changes);
                Check::Change(outlook, Change { wanted, step, merged })
            }
            Check::Change(outlook, step) => Check::Change(outlook, Change { wanted, step, merged }),
            Check::Desired(comment) => Check::Desired(comment),
            Check::Later(why) => Check::Later(why),
            Check::Fails(applied) => Check::Fails(applied),
        })
    }

    async fn apply(&self, change: Change, cx: &Cx) -> Result<Applied, Failure> {
        let mut applied = change.wanted.apply(change.step, cx).await?;
        if let Some(merged) = change.merged.filter(|_| applied.result) {
            applied.changes = merged.into();
        }
        Ok(applied)
    }
}
