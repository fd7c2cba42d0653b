//! Arch: pacman.

use super::{Install, Installed, Provider, name_version_lines, newest, version};
use async_trait::async_trait;
use sdk::{Cx, Failure, Read};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// pacman, of this machine or of the system in a folder.
pub struct Pacman {
    /// That folder.
    pub root: Option<String>,
}

/// pacman of this machine.
pub static HERE: Pacman = Pacman { root: None };

impl Pacman {
    fn argv(&self, words: &[&str]) -> Vec<String> {
        let root = self.root.iter().flat_map(|root| ["-r", root.as_str()]);
        ["pacman"].into_iter().chain(words.iter().copied()).chain(root).map(str::to_owned).collect()
    }
}

/// Reads `name old -> new` lines of `pacman -Qu`.
fn parse_upgrades(text: &str) -> BTreeMap<String, String> {
    let entry = |line: &str| -> Option<(String, String)> {
        let (left, new) = line.split_once(" -> ")?;
        Some((left.split_whitespace().next()?.to_owned(), new.split_whitespace().next()?.to_owned()))
    };
    text.lines().filter_map(entry).collect()
}

/// Reads `group package` lines of `pacman -Sg`.
fn parse_group(text: &str) -> Vec<String> {
    text.lines().filter_map(|line| line.split_whitespace().nth(1).map(str::to_owned)).collect()
}

#[async_trait]
impl Provider for Pacman {
    fn name(&self) -> &'static str {
        "pacman"
    }

    async fn installed(&self, read: &Read) -> Result<Installed, Failure> {
        Ok(name_version_lines(&read.ask(self.argv(&["-Q"])).await?))
    }

    async fn candidates(&self, read: &Read, names: &[String], _from_repo: Option<&str>) -> Result<BTreeMap<String, String>, Failure> {
        let mut found = newest(&self.installed(read).await?, version::rpm);
        found.retain(|name, _| names.contains(name));
        for name in names {
            let output = read.try_run(self.argv(&["-Sddp", "--print-format", "%n %v", name.as_str()])).await?;
            for (name, versions) in name_version_lines(&output.out()) {
                found.extend(versions.into_iter().next().map(|version| (name, version)));
            }
        }
        Ok(found)
    }

    async fn upgrades(&self, read: &Read) -> Result<BTreeMap<String, String>, Failure> {
        // Status 1 says that there are none.
        Ok(parse_upgrades(&read.try_run(self.argv(&["-Qu"])).await?.out()))
    }

    async fn refresh(&self, cx: &Cx) -> Result<(), Failure> {
        cx.run(self.argv(&["-Sy", "--noconfirm"])).await.map(drop)
    }

    async fn install(&self, cx: &Cx, install: &Install) -> Result<(), Failure> {
        if let Some((name, Some(version))) = install.packages.iter().find(|(_, version)| version.is_some()) {
            return Err(self.cannot(&format!("install version {version} of `{name}`: repositories have only the newest one")));
        }
        if !install.packages.is_empty() {
            let words = if install.download_only {
                ["-Sw", "--noconfirm", "--noprogressbar"]
            } else if install.reinstall {
                ["-S", "--noconfirm", "--noprogressbar"]
            } else {
                ["-S", "--noconfirm", "--needed"]
            };
            let names = install.packages.iter().map(|(name, _)| name.clone());
            cx.run(self.argv(&words).into_iter().chain(names)).await?;
        }
        if !install.files.is_empty() {
            cx.run(self.argv(&["-U", "--noconfirm"]).into_iter().chain(install.files.iter().cloned())).await?;
        }
        Ok(())
    }

    async fn remove(&self, cx: &Cx, names: &[String], purge: bool) -> Result<(), Failure> {
        let flag = if purge { "-Rsc" } else { "-R" };
        cx.run(self.argv(&[flag, "--noconfirm", "--noprogressbar"]).into_iter().chain(names.iter().cloned())).await.map(drop)
    }

    async fn upgrade(&self, cx: &Cx, names: &[String]) -> Result<(), Failure> {
        let flag = if names.is_empty() { "-Su" } else { "-S" };
        cx.run(self.argv(&[flag, "--noconfirm", "--noprogressbar"]).into_iter().chain(names.iter().cloned())).await.map(drop)
    }

    async fn group(&self, read: &Read, name: &str) -> Result<(Vec<String>, Vec<String>), Failure> {
        match parse_group(&read.try_run(["pacman", "-Sg", name]).await?.out()) {
            // A group of pacman has no optional members.
            needed if !needed.is_empty() => Ok((needed, Vec::new())),
            _ => Err(Failure::failed(format!("Group '{name}' not found"))),
        }
    }

    async fn owner(&self, read: &Read, path: &str) -> Result<Option<String>, Failure> {
        let output = read.try_run(["pacman", "-Qqo", path]).await?;
        Ok(output.is_ok().then(|| output.out().trim().to_owned()))
    }

    fn compare(&self, a: &str, b: &str) -> Ordering {
        version::rpm(a, b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_read_from_pairs() {
        assert_eq!(parse_group("greeks eta\ngreeks zeta\n"), ["eta", "zeta"]);
    }

    #[test]
    fn upgrades_are_read_from_arrows() {
        assert_eq!(parse_upgrades("curl 8.0-1 -> 8.1-1\nx 1 -> 2 [ignored]\n").get("x").map(String::as_str), Some("2"));
    }
}
