//! A state's own conditions: `onlyif`, `unless`, `creates` before it runs, `check_cmd` after.

use crate::Outcome;
use sdk::{CallArgs, Read};
use value::{DELIMITER, Map, Value, traverse};

/// What conditions came to.
pub(crate) enum Verdict {
    /// The state runs.
    Run,
    /// It is left out.
    Skip(Outcome),
    /// The conditions are no conditions.
    Broken(Outcome),
}

/// Options of commands that conditions share with their state.
const COMMAND_WORDS: [&str; 9] = ["cwd", "root", "runas", "env", "prepend_path", "umask", "timeout", "success_retcodes", "shell"];

/// Asks `onlyif`, `unless` and `creates`, in this order. If one of them keeps the state from running, the comment tells of all.
pub(crate) async fn before(args: &Map, read: &Read) -> Verdict {
    let mut comments = Vec::new();
    let mut skips = false;
    if let Some(entries) = args.get("onlyif").and_then(entries) {
        let Ok(all) = all_hold(entries, args, read).await else { return broken("onlyif") };
        let Some(all) = all else { return empty("onlyif") };
        comments.push(if all { "onlyif condition is true" } else { "onlyif condition is false" }.to_owned());
        skips |= !all;
    }
    if let Some(entries) = args.get("unless").and_then(entries) {
        let Ok(all) = all_hold(entries, args, read).await else { return broken("unless") };
        let Some(all) = all else { return empty("unless") };
        comments.push(if all { "unless condition is true" } else { "unless condition is false" }.to_owned());
        skips |= all;
    }
    if let Some((comment, exist)) = creates(args, read) {
        comments.push(comment);
        skips |= exist;
    }
    if !skips {
        return Verdict::Run;
    }
    let mut outcome = Outcome::ok(comments.join("\n"));
    outcome.extra.insert("skip_watch", true);
    Verdict::Skip(outcome)
}

fn broken(word: &str) -> Verdict {
    Verdict::Broken(Outcome::broken(format!("`{word}` calls a function that failed or does not exist")))
}

fn empty(word: &str) -> Verdict {
    Verdict::Broken(Outcome::broken(format!("`{word}` is empty: give it a command or take it out")))
}

/// The entries of a condition. A truth value or a number is none, as in Salt: such a condition says nothing.
fn entries(value: &Value) -> Option<Vec<&Value>> {
    match value {
        Value::Str(text) if text.is_empty() => Some(Vec::new()),
        Value::Str(_) | Value::Map(_) => Some(vec![value]),
        Value::List(items) => Some(items.iter().collect()),
        _ => None,
    }
}

/// Whether every entry holds; `None` if there is no entry, `Err` if one cannot be asked.
async fn all_hold(entries: Vec<&Value>, args: &Map, read: &Read) -> Result<Option<bool>, ()> {
    if entries.is_empty() {
        return Ok(None);
    }
    let mut all = true;
    for entry in entries {
        let holds = match entry {
            Value::Str(command) => command_holds(command, args, read).await?,
            Value::Map(call) => call_holds(call, read).await?,
            _ => continue,
        };
        if !holds {
            all = false;
            break;
        }
    }
    Ok(Some(all))
}

async fn command_holds(command: &str, args: &Map, read: &Read) -> Result<bool, ()> {
    let returned = read.agent().call("cmd.retcode", CallArgs::named(command_args(command, args))).await.map_err(|_| ())?;
    Ok(returned == Value::Int(0))
}

fn command_args(command: &str, args: &Map) -> Map {
    let dropped: Vec<&str> = args.get("cmd_opts_exclude").map(words).unwrap_or_default();
    let mut call = Map::with_capacity(4);
    call.insert("cmd", command);
    call.insert("ignore_retcode", true);
    call.insert("python_shell", true);
    for word in COMMAND_WORDS.into_iter().filter(|word| !dropped.contains(word)) {
        if let Some(value) = args.get(word) {
            call.insert(word, value.clone());
        }
    }
    call
}

fn words(value: &Value) -> Vec<&str> {
    match value {
        Value::Str(word) => vec![word],
        Value::List(items) => items.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// A mapping with `fun` calls that function; `args` are given by position, every other member by name.
async fn call_holds(call: &Map, read: &Read) -> Result<bool, ()> {
    let Some(function) = call.get("fun").and_then(Value::as_str) else { return Ok(true) };
    let positional = match call.get("args") {
        Some(Value::List(items)) => items.clone(),
        Some(Value::Null) | None => Vec::new(),
        Some(other) => vec![other.clone()],
    };
    let mut named = Map::new();
    for (key, value) in call {
        match key.as_str() {
            Some("fun" | "args" | "get_return") => {}
            _ => {
                named.insert(key.clone(), value.clone());
            }
        }
    }
    let returned = read.agent().call(function, CallArgs::new(positional, named)).await.map_err(|_| ())?;
    let found = match call.get("get_return").and_then(Value::as_str) {
        Some(path) => traverse(&returned, path, DELIMITER).cloned().unwrap_or(Value::Null),
        None => returned,
    };
    Ok(found.is_truthy())
}

/// Comment on the paths that a state creates, and whether all exist.
fn creates(args: &Map, read: &Read) -> Option<(String, bool)> {
    let (paths, single) = match args.get("creates")? {
        Value::Str(path) => (vec![path.as_str()], true),
        Value::List(items) => (items.iter().filter_map(Value::as_str).collect(), false),
        _ => return None,
    };
    for path in &paths {
        if !exists(path, read) {
            return Some(("Creates files not found".to_owned(), false));
        }
    }
    match (single, paths.first()) {
        (true, Some(path)) => Some((format!("{path} exists"), true)),
        _ => Some(("All files in creates exist".to_owned(), true)),
    }
}

fn exists(path: &str, read: &Read) -> bool {
    matches!(read.host().stat(path.as_ref()), Ok(Some(_)))
}

/// Runs `check_cmd` and lets it decide over the result.
pub(crate) async fn after(args: &Map, read: &Read, outcome: &mut Outcome) {
    let commands: Vec<&Value> = match args.get("check_cmd") {
        None => return,
        Some(Value::List(items)) => items.iter().collect(),
        Some(one @ Value::Str(_)) => vec![one],
        Some(_) => {
            *outcome = Outcome::broken("`check_cmd` is neither a command nor a list of commands");
            return;
        }
    };
    if commands.is_empty() {
        outcome.result = Some(false);
        return;
    }
    let mut all = true;
    for command in commands {
        let holds = match command {
            Value::Str(command) => command_holds(command, args, read).await.unwrap_or(false),
            _ => false,
        };
        if !holds {
            all = false;
            break;
        }
    }
    outcome.result = Some(all);
    outcome.comment = if all { "check_cmd determined the state succeeded" } else { "check_cmd determined the state failed" }.to_owned();
}
