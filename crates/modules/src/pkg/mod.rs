//! Packages. A provider for each packaging system; `find` says which one this machine has.

mod apk;
mod apt;
mod catalogue;
mod dnf;
mod files;
mod functions;
mod groups;
mod pacman;
mod provides;
pub mod repos;
mod suse;
mod transactions;
pub mod version;
mod zypper;

pub use functions::functions;

use async_trait::async_trait;
use sdk::{Cx, Failure, Map, Read};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Installed packages: versions by name.
pub type Installed = BTreeMap<String, Vec<String>>;

/// Packages to install, and how.
#[derive(Clone, Debug, Default)]
pub struct Install {
    /// Names with a version each, if one is wanted: an exact one or a pattern.
    pub packages: Vec<(String, Option<String>)>,
    /// Package files, by path on this machine.
    pub files: Vec<String>,
    /// Repository or release to take them from.
    pub from_repo: Option<String>,
    /// Take packages whose signature cannot be checked.
    pub skip_verify: bool,
    /// Install what a package recommends; the system's habit unless given.
    pub recommends: Option<bool>,
    /// Install again what is there already.
    pub reinstall: bool,
    /// Change packages that are held.
    pub update_holds: bool,
    /// Fetch the package files and install nothing.
    pub download_only: bool,
}

/// A packaging system.
#[async_trait]
pub trait Provider: Send + Sync {
    /// Name, such as `apt`.
    fn name(&self) -> &'static str;

    /// Installed packages.
    async fn installed(&self, read: &Read) -> Result<Installed, Failure>;

    /// Whether it tells packages that are gone from those that only left their configuration.
    fn keeps_configuration(&self) -> bool {
        false
    }

    /// Names that are left behind with their configuration, and versions.
    async fn removed_with_configuration(&self, _read: &Read) -> Result<Installed, Failure> {
        Ok(Installed::new())
    }

    /// Names that installed packages stand in for.
    async fn provided(&self, _read: &Read) -> Result<Vec<String>, Failure> {
        Ok(Vec::new())
    }

    /// The version that would be installed, for each name that is known; an installed one counts too.
    async fn candidates(&self, read: &Read, names: &[String], from_repo: Option<&str>) -> Result<BTreeMap<String, String>, Failure>;

    /// What tells whether the answer to [`Provider::candidates`] can have changed; `None` where nothing does.
    fn catalogue(&self, _read: &Read) -> Option<String> {
        None
    }

    /// Packages that have a newer version, with it.
    async fn upgrades(&self, read: &Read) -> Result<BTreeMap<String, String>, Failure>;

    /// Fetches what repositories have.
    async fn refresh(&self, cx: &Cx) -> Result<(), Failure>;

    /// Installs packages, all in one transaction.
    async fn install(&self, cx: &Cx, install: &Install) -> Result<(), Failure>;

    /// Removes packages, all in one transaction.
    async fn remove(&self, cx: &Cx, names: &[String], purge: bool) -> Result<(), Failure>;

    /// Brings every package to its newest version.
    async fn upgrade(&self, cx: &Cx, names: &[String]) -> Result<(), Failure>;

    /// Packages that are held at their version.
    async fn held(&self, _read: &Read) -> Result<Vec<String>, Failure> {
        Err(self.cannot("hold packages"))
    }

    /// Holds packages, or lets them go.
    async fn hold(&self, _cx: &Cx, _names: &[String], _hold: bool) -> Result<(), Failure> {
        Err(self.cannot("hold packages"))
    }

    /// Package files that were fetched and wait to be installed, with their versions.
    async fn downloaded(&self, _read: &Read) -> Result<Installed, Failure> {
        Err(self.cannot("list fetched package files"))
    }

    /// Packages of a group: `(mandatory and default, optional)`.
    async fn group(&self, _read: &Read, _name: &str) -> Result<(Vec<String>, Vec<String>), Failure> {
        Err(self.cannot("list groups of packages"))
    }

    /// Patches that are needed (`advisories`), with what is installed of them already.
    async fn patches(&self, _read: &Read) -> Result<BTreeMap<String, bool>, Failure> {
        Err(self.cannot("list patches"))
    }

    /// Installs patches, all in one transaction, or only fetches them.
    async fn install_patches(&self, _cx: &Cx, _names: &[String], _download_only: bool) -> Result<(), Failure> {
        Err(self.cannot("install patches"))
    }

    /// The package a file belongs to.
    async fn owner(&self, _read: &Read, _path: &str) -> Result<Option<String>, Failure> {
        Err(self.cannot("find the owner of a file"))
    }

    /// Order of two versions.
    fn compare(&self, a: &str, b: &str) -> Ordering;

    /// What this provider cannot do.
    fn cannot(&self, what: &str) -> Failure {
        Failure::unavailable(format!("the package provider `{}` cannot {what}", self.name()))
    }
}

/// The packaging system of this machine.
pub fn find(read: &Read) -> Result<&'static dyn Provider, Failure> {
    let known: [(&'static dyn Provider, &str); 5] =
        [(&apt::Apt, "apt-get"), (&dnf::Dnf, "dnf"), (&zypper::HERE, "zypper"), (&pacman::HERE, "pacman"), (&apk::Apk, "apk")];
    let by_family = match read.grain_text("os_family") {
        "Debian" => Some("apt"),
        "RedHat" => Some("dnf"),
        "Suse" => Some("zypper"),
        "Arch" => Some("pacman"),
        "Alpine" => Some("apk"),
        _ => None,
    };
    if let Some(name) = by_family
        && let Some((provider, _)) = known.iter().find(|(provider, _)| provider.name() == name)
    {
        return Ok(*provider);
    }
    let found = known.iter().find(|(_, program)| read.host().which(program).is_some()).map(|(provider, _)| *provider);
    found.ok_or_else(|| {
        let programs: Vec<_> = known.iter().map(|(_, program)| *program).collect();
        Failure::unavailable(format!("no packaging system found here; looked for {}", programs.join(", ")))
    })
}

/// The packaging system of this machine, or that of the system in a folder.
pub enum Found {
    /// This machine's own.
    Here(&'static dyn Provider),
    /// That of a folder.
    Elsewhere(Box<dyn Provider>),
}

impl std::ops::Deref for Found {
    type Target = dyn Provider;

    fn deref(&self) -> &Self::Target {
        match self {
            Self::Here(provider) => *provider,
            Self::Elsewhere(provider) => &**provider,
        }
    }
}

/// The packaging system of this machine, at work on this machine or on the system in a folder.
///
/// # Errors
/// When there is none, or it cannot work elsewhere.
pub fn find_in(read: &Read, root: Option<&str>) -> Result<Found, Failure> {
    let here = find(read)?;
    let Some(root) = root.filter(|root| !root.is_empty() && *root != "/") else { return Ok(Found::Here(here)) };
    match here.name() {
        "zypper" => Ok(Found::Elsewhere(Box::new(zypper::Zypper { root: Some(root.to_owned()) }))),
        "pacman" => Ok(Found::Elsewhere(Box::new(pacman::Pacman { root: Some(root.to_owned()) }))),
        _ => Err(here.cannot(&format!("work on the system in {root}"))),
    }
}

/// What differs between two lists of installed packages: `{name: {old, new}}`.
#[must_use]
pub fn changes(before: &Installed, after: &Installed) -> Map {
    let shown = |versions: Option<&Vec<String>>| versions.map(|versions| versions.join(",")).unwrap_or_default();
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort();
    names.dedup();
    let mut changes = Map::new();
    for name in names.into_iter().filter(|name| before.get(*name) != after.get(*name)) {
        let mut change = Map::new();
        change.insert("old", shown(before.get(name)));
        change.insert("new", shown(after.get(name)));
        changes.insert(name.as_str(), change);
    }
    changes
}

/// Lines of `name version` as installed packages.
fn name_version_lines(text: &str) -> Installed {
    let mut installed = Installed::new();
    for line in text.lines() {
        if let Some((name, version)) = line.trim().split_once(' ') {
            installed.entry(name.to_owned()).or_default().push(version.trim().to_owned());
        }
    }
    installed
}

/// The newest installed version of each name.
fn newest(installed: &Installed, compare: impl Fn(&str, &str) -> Ordering) -> BTreeMap<String, String> {
    let best = |versions: &Vec<String>| versions.iter().max_by(|a, b| compare(a, b)).cloned();
    installed.iter().filter_map(|(name, versions)| best(versions).map(|version| (name.clone(), version))).collect()
}
