//! `git.config_set` and `git.config_unset`.

use modules::git::{Repo, Scope, get, matching, set, unset};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Read, State, Value, Words, text};
use std::collections::BTreeMap;

/// Ensure a key of the configuration has its value.
///
/// ```salt
/// user.email:
///   git.config_set:
///     - value: app@example.org
///     - repo: /opt/app
/// ```
#[derive(Args)]
pub struct ConfigSet {
    /// The key.
    name: String,
    /// Its value.
    value: Option<String>,
    /// Its values, where it has several.
    multivar: Option<Words>,
    /// Folder of the repository.
    repo: Option<String>,
    /// The user's configuration instead of a repository's.
    #[arg(default = false)]
    global: bool,
    /// User to run as.
    user: Option<String>,
    /// Known for compatibility.
    #[arg(ignored)]
    password: Option<String>,
    /// Known for compatibility; output is read as UTF-8.
    #[arg(ignored)]
    output_encoding: Option<String>,
}

/// Ensure keys of the configuration are not set.
///
/// ```salt
/// foo.bar:
///   git.config_unset:
///     - repo: /opt/app
/// ```
#[derive(Args)]
pub struct ConfigUnset {
    /// The key; a regular expression.
    name: String,
    /// Regular expression of the values that go; all unless given.
    value_regex: Option<String>,
    /// Folder of the repository.
    repo: Option<String>,
    /// The user's configuration instead of a repository's.
    #[arg(default = false)]
    global: bool,
    /// Take keys with several values out too.
    #[arg(default = false)]
    all: bool,
    /// User to run as.
    user: Option<String>,
    /// Known for compatibility.
    #[arg(ignored)]
    password: Option<String>,
    /// Known for compatibility; output is read as UTF-8.
    #[arg(ignored)]
    output_encoding: Option<String>,
}

const NEEDS_REPO: &str = "Non-global config options require the 'repo' argument to be set";

const fn scope(global: bool) -> Scope {
    if global { Scope::Global } else { Scope::Repository }
}

impl ConfigSet {
    fn repo(&self) -> Repo {
        Repo { cwd: self.repo.clone(), user: self.user.clone(), ..Repo::default() }
    }

    fn shown(&self, wanted: &[String]) -> String {
        match &self.value {
            Some(value) => format!("'{value}'"),
            None => text::repr(&Value::from(wanted.to_vec())),
        }
    }

    const fn prefix(&self) -> &'static str {
        if self.global { "Global key " } else { "" }
    }
}

impl State for ConfigSet {
    type Change = (Option<Vec<String>>, Vec<String>);

    async fn check(&self, read: &Read) -> Result<Check<Self::Change>, Failure> {
        let wanted = match (&self.value, &self.multivar) {
            (Some(_), Some(_)) => return Ok(Check::fails("Only one of 'value' and 'multivar' is permitted")),
            (Some(value), None) => vec![value.clone()],
            (None, Some(values)) => values.0.clone(),
            (None, None) => return Ok(Check::fails("One of 'value' and 'multivar' is required")),
        };
        if !self.global && self.repo.is_none() {
            return Ok(Check::fails(NEEDS_REPO));
        }
        let before = match get(&self.repo(), &self.name, scope(self.global), read).await {
            Ok(before) => before,
            Err(refused) => return Ok(Check::fails(refused.0)),
        };
        let (name, shown, prefix) = (&self.name, self.shown(&wanted), self.prefix());
        if before.as_ref() == Some(&wanted) {
            return Ok(Check::desired(format!("{prefix}'{name}' is already set to {shown}")));
        }
        let what = if before.is_none() { "added as" } else { "set to" };
        let change = change(name, before.clone(), wanted.clone());
        Ok(Check::change(format!("{prefix}'{name}' would be {what} {shown}"), change, (before, wanted)))
    }

    async fn apply(&self, (before, wanted): Self::Change, cx: &Cx) -> Result<Applied, Failure> {
        let (name, shown, repo) = (&self.name, self.shown(&wanted), self.repo());
        let key = if self.global { "global key " } else { "" };
        if let Err(refused) = set(&repo, name, &wanted, scope(self.global), cx.read()).await {
            return Ok(Applied::failed(format!("Failed to set {key}'{name}' to {shown}: {}", refused.0)));
        }
        let what = if before.is_none() { "added as" } else { "set to" };
        Ok(Applied::ok(format!("{}'{name}' was {what} {shown}", self.prefix()), change(name, before, wanted)))
    }
}

fn change(name: &str, old: Option<Vec<String>>, new: Vec<String>) -> Map {
    let mut both = Map::new();
    both.insert("old", old.map_or(Value::Null, Value::from));
    both.insert("new", new);
    [(name, both)].into_iter().collect()
}

impl ConfigUnset {
    fn repo(&self) -> Repo {
        Repo { cwd: self.repo.clone(), user: self.user.clone(), ..Repo::default() }
    }

    fn key(&self) -> String {
        format!("^{}$", self.name.trim_start_matches('^').trim_end_matches('$'))
    }
}

impl State for ConfigUnset {
    type Change = BTreeMap<String, Vec<String>>;

    async fn check(&self, read: &Read) -> Result<Check<Self::Change>, Failure> {
        if !self.global && self.repo.is_none() {
            return Ok(Check::fails(NEEDS_REPO));
        }
        let found = match matching(&self.repo(), &self.key(), self.value_regex.as_deref(), scope(self.global), read).await {
            Ok(found) => found,
            Err(refused) => return Ok(Check::fails(refused.0)),
        };
        if found.is_empty() {
            return Ok(Check::desired("No matching keys are set"));
        }
        if !self.all {
            let several: Vec<String> =
                found.iter().filter(|(_, values)| values.len() > 1).map(|(key, values)| format!("{key} ({})", values.join(", "))).collect();
            if !several.is_empty() {
                let what = if self.value_regex.is_some() {
                    "Multiple values are matched by value_regex for the following keys"
                } else {
                    "Multivar(s) matched by the key expression"
                };
                return Ok(Check::fails(format!("{what} (set 'all' to True to force removal): {}", several.join("; "))));
            }
        }
        let comment = format!("{} key(s) would have value(s) unset", found.len());
        let changes: Map = found.clone().into_iter().collect();
        Ok(Check::change(comment, changes, found))
    }

    async fn apply(&self, found: Self::Change, cx: &Cx) -> Result<Applied, Failure> {
        let (repo, scope) = (self.repo(), scope(self.global));
        let mut faults = Vec::new();
        for key in found.keys() {
            if let Err(refused) = unset(&repo, key, self.value_regex.as_deref(), self.all, scope, cx.read()).await {
                faults.push(format!("{key}: {}", refused.0));
            }
        }
        if !faults.is_empty() {
            return Ok(Applied::failed(format!("Error(s) occurred unsetting values for the following keys: {}", faults.join(", "))));
        }
        Ok(Applied::ok("Value(s) successfully unset", found.into_iter().collect::<Map>()))
    }
}
