//! `stateful`: a command that says by itself whether it changed something.

use modules::cmd::{Done, split_words};
use sdk::{Applied, FromValue, Map, Value, is_true, text};

/// What `stateful` asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stateful {
    /// The output is read.
    pub on: bool,
    /// Command that test mode runs instead.
    pub test_name: Option<String>,
}

impl FromValue for Stateful {
    const EXPECTED: &'static str = "yes, no, or a `test_name`";

    fn from_value(value: Value) -> Result<Self, Value> {
        if matches!(value, Value::Map(_) | Value::List(_)) {
            let map = Map::from_value(value)?;
            return Ok(Self { on: true, test_name: map.get("test_name").map(text::str) });
        }
        Ok(Self { on: bool::from_value(value)?, test_name: None })
    }
}

/// The result that the output of a stateful command tells: all of it is a JSON object, or its last line is words like `changed=yes`.
pub fn interpreted(done: &Done) -> Applied {
    let changes = done.to_map();
    let mut applied = Applied::ok("", Map::new());
    applied.result = done.retcode == 0;
    let out = done.stdout.trim_end();
    if out.is_empty() {
        return applied;
    }
    let (data, rest) = match serde_json::from_str::<Map>(out) {
        Ok(map) => (Some(map), ""),
        Err(_) => {
            let (rest, last) = out.rsplit_once('\n').unwrap_or(("", out));
            (words(last), rest)
        }
    };
    let Some(mut data) = data else {
        applied.result = false;
        applied.changes = changes.into();
        applied.comment = "Failed parsing script output! Stdout must be JSON or a line of name=value pairs.".to_owned();
        return applied;
    };
    if let Some(comment) = data.remove("comment") {
        applied.comment = text::str(&comment);
    }
    let changed = data.get("changed").is_some_and(|changed| match changed {
        Value::Str(word) => ["yes", "true", "1", "on"].contains(&word.to_ascii_lowercase().as_str()),
        other => is_true(other),
    });
    if changed {
        data.extend(changes);
        data.insert("stdout", rest.trim_end());
        applied.changes = data.into();
    }
    applied
}

fn words(line: &str) -> Option<Map> {
    split_words(line).iter().map(|word| word.split_once('=')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(stdout: &str) -> (bool, String, String) {
        let done = Done { pid: 1, retcode: 0, stdout: stdout.into(), stderr: String::new(), background: false };
        let applied = interpreted(&done);
        (applied.result, applied.comment, serde_json::to_string(&applied.changes).unwrap())
    }

    #[test]
    fn the_last_line_tells_whether_something_changed() {
        assert_eq!(seen("noise\nchanged=no comment=same"), (true, "same".into(), "{}".into()));
        let (result, comment, changes) = seen("noise\nchanged=yes comment='it changed' extra=1");
        assert!(result && comment == "it changed");
        assert_eq!(changes, r#"{"changed":"yes","extra":"1","pid":1,"retcode":0,"stdout":"noise","stderr":""}"#);
    }

    #[test]
    fn json_tells_as_well_and_nonsense_fails() {
        assert_eq!(seen(r#"{"changed": false, "comment": "jj"}"#), (true, "jj".into(), "{}".into()));
        let (result, comment, _) = seen("changed=yes comment=it changed");
        assert!(!result && comment.starts_with("Failed parsing script output!"));
    }
}
