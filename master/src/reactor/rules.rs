//! Which SLS an event leads to.

use model::Glob;
use value::{Map, Value, text};

/// The key `reactor` of the configuration.
#[derive(Clone, Debug, Default)]
pub struct Rules(Vec<(Glob, Vec<String>)>);

impl Rules {
    /// Reads the key: a list of mappings from a pattern over tags to SLS.
    #[must_use]
    pub fn read(configured: &[Map]) -> Self {
        let rule = |(tag, files): (&Value, &Value)| {
            let files = match files {
                Value::List(items) => items.iter().map(text::str).collect(),
                one => vec![text::str(one)],
            };
            (Glob::new(&text::str(tag)), files)
        };
        Self(configured.iter().flat_map(Map::iter).map(rule).collect())
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The SLS of a tag, in the order of the configuration, each once.
    #[must_use]
    pub fn of(&self, tag: &str) -> Vec<&str> {
        let mut files: Vec<&str> = Vec::new();
        for file in self.0.iter().filter(|(glob, _)| glob.matches(tag)).flat_map(|(_, files)| files) {
            if !files.contains(&file.as_str()) {
                files.push(file);
            }
        }
        files
    }

    /// As it stands, for `reactor.list`.
    #[must_use]
    pub fn to_value(configured: &[Map]) -> Value {
        Value::List(configured.iter().cloned().map(Value::Map).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_leads_to_the_files_of_every_pattern_once() {
        let configured: Vec<Map> =
            serde_json::from_str(r#"[{"salt/minion/*/start": ["a.sls", "b.sls"]}, {"salt/*": "b.sls"}, {"x": ["c.sls"]}]"#).unwrap();
        let rules = Rules::read(&configured);
        assert_eq!(rules.of("salt/minion/web1/start"), ["a.sls", "b.sls"]);
        assert_eq!(rules.of("salt/key"), ["b.sls"]);
        assert!(rules.of("y").is_empty());
    }
}
