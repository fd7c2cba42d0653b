//! Helpers for templates: merging, (de)serializing, looking for files. What renders lives with the agent.

use sdk::{Args, Failure, Map, Query, Read, Value, text};
use value::{Lists, Strategy, merge};

sdk::module!(slsutil, [Update, Merge, MergeAll, Boolstr, Banner, FileExists, DirExists, PathExists, Findup, Serialize, Deserialize,]);

/// Merge a mapping over another all the way down.
///
/// ```salt
/// salt '*' slsutil.update '{a: {b: 1}}' '{a: {c: 2}}'
/// ```
#[derive(Args)]
pub struct Update {
    /// The one below.
    dest: Map,
    /// The one above.
    upd: Map,
    /// Go all the way down; otherwise the top level alone is replaced.
    #[arg(default = true)]
    recursive_update: bool,
    /// Append lists instead of replacing them.
    #[arg(default = false)]
    merge_lists: bool,
}

fn lists(append: bool) -> Lists {
    if append { Lists::Append } else { Lists::Replace }
}

impl Query for Update {
    type Output = Map;
    async fn call(mut self, _read: &Read) -> Result<Map, Failure> {
        let strategy = if self.recursive_update { Strategy::Recurse(lists(self.merge_lists)) } else { Strategy::Overwrite };
        merge(&mut self.dest, self.upd, strategy);
        Ok(self.dest)
    }
}

/// Merges by the name of a strategy.
fn merge_by(into: &mut Map, from: Map, strategy: &str, merge_lists: bool) -> Result<(), Failure> {
    let strategy = match strategy {
        "smart" | "recurse" => Strategy::Recurse(lists(merge_lists)),
        "overwrite" | "aggregate" => Strategy::Overwrite,
        "list" => {
            pair_up(into, from);
            return Ok(());
        }
        "none" => return Ok(()),
        other => return Err(Failure::bad_arguments(format!("`{other}` is no strategy: smart, recurse, aggregate, overwrite, list, none"))),
    };
    merge(into, from, strategy);
    Ok(())
}

/// Strategy `list`: values that meet under one key become a list of both.
fn pair_up(into: &mut Map, from: Map) {
    for (key, new) in from {
        let met = match (into.remove_value(&key), new) {
            (None, new) => new,
            (Some(Value::Map(mut old)), Value::Map(new)) => {
                pair_up(&mut old, new);
                Value::Map(old)
            }
            (Some(old), new) => Value::List(vec![old, new]),
        };
        into.insert(key, met);
    }
}

/// Merge a value over another by a strategy.
///
/// ```salt
/// salt '*' slsutil.merge '{foo: Foo}' '{bar: Bar}' strategy=recurse
/// ```
#[derive(Args)]
pub struct Merge {
    /// The one below.
    obj_a: Map,
    /// The one above.
    obj_b: Map,
    /// `smart`, `recurse`, `aggregate`, `overwrite`, `list` or `none`.
    #[arg(default = "smart")]
    strategy: String,
    /// Known for compatibility: what `smart` is looked up by.
    #[arg(default = "yaml", ignored)]
    renderer: String,
    /// Append lists instead of replacing them.
    #[arg(default = false)]
    merge_lists: bool,
}

impl Query for Merge {
    type Output = Map;
    async fn call(mut self, _read: &Read) -> Result<Map, Failure> {
        merge_by(&mut self.obj_a, self.obj_b, &self.strategy, self.merge_lists)?;
        Ok(self.obj_a)
    }
}

/// Merge a list of mappings, each over the ones before it.
///
/// ```salt
/// salt '*' slsutil.merge_all '[{foo: Foo}, {bar: Bar}]'
/// ```
#[derive(Args)]
pub struct MergeAll {
    /// The mappings.
    lst: Vec<Map>,
    /// `smart`, `recurse`, `aggregate`, `overwrite`, `list` or `none`.
    #[arg(default = "smart")]
    strategy: String,
    /// Known for compatibility: what `smart` is looked up by.
    #[arg(default = "yaml", ignored)]
    renderer: String,
    /// Append lists instead of replacing them.
    #[arg(default = false)]
    merge_lists: bool,
}

impl Query for MergeAll {
    type Output = Map;
    async fn call(self, _read: &Read) -> Result<Map, Failure> {
        let mut whole = Map::new();
        for map in self.lst {
            merge_by(&mut whole, map, &self.strategy, self.merge_lists)?;
        }
        Ok(whole)
    }
}

/// Return one of two values, by whether something is true.
///
/// ```salt
/// salt '*' slsutil.boolstr True true=on false=off
/// ```
#[derive(Args)]
pub struct Boolstr {
    /// What decides.
    value: Value,
    /// Returned when it is true.
    #[arg(name = "true", default = "true")]
    yes: Value,
    /// Returned when it is false.
    #[arg(name = "false", default = "false")]
    no: Value,
}

impl Query for Boolstr {
    type Output = Value;
    async fn call(self, _read: &Read) -> Result<Value, Failure> {
        Ok(if sdk::is_true(&self.value) { self.yes } else { self.no })
    }
}

/// Return a comment block that says that a file is managed.
///
/// ```salt
/// salt '*' slsutil.banner width=80 commentchar='//'
/// ```
#[derive(Args)]
pub struct Banner {
    /// Width in characters.
    #[arg(default = 72)]
    width: usize,
    /// What begins a comment line.
    #[arg(default = "#")]
    commentchar: String,
    /// What the border is made of.
    #[arg(default = "#")]
    borderchar: String,
    /// Line before the block.
    blockstart: Option<String>,
    /// Line after the block.
    blockend: Option<String>,
    /// A title, centred.
    title: Option<String>,
    /// The text.
    text: Option<String>,
    /// End with a line end.
    #[arg(default = false)]
    newline: bool,
}

const BANNER: &str =
    "The contents of this file are managed by Salt. Any changes to this file may be overwritten automatically and without warning.";

impl Query for Banner {
    type Output = String;
    async fn call(self, _read: &Read) -> Result<String, Failure> {
        let comment = self.commentchar.trim();
        let inner = self.width.saturating_sub(2 * (comment.chars().count() + 1));
        let border =
            self.borderchar.chars().next().unwrap_or('#').to_string().repeat(self.width.saturating_sub(2 * comment.chars().count()));
        let border = format!("{comment}{border}{comment}");
        let row = |text: &str| format!("{comment} {text}{} {comment}", " ".repeat(inner.saturating_sub(text.chars().count())));
        let mut lines: Vec<String> = self.blockstart.into_iter().collect();
        lines.push(border.clone());
        if let Some(title) = &self.title {
            lines.extend([row(""), row(&centred(title, inner)), row("")]);
        }
        for paragraph in self.text.as_deref().unwrap_or(BANNER).lines() {
            lines.extend(wrapped(paragraph, inner).iter().map(|line| row(line)));
        }
        lines.push(border);
        lines.extend(self.blockend);
        Ok(lines.join("\n") + if self.newline { "\n" } else { "" })
    }
}

/// Centred as Python does it: the odd blank goes to the left only when the width is odd.
fn centred(text: &str, width: usize) -> String {
    let free = width.saturating_sub(text.chars().count());
    let left = free / 2 + (free & width & 1);
    format!("{}{text}{}", " ".repeat(left), " ".repeat(free - left))
}

/// A text in lines no longer than a width, broken at blanks.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    if lines.is_empty() {
        lines.push(String::new());
    }
    lines
}

async fn has_file(path: &str, env: &str, read: &Read) -> Result<bool, Failure> {
    Ok(read.agent().hash(&format!("salt://{path}"), env).await?.is_some())
}

async fn has_dir(path: &str, env: &str, read: &Read) -> Result<bool, Failure> {
    Ok(read.agent().list(&format!("salt://{path}"), env).await?.is_some())
}

/// Tell whether the master has a file.
///
/// ```salt
/// salt '*' slsutil.file_exists path/to/file
/// ```
#[derive(Args)]
pub struct FileExists {
    /// Path below the file roots.
    path: String,
    /// File environment.
    saltenv: Option<String>,
}

impl Query for FileExists {
    type Output = bool;
    async fn call(self, read: &Read) -> Result<bool, Failure> {
        has_file(&self.path, self.saltenv.as_deref().unwrap_or(read.env()), read).await
    }
}

/// Tell whether the master has a folder.
///
/// ```salt
/// salt '*' slsutil.dir_exists path/to/dir
/// ```
#[derive(Args)]
pub struct DirExists {
    /// Path below the file roots.
    path: String,
    /// File environment.
    saltenv: Option<String>,
}

impl Query for DirExists {
    type Output = bool;
    async fn call(self, read: &Read) -> Result<bool, Failure> {
        has_dir(&self.path, self.saltenv.as_deref().unwrap_or(read.env()), read).await
    }
}

/// Tell whether the master has a file or folder.
///
/// ```salt
/// salt '*' slsutil.path_exists path/to/either
/// ```
#[derive(Args)]
pub struct PathExists {
    /// Path below the file roots.
    path: String,
    /// File environment.
    saltenv: Option<String>,
}

impl Query for PathExists {
    type Output = bool;
    async fn call(self, read: &Read) -> Result<bool, Failure> {
        let env = self.saltenv.as_deref().unwrap_or(read.env());
        Ok(has_file(&self.path, env, read).await? || has_dir(&self.path, env, read).await?)
    }
}

/// Return the first of some files that is in a folder of the master or above it.
///
/// ```salt
/// salt '*' slsutil.findup formulas/shared/nginx map.jinja
/// ```
#[derive(Args)]
pub struct Findup {
    /// Where to begin.
    startpath: String,
    /// Names to look for.
    filenames: Vec<String>,
    /// File environment.
    saltenv: Option<String>,
}

impl Query for Findup {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        let env = self.saltenv.as_deref().unwrap_or(read.env());
        let mut here = self.startpath.trim_matches('/').to_owned();
        loop {
            for name in &self.filenames {
                let path = sdk::host::join(&here, name);
                if has_file(&path, env, read).await? {
                    return Ok(path);
                }
            }
            if here.is_empty() {
                break;
            }
            here = here.rsplit_once('/').map(|(up, _)| up.to_owned()).unwrap_or_default();
        }
        Err(Failure::failed(format!("File pattern(s) not found in path ancestry: {}", self.filenames.join(", "))))
    }
}

/// Write a value as text.
///
/// ```salt
/// salt '*' slsutil.serialize json '{foo: Foo!}'
/// ```
#[derive(Args)]
pub struct Serialize {
    /// `json` or `yaml`.
    serializer: String,
    /// The value.
    obj: Value,
    /// Options, such as `indent=2`.
    #[arg(extra)]
    options: Map,
}

impl Query for Serialize {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        let indent = self.options.get("indent").and_then(Value::as_int).and_then(|indent| usize::try_from(indent).ok());
        match self.serializer.as_str() {
            "json" => Ok(crate::lookup::json(&self.obj, indent)),
            "yaml" => Ok(read.agent().dump_yaml(&crate::lookup::sorted(&self.obj))),
            "python" => Ok(text::repr(&self.obj)),
            other => Err(Failure::failed(format!("The `{other}` serializer is not known; json, yaml and python are"))),
        }
    }
}

/// Read text as a value.
///
/// ```salt
/// salt '*' slsutil.deserialize json '{"foo": "Foo!"}'
/// ```
#[derive(Args)]
pub struct Deserialize {
    /// `json` or `yaml`.
    serializer: String,
    /// The text.
    stream_or_string: Value,
    /// Options; known for compatibility.
    #[arg(extra, ignored)]
    options: Map,
}

impl Query for Deserialize {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let text = match self.stream_or_string {
            // A command line has read it already.
            Value::Map(_) | Value::List(_) => return Ok(self.stream_or_string),
            other => sdk::text::str(&other),
        };
        match self.serializer.as_str() {
            "json" => value::json::read(&text).map_err(|error| Failure::failed(error.to_string())),
            "yaml" => read.agent().parse_yaml(&text),
            other => Err(Failure::failed(format!("The `{other}` serializer is not known; json and yaml are"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_odd_blank_goes_where_python_puts_it() {
        assert_eq!(centred("T", 26), format!("{}T{}", " ".repeat(12), " ".repeat(13)));
        assert_eq!(centred("TT", 5), "  TT ");
    }

    #[test]
    fn strategy_list_pairs_what_meets() {
        let mut a: Map = serde_json::from_str(r#"{"x": 1, "y": {"z": 1}}"#).unwrap();
        merge_by(&mut a, serde_json::from_str(r#"{"x": 2, "y": {"z": 2}}"#).unwrap(), "list", false).unwrap();
        assert_eq!(serde_json::to_string(&a).unwrap(), r#"{"x":[1,2],"y":{"z":[1,2]}}"#);
    }
}
