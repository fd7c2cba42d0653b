//! What a state of packages asks for: `name`, `version`, `pkgs`, and what the states share.

use modules::pkg::{Installed, Provider, version};
use sdk::{Cx, Failure, Map, Names, Read, Value, text};
use std::collections::BTreeMap;

/// A package with the version that is wanted, if one is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Name.
    pub name: String,
    /// A version, a pattern or a range.
    pub version: Option<String>,
}

/// Reads `pkgs`, or `name` and `version` where there is none.
pub fn wishes(name: &str, version: Option<&Value>, pkgs: Option<&Names>) -> Vec<Wish> {
    let wish = |version: &Value| Some(text::str(version)).filter(|version| !version.is_empty());
    match pkgs {
        Some(pkgs) => pkgs.0.iter().map(|(name, version)| Wish { name: name.clone(), version: version.as_ref().and_then(wish) }).collect(),
        None => vec![Wish { name: name.to_owned(), version: version.and_then(wish) }],
    }
}

impl Wish {
    /// Name and version as comments show them: `nginx`, `nginx=1.2`, `nginx>=1.2`.
    pub fn text(&self) -> String {
        match &self.version {
            None => self.name.clone(),
            Some(wish) if version::split_operator(wish).0.is_empty() => format!("{}={wish}", self.name),
            Some(wish) => format!("{}{wish}", self.name),
        }
    }

    /// Whether the installed packages fulfil it; `provided` are names that others stand in for.
    pub fn is_met(&self, installed: &Installed, provided: &[String], provider: &dyn Provider) -> bool {
        match (installed.get(&self.name), &self.version) {
            (Some(_), None) => true,
            (Some(versions), Some(wish)) => versions.iter().any(|have| version::fits(have, wish, |a, b| provider.compare(a, b))),
            (None, None) => provided.contains(&self.name),
            (None, Some(_)) => false,
        }
    }
}

/// Fetches what repositories have: when asked to, or by itself once in a run and only if something is to be fetched.
pub async fn refresh(provider: &dyn Provider, asked: Option<bool>, cx: &Cx) -> Result<(), Failure> {
    const NOTE: &str = "pkg refreshed";
    let run = cx.chunk().map(|chunk| &chunk.run);
    let done = run.is_some_and(|run| run.note(NOTE).is_some());
    if asked.unwrap_or(!done) {
        provider.refresh(cx).await?;
        if let Some(run) = run {
            run.change_note(NOTE, |note| *note = true.into());
        }
    }
    Ok(())
}

/// `{name: {new, old}}` for every name.
pub fn predicted(names: impl IntoIterator<Item = (String, String, String)>) -> Map {
    let change = |(name, old, new): (String, String, String)| {
        let mut change = Map::new();
        change.insert("new", new);
        change.insert("old", old);
        (name, change)
    };
    names.into_iter().map(change).collect()
}

/// The comment of a transaction that did not work: what was to be done, and what the tools said.
pub fn failed(what: &str, failure: &Failure) -> String {
    let said = failure.message.lines().collect::<Vec<_>>().join("\n      ");
    format!("{what} Additional info follows:\n\nerrors:\n    - {said}")
}

/// What installed versions there are, joined as the changes show them.
pub fn shown(installed: &Installed, name: &str) -> String {
    installed.get(name).map(|versions| versions.join(",")).unwrap_or_default()
}

/// Candidates of some names.
pub async fn candidates(
    provider: &dyn Provider,
    names: &[String],
    from_repo: Option<&str>,
    read: &Read,
) -> Result<BTreeMap<String, String>, Failure> {
    if names.is_empty() { Ok(BTreeMap::new()) } else { provider.candidates(read, names, from_repo).await }
}
