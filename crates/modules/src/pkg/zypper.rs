//! SUSE: rpm and zypper.

use super::dnf::rpm_installed;
use super::{Install, Installed, Provider, newest, version};
use async_trait::async_trait;
use sdk::{Cx, Failure, Read};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// rpm and zypper, of this machine or of the system in a folder.
pub struct Zypper {
    /// That folder.
    pub root: Option<String>,
}

/// rpm and zypper of this machine.
pub static HERE: Zypper = Zypper { root: None };

impl Zypper {
    fn argv(&self, words: &[&str], names: &[String]) -> Vec<String> {
        self.plain(&["--no-refresh"]).into_iter().chain(words.iter().map(|word| (*word).to_owned())).chain(names.iter().cloned()).collect()
    }

    /// The same with what zypper looks up anew by itself.
    fn plain(&self, words: &[&str]) -> Vec<String> {
        let root = self.root.iter().flat_map(|root| ["--root", root.as_str()]);
        ["zypper", "--non-interactive"].into_iter().chain(root).chain(words.iter().copied()).map(str::to_owned).collect()
    }
}

/// Reads the table of `zypper list-updates`: repository, name, current and available version.
fn parse_updates(text: &str) -> BTreeMap<String, String> {
    let entry = |line: &str| -> Option<(String, String)> {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let (name, available) = (cells.get(2)?, cells.get(4)?);
        available.starts_with(|c: char| c.is_ascii_digit()).then(|| ((*name).to_owned(), (*available).to_owned()))
    };
    text.lines().filter_map(entry).collect()
}

/// Reads the `Name` and `Version` lines of `zypper info`.
fn parse_info(text: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut name = None;
    for line in text.lines() {
        match line.split_once(':').map(|(key, value)| (key.trim(), value.trim())) {
            Some(("Name", value)) => name = Some(value.to_owned()),
            Some(("Version", value)) => {
                if let Some(name) = name.take() {
                    found.insert(name, value.to_owned());
                }
            }
            Some(_) | None => {}
        }
    }
    found
}

/// Reads the table of `zypper patches`: repository, name, category, severity, interactive, status.
fn parse_patches(text: &str) -> BTreeMap<String, bool> {
    let entry = |line: &str| -> Option<(String, bool)> {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let (name, status) = (*cells.get(1)?, *cells.get(5)?);
        match status {
            "applied" | "not needed" => Some((name.to_owned(), true)),
            "needed" => Some((name.to_owned(), false)),
            _ => None,
        }
    };
    text.lines().filter_map(entry).collect()
}

/// Reads the table of `zypper locks`: number, name, type, repository.
fn parse_locks(text: &str) -> Vec<String> {
    let name = |line: &str| {
        let mut cells = line.split('|').map(str::trim);
        cells.next().filter(|number| number.parse::<u32>().is_ok()).and_then(|_| cells.next().map(str::to_owned))
    };
    text.lines().filter_map(name).collect()
}

#[async_trait]
impl Provider for Zypper {
    fn name(&self) -> &'static str {
        "zypper"
    }

    async fn installed(&self, read: &Read) -> Result<Installed, Failure> {
        rpm_installed(read, self.root.as_deref()).await
    }

    async fn candidates(&self, read: &Read, names: &[String], from_repo: Option<&str>) -> Result<BTreeMap<String, String>, Failure> {
        let mut found = newest(&self.installed(read).await?, version::rpm);
        found.retain(|name, _| names.contains(name));
        let repo: Vec<&str> = from_repo.map(|repo| vec!["info", "--repo", repo]).unwrap_or_else(|| vec!["info"]);
        let output = read.try_run(self.argv(&repo, names)).await?;
        for (name, available) in parse_info(&output.out()) {
            if found.get(&name).is_none_or(|have| version::rpm(have, &available).is_lt()) {
                found.insert(name, available);
            }
        }
        Ok(found)
    }

    async fn upgrades(&self, read: &Read) -> Result<BTreeMap<String, String>, Failure> {
        Ok(parse_updates(&read.ask(self.argv(&["list-updates"], &[])).await?))
    }

    async fn refresh(&self, cx: &Cx) -> Result<(), Failure> {
        cx.run(self.plain(&["refresh"])).await.map(drop)
    }

    async fn install(&self, cx: &Cx, install: &Install) -> Result<(), Failure> {
        let mut words = Vec::new();
        if install.skip_verify {
            words.push("--no-gpg-checks");
        }
        words.extend(["install", "--auto-agree-with-licenses", "--name"]);
        if let Some(repo) = &install.from_repo {
            words.extend(["--from", repo]);
        }
        match install.recommends {
            Some(true) => words.push("--recommends"),
            Some(false) => words.push("--no-recommends"),
            None => {}
        }
        if install.download_only {
            words.push("--download-only");
        }
        if install.reinstall {
            words.push("--force");
        }
        if install.packages.iter().any(|(_, version)| version.is_some()) {
            words.push("--oldpackage");
        }
        let mut names: Vec<String> = install
            .packages
            .iter()
            .map(|(name, version)| match version {
                Some(version) => format!("{name}={version}"),
                None => name.clone(),
            })
            .collect();
        if names.is_empty() {
            words.retain(|word| *word != "--name");
        }
        names.extend(install.files.iter().cloned());
        cx.run(self.argv(&words, &names)).await.map(drop)
    }

    async fn remove(&self, cx: &Cx, names: &[String], _purge: bool) -> Result<(), Failure> {
        cx.run(self.argv(&["remove"], names)).await.map(drop)
    }

    async fn upgrade(&self, cx: &Cx, names: &[String]) -> Result<(), Failure> {
        cx.run(self.argv(&["update", "--auto-agree-with-licenses"], names)).await.map(drop)
    }

    async fn held(&self, read: &Read) -> Result<Vec<String>, Failure> {
        Ok(parse_locks(&read.ask(self.plain(&["locks"])).await?))
    }

    async fn hold(&self, cx: &Cx, names: &[String], hold: bool) -> Result<(), Failure> {
        cx.run(self.argv(&[if hold { "addlock" } else { "removelock" }], names)).await.map(drop)
    }

    async fn patches(&self, read: &Read) -> Result<BTreeMap<String, bool>, Failure> {
        Ok(parse_patches(&read.ask(self.plain(&["--quiet", "patches"])).await?))
    }

    async fn install_patches(&self, cx: &Cx, names: &[String], download_only: bool) -> Result<(), Failure> {
        let mut words = vec!["install", "--auto-agree-with-licenses"];
        if download_only {
            words.push("--download-only");
        }
        let names: Vec<String> = names.iter().map(|name| format!("patch:{name}")).collect();
        cx.run(self.argv(&words, &names)).await.map(drop)
    }

    async fn owner(&self, read: &Read, path: &str) -> Result<Option<String>, Failure> {
        let root = self.root.iter().flat_map(|root| ["--root", root.as_str()]);
        let argv = ["rpm"].into_iter().chain(root).chain(["-qf", "--queryformat", "%{NAME}", path]);
        let output = read.try_run(argv).await?;
        Ok(output.is_ok().then(|| output.out()))
    }

    fn compare(&self, a: &str, b: &str) -> Ordering {
        version::rpm(a, b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patches_are_needed_or_not() {
        let text = "Repository | Name | Category | Severity | Interactive | Status | Summary\nupd | SUSE-1 | security | important | --- | needed | x\nupd | SUSE-2 | security | low | --- | applied | y\n";
        assert_eq!(parse_patches(text), BTreeMap::from([("SUSE-1".to_owned(), false), ("SUSE-2".to_owned(), true)]));
    }

    #[test]
    fn what_zypper_1_14_42_says_is_understood() {
        let patches = "Repository | Name            | Category | Severity  | Interactive | Status | Since      | Summary\n-----------+-----------------+----------+-----------+-------------+--------+------------+--------\ncompared   | COMPARED-2026:1 | security | important | ---         | needed | 2026-11-24 | gamma\n";
        assert_eq!(parse_patches(patches), BTreeMap::from([("COMPARED-2026:1".to_owned(), false)]));
        let locks = "\n# | Name  | Type    | Repository\n--+-------+---------+-----------\n1 | gamma | package | (any)\n\n";
        assert_eq!(parse_locks(locks), ["gamma"]);
        let info = "Loading repository data...\nReading installed packages...\n\n\nInformation for package alpha:\n------------------------------\nRepository     : compared\nName           : alpha\nVersion        : 1.1-1\nArch           : noarch\nVendor         : \nInstalled Size : 4 B\nInstalled      : No\nStatus         : not installed\nSource package : alpha-1.1-1.src\nSummary        : alpha\nDescription    : \n    alpha\n";
        assert_eq!(parse_info(info), BTreeMap::from([("alpha".to_owned(), "1.1-1".to_owned())]));
        let updates = "Loading repository data...\nReading installed packages...\nS | Repository | Name  | Current Version | Available Version | Arch\n--+------------+-------+-----------------+-------------------+-------\nv | compared   | gamma | 1.0-1           | 1.1-1             | noarch\n";
        assert_eq!(parse_updates(updates), BTreeMap::from([("gamma".to_owned(), "1.1-1".to_owned())]));
    }

    #[test]
    fn updates_and_information_are_read_from_tables() {
        let updates = "S | Repository | Name | Current Version | Available Version | Arch\nv | main | curl | 8.0-1 | 8.1-1 | x86_64\n";
        assert_eq!(parse_updates(updates), BTreeMap::from([("curl".to_owned(), "8.1-1".to_owned())]));
        assert_eq!(
            parse_info("Name           : curl\nVersion        : 8.1-1\n"),
            BTreeMap::from([("curl".to_owned(), "8.1-1".to_owned())])
        );
    }
}
