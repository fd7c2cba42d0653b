//! What a shell offers while a command line is typed: ids of minions from the master, functions and their arguments from this machine's own
//! minion, options from the command lines themselves.
//!
//! The shell runs the program with `COMPLETE` in its environment and the words so far behind `--`. Whoever cannot be asked offers nothing:
//! a completion never complains.

use crate::settings::Settings;
use crate::{Console, Program};
use clap_complete::engine::CompletionCandidate;
use serde_json::Value;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// The variable that a shell asks by.
pub(crate) const VARIABLE: &str = "COMPLETE";

/// Longer nobody waits for the next word.
const PATIENCE: Duration = Duration::from_secs(2);

/// More ids than this are no help.
const MOST: u32 = 1000;

/// Options of the command lines that have a value in the next word, as far as they come before what is completed here.
const WITH_VALUE: [&str; 12] =
    ["-c", "--config-dir", "--socket", "-t", "--timeout", "-b", "--batch", "--subset", "--out", "--output", "-a", "--return"];

/// Answers the shell and ends, if it is the shell that asks.
pub(crate) fn answer(program: Program) {
    if std::env::var_os(VARIABLE).is_some() {
        clap_complete::CompleteEnv::with_factory(move || program.command()).var(VARIABLE).complete();
    }
}

/// Ids of minions.
pub(crate) fn minions(current: &OsStr) -> Vec<CompletionCandidate> {
    candidates(current, ids().unwrap_or_default())
}

/// Names of functions.
pub(crate) fn functions(current: &OsStr) -> Vec<CompletionCandidate> {
    let listed = salt_call(&["sys.list_functions"]);
    let names = listed.as_ref().and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
    candidates(current, names)
}

/// Named arguments of the function that the words speak of.
pub(crate) fn arguments(current: &OsStr) -> Vec<CompletionCandidate> {
    let words = typed();
    let Some(function) = words.iter().rev().skip(1).find(|word| is_function(word)) else { return Vec::new() };
    let spec = salt_call(&["sys.argspec", function]);
    let named = spec.as_ref().and_then(|spec| spec.get(function.as_str())?.get("args")?.as_array());
    candidates(current, named.into_iter().flatten().filter_map(Value::as_str).map(|name| format!("{name}=")))
}

/// Words of `salt`: a target, a function, its arguments.
pub(crate) fn salt_words(current: &OsStr) -> Vec<CompletionCandidate> {
    let words = typed();
    // The last one is what is being typed.
    let before = words.len().saturating_sub(1);
    match positional(words.get(1..before).unwrap_or_default()) {
        0 => minions(current),
        1 => functions(current),
        _ => arguments(current),
    }
}

fn candidates(current: &OsStr, all: impl IntoIterator<Item = String>) -> Vec<CompletionCandidate> {
    let begun = current.to_string_lossy();
    all.into_iter().filter(|one| one.starts_with(begun.as_ref())).map(CompletionCandidate::new).collect()
}

/// Ids that the master knows.
fn ids() -> Option<Vec<String>> {
    let words = typed();
    let folder = value_of(&words, &["-c", "--config-dir"]);
    let socket = value_of(&words, &["--socket"]);
    let console = Console::of_process();
    let settings = Settings::read(folder.map(Path::new), socket.map(Path::new), &console);
    let client = settings.client(&console);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    let filter = api::MinionFilter { limit: Some(MOST), ..api::MinionFilter::default() };
    let page = runtime.block_on(async { tokio::time::timeout(PATIENCE, client.minions(&filter)).await.ok()?.ok() })?;
    Some(page.items.into_iter().map(|minion| minion.id.to_string()).collect())
}

/// What a function of this machine's own minion gives; it needs no agent and no master.
fn salt_call(words: &[&str]) -> Option<Value> {
    let beside = std::env::current_exe().ok().and_then(|program| Some(program.parent()?.join("salt-call")));
    let program = beside.filter(|path| path.exists()).unwrap_or_else(|| "salt-call".into());
    let output =
        Command::new(program).args(["--local", "--out=json"]).args(words).env_remove(VARIABLE).stderr(Stdio::null()).output().ok()?;
    let mut answer: BTreeMap<String, Value> = serde_json::from_slice(&output.stdout).ok()?;
    answer.remove("local")
}

/// The words of the command line that is being typed, the program first.
fn typed() -> Vec<String> {
    let words: Vec<String> = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    let begin = words.iter().position(|word| word == "--").map_or(0, |at| at + 1);
    words.get(begin..).unwrap_or_default().to_vec()
}

/// How many of these words are no options and no values of options.
fn positional(words: &[String]) -> usize {
    let mut count = 0;
    let mut is_value = false;
    for word in words {
        if is_value {
            is_value = false;
        } else if word.starts_with('-') {
            is_value = WITH_VALUE.contains(&word.as_str());
        } else {
            count += 1;
        }
    }
    count
}

fn value_of<'w>(words: &'w [String], names: &[&str]) -> Option<&'w str> {
    let pairs = words.iter().zip(words.iter().skip(1));
    pairs.into_iter().find(|(name, _)| names.contains(&name.as_str())).map(|(_, value)| value.as_str())
}

fn is_function(word: &str) -> bool {
    let part =
        |text: &str| !text.is_empty() && text.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_');
    word.split_once('.').is_some_and(|(module, function)| part(module) && part(function))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn options_and_their_values_are_not_counted_as_words() {
        assert_eq!(positional(&words("-t 5 -G os:Debian --out json test.ping")), 2);
        assert_eq!(positional(&[]), 0);
    }

    #[test]
    fn a_function_is_told_from_other_words() {
        assert!(is_function("file.managed") && is_function("test.arg_repr"));
        assert!(!is_function("web.*") && !is_function("a.b.c") && !is_function("x=1.5") && !is_function("salt"));
    }
}
