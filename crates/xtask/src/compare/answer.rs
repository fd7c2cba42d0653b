//! What a run of states answers, and how two answers differ.

use anyhow::{Context, Result};
use lab::Output;
use serde_json::Value;
use std::collections::BTreeMap;

/// One state's part.
pub struct State {
    pub result: Option<bool>,
    pub changes: Value,
    pub comment: String,
}

/// A whole run: states by tag, or what was said instead of running any.
#[derive(Default)]
pub struct Answer {
    pub states: BTreeMap<String, State>,
    pub refused: Vec<String>,
}

/// One difference.
pub struct Fault {
    /// The run in which it was seen: `test`, `apply`, `again`, or `host`.
    pub step: &'static str,
    /// The state, or nothing when it is about the host.
    pub function: String,
    pub tag: String,
    /// `result`, `changes`, `comment`, `missing`, `host`.
    pub what: &'static str,
    pub detail: String,
}

impl Fault {
    /// A difference between the machines.
    pub fn host(step: &'static str, detail: String) -> Self {
        Self { step, function: String::new(), tag: String::new(), what: "host", detail }
    }

    /// In one line.
    pub fn line(&self) -> String {
        [self.step, self.what, &self.function, &self.tag, &self.detail]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    }
}

impl Answer {
    /// Reads the JSON of `salt-call --local --out json`.
    pub fn read(output: &Output) -> Result<Self> {
        let begin = output.stdout.find('{').with_context(|| format!("no JSON came back: {output:?}"))?;
        let text = output.stdout.get(begin..).unwrap_or_default();
        let value: Value = serde_json::from_str(text).with_context(|| format!("no JSON came back: {output:?}"))?;
        let mut answer = Self::default();
        match value.get("local") {
            Some(Value::Object(states)) => {
                for (tag, state) in states {
                    let comment = match state.get("comment") {
                        Some(Value::String(text)) => text.clone(),
                        Some(other) => other.to_string(),
                        None => String::new(),
                    };
                    let comment = plain(&comment);
                    let changes = tame(state.get("changes").cloned().unwrap_or_default());
                    answer.states.insert(tag.clone(), State { result: state.get("result").and_then(Value::as_bool), changes, comment });
                }
            }
            Some(Value::Array(lines)) => answer.refused = lines.iter().map(|line| line.as_str().unwrap_or_default().to_owned()).collect(),
            other => answer.refused = vec![format!("{other:?}")],
        }
        Ok(answer)
    }

    /// The function of each state.
    pub fn functions(&self) -> Vec<String> {
        self.states.keys().map(|tag| function(tag)).collect()
    }

    /// How many states did not succeed.
    pub fn broken(&self) -> usize {
        self.states.values().filter(|state| state.result != Some(true)).count()
    }

    /// Tags of the states that changed something.
    pub fn changing(&self) -> Vec<String> {
        let changing = self.states.iter().filter(|(_, state)| state.changes.as_object().is_none_or(|changes| !changes.is_empty()));
        changing.map(|(tag, _)| tag.clone()).collect()
    }
}

/// `module.function` of a tag.
fn function(tag: &str) -> String {
    let parts: Vec<&str> = tag.split("_|-").collect();
    format!("{}.{}", parts.first().unwrap_or(&""), parts.last().unwrap_or(&""))
}

/// Takes out what is another number in every run.
fn tame(mut changes: Value) -> Value {
    if let Some(map) = changes.as_object_mut() {
        map.remove("pid");
        for value in map.values_mut() {
            *value = tame(value.take());
        }
    }
    changes
}

/// A comment without the names of temporary files and of the two caches.
fn plain(comment: &str) -> String {
    let same = comment.replace("/var/cache/sylvite/", "/var/cache/salt/");
    let words = same.split_inclusive([' ', '\n', ':', ',', '\'', '"']);
    words.map(|word| if word.contains("__salt.tmp.") || word.contains("/.sylvite-") { "TEMPORARY" } else { word }).collect()
}

/// How two answers differ: real Salt's and ours.
pub fn differences(step: &'static str, salt: &Answer, ours: &Answer) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut add = |tag: &str, what, detail| faults.push(Fault { step, function: function(tag), tag: tag.to_owned(), what, detail });
    if salt.refused.is_empty() != ours.refused.is_empty() {
        add("", "result", format!("salt: {:?}, ours: {:?}", salt.refused, ours.refused));
    }
    for (tag, theirs) in &salt.states {
        let Some(mine) = ours.states.get(tag) else {
            add(tag, "missing", "ours has no such state".to_owned());
            continue;
        };
        if theirs.result != mine.result {
            let comments = format!("salt: {:?} {:?}, ours: {:?} {:?}", theirs.result, theirs.comment, mine.result, mine.comment);
            add(tag, "result", comments);
        }
        if theirs.changes != mine.changes {
            add(tag, "changes", format!("salt: {}, ours: {}", theirs.changes, mine.changes));
        }
        if theirs.result == mine.result && theirs.comment != mine.comment {
            add(tag, "comment", format!("salt: {:?}, ours: {:?}", theirs.comment, mine.comment));
        }
    }
    for tag in ours.states.keys().filter(|tag| !salt.states.contains_key(*tag)) {
        add(tag, "missing", "salt has no such state".to_owned());
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str) -> Answer {
        Answer::read(&Output { stdout: text.to_owned(), stderr: String::new(), code: 0 }).unwrap()
    }

    #[test]
    fn answers_differ_by_result_changes_and_comment_but_not_by_process_and_temporary_file() {
        let salt = answer(
            r#"{"local": {"cmd_|-a_|-a_|-run": {"result": true, "changes": {"pid": 1, "retcode": 0}, "comment": "in /tmp/__salt.tmp.x: ok"}}}"#,
        );
        let same = answer(
            r#"{"local": {"cmd_|-a_|-a_|-run": {"result": true, "changes": {"pid": 2, "retcode": 0}, "comment": "in /tmp/.sylvite-7: ok"}}}"#,
        );
        assert!(differences("apply", &salt, &same).is_empty());
        let other = answer(r#"{"local": {"cmd_|-a_|-a_|-run": {"result": false, "changes": {}, "comment": "no"}}}"#);
        let whats: Vec<_> = differences("apply", &salt, &other).into_iter().map(|fault| fault.what).collect();
        assert_eq!(whats, ["result", "changes"]);
    }

    #[test]
    fn what_refuses_to_run_has_no_states() {
        let refused = answer(r#"{"local": ["no such SLS"]}"#);
        assert_eq!(refused.refused, ["no such SLS"]);
        assert!(refused.states.is_empty());
    }
}
