//! The functions of `pkg` that change what is installed.

use super::{Install, changes, find_in, version};
use sdk::{Action, Args, Cx, Failure, Map, Names, Words, text};

/// Fetch what repositories have.
///
/// ```salt
/// salt '*' pkg.refresh_db
/// ```
#[derive(Args)]
pub struct RefreshDb {
    /// Known for compatibility.
    #[arg(default = 0, ignored)]
    cache_valid_time: i64,
    /// Known for compatibility: a failure is always one.
    #[arg(default = false, ignored)]
    failhard: bool,
    /// Folder of the system that is meant, where zypper or pacman is.
    #[arg(named)]
    root: Option<String>,
    /// Fetch it also where it is new enough.
    #[arg(default = false, ignored, named)]
    force: bool,
}

impl Action for RefreshDb {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        find_in(cx, self.root.as_deref())?.refresh(cx).await?;
        Ok(true)
    }
}

/// Names and versions from `name`, `version` and `pkgs`.
fn packages(name: Option<Words>, version: Option<String>, pkgs: Option<Names>) -> Vec<(String, Option<String>)> {
    match pkgs {
        Some(pkgs) => pkgs.0.into_iter().map(|(name, version)| (name, version.map(|version| text::str(&version)))).collect(),
        None => name.unwrap_or_default().0.into_iter().map(|name| (name, version.clone())).collect(),
    }
}

/// Install packages and return what changed.
///
/// ```salt
/// salt '*' pkg.install nginx
/// salt '*' pkg.install pkgs='["nginx", {"git": "1:2.39*"}]'
/// ```
#[derive(Args)]
#[args(name = "install")]
pub struct InstallPackages {
    /// Name, or several with commas between them.
    name: Option<Words>,
    /// Fetch what repositories have first.
    #[arg(default = false)]
    refresh: bool,
    /// Repository or release to take them from.
    fromrepo: Option<String>,
    /// Take packages whose signature cannot be checked.
    #[arg(default = false)]
    skip_verify: bool,
    /// Known for compatibility.
    #[arg(default = false, ignored)]
    debconf: bool,
    /// Names, each alone or with a version.
    pkgs: Option<Names>,
    /// Package files: names with their addresses.
    sources: Option<Names>,
    /// Install again what is there already.
    #[arg(default = false)]
    reinstall: bool,
    /// Version of `name`.
    #[arg(named)]
    version: Option<String>,
    /// Install what a package recommends.
    #[arg(named)]
    install_recommends: Option<bool>,
    /// Change packages that are held.
    #[arg(default = false, named)]
    update_holds: bool,
    /// Fetch the package files and install nothing.
    #[arg(default = false, named)]
    downloadonly: bool,
    /// Folder of the system that is meant, where zypper or pacman is.
    #[arg(named)]
    root: Option<String>,
}

impl Action for InstallPackages {
    type Output = Map;
    async fn call(self, cx: &Cx) -> Result<Map, Failure> {
        let provider = find_in(cx, self.root.as_deref())?;
        if self.refresh {
            provider.refresh(cx).await?;
        }
        let before = provider.installed(cx).await?;
        let mut files = Vec::new();
        for (name, source) in self.sources.map(|sources| sources.0).unwrap_or_default() {
            let uri = source.map_or_else(|| name.clone(), |source| text::str(&source));
            let fetched = cx.agent().fetch(&uri, cx.env()).await?;
            files.push(fetched.ok_or_else(|| Failure::failed(format!("there is no package file `{uri}`")))?.path);
        }
        let mut packages = if files.is_empty() { packages(self.name, self.version, self.pkgs) } else { Vec::new() };
        for (name, wish) in &mut packages {
            let Some(range) = wish.as_deref().filter(|wish| !version::split_operator(wish).0.is_empty()) else { continue };
            let candidates = provider.candidates(cx, std::slice::from_ref(name), None).await?;
            let fitting = candidates.get(name).filter(|candidate| version::fits(candidate, range, |a, b| provider.compare(a, b)));
            let none = || Failure::failed(format!("No version matching '{name}{range}' could be found"));
            *wish = Some(fitting.cloned().ok_or_else(none)?);
        }
        let install = Install {
            packages,
            files,
            from_repo: self.fromrepo,
            skip_verify: self.skip_verify,
            recommends: self.install_recommends,
            reinstall: self.reinstall,
            update_holds: self.update_holds,
            download_only: self.downloadonly,
        };
        provider.install(cx, &install).await?;
        Ok(changes(&before, &provider.installed(cx).await?))
    }
}

async fn removed(name: Option<Words>, pkgs: Option<Names>, root: Option<&str>, purge: bool, cx: &Cx) -> Result<Map, Failure> {
    let provider = find_in(cx, root)?;
    let before = provider.installed(cx).await?;
    let left = if purge { provider.removed_with_configuration(cx).await? } else { super::Installed::new() };
    let names: Vec<String> = packages(name, None, pkgs).into_iter().map(|(name, _)| name).collect();
    let names: Vec<String> = names.into_iter().filter(|name| before.contains_key(name) || left.contains_key(name)).collect();
    if names.is_empty() {
        return Ok(Map::new());
    }
    provider.remove(cx, &names, purge).await?;
    Ok(changes(&before, &provider.installed(cx).await?))
}

/// Remove packages and return what changed.
///
/// ```salt
/// salt '*' pkg.remove nginx
/// ```
#[derive(Args)]
pub struct Remove {
    /// Name, or several with commas between them.
    name: Option<Words>,
    /// Names.
    pkgs: Option<Names>,
    /// Folder of the system that is meant, where zypper or pacman is.
    #[arg(named)]
    root: Option<String>,
}

impl Action for Remove {
    type Output = Map;
    async fn call(self, cx: &Cx) -> Result<Map, Failure> {
        removed(self.name, self.pkgs, self.root.as_deref(), false, cx).await
    }
}

/// Remove packages with their configuration and return what changed.
///
/// ```salt
/// salt '*' pkg.purge nginx
/// ```
#[derive(Args)]
pub struct Purge {
    /// Name, or several with commas between them.
    name: Option<Words>,
    /// Names.
    pkgs: Option<Names>,
    /// Folder of the system that is meant, where zypper or pacman is.
    #[arg(named)]
    root: Option<String>,
}

impl Action for Purge {
    type Output = Map;
    async fn call(self, cx: &Cx) -> Result<Map, Failure> {
        removed(self.name, self.pkgs, self.root.as_deref(), true, cx).await
    }
}

/// Bring every package to its newest version and return what changed.
///
/// ```salt
/// salt '*' pkg.upgrade
/// ```
#[derive(Args)]
pub struct Upgrade {
    /// Fetch what repositories have first.
    #[arg(default = true)]
    refresh: bool,
    /// These packages only.
    #[arg(named)]
    pkgs: Option<Names>,
    /// Known for compatibility: new dependencies are always installed.
    #[arg(default = true, named, ignored)]
    dist_upgrade: bool,
    /// Folder of the system that is meant, where zypper or pacman is.
    #[arg(named)]
    root: Option<String>,
}

impl Action for Upgrade {
    type Output = Map;
    async fn call(self, cx: &Cx) -> Result<Map, Failure> {
        let provider = find_in(cx, self.root.as_deref())?;
        if self.refresh {
            provider.refresh(cx).await?;
        }
        let before = provider.installed(cx).await?;
        let names: Vec<String> =
            packages(None, None, self.pkgs.or_else(|| Some(Names::default()))).into_iter().map(|(name, _)| name).collect();
        provider.upgrade(cx, &names).await?;
        Ok(changes(&before, &provider.installed(cx).await?))
    }
}

async fn held(name: Option<Words>, pkgs: Option<Names>, root: Option<&str>, hold: bool, cx: &Cx) -> Result<Map, Failure> {
    let provider = find_in(cx, root)?;
    let before = provider.held(cx).await?;
    let mut report = Map::new();
    for (name, _) in packages(name, None, pkgs) {
        let is_held = before.contains(&name);
        let mut entry = Map::new();
        entry.insert("name", name.as_str());
        let mut change = Map::new();
        let comment = if is_held == hold {
            if hold { format!("Package {name} is already set to be held.") } else { format!("Package {name} is not being held.") }
        } else {
            provider.hold(cx, std::slice::from_ref(&name), hold).await?;
            let (old, new) = if hold { ("install", "hold") } else { ("hold", "install") };
            change.extend([("old", old), ("new", new)]);
            if hold { format!("Package {name} is now being held.") } else { format!("Package {name} is no longer being held.") }
        };
        entry.insert("changes", change);
        entry.insert("result", true);
        entry.insert("comment", comment);
        report.insert(name, entry);
    }
    Ok(report)
}

/// Hold packages at their version.
///
/// ```salt
/// salt '*' pkg.hold nginx
/// ```
#[derive(Args)]
pub struct Hold {
    /// Name, or several with commas between them.
    name: Option<Words>,
    /// Names.
    pkgs: Option<Names>,
    /// Folder of the system that is meant, where zypper or pacman is.
    #[arg(named)]
    root: Option<String>,
}

impl Action for Hold {
    type Output = Map;
    async fn call(self, cx: &Cx) -> Result<Map, Failure> {
        held(self.name, self.pkgs, self.root.as_deref(), true, cx).await
    }
}

/// Let held packages change again.
///
/// ```salt
/// salt '*' pkg.unhold nginx
/// ```
#[derive(Args)]
pub struct Unhold {
    /// Name, or several with commas between them.
    name: Option<Words>,
    /// Names.
    pkgs: Option<Names>,
    /// Folder of the system that is meant, where zypper or pacman is.
    #[arg(named)]
    root: Option<String>,
}

impl Action for Unhold {
    type Output = Map;
    async fn call(self, cx: &Cx) -> Result<Map, Failure> {
        held(self.name, self.pkgs, self.root.as_deref(), false, cx).await
    }
}
