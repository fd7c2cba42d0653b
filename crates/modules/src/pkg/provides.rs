//! What packages of rpm provide, what repositories say of packages, and how files differ from those of their packages.

use super::{Provider, find, find_in};
use crate::elsewhere;
use sdk::host::Command;
use sdk::{Action, Args, Cx, Failure, Map, Names, Query, Read, Value, text};
use std::collections::BTreeMap;

/// The provider, if rpm is what it stands on.
fn rpm(what: &str, read: &Read) -> Result<&'static dyn Provider, Failure> {
    let provider = find(read)?;
    if matches!(provider.name(), "dnf" | "zypper") { Ok(provider) } else { Err(provider.cannot(what)) }
}

/// A program that is sent to the system in a folder, and further words.
fn rooted(program: &[&str], root: Option<&str>, words: &[&str]) -> Vec<String> {
    let owned = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<_>>();
    [owned(program), elsewhere::rooted("--root", root), owned(words)].concat()
}

/// Zypper, which asks nobody and fetches nothing anew.
const ZYPPER: [&str; 3] = ["zypper", "--non-interactive", "--no-refresh"];

/// List what installed packages provide besides their own names: packages by what they provide.
///
/// ```salt
/// salt '*' pkg.list_provides
/// ```
#[derive(Args)]
#[args(extra)]
pub struct ListProvides {
    /// Folder of the system that is meant.
    root: Option<String>,
}

impl Query for ListProvides {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        rpm("list what packages provide", read)?;
        let argv = rooted(&["rpm"], self.root.as_deref(), &["-qa", "--queryformat", "[%{PROVIDES}_|-%{=NAME}\\n]"]);
        Ok(parse_provides(&read.ask(argv).await?).into_iter().collect())
    }
}

fn parse_provides(text: &str) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (provided, name) in text.lines().filter_map(|line| line.split_once("_|-")).filter(|(provided, name)| provided != name) {
        found.entry(provided.to_owned()).or_default().push(name.to_owned());
    }
    found
}

/// Return packages with the names of those that provide what is no name of a package, where zypper is.
///
/// ```salt
/// salt '*' pkg.resolve_capabilities pkgs='[w3m_ssl]' resolve_capabilities=True
/// ```
#[derive(Args)]
#[args(name = "resolve_capabilities", extra)]
pub struct ResolveCapabilities {
    /// Names, each alone or with a version.
    pkgs: Names,
    /// Fetch what repositories have first.
    #[arg(default = false)]
    refresh: bool,
    /// Folder of the system that is meant.
    root: Option<String>,
    /// Without it nothing is looked up.
    #[arg(default = false, named)]
    resolve_capabilities: bool,
}

impl Action for ResolveCapabilities {
    type Output = Vec<Value>;
    async fn call(self, cx: &Cx) -> Result<Vec<Value>, Failure> {
        let root = self.root.as_deref();
        let provider = find_in(cx, root)?;
        if provider.name() != "zypper" {
            return Err(provider.cannot("look up what packages provide"));
        }
        if self.refresh {
            provider.refresh(cx).await?;
        }
        let mut resolved = Vec::new();
        for (name, version) in self.pkgs.0 {
            let name = if self.resolve_capabilities { real_name(name, root, cx).await? } else { name };
            resolved.push(match version {
                Some(version) => Value::Map([(name, version)].into_iter().collect()),
                None => name.into(),
            });
        }
        Ok(resolved)
    }
}

/// The one package that provides a name, where no package has it.
async fn real_name(name: String, root: Option<&str>, read: &Read) -> Result<String, Failure> {
    let search = |words: &[&'static str]| {
        let argv =
            [rooted(&ZYPPER, root, &["search", "--match-exact"]), words.iter().map(ToString::to_string).collect(), vec![name.clone()]]
                .concat();
        async move { Ok::<_, Failure>(names(&read.try_run(argv).await?.out())) }
    };
    if !search(&[]).await?.is_empty() {
        return Ok(name);
    }
    Ok(match search(&["--provides"]).await?.as_slice() {
        [one] => one.clone(),
        several => {
            if !several.is_empty() {
                tracing::warn!(%name, "several packages provide it");
            }
            name
        }
    })
}

/// The second column of the table of `zypper search`.
fn names(text: &str) -> Vec<String> {
    let rows = text.lines().filter_map(|line| line.split('|').nth(1)).map(str::trim);
    let mut names: Vec<String> = rows.filter(|name| !name.is_empty() && *name != "Name").map(str::to_owned).collect();
    names.sort();
    names.dedup();
    names
}

/// Return what repositories say of packages, where zypper is.
///
/// ```salt
/// salt '*' pkg.info_available nginx
/// ```
#[derive(Args)]
#[args(extra)]
pub struct InfoAvailable {
    /// Names.
    #[arg(rest)]
    names: Vec<Value>,
    /// Fetch what repositories have first.
    #[arg(default = true, named)]
    refresh: bool,
    /// Folder of the system that is meant.
    #[arg(named)]
    root: Option<String>,
}

impl Action for InfoAvailable {
    type Output = Map;
    async fn call(self, cx: &Cx) -> Result<Map, Failure> {
        let root = self.root.as_deref();
        let provider = find_in(cx, root)?;
        if provider.name() != "zypper" {
            return Err(provider.cannot("describe packages of repositories; `pkg.show` and `pkg.list_repo_pkgs` may"));
        }
        if self.names.is_empty() {
            return Ok(Map::new());
        }
        if self.refresh {
            provider.refresh(cx).await?;
        }
        let mut argv = rooted(&ZYPPER, root, &["info", "-t", "package"]);
        argv.extend(self.names.iter().map(text::str));
        Ok(parse_info(&cx.try_run(argv).await?.out()))
    }
}

/// Paragraphs of `zypper info`, by the names of the packages.
fn parse_info(text: &str) -> Map {
    let mut all = Map::new();
    for paragraph in text.split("Information for package") {
        let fields = paragraph.lines().filter_map(|line| line.split_once(':')).map(|(key, value)| (key.trim(), value.trim()));
        let mut about: Map = fields
            .filter(|(key, value)| !value.is_empty() && !key.starts_with('-'))
            .map(|(key, value)| (key.to_lowercase(), value))
            .collect();
        let Some(name) = about.remove("name") else { continue };
        if let Some(installed) = about.get("installed").map(text::str) {
            about.insert("installed", installed.to_lowercase().starts_with("yes"));
        }
        all.insert(name, about);
    }
    all
}

/// Show how files differ from those of their packages, which are fetched for it, where rpm is.
///
/// ```salt
/// salt '*' pkg.diff /etc/apache2/httpd.conf
/// ```
#[derive(Args)]
#[args(extra)]
pub struct Diff {
    /// Files.
    #[arg(rest)]
    paths: Vec<Value>,
}

impl Action for Diff {
    type Output = Map;
    async fn call(self, cx: &Cx) -> Result<Map, Failure> {
        let provider = rpm("compare files with those of their packages", cx)?;
        let mut shown = Map::new();
        for path in self.paths.iter().map(text::str) {
            let said = match provider.owner(cx, &path).await? {
                Some(package) => compared(&package, &path, cx).await?,
                None if cx.host().exists(&path) => "Not managed".to_owned(),
                None => "N/A".to_owned(),
            };
            shown.insert(path, said);
        }
        Ok(shown)
    }
}

async fn compared(package: &str, path: &str, cx: &Cx) -> Result<String, Failure> {
    for (program, its) in [("rpm2cpio", "rpm"), ("cpio", "cpio"), ("diff", "diffutils")] {
        if cx.host().which(program).is_none() {
            return Err(Failure::unavailable(format!("there is no program `{program}` here; the package {its} has it")));
        }
    }
    let folder = format!("/tmp/.sylvite-{:016x}", rand::random::<u64>());
    cx.host().make_dir(&folder, Some(0o700)).map_err(crate::failure)?;
    let shown = compared_in(&folder, package, path, cx).await;
    cx.host().remove_all(&folder).map_err(crate::failure)?;
    shown
}

async fn compared_in(folder: &str, package: &str, path: &str, cx: &Cx) -> Result<String, Failure> {
    match find(cx)?.name() {
        "dnf" => cx.run(["dnf", "-y", "-q", "download", "--destdir", folder, package]).await?,
        _ => cx.run(["zypper", "--non-interactive", "--pkg-cache-dir", folder, "download", package]).await?,
    };
    let fetched = package_file(folder, cx).ok_or_else(|| Failure::failed(format!("the package file of {package} was not fetched")))?;
    // The path and the file are words of their own to the shell: nothing in them is read by it.
    let script = r#"rpm2cpio "$1" | cpio -i --quiet --to-stdout ".$2" | diff -u --label "A $2" --from-file=- --label "B $2" "$2""#;
    let output = cx.run_command(Command::new(["sh", "-c", script, "diff", &fetched, path])).await?;
    let text = output.out();
    if text.starts_with("Binary file") {
        return Err(Failure::failed(format!("{path} is no text, and cannot be shown as a difference")));
    }
    Ok(if text.trim().is_empty() { "Unchanged".to_owned() } else { text })
}

/// The package file below a folder; zypper puts it into folders of its repository and architecture.
fn package_file(folder: &str, read: &Read) -> Option<String> {
    let names = read.host().list(folder).ok()?;
    names.into_iter().map(|name| format!("{folder}/{name}")).find_map(|path| {
        if path.ends_with(".rpm") { Some(path) } else { read.host().is_dir(&path).then(|| package_file(&path, read)).flatten() }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_provided_is_listed_without_the_names_themselves() {
        let seen = parse_provides("alpha_|-alpha\nmta_|-postfix\nmta_|-exim\n");
        assert_eq!(seen, BTreeMap::from([("mta".to_owned(), vec!["postfix".to_owned(), "exim".to_owned()])]));
    }

    #[test]
    fn what_zypper_tells_of_packages_is_read() {
        let text = "Loading...\n\nInformation for package alpha:\n----\nRepository     : compared\nName           : alpha\nVersion        : 1.1-1\nVendor         : \nInstalled      : No\nInstalled Size : 4 B\n";
        let expected: Value = serde_json::from_str(
            r#"{"alpha": {"repository": "compared", "version": "1.1-1", "installed": false, "installed size": "4 B"}}"#,
        )
        .unwrap();
        assert_eq!(Value::Map(parse_info(text)), expected);
        assert_eq!(names("S | Name | Type\n--+---+--\n  | w3m | package\n"), ["w3m"]);
    }
}
