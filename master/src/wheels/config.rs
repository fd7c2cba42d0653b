//! `config.*`: the master's configuration, without what nobody may see.

use crate::config::MasterConfig;
use crate::core::Core;
use crate::runners::{Done, Run, Runner, plain};
use manager::Refusal;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use value::{Map, Value, text};

/// The functions of this module.
pub const WHEELS: &[Runner] = &[
    Runner {
        name: "config.values",
        arguments: &[],
        doc: "The configuration of the master as it stands in its files, with secrets left out.",
        body: |run| Box::pin(values(run)),
    },
    Runner {
        name: "config.apply",
        arguments: &["key", "value"],
        doc: "Set a key of the configuration, in `master.d/_applied.conf`. It holds once the master reads its configuration again.",
        body: |run| Box::pin(apply(run)),
    },
    Runner {
        name: "config.update_config",
        arguments: &["file_name", "yaml_contents"],
        doc: "Write a file of the configuration into `master.d`. It holds once the master reads its configuration again.",
        body: |run| Box::pin(update(run)),
    },
];

/// File of the keys that were set one by one.
const APPLIED: &str = "_applied";

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
    // Options of SaltGUI, as they were written.
    if let Some(Value::Map(options)) = values.remove("saltgui") {
        values.extend(options.into_iter().map(|(name, value)| (Value::from(format!("saltgui_{}", text::str(&name))), value)));
    }
    values.insert("id", core.id.as_str());
    values.insert("nodegroups", settings.config.nodegroups.clone());
    for key in HIDDEN {
        values.remove(key);
    }
    shown(Value::Map(values))
}

async fn apply(run: Run) -> Result<Done, Refusal> {
    let key = run.arguments.text("key")?;
    let path = file(&run, APPLIED)?;
    let old = std::fs::read_to_string(&path).unwrap_or_default();
    let mut keys = yaml::load_value(&old).ok().and_then(|value| value.as_map().cloned()).unwrap_or_default();
    keys.insert(key.as_str(), run.arguments.get("value").cloned().unwrap_or_default());
    write(&run, APPLIED, keys).await?;
    plain(format!("Set {key}; `systemctl reload sylvite-master` makes it hold"))
}

async fn update(run: Run) -> Result<Done, Refusal> {
    let name = run.arguments.text("file_name")?;
    let keys = match run.arguments.get("yaml_contents") {
        Some(Value::Map(keys)) => Some(keys.clone()),
        Some(Value::Str(text)) => yaml::load_value(text).ok().and_then(|value| value.as_map().cloned()),
        _ => None,
    };
    let keys = keys.ok_or_else(|| Refusal::invalid("`yaml_contents` is a mapping of keys to values"))?;
    write(&run, &name, keys).await?;
    plain(format!("Wrote {name}.conf"))
}

/// Where a file of a name lies: in the folder of further files, and nowhere else.
fn file(run: &Run, name: &str) -> Result<PathBuf, Refusal> {
    let is_plain = !name.is_empty() && !name.starts_with('.') && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
    if !is_plain {
        return Err(Refusal::invalid(format!("`{name}` is no name of a file: letters, digits, `_`, `-` and `.`")));
    }
    Ok(run.core.settings().folder.join("master.d").join(format!("{name}.conf")))
}

/// Writes keys, if the whole configuration can be used with them; else everything stays as it was.
async fn write(run: &Run, name: &str, keys: Map) -> Result<(), Refusal> {
    let path = file(run, name)?;
    let names: Vec<String> = keys.keys().map(text::str).collect();
    let detail = Value::Map(Map::from_iter([("keys", names)]));
    run.core.audit(&run.caller, "config.write", ("file", &path.display().to_string()), "ok", detail).await?;
    let failed = |error: std::io::Error| Refusal::invalid(format!("cannot write `{}`: {error}", path.display()));
    let old = std::fs::read(&path).ok();
    let text = format!("# Written by the wheel functions of `config`.\n{}", yaml::dump(&Value::Map(keys), &yaml::DumpOptions::default()));
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    place(&path, text.as_bytes()).map_err(failed)?;
    let read = crate::config::load(&run.core.settings().folder, &[]).map_err(|error| output::chain(&error));
    let checked = read.and_then(|loaded| crate::settings::Settings::new(loaded).map_err(|error| output::chain(&error)));
    if let Err(why) = checked {
        let back = old.map_or_else(|| std::fs::remove_file(&path), |old| place(&path, &old));
        back.map_err(failed)?;
        return Err(Refusal::invalid(format!("the configuration cannot be used with this, and stays as it was: {why}")));
    }
    Ok(())
}

/// Writes beside and moves into place. It may hold secrets, so nobody else reads it.
fn place(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let beside = path.with_extension("new");
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all(bytes)?;
    file.sync_data()?;
    std::fs::rename(&beside, path)
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
