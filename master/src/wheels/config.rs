//! `config.*`: the master's configuration, without what nobody may see.

use crate::config::MasterConfig;
use crate::core::Core;
use crate::runners::{Done, Run, Runner, plain};
use manager::Refusal;
use value::{Map, Value, text};

/// The functions of this module.
pub const WHEELS: &[Runner] = &[Runner {
    name: "config.values",
    arguments: &[],
    doc: "The configuration of the master as it stands in its files, with secrets left out.",
    body: |run| Box::pin(values(run)),
}];

/// Keys that hold secrets, or tell who could do what and how to get in.
const HIDDEN: [&str; 9] =
    ["database_url", "sharedsecret", "auth_ldap", "external_auth", "publisher_acl", "access_deny", "returners", "ext_pillar", "git_pillar"];

/// Parts of names whose values are secrets, wherever they stand.
const SECRET: [&str; 9] = ["password", "passwd", "passphrase", "secret", "token", "privkey", "private_key", "bindpw", "credential"];

async fn values(run: Run) -> Result<Done, Refusal> {
    plain(visible(&run.core))
}

/// The configuration as everybody may see it who may see it at all.
#[must_use]
pub fn visible(core: &Core) -> Value {
    let settings = core.settings();
    let mut values = Map::new();
    for key in MasterConfig::keys() {
        // Defaults stand there as text; what they mean is what YAML reads in it.
        values.insert(key.name, yaml::load_value(&key.default).unwrap_or_else(|_| Value::from(key.default.as_str())));
    }
    if let Value::Map(files) = &*settings.opts {
        values.extend(files.iter().map(|(key, value)| (key.clone(), value.clone())));
    }
    values.insert("id", core.id.as_str());
    values.insert("nodegroups", settings.config.nodegroups.clone());
    for key in HIDDEN {
        values.remove(key);
    }
    shown(Value::Map(values))
}

/// A value with secrets out of it: by their names, and in addresses.
fn shown(value: Value) -> Value {
    match value {
        Value::Map(map) => Value::Map(
            map.into_iter()
                .map(|(key, value)| {
                    let name = text::str(&key).to_lowercase();
                    let value =
                        if SECRET.iter().any(|part| name.contains(part)) && !value.is_null() { Value::from("***") } else { shown(value) };
                    (key, value)
                })
                .collect(),
        ),
        Value::List(items) => Value::List(items.into_iter().map(shown).collect()),
        Value::Str(text) => Value::from(without_login(&text)),
        other => other,
    }
}

/// An address without the name and password in it.
fn without_login(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let end = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    match authority.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}://***@{host}{path}"),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_left_out_wherever_they_stand() {
        let value: Value = serde_json::from_str(
            r#"{"a": {"api_token": "x", "b": [{"Password": "y"}]}, "url": "https://u:p@h/x", "port": 5, "none_secret": null}"#,
        )
        .unwrap();
        let text = serde_json::to_string(&shown(value)).unwrap();
        assert_eq!(text, r#"{"a":{"api_token":"***","b":[{"Password":"***"}]},"url":"https://***@h/x","port":5,"none_secret":null}"#);
    }
}
