//! What repositories have, what is selected, held and patched.

use super::{Provider, find};
use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Value, Words, text};
use std::collections::BTreeMap;

/// The provider, if it is the one that can.
fn only(name: &str, what: &str, read: &Read) -> Result<&'static dyn Provider, Failure> {
    let provider = find(read)?;
    if provider.name() == name { Ok(provider) } else { Err(provider.cannot(what)) }
}

/// Return every version that repositories have of packages, the newest first.
///
/// ```salt
/// salt '*' pkg.list_repo_pkgs nginx curl
/// ```
#[derive(Args)]
#[args(extra)]
pub struct ListRepoPkgs {
    /// Names.
    #[arg(rest)]
    names: Vec<Value>,
    /// Repository to look in, where dnf or zypper is.
    #[arg(named)]
    fromrepo: Option<String>,
}

/// Versions by name of `apt-cache madison`: `name | version | source`.
fn parse_madison(text: &str) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in text.lines() {
        let mut cells = line.split('|').map(|cell| cell.trim().to_owned());
        if let (Some(name), Some(version), Some(source)) = (cells.next(), cells.next(), cells.next())
            && !source.ends_with("Sources")
        {
            found.entry(name).or_default().push(version);
        }
    }
    found
}

/// Versions by name of `dnf list --showduplicates`: `name.arch version repository`.
fn parse_duplicates(text: &str) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        if let [name, version, _] = words.as_slice()
            && let Some((name, _)) = name.rsplit_once('.')
            && version.starts_with(|c: char| c.is_ascii_digit())
        {
            found.entry(name.to_owned()).or_default().push((*version).to_owned());
        }
    }
    found
}

/// Versions by name of `zypper search --details`: state, name, kind, version, architecture, repository.
fn parse_details(text: &str) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in text.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        if let [_, name, "package", version, ..] = cells.as_slice() {
            found.entry((*name).to_owned()).or_default().push((*version).to_owned());
        }
    }
    found
}

impl Query for ListRepoPkgs {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let provider = find(read)?;
        let names: Vec<String> = self.names.iter().map(text::str).collect();
        let with = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).chain(names.iter().cloned()).collect::<Vec<_>>();
        let repo = self.fromrepo.as_ref().map(|repo| format!("--repo={repo}"));
        let mut found = match provider.name() {
            "apt" if names.is_empty() => return Err(Failure::bad_arguments("pkg.list_repo_pkgs needs names where apt is")),
            "apt" => parse_madison(&read.ask(with(&["apt-cache", "madison"])).await?),
            "dnf" => {
                let words = ["dnf", "-q"].into_iter().chain(repo.as_deref()).chain(["list", "--available", "--showduplicates"]);
                parse_duplicates(&read.try_run(with(&words.collect::<Vec<_>>())).await?.out())
            }
            "zypper" => {
                let words = ["zypper", "--non-interactive", "search", "--details", "--match-exact", "-t", "package"];
                parse_details(&read.try_run(with(&words)).await?.out())
            }
            _ => return Err(provider.cannot("list every version of packages")),
        };
        for versions in found.values_mut() {
            versions.sort_by(|a, b| provider.compare(b, a));
            versions.dedup();
        }
        Ok(found.into_iter().collect())
    }
}

/// Return what repositories say of packages: fields by name and version.
///
/// ```salt
/// salt '*' pkg.show curl filter=description,depends
/// ```
#[derive(Args)]
#[args(extra)]
pub struct Show {
    /// Names.
    #[arg(rest)]
    names: Vec<Value>,
    /// Only these fields.
    #[arg(named, default)]
    filter: Words,
    /// Fetch what repositories have first.
    #[arg(named, default = false)]
    refresh: bool,
}

/// Paragraphs of `apt-cache show`; a line that begins with a blank goes on with the field before it.
fn parse_show(text: &str, filter: &[String]) -> Map {
    let mut all = Map::new();
    for paragraph in text.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty()) {
        let mut fields: Vec<(String, String)> = Vec::new();
        for line in paragraph.lines() {
            match (line.starts_with(' '), fields.last_mut(), line.split_once(':')) {
                (true, Some((_, value)), _) => {
                    value.push('\n');
                    value.push_str(line.trim());
                }
                (_, _, Some((key, value))) => fields.push((key.to_owned(), value.trim().to_owned())),
                (_, _, None) => {}
            }
        }
        let field = |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        let (Some(name), Some(version)) = (field("Package"), field("Version")) else { continue };
        let kept: Map = fields
            .into_iter()
            .filter(|(key, _)| key != "Package" && key != "Version")
            .filter(|(key, _)| filter.is_empty() || filter.iter().any(|one| one.eq_ignore_ascii_case(key)))
            .collect();
        if let Value::Map(versions) = all.entry_or_insert_with(name, Value::map) {
            versions.insert(version, kept);
        }
    }
    all
}

impl Action for Show {
    type Output = Map;
    async fn call(self, cx: &Cx) -> Result<Map, Failure> {
        let provider = only("apt", "show the fields of packages", cx)?;
        if self.refresh {
            provider.refresh(cx).await?;
        }
        let argv = ["apt-cache".to_owned(), "show".to_owned()].into_iter().chain(self.names.iter().map(text::str));
        let text = cx.try_run(argv.collect::<Vec<_>>()).await?.out();
        Ok(parse_show(&text, &self.filter.0))
    }
}

/// Return what dpkg is to do with packages: names by state.
///
/// ```salt
/// salt '*' pkg.get_selections 'python-*' state=hold
/// ```
#[derive(Args)]
pub struct GetSelections {
    /// Pattern of the names.
    pattern: Option<String>,
    /// Only this state: `install`, `hold`, `deinstall` or `purge`.
    state: Option<String>,
}

impl Query for GetSelections {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        only("apt", "select packages", read)?;
        let argv = ["dpkg", "--get-selections"].into_iter().chain(self.pattern.as_deref());
        let text = read.try_run(argv.collect::<Vec<_>>()).await?.out();
        let mut states: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in text.lines() {
            if let Some((name, state)) = line.split_once(char::is_whitespace) {
                states.entry(state.trim().to_owned()).or_default().push(name.to_owned());
            }
        }
        states.retain(|state, _| self.state.as_deref().is_none_or(|wanted| wanted == state));
        Ok(states.into_iter().collect())
    }
}

/// Tell dpkg what to do with packages; gives what changed.
///
/// ```salt
/// salt '*' pkg.set_selections selection='{hold: [openssh-server, openssh-client]}'
/// ```
#[derive(Args)]
pub struct SetSelections {
    /// File of lines `name state`: `salt://…`, a URL or a path.
    path: Option<String>,
    /// Names by state.
    selection: Option<Map>,
    /// Forget what is selected first.
    #[arg(default = false)]
    clear: bool,
    /// File environment.
    saltenv: Option<String>,
}

impl Action for SetSelections {
    type Output = Map;
    async fn call(self, cx: &Cx) -> Result<Map, Failure> {
        only("apt", "select packages", cx)?;
        let mut wanted: Vec<(String, String)> = Vec::new();
        match (&self.path, &self.selection) {
            (Some(_), Some(_)) => {
                return Err(Failure::bad_arguments(
                    "The 'selection' and 'path' arguments to pkg.set_selections are mutually exclusive, and cannot be specified together",
                ));
            }
            (Some(path), None) => {
                let env = self.saltenv.as_deref().unwrap_or_else(|| cx.env());
                let missing = || Failure::failed(format!("there is no file {path}"));
                let file = cx.agent().fetch(path, env).await?.ok_or_else(missing)?;
                let text = cx.host().read_text(&file.path).map_err(crate::failure)?;
                let lines = text.lines().filter_map(|line| line.trim().split_once(char::is_whitespace));
                wanted.extend(lines.map(|(name, state)| (name.to_owned(), state.trim().to_owned())));
            }
            (None, Some(selection)) => {
                for (state, names) in selection {
                    let names = names.as_list().map_or_else(|| vec![text::str(names)], |names| names.iter().map(text::str).collect());
                    wanted.extend(names.into_iter().map(|name| (name, text::str(state))));
                }
            }
            (None, None) => {}
        }
        if let Some((_, state)) = wanted.iter().find(|(_, state)| !["install", "hold", "deinstall", "purge"].contains(&state.as_str())) {
            return Err(Failure::bad_arguments(format!("`{state}` is no state; there are install, hold, deinstall and purge")));
        }
        let before = cx.ask(["dpkg", "--get-selections"]).await?;
        let now: BTreeMap<&str, &str> =
            before.lines().filter_map(|line| line.split_once(char::is_whitespace)).map(|(name, state)| (name, state.trim())).collect();
        if self.clear {
            cx.run(["dpkg", "--clear-selections"]).await?;
        }
        let mut changes = Map::new();
        let mut lines = String::new();
        for (name, state) in &wanted {
            let old = now.get(name.as_str()).copied();
            if old == Some(state) && !self.clear {
                continue;
            }
            lines.push_str(&format!("{name} {state}\n"));
            changes.insert(name.as_str(), [("old", Value::from(old)), ("new", state.as_str().into())].into_iter().collect::<Map>());
        }
        if !lines.is_empty() {
            let done = cx.run_command(sdk::host::Command::new(["dpkg", "--set-selections"]).stdin(lines)).await?;
            if !done.is_ok() {
                return Err(Failure::failed(format!("dpkg did not take the selections: {}", done.err().trim())));
            }
        }
        Ok(changes)
    }
}

/// List the packages that are held at their version.
///
/// ```salt
/// salt '*' pkg.list_holds
/// ```
#[derive(Args)]
#[args(extra)]
pub struct ListHolds;

impl Query for ListHolds {
    type Output = Vec<String>;
    async fn call(self, read: &Read) -> Result<Vec<String>, Failure> {
        find(read)?.held(read).await
    }
}

macro_rules! patches {
    ($(#[$doc:meta])* $name:ident, |$installed:ident| $keep:expr) => {
        $(#[$doc])*
        #[derive(Args)]
        #[args(extra)]
        pub struct $name {
            /// Fetch what repositories have first.
            #[arg(default = false)]
            refresh: bool,
        }

        impl Action for $name {
            type Output = Map;
            async fn call(self, cx: &Cx) -> Result<Map, Failure> {
                let provider = find(cx)?;
                if self.refresh {
                    provider.refresh(cx).await?;
                }
                let all = provider.patches(cx).await?.into_iter().filter(|(_, $installed)| $keep);
                Ok(all.map(|(name, installed)| (name, [("installed", installed)].into_iter().collect::<Map>())).collect())
            }
        }
    };
}

patches! {
    /// List the patches that repositories have, and whether they are installed.
    ///
    /// ```salt
    /// salt '*' pkg.list_patches
    /// ```
    ListPatches, |_installed| true
}
patches! {
    /// List the patches that are installed.
    ///
    /// ```salt
    /// salt '*' pkg.list_installed_patches
    /// ```
    ListInstalledPatches, |installed| *installed
}

/// List the services that go on with files of packages that are no more, and have to be restarted.
///
/// ```salt
/// salt '*' pkg.services_need_restart
/// ```
#[derive(Args)]
#[args(extra)]
pub struct ServicesNeedRestart;

impl Query for ServicesNeedRestart {
    type Output = Vec<String>;
    async fn call(self, read: &Read) -> Result<Vec<String>, Failure> {
        let provider = find(read)?;
        let needs = |program: &str, package: &str| match read.host().which(program) {
            Some(_) => Ok(()),
            None => Err(Failure::unavailable(format!("there is no program `{program}` here; the package {package} has it"))),
        };
        let bare = |name: &str| name.trim().trim_end_matches(".service").to_owned();
        let mut names: Vec<String> = match provider.name() {
            "apt" => {
                needs("needrestart", "needrestart")?;
                let text = read.try_run(["needrestart", "-b", "-r", "l"]).await?.out();
                text.lines().filter_map(|line| line.strip_prefix("NEEDRESTART-SVC:")).map(bare).collect()
            }
            "dnf" => read.try_run(["dnf", "-q", "needs-restarting", "-s"]).await?.out().lines().map(bare).collect(),
            "zypper" => read.try_run(["zypper", "ps", "-sss"]).await?.out().lines().map(bare).collect(),
            _ => return Err(provider.cannot("tell which services need a restart")),
        };
        names.retain(|name| !name.is_empty());
        names.sort();
        names.dedup();
        Ok(names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_each_tool_lists() {
        let madison = "curl | 8.0 | http://deb bookworm/main amd64 Packages\ncurl | 7.9 | http://deb bookworm/main Sources\n";
        assert_eq!(parse_madison(madison), BTreeMap::from([("curl".to_owned(), vec!["8.0".to_owned()])]));
        assert_eq!(parse_duplicates("curl.x86_64  8.1-1.el9  baseos\nAvailable Packages\n").len(), 1);
        assert_eq!(parse_details("v | curl | package | 8.1-1 | x86_64 | main\nS | Name | Type\n").len(), 1);
    }

    #[test]
    fn fields_of_packages_are_read() {
        let text = "Package: a\nVersion: 1\nDescription: one\n two\nDepends: b\n\nPackage: a\nVersion: 2\nDepends: c\n";
        let expected: Value = serde_json::from_str(r#"{"a": {"1": {"Description": "one\ntwo"}, "2": {}}}"#).unwrap();
        assert_eq!(Value::Map(parse_show(text, &["description".to_owned()])), expected);
    }
}
