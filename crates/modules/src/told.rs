//! What an event may tell besides its own data: of the environment, the grains, the pillar.

use sdk::{Map, Read, Value, text};
use value::{DELIMITER, traverse};

/// What is added; each is true for all, or a list of names.
#[derive(Debug)]
pub struct With {
    /// Variables of the environment, as `environ`.
    pub env: Value,
    /// Grains.
    pub grains: Value,
    /// Keys of the pillar.
    pub pillar: Value,
    /// `saltenv` and `pillarenv`.
    pub env_opts: bool,
}

impl With {
    /// What is to be told.
    #[must_use]
    pub fn gather(&self, read: &Read) -> Map {
        let mut data = Map::new();
        let environ = || read.host().environ().into_iter().collect::<Map>().into();
        let facts = read.facts();
        for (name, wanted, all) in [
            ("environ", &self.env, &environ as &dyn Fn() -> Value),
            ("grains", &self.grains, &|| Value::clone(&facts.grains)),
            ("pillar", &self.pillar, &|| Value::clone(&facts.pillar)),
        ] {
            match wanted {
                Value::List(names) if !names.is_empty() => {
                    let all = all();
                    let one = |name: &Value| (name.clone(), traverse(&all, &text::str(name), DELIMITER).cloned().unwrap_or_default());
                    data.insert(name, names.iter().map(one).collect::<Map>());
                }
                other if other.is_truthy() => {
                    data.insert(name, all());
                }
                _ => {}
            }
        }
        if self.env_opts {
            data.insert("saltenv", read.env());
            data.insert("pillarenv", read.opt("pillarenv").cloned());
        }
        data
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sdk::Facts;
    use sdk::host::FakeHost;
    use std::sync::Arc;

    #[test]
    fn only_what_is_named_is_told() {
        let facts: Value = serde_json::from_str(r#"{"os": "Debian", "secret": 1}"#).unwrap();
        let facts = Facts { grains: Arc::new(facts), env: "base".into(), ..Facts::default() };
        let cx = sdk::testing::context(Arc::new(FakeHost::new()), facts);
        let with = With { env: false.into(), grains: vec![Value::from("os")].into(), pillar: false.into(), env_opts: true };
        let expected: Value = serde_json::from_str(r#"{"grains": {"os": "Debian"}, "saltenv": "base", "pillarenv": null}"#).unwrap();
        assert_eq!(Value::Map(with.gather(cx.read())), expected);
    }
}
