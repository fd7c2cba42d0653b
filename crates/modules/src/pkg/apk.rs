//! Alpine: apk.

use super::{Install, Installed, Provider, newest, version};
use async_trait::async_trait;
use sdk::{Cx, Failure, Read};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// apk.
pub struct Apk;

/// Splits `name-1.2.3-r0`.
fn split_name(word: &str) -> Option<(String, String)> {
    let mut parts = word.rsplitn(3, '-');
    let (release, version, name) = (parts.next()?, parts.next()?, parts.next()?);
    Some((name.to_owned(), format!("{version}-{release}")))
}

/// Reads lines that begin with `name-1.2.3-r0`.
fn parse_names(text: &str) -> Installed {
    let mut installed = Installed::new();
    for (name, version) in text.lines().filter_map(|line| split_name(line.split_whitespace().next()?)) {
        installed.entry(name).or_default().push(version);
    }
    installed
}

/// Reads `name-1.2-r0 < 1.3-r0` lines of `apk version`.
fn parse_upgrades(text: &str) -> BTreeMap<String, String> {
    let entry = |line: &str| -> Option<(String, String)> {
        let (left, new) = line.split_once('<')?;
        Some((split_name(left.trim())?.0, new.trim().to_owned()))
    };
    text.lines().filter_map(entry).collect()
}

#[async_trait]
impl Provider for Apk {
    fn name(&self) -> &'static str {
        "apk"
    }

    async fn installed(&self, read: &Read) -> Result<Installed, Failure> {
        Ok(parse_names(&read.ask(["apk", "info", "-v"]).await?))
    }

    async fn candidates(&self, read: &Read, names: &[String], _from_repo: Option<&str>) -> Result<BTreeMap<String, String>, Failure> {
        let mut found = newest(&self.installed(read).await?, version::rpm);
        found.retain(|name, _| names.contains(name));
        for name in names {
            let output = read.try_run(["apk", "search", "--exact", name.as_str()]).await?;
            for (name, versions) in parse_names(&output.out()) {
                found.extend(versions.into_iter().next_back().map(|version| (name, version)));
            }
        }
        Ok(found)
    }

    async fn upgrades(&self, read: &Read) -> Result<BTreeMap<String, String>, Failure> {
        Ok(parse_upgrades(&read.ask(["apk", "version", "-l", "<"]).await?))
    }

    async fn refresh(&self, cx: &Cx) -> Result<(), Failure> {
        cx.run(["apk", "update"]).await.map(drop)
    }

    async fn install(&self, cx: &Cx, install: &Install) -> Result<(), Failure> {
        let mut argv = vec!["apk".to_owned(), "add".to_owned()];
        if install.skip_verify || !install.files.is_empty() {
            argv.push("--allow-untrusted".to_owned());
        }
        if install.download_only {
            argv = vec!["apk".to_owned(), "fetch".to_owned(), "--recursive".to_owned(), "--output".to_owned(), "/var/cache/apk".to_owned()];
        }
        argv.extend(install.packages.iter().map(|(name, version)| match version {
            Some(version) => format!("{name}={version}"),
            None => name.clone(),
        }));
        argv.extend(install.files.iter().cloned());
        cx.run(argv).await.map(drop)
    }

    async fn remove(&self, cx: &Cx, names: &[String], purge: bool) -> Result<(), Failure> {
        let words: &[&str] = if purge { &["apk", "del", "--purge"] } else { &["apk", "del"] };
        cx.run(words.iter().map(|word| (*word).to_owned()).chain(names.iter().cloned())).await.map(drop)
    }

    async fn upgrade(&self, cx: &Cx, names: &[String]) -> Result<(), Failure> {
        let words: &[&str] = if names.is_empty() { &["apk", "upgrade"] } else { &["apk", "add", "--upgrade"] };
        cx.run(words.iter().map(|word| (*word).to_owned()).chain(names.iter().cloned())).await.map(drop)
    }

    async fn owner(&self, read: &Read, path: &str) -> Result<Option<String>, Failure> {
        let output = read.try_run(["apk", "info", "--quiet", "--who-owns", path]).await?;
        Ok(output.is_ok().then(|| output.out().trim().to_owned()))
    }

    fn compare(&self, a: &str, b: &str) -> Ordering {
        // Alpine's order agrees with rpm's for the versions it allows, but for the release letter `r`, which both sides have.
        version::rpm(a, b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_have_dashes_itself() {
        assert_eq!(split_name("py3-pip-23.1-r0"), Some(("py3-pip".to_owned(), "23.1-r0".to_owned())));
        assert_eq!(parse_upgrades("curl-8.0-r0      < 8.1-r1\n").get("curl").map(String::as_str), Some("8.1-r1"));
    }
}
