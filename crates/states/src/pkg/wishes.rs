//! What a state of packages asks for: `name`, `version`, `pkgs`, and what the states share.

use modules::pkg::{Installed, Provider, version};
use sdk::{Cx, Failure, FromValue, Map, Names, Read, Value, text};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

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

/// Candidates that were asked for at once, and for which names.
struct Asked {
    names: BTreeSet<String>,
    found: BTreeMap<String, String>,
}

/// Candidates of some names. In a run they are asked for once for all of its states of packages: the question costs a good part of a second.
pub async fn candidates(
    provider: &dyn Provider,
    names: &[String],
    from_repo: Option<&str>,
    read: &Read,
) -> Result<BTreeMap<String, String>, Failure> {
    const NAME: &str = "candidates of packages";
    if names.is_empty() {
        return Ok(BTreeMap::new());
    }
    let run = read.chunk().map(|chunk| &chunk.run);
    let stamp = provider.catalogue(read).map(|stamp| format!("{} {stamp}", from_repo.unwrap_or_default()));
    let (Some(run), Some(stamp)) = (run, stamp) else { return provider.candidates(read, names, from_repo).await };
    let asked = match run.looks.found::<Asked>(NAME, &stamp) {
        Some(asked) => asked,
        None => {
            let mut all: BTreeSet<String> = run.low.iter().flat_map(|low| named(low, from_repo)).collect();
            all.extend(names.iter().cloned());
            let list: Vec<String> = all.iter().cloned().collect();
            let asked = Arc::new(Asked { found: provider.candidates(read, &list, from_repo).await?, names: all });
            run.looks.keep(NAME, stamp, Arc::clone(&asked));
            asked
        }
    };
    if names.iter().all(|name| asked.names.contains(name)) {
        return Ok(asked
            .found
            .iter()
            .filter(|(name, _)| names.contains(name))
            .map(|(name, version)| (name.clone(), version.clone()))
            .collect());
    }
    provider.candidates(read, names, from_repo).await
}

/// Names of packages that a chunk of a run is about, if it takes them from the same place.
fn named(low: &Value, from_repo: Option<&str>) -> Vec<String> {
    let word = |key: &str| low.get(key).map(text::str);
    let is_one = word("state").as_deref() == Some("pkg") && matches!(word("fun").as_deref(), Some("installed" | "latest" | "downloaded"));
    if !is_one || word("fromrepo").as_deref() != from_repo || low.get("sources").is_some() {
        return Vec::new();
    }
    match low.get("pkgs").cloned().map(Names::from_value) {
        Some(Ok(names)) => names.0.into_iter().map(|(name, _)| name).collect(),
        Some(Err(_)) => Vec::new(),
        None => word("name").into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_gathered_from_the_chunks_of_one_place() {
        let low = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        assert_eq!(named(&low(r#"{"state": "pkg", "fun": "installed", "name": "x", "pkgs": ["a", {"b": "1"}]}"#), None), ["a", "b"]);
        assert_eq!(named(&low(r#"{"state": "pkg", "fun": "latest", "name": "x"}"#), None), ["x"]);
        assert!(named(&low(r#"{"state": "pkg", "fun": "latest", "name": "x", "fromrepo": "sid"}"#), None).is_empty());
        assert!(named(&low(r#"{"state": "pkg", "fun": "removed", "name": "x"}"#), None).is_empty());
    }
}
