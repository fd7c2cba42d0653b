//! Configuration of a repository or of a user.

use super::look::failure;
use super::{Refused, Repo};
use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Value, Words};
use std::collections::BTreeMap;

/// Whose configuration is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The repository's.
    Repository,
    /// The user's.
    Global,
}

impl Scope {
    const fn flag(self) -> &'static str {
        match self {
            Self::Repository => "--local",
            Self::Global => "--global",
        }
    }

    const fn of(global: bool) -> Self {
        if global { Self::Global } else { Self::Repository }
    }
}

/// Values of a key; nothing where it is not set.
pub async fn get(repo: &Repo, key: &str, scope: Scope, read: &Read) -> Result<Option<Vec<String>>, Refused> {
    let said = repo.maybe(&["config", scope.flag(), "--null", "--get-all", key], read).await?;
    Ok(said.map(|said| said.trim_end_matches('\0').split('\0').map(str::to_owned).collect()))
}

/// Keys that fit an expression, with those of their values that fit another.
pub async fn matching(
    repo: &Repo,
    key: &str,
    value: Option<&str>,
    scope: Scope,
    read: &Read,
) -> Result<BTreeMap<String, Vec<String>>, Refused> {
    let words: Vec<&str> = ["config", scope.flag(), "--null", "--get-regexp", key].into_iter().chain(value).collect();
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let said = repo.maybe(&words, read).await?.unwrap_or_default();
    for entry in said.split('\0').filter(|entry| !entry.is_empty()) {
        let (key, value) = entry.split_once('\n').unwrap_or((entry, ""));
        found.entry(key.to_owned()).or_default().push(value.to_owned());
    }
    Ok(found)
}

/// Sets the values of a key.
pub async fn set(repo: &Repo, key: &str, values: &[String], scope: Scope, read: &Read) -> Result<(), Refused> {
    for (at, value) in values.iter().enumerate() {
        let how = if at == 0 { "--replace-all" } else { "--add" };
        repo.ok(&["config", scope.flag(), how, key, value], read).await?;
    }
    Ok(())
}

/// Takes values of a key out: all, or those that fit an expression.
pub async fn unset(repo: &Repo, key: &str, value: Option<&str>, all: bool, scope: Scope, read: &Read) -> Result<(), Refused> {
    let how = if all { "--unset-all" } else { "--unset" };
    let words: Vec<&str> = ["config", scope.flag(), how, key].into_iter().chain(value).collect();
    repo.ok(&words, read).await.map(drop)
}

macro_rules! config_function {
    ($(#[$doc:meta])* $name:ident { $($own:tt)* }) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// The key: `user.email`.
            key: String,
            $($own)*
            /// Folder of the repository.
            #[arg(named)]
            cwd: Option<String>,
            /// The user's configuration instead of a repository's.
            #[arg(default = false, named)]
            global: bool,
            /// User to run as.
            #[arg(named)]
            user: Option<String>,
            /// Known for compatibility.
            #[arg(named, ignored)]
            password: Option<String>,
            /// Known for compatibility.
            #[arg(default = false, named, ignored)]
            ignore_retcode: bool,
            /// Known for compatibility; output is read as UTF-8.
            #[arg(named, ignored)]
            output_encoding: Option<String>,
        }

        impl $name {
            fn repo(&self) -> Result<(Repo, Scope), Failure> {
                if self.cwd.is_none() && !self.global {
                    return Err(Failure::bad_arguments("'cwd' argument required unless global=True"));
                }
                Ok((Repo { cwd: self.cwd.clone(), user: self.user.clone(), ..Repo::default() }, Scope::of(self.global)))
            }
        }
    };
}

config_function! {
    /// Return the value of a key.
    ///
    /// ```salt
    /// salt '*' git.config_get user.name cwd=/opt/app
    /// ```
    ConfigGet {
        /// All its values, as a list.
        #[arg(default = false, named)]
        all: bool,
    }
}
config_function! {
    /// Return the keys that fit an expression, with their values.
    ///
    /// ```salt
    /// salt '*' git.config_get_regexp 'user\..*' cwd=/opt/app
    /// ```
    ConfigGetRegexp {
        /// Expression for the values.
        #[arg(named)]
        value_regex: Option<String>,
    }
}
config_function! {
    /// Set the value of a key, or its values.
    ///
    /// ```salt
    /// salt '*' git.config_set user.email me@example.org cwd=/opt/app
    /// ```
    ConfigSet {
        /// The value.
        value: Option<String>,
        /// Several values.
        #[arg(named)]
        multivar: Option<Words>,
        /// Add the value to those that are there.
        #[arg(default = false, named)]
        add: bool,
    }
}
config_function! {
    /// Take values of a key out.
    ///
    /// ```salt
    /// salt '*' git.config_unset foo.bar cwd=/opt/app
    /// ```
    ConfigUnset {
        /// Expression for the values.
        value_regex: Option<String>,
        /// Take several values out.
        #[arg(default = false, named)]
        all: bool,
    }
}

impl Query for ConfigGet {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let (repo, scope) = self.repo()?;
        let values = get(&repo, &self.key, scope, read).await.map_err(failure)?;
        Ok(match values {
            None => Value::Null,
            Some(values) if self.all => values.into(),
            Some(values) => values.last().map(String::as_str).unwrap_or_default().into(),
        })
    }
}

impl Query for ConfigGetRegexp {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let (repo, scope) = self.repo()?;
        Ok(matching(&repo, &self.key, self.value_regex.as_deref(), scope, read).await.map_err(failure)?.into_iter().collect())
    }
}

impl Action for ConfigSet {
    type Output = Value;
    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let (repo, scope) = self.repo()?;
        let values = match (&self.value, &self.multivar) {
            (Some(value), None) => vec![value.clone()],
            (None, Some(values)) => values.0.clone(),
            _ => return Err(Failure::bad_arguments("Only one of 'value' and 'multivar' is permitted, and one is needed")),
        };
        let mut all =
            if self.add { get(&repo, &self.key, scope, cx.read()).await.map_err(failure)?.unwrap_or_default() } else { Vec::new() };
        all.extend(values);
        set(&repo, &self.key, &all, scope, cx.read()).await.map_err(failure)?;
        Ok(get(&repo, &self.key, scope, cx.read()).await.map_err(failure)?.map_or(Value::Null, Value::from))
    }
}

impl Action for ConfigUnset {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let (repo, scope) = self.repo()?;
        unset(&repo, &self.key, self.value_regex.as_deref(), self.all, scope, cx.read()).await.map_err(failure)?;
        Ok(true)
    }
}
