//! What a package is asked for with: a name with versions, or an address.

use pep440_rs::{Version, VersionSpecifiers};
use std::str::FromStr;

/// A requirement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// As it was given.
    pub text: String,
    /// Name of the package, normalized; none for an address that does not tell.
    pub name: Option<String>,
    /// Versions that will do; any where there are none.
    pub versions: VersionSpecifiers,
}

/// A name as package indexes compare it: small, with single hyphens.
#[must_use]
pub fn normalized(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        match c {
            '-' | '_' | '.' if out.ends_with('-') => {}
            '-' | '_' | '.' => out.push('-'),
            c => out.extend(c.to_lowercase()),
        }
    }
    out
}

impl Requirement {
    /// Reads one; the words of a refusal else.
    pub fn parse(text: &str) -> Result<Self, String> {
        let any = |name: Option<&str>| Self { text: text.to_owned(), name: name.map(normalized), versions: VersionSpecifiers::default() };
        let line = text.split(';').next().unwrap_or(text).trim();
        let is_place = ["git+", "svn+", "hg+", "bzr+", "./", "../", "/"].iter().any(|start| line.starts_with(start));
        if is_place || line.split_once("://").is_some_and(|(scheme, _)| scheme.chars().all(|c| c.is_ascii_alphanumeric())) {
            return Ok(any(line.split_once("#egg=").map(|(_, name)| name.split(['&', '[', '-']).next().unwrap_or(name))));
        }
        let name_end = line.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.')).unwrap_or(line.len());
        let (name, rest) = line.split_at(name_end);
        let rest = rest.trim_start();
        let rest = match rest.strip_prefix('[') {
            Some(extras) => extras.split_once(']').map_or("", |(_, rest)| rest).trim_start(),
            None => rest,
        };
        let bad = |why: String| {
            if line.contains('=') && !line.contains("==") {
                format!("Invalid version specification in package {text}. '=' is not supported, use '==' instead.")
            } else {
                format!("pip raised an exception while parsing '{text}': {why}")
            }
        };
        if name.is_empty() {
            return Err(bad("there is no name".to_owned()));
        }
        if rest.is_empty() || rest.starts_with('@') {
            return Ok(any(Some(name)));
        }
        let rest = rest.trim_start_matches('(').trim_end_matches(')');
        let versions = VersionSpecifiers::from_str(rest).map_err(|error| bad(error.to_string()))?;
        Ok(Self { versions, ..any(Some(name)) })
    }

    /// Whether a version will do. One that is no version by the rules only fits where any does.
    #[must_use]
    pub fn fits(&self, version: &str) -> bool {
        self.versions.is_empty() || Version::from_str(version).is_ok_and(|version| self.versions.contains(&version))
    }

    /// The best of some versions; unfinished ones count only where the requirement names one.
    #[must_use]
    pub fn best<'a>(&self, versions: &'a [String]) -> Option<&'a str> {
        let unfinished = self.versions.iter().any(|spec| spec.version().any_prerelease());
        let known = versions.iter().filter_map(|text| Version::from_str(text).ok().map(|version| (version, text)));
        let fine = known.filter(|(version, text)| (unfinished || !version.any_prerelease()) && self.fits(text));
        fine.max_by(|a, b| a.0.cmp(&b.0)).map(|(_, text)| text.as_str())
    }
}

/// Whether two texts are one version.
#[must_use]
pub fn same_version(a: &str, b: &str) -> bool {
    match (Version::from_str(a), Version::from_str(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_versions_and_addresses_are_told_apart() {
        let plain = Requirement::parse("Django_REST.framework >= 3.1, <4").unwrap();
        assert_eq!(plain.name.as_deref(), Some("django-rest-framework"));
        assert!(plain.fits("3.14.0") && !plain.fits("4.0"));
        let extras = Requirement::parse("celery[redis]==5.*; python_version > '3'").unwrap();
        assert_eq!(extras.name.as_deref(), Some("celery"));
        assert!(extras.fits("5.3"));
        assert_eq!(Requirement::parse("git+https://x/y.git#egg=Y").unwrap().name.as_deref(), Some("y"));
        assert_eq!(Requirement::parse("./dist/app.whl").unwrap().name, None);
        assert!(Requirement::parse("django=1").unwrap_err().contains("use '==' instead"));
    }

    #[test]
    fn the_best_version_is_finished() {
        let versions = ["1.0", "1.10", "2.0rc1", "1.9"].map(str::to_owned);
        assert_eq!(Requirement::parse("x").unwrap().best(&versions), Some("1.10"));
        assert_eq!(Requirement::parse("x<1.10").unwrap().best(&versions), Some("1.9"));
        assert_eq!(Requirement::parse("x>=2.0rc1").unwrap().best(&versions), Some("2.0rc1"));
    }
}
