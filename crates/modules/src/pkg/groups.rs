//! Groups of packages, files that differ from their package, package files that are only fetched.

use super::{Install, find};
use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Value, Words, text};
use std::collections::BTreeMap;

/// Return the packages of a group.
///
/// ```salt
/// salt '*' pkg.group_info 'Development Tools'
/// ```
#[derive(Args)]
#[args(extra)]
pub struct GroupInfo {
    /// Group.
    name: String,
}

impl Query for GroupInfo {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let (needed, optional) = find(read)?.group(read, &self.name).await?;
        let mut map = Map::new();
        map.insert("group", self.name);
        map.insert("mandatory", needed);
        map.insert("optional", optional);
        Ok(map)
    }
}

/// Return which packages of a group are installed and which are not.
///
/// ```salt
/// salt '*' pkg.group_diff 'Development Tools'
/// ```
#[derive(Args)]
#[args(extra)]
pub struct GroupDiff {
    /// Group.
    name: String,
}

impl Query for GroupDiff {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let provider = find(read)?;
        let (needed, optional) = provider.group(read, &self.name).await?;
        let installed = provider.installed(read).await?;
        let split = |names: Vec<String>| {
            let (there, missing): (Vec<String>, Vec<String>) = names.into_iter().partition(|name| installed.contains_key(name));
            [("installed", there), ("not installed", missing)].into_iter().collect::<Map>()
        };
        Ok([("mandatory", split(needed)), ("optional", split(optional))].into_iter().collect())
    }
}

/// Install the packages of a group.
///
/// ```salt
/// salt '*' pkg.group_install 'Development Tools' skip=gcc
/// ```
#[derive(Args)]
#[args(extra)]
pub struct GroupInstall {
    /// Group.
    name: String,
    /// Packages to leave out.
    #[arg(default)]
    skip: Words,
    /// Optional packages to install too.
    #[arg(default)]
    include: Words,
}

impl Action for GroupInstall {
    type Output = Map;
    async fn call(self, cx: &Cx) -> Result<Map, Failure> {
        let provider = find(cx)?;
        let (needed, _) = provider.group(cx, &self.name).await?;
        let before = provider.installed(cx).await?;
        let wanted = needed.into_iter().filter(|name| !self.skip.0.contains(name)).chain(self.include.0);
        let packages: Vec<(String, Option<String>)> = wanted.filter(|name| !before.contains_key(name)).map(|name| (name, None)).collect();
        if packages.is_empty() {
            return Ok(Map::new());
        }
        provider.install(cx, &Install { packages, ..Install::default() }).await?;
        Ok(super::changes(&before, &provider.installed(cx).await?))
    }
}

/// List the groups of packages: installed ones and those that are available.
///
/// ```salt
/// salt '*' pkg.group_list
/// ```
#[derive(Args)]
pub struct GroupList;

/// Names under the headings of `dnf group list`.
fn parse_groups(text: &str) -> Map {
    let mut all: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut heading = "";
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let trimmed = line.trim();
        match trimmed.strip_suffix(':').map(str::to_lowercase).as_deref() {
            Some("installed groups") => heading = "installed",
            Some("available groups") => heading = "available",
            Some("installed environment groups") => heading = "installed environments",
            Some("available environment groups") => heading = "available environments",
            _ if heading.is_empty() || !line.starts_with(char::is_whitespace) => {}
            _ => all.entry(heading).or_default().push(trimmed.to_owned()),
        }
    }
    all.into_iter().collect()
}

impl Query for GroupList {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let provider = find(read)?;
        match provider.name() {
            "dnf" => Ok(parse_groups(&read.ask(["dnf", "-q", "group", "list"]).await?)),
            "pacman" => {
                let words =
                    |text: &str| text.lines().filter_map(|line| line.split_whitespace().next().map(str::to_owned)).collect::<Vec<_>>();
                let mut available = words(&read.ask(["pacman", "-Sgg"]).await?);
                let mut installed = words(&read.try_run(["pacman", "-Qg"]).await?.out());
                available.dedup();
                installed.dedup();
                Ok([("installed", installed), ("available", available)].into_iter().collect())
            }
            _ => Err(provider.cannot("list groups of packages")),
        }
    }
}

/// What differs in a file, by its letter in `rpm -V` and `dpkg --verify`.
const DIFFERENCES: [(char, &str); 9] = [
    ('S', "size"),
    ('M', "mode"),
    ('5', "checksum"),
    ('D', "device number"),
    ('L', "link path"),
    ('U', "user"),
    ('G', "group"),
    ('T', "mtime"),
    ('P', "capabilities"),
];

/// Files that differ from what their package brought: `S.5....T.  c /etc/x`, or `missing /x`.
fn parse_verify(text: &str) -> Map {
    let kinds = [("c", "config"), ("d", "doc"), ("g", "ghost"), ("l", "license"), ("r", "readme")];
    let mut all = Map::new();
    for line in text.lines() {
        let Some((flags, rest)) = line.split_once(char::is_whitespace) else { continue };
        let rest = rest.trim();
        let Some(at) = rest.find('/') else { continue };
        let (kind, path) = rest.split_at(at);
        let mismatch: Vec<Value> = if flags == "missing" {
            vec!["missing".into()]
        } else {
            DIFFERENCES.iter().filter(|(letter, _)| flags.contains(*letter)).map(|(_, word)| Value::from(*word)).collect()
        };
        let mut row = Map::new();
        row.insert("mismatch", mismatch);
        if let Some((_, word)) = kinds.iter().find(|(letter, _)| *letter == kind.trim()) {
            row.insert("type", *word);
        }
        all.insert(path, row);
    }
    all
}

/// Runs the tool that compares files with their packages.
async fn verified(names: &[String], read: &Read) -> Result<Map, Failure> {
    let provider = find(read)?;
    let mut argv: Vec<String> = match provider.name() {
        "apt" => vec!["dpkg".to_owned(), "--verify".to_owned()],
        "dnf" | "zypper" => vec!["rpm".to_owned(), if names.is_empty() { "-Va" } else { "-V" }.to_owned()],
        _ => return Err(provider.cannot("compare files with their packages")),
    };
    argv.extend(names.iter().cloned());
    // A status of 1 says that something differs.
    Ok(parse_verify(&read.try_run(argv).await?.out()))
}

/// Return the files of packages that are not as the packages brought them.
///
/// ```salt
/// salt '*' pkg.verify openssh-server
/// ```
#[derive(Args)]
#[args(extra)]
pub struct Verify {
    /// Packages; all unless given.
    #[arg(rest)]
    names: Vec<Value>,
}

impl Query for Verify {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        verified(&self.names.iter().map(text::str).collect::<Vec<_>>(), read).await
    }
}

/// List the files of packages that were changed, by package.
///
/// ```salt
/// salt '*' pkg.modified openssh-server
/// ```
#[derive(Args)]
#[args(extra)]
pub struct Modified {
    /// Packages.
    #[arg(rest)]
    names: Vec<Value>,
}

impl Query for Modified {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let mut all = Map::new();
        for name in self.names.iter().map(text::str) {
            let files: Vec<Value> = verified(std::slice::from_ref(&name), read).await?.keys().cloned().collect();
            if !files.is_empty() {
                all.insert(name, files);
            }
        }
        Ok(all)
    }
}

/// Fetch package files without installing them; gives what lies in the cache then.
///
/// ```salt
/// salt '*' pkg.download httpd
/// ```
#[derive(Args)]
#[args(extra)]
pub struct Download {
    /// Names.
    #[arg(rest)]
    names: Vec<Value>,
}

impl Action for Download {
    type Output = Map;
    async fn call(self, cx: &Cx) -> Result<Map, Failure> {
        let provider = find(cx)?;
        let names: Vec<String> = self.names.iter().map(text::str).collect();
        if names.is_empty() {
            return Err(Failure::bad_arguments("pkg.download needs names of packages"));
        }
        let packages = names.iter().map(|name| (name.clone(), None)).collect();
        provider.install(cx, &Install { packages, download_only: true, reinstall: true, ..Install::default() }).await?;
        let fetched = provider.downloaded(cx).await?;
        Ok(fetched.into_iter().filter(|(name, _)| names.contains(name)).collect())
    }
}

/// Forget what was fetched of repositories, so that it is fetched anew.
///
/// ```salt
/// salt '*' pkg.clean_metadata
/// ```
#[derive(Args)]
#[args(extra)]
pub struct CleanMetadata;

impl Action for CleanMetadata {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let provider = find(cx)?;
        match provider.name() {
            "dnf" => cx.run(["dnf", "-q", "clean", "expire-cache"]).await?,
            "zypper" => cx.run(["zypper", "--non-interactive", "clean", "--metadata"]).await?,
            _ => return Err(provider.cannot("forget what was fetched of repositories")),
        };
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_stand_under_headings() {
        let text = "Available Environment Groups:\n   Server\nInstalled Groups:\n   Container Management\nAvailable Groups:\n   Development Tools\n";
        let expected: Value = serde_json::from_str(
            r#"{"available": ["Development Tools"], "available environments": ["Server"], "installed": ["Container Management"]}"#,
        )
        .unwrap();
        assert_eq!(Value::Map(parse_groups(text)), expected);
    }

    #[test]
    fn files_that_differ_are_read_with_what_differs() {
        let seen = parse_verify("S.5....T.  c /etc/ssh/sshd_config\nmissing     /usr/share/doc/x\n");
        let expected: Value = serde_json::from_str(
            r#"{"/etc/ssh/sshd_config": {"mismatch": ["size", "checksum", "mtime"], "type": "config"}, "/usr/share/doc/x": {"mismatch": ["missing"]}}"#,
        )
        .unwrap();
        assert_eq!(Value::Map(seen), expected);
    }
}
