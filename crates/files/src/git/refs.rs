//! Branches, tags and commits, and which of them are environments.

use std::collections::BTreeMap;

/// What a reference is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RefKind {
    /// A branch.
    Branch,
    /// A tag.
    Tag,
    /// A commit, as an environment that is called by its whole id. It is never listed: there are too many.
    Commit,
}

impl RefKind {
    /// By the word of the configuration.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "branch" => Some(Self::Branch),
            "tag" => Some(Self::Tag),
            "sha" => Some(Self::Commit),
            _ => None,
        }
    }
}

/// A branch or tag and its commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ref {
    /// What it is.
    pub kind: RefKind,
    /// Its name.
    pub name: String,
    /// The commit, in hexadecimal.
    pub commit: String,
}

/// Which references are environments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// The reference that is `base`.
    pub base: String,
    /// Kinds that become environments of their own.
    pub kinds: Vec<RefKind>,
    /// Environments by name and the reference each is.
    pub named: BTreeMap<String, String>,
    /// Only what is named, and `base`.
    pub only_named: bool,
    /// Shell patterns of environments that are taken; all where there is none.
    pub whitelist: Vec<String>,
    /// Shell patterns of environments that are left out.
    pub blacklist: Vec<String>,
    /// Every reference is `base`, whatever its name (`fallback`).
    pub fallback: Option<String>,
}

impl Default for Selection {
    fn default() -> Self {
        Self {
            base: "master".to_owned(),
            kinds: vec![RefKind::Branch, RefKind::Tag, RefKind::Commit],
            named: BTreeMap::new(),
            only_named: false,
            whitelist: Vec::new(),
            blacklist: Vec::new(),
            fallback: None,
        }
    }
}

impl Selection {
    /// Environments and their commits. A branch goes before a tag of the same name.
    #[must_use]
    pub fn envs(&self, refs: &[Ref]) -> BTreeMap<String, String> {
        let find = |name: &str| {
            let of = |kind| refs.iter().find(|found| found.kind == kind && found.name == name);
            of(RefKind::Branch).or_else(|| of(RefKind::Tag)).map(|found| found.commit.clone())
        };
        let mut envs = BTreeMap::new();
        if !self.only_named {
            let mut own: Vec<&Ref> = refs.iter().filter(|found| self.kinds.contains(&found.kind)).collect();
            own.sort_by_key(|found| std::cmp::Reverse(found.kind));
            for found in own {
                envs.insert(if found.name == self.base { "base".to_owned() } else { found.name.clone() }, found.commit.clone());
            }
        }
        // A commit may be named outright.
        let commit = |name: &String| find(name).or_else(|| is_commit(name).then(|| name.clone()));
        if let Some(base) = commit(&self.base).or_else(|| self.fallback.as_ref().and_then(commit)) {
            envs.insert("base".to_owned(), base);
        }
        for (env, name) in &self.named {
            if let Some(found) = commit(name) {
                envs.insert(env.clone(), found);
            }
        }
        envs.retain(|env, _| self.takes(env));
        envs
    }

    /// Whether a commit may be an environment by itself.
    #[must_use]
    pub fn takes_commit(&self, commit: &str) -> bool {
        is_commit(commit) && self.kinds.contains(&RefKind::Commit) && !self.only_named && self.takes(commit)
    }

    fn takes(&self, env: &str) -> bool {
        let is_in = |patterns: &[String]| patterns.iter().any(|pattern| model::Glob::new(pattern).matches(env));
        (self.whitelist.is_empty() || is_in(&self.whitelist)) && !is_in(&self.blacklist)
    }
}

/// A whole commit id.
pub(crate) fn is_commit(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refs() -> Vec<Ref> {
        let of = |kind, name: &str, letter: &str| Ref { kind, name: name.to_owned(), commit: letter.repeat(40) };
        vec![of(RefKind::Branch, "main", "a"), of(RefKind::Branch, "dev", "b"), of(RefKind::Tag, "v1", "c"), of(RefKind::Tag, "dev", "d")]
    }

    fn envs(selection: &Selection) -> String {
        selection.envs(&refs()).iter().map(|(env, commit)| format!("{env}={}", &commit[..1])).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn branches_and_tags_become_environments_as_selected() {
        let base = Selection { base: "main".into(), ..Selection::default() };
        assert_eq!(envs(&base), "base=a dev=b v1=c");
        assert_eq!(envs(&Selection { kinds: vec![RefKind::Branch], ..base.clone() }), "base=a dev=b");
        assert_eq!(envs(&Selection { blacklist: vec!["v*".into()], ..base.clone() }), "base=a dev=b");
        assert_eq!(envs(&Selection { whitelist: vec!["dev".into()], ..base.clone() }), "dev=b");
        assert_eq!(
            envs(&Selection { only_named: true, named: BTreeMap::from([("prod".into(), "v1".into())]), ..base.clone() }),
            "base=a prod=c"
        );
        assert_eq!(envs(&Selection { base: "e".repeat(40), only_named: true, ..base.clone() }), "base=e");
        assert_eq!(envs(&Selection { base: "none".into(), fallback: Some("dev".into()), only_named: true, ..base }), "base=b");
    }
}
