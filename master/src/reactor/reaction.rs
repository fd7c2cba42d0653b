//! What a reaction's SLS says: which functions, where, with which arguments.

use model::{Target, TargetKind};
use value::{Map, Value, text};

/// Where a function runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// On minions.
    Local(Target),
    /// A runner.
    Runner,
    /// A wheel function.
    Wheel,
    /// An execution function on the master.
    Caller,
}

/// One function of a reaction.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Its id in the SLS.
    pub id: String,
    /// Where it runs.
    pub place: Place,
    /// Its name.
    pub function: String,
    /// Positional arguments.
    pub args: Vec<Value>,
    /// Named arguments.
    pub kwargs: Map,
}

/// Keys of a step that are no arguments of its function.
const WORDS: [&str; 8] = ["tgt", "tgt_type", "expr_form", "args", "arg", "kwarg", "ret", "__env__"];

/// Reads the data of an SLS.
///
/// # Errors
/// With the first thing that is wrong in it.
pub fn read(data: &Map) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    for (id, body) in data {
        let id = text::str(id);
        let Some(body) = body.as_map() else { return Err(format!("the reaction `{id}` is no mapping of a function")) };
        for (name, options) in body {
            steps.push(step(&id, &text::str(name), options)?);
        }
    }
    Ok(steps)
}

fn step(id: &str, name: &str, options: &Value) -> Result<Step, String> {
    let (kind, function) = name.split_once('.').filter(|(_, function)| function.contains('.')).ok_or_else(|| {
        format!("the reaction `{id}` calls `{name}`; it is written `local.test.ping`, `runner.…`, `wheel.…` or `caller.…`")
    })?;
    let options = flat(options);
    let word = |key: &str| options.get(key).filter(|value| !value.is_null());
    let (mut args, mut kwargs) = (Vec::new(), Map::new());
    match word("args") {
        Some(Value::Map(map)) => kwargs.extend(map.clone()),
        Some(Value::List(items)) => {
            for item in items {
                match item {
                    Value::Map(map) if map.len() == 1 => kwargs.extend(map.clone()),
                    other => args.push(other.clone()),
                }
            }
        }
        Some(other) => args.push(other.clone()),
        None => {}
    }
    match word("arg") {
        Some(Value::List(items)) => args.extend(items.iter().cloned()),
        Some(other) => args.push(other.clone()),
        None => {}
    }
    if let Some(Value::Map(map)) = word("kwarg") {
        kwargs.extend(map.clone());
    }
    let place = match kind {
        "local" | "cmd" => {
            let tgt = word("tgt").ok_or_else(|| format!("the reaction `{id}` has no `tgt`"))?;
            let kind = word("tgt_type").or_else(|| word("expr_form")).map_or("glob".to_owned(), text::str);
            let kind: TargetKind = kind.parse()?;
            Place::Local(match tgt {
                Value::List(items) => Target::new(TargetKind::List, items.iter().map(text::str).collect::<Vec<_>>().join(",")),
                other => Target::new(kind, text::str(other)),
            })
        }
        "runner" => Place::Runner,
        "wheel" => Place::Wheel,
        "caller" => Place::Caller,
        other => return Err(format!("the reaction `{id}` is of the kind `{other}`; there are local, runner, wheel and caller")),
    };
    // The old form: whatever is left is an argument by name.
    if !matches!(place, Place::Local(_)) {
        kwargs.extend(
            options
                .iter()
                .filter(|(key, _)| !key.as_str().is_some_and(|key| WORDS.contains(&key)))
                .map(|(key, value)| (key.clone(), value.clone())),
        );
    }
    Ok(Step { id: id.to_owned(), place, function: function.to_owned(), args, kwargs })
}

/// A list of mappings as one mapping.
fn flat(options: &Value) -> Map {
    match options {
        Value::Map(map) => map.clone(),
        Value::List(items) => {
            let mut all = Map::new();
            items.iter().filter_map(Value::as_map).for_each(|map| all.extend(map.clone()));
            all
        }
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(json: &str) -> Result<Vec<Step>, String> {
        read(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn every_kind_and_both_forms_of_arguments_are_read() {
        let read = steps(
            r#"{"a": {"local.state.single": [{"tgt": "web*"}, {"args": [{"fun": "file.managed"}, {"name": "/x"}]}]},
                "b": {"cmd.test.arg": [{"tgt": ["x", "y"]}, {"arg": [1, 2]}, {"kwarg": {"k": 3}}]},
                "c": {"runner.state.orchestrate": [{"args": [{"mods": "orch.x"}, {"pillar": {"a": 1}}]}]},
                "d": {"wheel.key.accept": [{"match": "web1"}]},
                "e": {"caller.file.touch": [{"args": ["/tmp/x"]}]}}"#,
        )
        .unwrap();
        let text: Vec<String> =
            read.iter().map(|step| format!("{} {} {} {}", step.id, step.function, step.args.len(), step.kwargs.len())).collect();
        assert_eq!(text, ["a state.single 0 2", "b test.arg 2 1", "c state.orchestrate 0 2", "d key.accept 0 1", "e file.touch 1 0"]);
        assert_eq!(read[1].place, Place::Local(Target::new(TargetKind::List, "x,y")));
        assert_eq!(read[3].kwargs.get("match"), Some(&Value::from("web1")));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (json, part) in [
            (r#"{"a": {"local.test.ping": []}}"#, "no `tgt`"),
            (r#"{"a": {"test.ping": []}}"#, "it is written"),
            (r#"{"a": {"ssh.test.ping": []}}"#, "kind `ssh`"),
            (r#"{"a": 1}"#, "no mapping"),
        ] {
            let error = steps(json).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
