//! Options of a beacon as its author wrote them: a list of mappings, or one mapping.

use std::time::Duration;
use value::{Map, Value, text};

/// What every beacon understands, and what is left for its kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Kind of the beacon, where its name is another.
    pub module: Option<String>,
    /// How often it looks.
    pub interval: Duration,
    /// It looks at all.
    pub is_enabled: bool,
    /// It does not look while a state run goes on, so that it does not report what that run does.
    pub rests_during_states: bool,
    /// It ends after its first look.
    pub runs_once: bool,
    /// The options of its kind.
    pub own: Map,
}

impl Options {
    /// Reads them.
    #[must_use]
    pub fn read(value: &Value) -> Self {
        let mut own = flat(value);
        let mut flag = |key: &str, default: bool| own.remove(key).map_or(default, |value| value.is_truthy());
        let is_enabled = flag("enabled", true);
        let rests_during_states = flag("disable_during_state_run", false);
        let runs_once = flag("run_once", false);
        let interval = own.remove("interval").and_then(|value| value.as_float().or_else(|| text::str(&value).parse().ok()));
        let module = own.remove("beacon_module").map(|value| text::str(&value));
        let interval = interval.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).unwrap_or(Duration::from_secs(1));
        Self { module, interval: interval.max(Duration::from_secs(1)), is_enabled, rests_during_states, runs_once, own }
    }
}

/// A list of mappings as one; words that stand by themselves become keys without a value.
#[must_use]
pub fn flat(value: &Value) -> Map {
    match value {
        Value::Map(map) => map.clone(),
        Value::List(items) => {
            let mut all = Map::new();
            for item in items {
                match item {
                    Value::Map(map) => all.extend(map.clone()),
                    other => drop(all.insert(text::str(other), Value::Null)),
                }
            }
            all
        }
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read_and_common_options_taken_out() {
        let read = |json: &str| Options::read(&serde_json::from_str(json).unwrap());
        let list =
            read(r#"[{"files": {"/etc/x": {}}}, {"interval": 5}, {"disable_during_state_run": true}, {"beacon_module": "inotify"}]"#);
        assert_eq!((list.interval.as_secs(), list.rests_during_states, list.module.as_deref()), (5, true, Some("inotify")));
        assert_eq!(list.own.len(), 1);
        let map = read(r#"{"percent": "75%", "enabled": false}"#);
        assert!(!map.is_enabled && map.interval.as_secs() == 1 && map.own.contains_key("percent"));
    }
}
