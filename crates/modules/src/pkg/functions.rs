//! The functions of `pkg` that ask.

use super::{catalogue, files, find, find_in, groups, newest, provides, repos, suse, transactions};
use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Value, text};

sdk::module!(
    pkg,
    [
        ListPkgs,
        Version,
        LatestVersion,
        AvailableVersion,
        UpgradeAvailable,
        ListUpgrades as "list_updates",
        VersionCmp,
        transactions::RefreshDb,
        transactions::InstallPackages,
        transactions::Remove,
        transactions::Purge,
        transactions::Upgrade as "update",
        transactions::Hold,
        transactions::Unhold,
        Owner,
        files::FileList,
        files::FileDict,
        files::Which,
        files::ListDownloaded,
        files::Autoremove,
        files::NormalizeName,
        files::ParseArch,
        files::InfoInstalled,
        repos::ListRepos,
        repos::GetRepo,
        repos::ModRepo,
        repos::DelRepo,
        repos::AddRepoKey,
        repos::GetRepoKeys,
        repos::DelRepoKey,
        catalogue::ListRepoPkgs,
        catalogue::Show,
        catalogue::GetSelections,
        catalogue::SetSelections,
        catalogue::ListHolds as "get_locked_packages",
        catalogue::ListPatches,
        catalogue::ListInstalledPatches,
        catalogue::ServicesNeedRestart,
        groups::GroupList,
        groups::GroupInfo,
        groups::GroupDiff,
        groups::GroupInstall as "groupinstall",
        groups::Verify,
        groups::Modified,
        groups::Download,
        groups::CleanMetadata,
        suse::ListPatterns,
        suse::ListInstalledPatterns,
        suse::ListProducts,
        suse::ListLocks,
        suse::Search,
        suse::CleanLocks,
        provides::ListProvides,
        provides::ResolveCapabilities,
        provides::InfoAvailable,
        provides::Diff,
    ]
);

/// List the installed packages with their versions.
///
/// ```salt
/// salt '*' pkg.list_pkgs
/// ```
#[derive(Args)]
pub struct ListPkgs {
    /// Give all versions of each as a list.
    #[arg(default = false)]
    versions_as_list: bool,
    /// List what was removed and left its configuration behind instead.
    #[arg(default = false, named)]
    removed: bool,
    /// With what was removed and left its configuration behind.
    #[arg(default = false, named)]
    purge_desired: bool,
    /// Folder of the system that is meant, where zypper or pacman is.
    #[arg(named)]
    root: Option<String>,
}

impl Query for ListPkgs {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let provider = find_in(read, self.root.as_deref())?;
        let mut installed = if self.removed { provider.removed_with_configuration(read).await? } else { provider.installed(read).await? };
        if self.purge_desired {
            installed.extend(provider.removed_with_configuration(read).await?);
        }
        let shown = |versions: Vec<String>| if self.versions_as_list { Value::from(versions) } else { versions.join(",").into() };
        Ok(installed.into_iter().map(|(name, versions)| (name, shown(versions))).collect())
    }
}

/// One name gives its value, several a mapping.
fn one_or_all(names: &[Value], value: impl Fn(&str) -> Value) -> Value {
    match names {
        [one] => value(&text::str(one)),
        all => Value::Map(all.iter().map(|name| (name.clone(), value(&text::str(name)))).collect()),
    }
}

/// Return the installed version of packages; empty text for one that is not installed.
///
/// ```salt
/// salt '*' pkg.version nginx
/// ```
#[derive(Args)]
pub struct Version {
    /// Names.
    #[arg(rest)]
    names: Vec<Value>,
}

impl Query for Version {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let installed = find(read)?.installed(read).await?;
        Ok(one_or_all(&self.names, |name| installed.get(name).map(|versions| versions.join(",")).unwrap_or_default().into()))
    }
}

async fn newer(names: &[Value], from_repo: Option<&str>, read: &Read) -> Result<Value, Failure> {
    let provider = find(read)?;
    let words: Vec<String> = names.iter().map(text::str).collect();
    let candidates = provider.candidates(read, &words, from_repo).await?;
    let have = newest(&provider.installed(read).await?, |a, b| provider.compare(a, b));
    let value = |name: &str| {
        let candidate =
            candidates.get(name).filter(|candidate| have.get(name).is_none_or(|have| provider.compare(have, candidate).is_lt()));
        candidate.cloned().unwrap_or_default().into()
    };
    Ok(one_or_all(names, value))
}

/// Return the newest version of packages that could be installed; empty text where the installed one is the newest.
///
/// ```salt
/// salt '*' pkg.latest_version nginx
/// ```
#[derive(Args)]
pub struct LatestVersion {
    /// Names.
    #[arg(rest)]
    names: Vec<Value>,
    /// Fetch what repositories have first.
    #[arg(default = true, named)]
    refresh: bool,
    /// Repository or release to look in.
    #[arg(named)]
    fromrepo: Option<String>,
}

impl Action for LatestVersion {
    type Output = Value;
    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        if self.refresh {
            find(cx)?.refresh(cx).await?;
        }
        newer(&self.names, self.fromrepo.as_deref(), cx).await
    }
}

/// Return the newest version of packages that could be installed; the same as `pkg.latest_version`.
///
/// ```salt
/// salt '*' pkg.available_version nginx
/// ```
#[derive(Args)]
pub struct AvailableVersion {
    /// Names.
    #[arg(rest)]
    names: Vec<Value>,
    /// Fetch what repositories have first.
    #[arg(default = true, named)]
    refresh: bool,
    /// Repository or release to look in.
    #[arg(named)]
    fromrepo: Option<String>,
}

impl Action for AvailableVersion {
    type Output = Value;
    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        if self.refresh {
            find(cx)?.refresh(cx).await?;
        }
        newer(&self.names, self.fromrepo.as_deref(), cx).await
    }
}

/// Tell whether a package has a newer version.
///
/// ```salt
/// salt '*' pkg.upgrade_available nginx
/// ```
#[derive(Args)]
pub struct UpgradeAvailable {
    /// Name.
    name: String,
    /// Repository or release to look in.
    #[arg(named)]
    fromrepo: Option<String>,
}

impl Query for UpgradeAvailable {
    type Output = bool;
    async fn call(self, read: &Read) -> Result<bool, Failure> {
        Ok(newer(&[self.name.into()], self.fromrepo.as_deref(), read).await?.is_truthy())
    }
}

/// List the packages that have a newer version, with it.
///
/// ```salt
/// salt '*' pkg.list_upgrades
/// ```
#[derive(Args)]
pub struct ListUpgrades {
    /// Fetch what repositories have first.
    #[arg(default = true)]
    refresh: bool,
    /// Folder of the system that is meant, where zypper or pacman is.
    #[arg(named)]
    root: Option<String>,
}

impl Action for ListUpgrades {
    type Output = Map;
    async fn call(self, cx: &Cx) -> Result<Map, Failure> {
        let provider = find_in(cx, self.root.as_deref())?;
        if self.refresh {
            provider.refresh(cx).await?;
        }
        Ok(provider.upgrades(cx).await?.into_iter().collect())
    }
}

/// Compare two versions: -1, 0 or 1.
///
/// ```salt
/// salt '*' pkg.version_cmp '0.2.4-0ubuntu1' '0.2.4.1-0ubuntu1'
/// ```
#[derive(Args)]
pub struct VersionCmp {
    /// One version.
    #[arg(alias = "ver1")]
    pkg1: String,
    /// The other one.
    #[arg(alias = "ver2")]
    pkg2: String,
    /// Leave epochs out.
    #[arg(default = false)]
    ignore_epoch: bool,
}

impl Query for VersionCmp {
    type Output = i32;
    async fn call(self, read: &Read) -> Result<i32, Failure> {
        let bare = |version: &str| version.split_once(':').map_or_else(|| version.to_owned(), |(_, rest)| rest.to_owned());
        let (a, b) = if self.ignore_epoch { (bare(&self.pkg1), bare(&self.pkg2)) } else { (self.pkg1, self.pkg2) };
        Ok(find(read)?.compare(&a, &b) as i32)
    }
}

/// Return the package a file belongs to.
///
/// ```salt
/// salt '*' pkg.owner /usr/bin/env
/// ```
#[derive(Args)]
pub struct Owner {
    /// Paths.
    #[arg(rest)]
    paths: Vec<Value>,
}

impl Query for Owner {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let provider = find(read)?;
        let mut owners = Map::new();
        for path in &self.paths {
            owners.insert(path.clone(), provider.owner(read, &text::str(path)).await?.unwrap_or_default());
        }
        Ok(one_or_all(&self.paths, |path| owners.get(path).cloned().unwrap_or_default()))
    }
}
