//! Debian and its relatives: dpkg and apt.

use super::{Install, Installed, Provider, version};
use async_trait::async_trait;
use sdk::host::{Command, Output};
use sdk::{Cx, Failure, Read};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

/// dpkg and apt.
pub struct Apt;

/// Questions are never asked, and changed configuration files stay.
const QUIET: [(&str, &str); 4] = [
    ("DEBIAN_FRONTEND", "noninteractive"),
    ("APT_LISTCHANGES_FRONTEND", "none"),
    ("APT_LISTBUGS_FRONTEND", "none"),
    ("UCF_FORCE_CONFFOLD", "1"),
];
const KEEP_CONFIGURATION: [&str; 4] = ["-o", "DPkg::Options::=--force-confold", "-o", "DPkg::Options::=--force-confdef"];

/// A package as `dpkg-query` lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Listed {
    name: String,
    version: String,
    installed: bool,
    configured: bool,
    provides: Vec<String>,
}

/// Where dpkg keeps what is installed; it puts a new file there at every change, so that its inode, size and time tell of any.
const STATUS: &str = "/var/lib/dpkg/status";

/// What dpkg lists: one look in a state run for as long as nothing changes.
async fn listed(read: &Read) -> Result<Arc<Vec<Listed>>, Failure> {
    const NAME: &str = "dpkg";
    let looks = read.chunk().map(|chunk| &chunk.run.looks);
    let stamp = || {
        let stat = read.host().stat(STATUS).ok().flatten()?;
        Some(format!("{} {} {}", stat.inode, stat.size, stat.modified))
    };
    let before = looks.and_then(|_| stamp());
    if let (Some(looks), Some(before)) = (looks, &before)
        && let Some(found) = looks.found(NAME, before)
    {
        return Ok(found);
    }
    let found = Arc::new(ask_listed(read).await?);
    if let (Some(looks), Some(before)) = (looks, before) {
        looks.keep(NAME, before, Arc::clone(&found));
    }
    Ok(found)
}

async fn ask_listed(read: &Read) -> Result<Vec<Listed>, Failure> {
    let format = "${Status}\\t${Package}\\t${Version}\\t${Architecture}\\t${Provides}\\n";
    let text = read.ask(["dpkg-query", "--showformat", format, "-W"]).await?;
    let native = match read.grain_text("osarch") {
        "" => read.ask(["dpkg", "--print-architecture"]).await?.trim().to_owned(),
        arch => arch.to_owned(),
    };
    Ok(parse_listed(&text, &native))
}

/// Reads lines of status, name, version, architecture and provided names. A foreign architecture is part of the name.
fn parse_listed(text: &str, native: &str) -> Vec<Listed> {
    let entry = |line: &str| -> Option<Listed> {
        let mut fields = line.split('\t');
        let (status, name, version) = (fields.next()?, fields.next()?, fields.next()?);
        let arch = fields.next().unwrap_or_default();
        let provides = fields.next().unwrap_or_default();
        let foreign = !arch.is_empty() && arch != native && arch != "all";
        let state = status.split_whitespace().nth(2).unwrap_or_default();
        Some(Listed {
            name: if foreign { format!("{name}:{arch}") } else { name.to_owned() },
            version: version.to_owned(),
            installed: matches!(state, "installed" | "triggers-pending" | "triggers-awaited" | "unpacked" | "half-configured"),
            configured: state == "config-files",
            provides: provides.split(',').filter_map(|name| name.split_whitespace().next().map(str::to_owned)).collect(),
        })
    };
    text.lines().filter_map(entry).collect()
}

fn versions<'a>(listed: impl Iterator<Item = &'a Listed>) -> Installed {
    let mut installed = Installed::new();
    for package in listed {
        installed.entry(package.name.clone()).or_default().push(package.version.clone());
    }
    installed
}

/// Runs an apt command that changes something; its errors are the words on standard error.
async fn act<S: Into<String>>(cx: &Cx, argv: impl IntoIterator<Item = S>) -> Result<Output, Failure> {
    let mut command = Command::new(argv).env("LC_ALL", "C");
    for (name, value) in QUIET {
        command = command.env(name, value);
    }
    command.live = cx.output().cloned();
    let output = cx.run_command(command).await?;
    if output.is_ok() { Ok(output) } else { Err(Failure::failed(output.err().trim().to_owned()).with_retcode(output.retcode())) }
}

#[async_trait]
impl Provider for Apt {
    fn name(&self) -> &'static str {
        "apt"
    }

    async fn installed(&self, read: &Read) -> Result<Installed, Failure> {
        Ok(versions(listed(read).await?.iter().filter(|package| package.installed)))
    }

    fn keeps_configuration(&self) -> bool {
        true
    }

    async fn removed_with_configuration(&self, read: &Read) -> Result<Installed, Failure> {
        Ok(versions(listed(read).await?.iter().filter(|package| package.configured)))
    }

    async fn provided(&self, read: &Read) -> Result<Vec<String>, Failure> {
        let listed = listed(read).await?;
        Ok(listed.iter().filter(|package| package.installed).flat_map(|package| package.provides.iter().cloned()).collect())
    }

    async fn candidates(&self, read: &Read, names: &[String], from_repo: Option<&str>) -> Result<BTreeMap<String, String>, Failure> {
        if names.is_empty() {
            return Ok(BTreeMap::new());
        }
        let mut argv = vec!["apt-cache".to_owned(), "-q".to_owned(), "policy".to_owned()];
        if let Some(repo) = from_repo {
            argv.extend(["-o".to_owned(), format!("APT::Default-Release={repo}")]);
        }
        argv.extend(names.iter().cloned());
        Ok(parse_policy(&read.ask(argv).await?))
    }

    fn catalogue(&self, read: &Read) -> Option<String> {
        // What is installed counts as a candidate too; folders get a new time when something is put into them or leaves them.
        let places = [STATUS, "/var/lib/apt/lists", "/etc/apt", "/etc/apt/sources.list.d", "/etc/apt/preferences.d"];
        let stamp = |place: &str| match read.host().stat(place) {
            Ok(Some(stat)) => format!("{} {}", stat.inode, stat.modified),
            _ => String::new(),
        };
        read.host().exists(STATUS).then(|| places.map(stamp).join(" "))
    }

    async fn upgrades(&self, read: &Read) -> Result<BTreeMap<String, String>, Failure> {
        let text = read.ask(["apt-get", "--just-print", "dist-upgrade"]).await?;
        Ok(parse_simulation(&text))
    }

    async fn refresh(&self, cx: &Cx) -> Result<(), Failure> {
        act(cx, ["apt-get", "-q", "update"]).await.map(drop)
    }

    async fn install(&self, cx: &Cx, install: &Install) -> Result<(), Failure> {
        let mut argv: Vec<String> = ["apt-get", "-q", "-y"].into_iter().chain(KEEP_CONFIGURATION).map(str::to_owned).collect();
        if install.skip_verify {
            argv.push("--allow-unauthenticated".to_owned());
        }
        if let Some(repo) = &install.from_repo {
            argv.extend(["-t".to_owned(), repo.clone()]);
        }
        if install.packages.iter().any(|(_, version)| version.is_some()) || !install.files.is_empty() {
            argv.push("--allow-downgrades".to_owned());
        }
        if install.update_holds {
            argv.push("--allow-change-held-packages".to_owned());
        }
        match install.recommends {
            Some(true) => argv.push("--install-recommends".to_owned()),
            Some(false) => argv.push("--no-install-recommends".to_owned()),
            None => {}
        }
        if install.reinstall {
            argv.push("--reinstall".to_owned());
        }
        if install.download_only {
            argv.push("--download-only".to_owned());
        }
        argv.push("install".to_owned());
        argv.extend(install.packages.iter().map(|(name, version)| match version {
            Some(version) => format!("{name}={version}"),
            None => name.clone(),
        }));
        // apt takes a word for a file only when it looks like a path.
        argv.extend(install.files.iter().map(|path| if path.contains('/') { path.clone() } else { format!("./{path}") }));
        act(cx, argv).await.map(drop)
    }

    async fn remove(&self, cx: &Cx, names: &[String], purge: bool) -> Result<(), Failure> {
        let action = if purge { "purge" } else { "remove" };
        let argv = ["apt-get", "-q", "-y", action].into_iter().map(str::to_owned).chain(names.iter().cloned());
        act(cx, argv).await.map(drop)
    }

    async fn upgrade(&self, cx: &Cx, names: &[String]) -> Result<(), Failure> {
        let mut argv: Vec<String> = ["apt-get", "-q", "-y"].into_iter().chain(KEEP_CONFIGURATION).map(str::to_owned).collect();
        if names.is_empty() {
            argv.push("dist-upgrade".to_owned());
        } else {
            argv.extend(["--only-upgrade".to_owned(), "install".to_owned()]);
            argv.extend(names.iter().cloned());
        }
        act(cx, argv).await.map(drop)
    }

    async fn held(&self, read: &Read) -> Result<Vec<String>, Failure> {
        Ok(read.ask(["apt-mark", "showhold"]).await?.lines().map(str::to_owned).collect())
    }

    async fn hold(&self, cx: &Cx, names: &[String], hold: bool) -> Result<(), Failure> {
        let word = if hold { "hold" } else { "unhold" };
        act(cx, ["apt-mark", word].into_iter().map(str::to_owned).chain(names.iter().cloned())).await.map(drop)
    }

    async fn downloaded(&self, read: &Read) -> Result<Installed, Failure> {
        Ok(parse_archives(&read.host().list(ARCHIVES).unwrap_or_default()))
    }

    async fn owner(&self, read: &Read, path: &str) -> Result<Option<String>, Failure> {
        let output = read.try_run(["dpkg-query", "-S", path]).await?;
        Ok(output.out().lines().find_map(|line| line.split_once(": ").map(|(names, _)| names.to_owned())))
    }

    fn compare(&self, a: &str, b: &str) -> Ordering {
        version::debian(a, b)
    }
}

/// Where apt keeps package files that it has fetched.
pub(super) const ARCHIVES: &str = "/var/cache/apt/archives";

/// Reads names of package files: `name_version_arch.deb`, with `%3a` for the colon of an epoch.
fn parse_archives(names: &[String]) -> Installed {
    let mut found = Installed::new();
    for name in names.iter().filter_map(|name| name.strip_suffix(".deb")) {
        let mut parts = name.split('_');
        if let (Some(name), Some(version)) = (parts.next(), parts.next()) {
            found.entry(name.to_owned()).or_default().push(version.replace("%3a", ":"));
        }
    }
    found
}

/// Reads what `apt-cache policy` prints: the candidate of each name that has one.
fn parse_policy(text: &str) -> BTreeMap<String, String> {
    let mut candidates = BTreeMap::new();
    let mut name = None;
    for line in text.lines() {
        if let Some(candidate) = line.trim().strip_prefix("Candidate:") {
            if let Some(name) = name.take()
                && candidate.trim() != "(none)"
            {
                candidates.insert(name, candidate.trim().to_owned());
            }
        } else if !line.starts_with(' ') {
            name = line.strip_suffix(':').map(str::to_owned);
        }
    }
    candidates
}

/// Reads the `Inst name [old] (new …)` lines of a simulated upgrade.
fn parse_simulation(text: &str) -> BTreeMap<String, String> {
    let entry = |line: &str| -> Option<(String, String)> {
        let (left, right) = line.strip_prefix("Inst ")?.split_once('(')?;
        let (name, new) = (left.split_whitespace().next()?, right.split_whitespace().next()?);
        // Without an old version in brackets it is a new package, not an upgrade.
        left.contains('[').then(|| (name.to_owned(), new.to_owned()))
    };
    text.lines().filter_map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn installed_packages_are_told_from_leftover_configuration() {
        let text = "install ok installed\tbash\t5.2\tamd64\t\ndeinstall ok config-files\told\t1.0\tall\t\ninstall ok installed\tlibc6\t2.36\ti386\tlibc6-virtual, x (= 1)\n";
        let listed = parse_listed(text, "amd64");
        let seen: Vec<_> = listed.iter().map(|p| (p.name.as_str(), p.installed, p.configured)).collect();
        assert_eq!(seen, [("bash", true, false), ("old", false, true), ("libc6:i386", true, false)]);
        assert_eq!(listed.last().unwrap().provides, ["libc6-virtual", "x"]);
    }

    #[test]
    fn candidates_are_read_from_the_policy() {
        let text = "sl:\n  Installed: (none)\n  Candidate: 5.02-1+b1\n  Version table:\n     5.02-1+b1 500\nx:\n  Installed: (none)\n  Candidate: (none)\n";
        assert_eq!(parse_policy(text), BTreeMap::from([("sl".to_owned(), "5.02-1+b1".to_owned())]));
    }

    #[test]
    fn upgrades_are_read_from_a_simulation() {
        let text =
            "Inst bash [5.2.15-2+b8] (5.2.15-2+b13 Debian:12.11/oldstable [amd64])\nInst new (1.0 Debian [amd64])\nConf bash (5.2)\n";
        assert_eq!(parse_simulation(text), BTreeMap::from([("bash".to_owned(), "5.2.15-2+b13".to_owned())]));
    }
}
