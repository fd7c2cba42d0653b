//! `git`: remotes as `ext_pillar` names them, `branch address` each, alone or with options.

use crate::config::MasterConfig;
use crate::gitfs;
use files::git::{Credentials, Defaults, Selection};
use pillar::{Git, GitSource, Which};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use value::{Map, Value, text};

/// Reads one entry; `place` is its number among those of git.
pub(super) fn read(config: &MasterConfig, args: &Value, place: usize) -> Result<Git, String> {
    let entries = match args {
        Value::List(entries) => entries.as_slice(),
        Value::Null => &[],
        one => std::slice::from_ref(one),
    };
    let sources = entries.iter().map(|entry| source(config, entry, place)).collect::<Result<_, _>>()?;
    Ok(Git::new(sources, config.git_pillar_includes))
}

fn source(config: &MasterConfig, entry: &Value, place: usize) -> Result<GitSource, String> {
    let (name, options) = match entry {
        Value::Map(map) => map.first().map(|(name, options)| (text::str(name), options.clone())).ok_or("an entry is empty")?,
        name => (text::str(name), Value::Null),
    };
    let (branch, url) = match name.split_once(char::is_whitespace) {
        Some((branch, url)) => (branch.to_owned(), url.trim().to_owned()),
        None => (config.git_pillar_branch.clone(), name),
    };
    let option = |key: &str| {
        let items = match &options {
            Value::List(items) => items.as_slice(),
            one => std::slice::from_ref(one),
        };
        items.iter().find_map(|item| item.get(key)).map(text::str).filter(|text| !text.is_empty())
    };
    let own = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let base = option("base").unwrap_or_else(|| config.git_pillar_base.clone());
    let fallback = option("fallback").or_else(|| own(&config.git_pillar_fallback));
    let (which, selection) = match (branch.as_str(), option("all_saltenvs")) {
        ("__env__", Some(all)) => (Which::Everywhere, Selection { base: all, only_named: true, ..Selection::default() }),
        ("__env__", None) => (Which::Asked, Selection { base, fallback, ..Selection::default() }),
        (branch, _) => {
            let named = || if branch == base { "base".to_owned() } else { branch.to_owned() };
            let env = option("env").or_else(|| own(&config.git_pillar_env)).unwrap_or_else(named);
            let named = BTreeMap::from([(env.clone(), branch.to_owned())]);
            (Which::One { env }, Selection { base: String::new(), only_named: true, named, ..Selection::default() })
        }
    };
    let credentials = Credentials {
        user: own(&config.git_pillar_user),
        password: config.git_pillar_password.clone().map(value::Secret::into_revealed),
        key: config.git_pillar_privkey.clone(),
        passphrase: config.git_pillar_passphrase.clone().map(value::Secret::into_revealed),
        known_hosts: config.git_pillar_known_hosts.clone(),
        is_insecure: !config.git_pillar_ssl_verify,
        ..Credentials::default()
    };
    let defaults =
        Defaults { selection: Selection::default(), root: config.git_pillar_root.clone(), mountpoint: String::new(), credentials };
    let mut remote = gitfs::remote(&Value::Map(Map::from_iter([(url, options.clone())])), &defaults).map_err(|error| error.to_string())?;
    remote.selection = selection;
    // Two remotes may have one address and differ in what they take of it: each has a copy of its own.
    let digest = hex::encode(Sha256::digest(format!("{place} {branch}")));
    let below = config.cachedir.join("git_pillar").join(digest.get(..16).unwrap_or(&digest));
    Ok(GitSource::new(remote, which, &below, config.gitfs_timeout.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(yaml: &str) -> String {
        let config = MasterConfig { git_pillar_base: "main".to_owned(), ..MasterConfig::default() };
        match read(&config, &yaml::load_value(yaml).unwrap(), 0) {
            Ok(_) => "read".to_owned(),
            Err(error) => error,
        }
    }

    #[test]
    fn entries_are_addresses_with_a_branch_and_options() {
        for yaml in [
            "[main https://example.com/x.git, {'dev git@example.com:x.git': [{env: test}, {root: pillar}]}]",
            "['__env__ /srv/git/x']",
            "[{'__env__ /srv/git/x': [{all_saltenvs: main}, {mountpoint: web/}]}]",
            "https://example.com/x.git",
        ] {
            assert_eq!(told(yaml), "read", "{yaml}");
        }
    }

    #[test]
    fn an_address_that_would_be_an_option_is_refused() {
        for yaml in ["['main --upload-pack=touch /tmp/x']", "['main ext::sh -c touch']", "['main -u']", "['--upload-pack=x']"] {
            assert!(told(yaml).contains("is no address of a repository"), "{yaml}: {}", told(yaml));
        }
        assert!(told("[{'main /srv/x': [{rot: x}]}]").contains("`rot`"));
        assert!(told("[{'main /srv/x': [{root: ../..}]}]").contains("no path inside"));
    }
}
