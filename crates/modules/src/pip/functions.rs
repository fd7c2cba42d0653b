//! The functions of `pip`.

use super::requirement::Requirement;
use super::{Options, Place, install, normalized, uninstall};
use crate::pip_arguments;
use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Value, Words};

macro_rules! query {
    ($(#[$doc:meta])* $name:ident { $($own:tt)* } -> $output:ty, |$this:ident, $place:ident, $read:ident| $body:expr) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            $($own)*
            /// A virtual environment, a Python or a `pip`; that of the system unless given.
            bin_env: Option<String>,
            /// User to run as.
            user: Option<String>,
            /// Working directory.
            cwd: Option<String>,
            /// Variables.
            #[arg(default)]
            env_vars: Map,
        }

        impl Query for $name {
            type Output = $output;
            async fn call(self, $read: &Read) -> Result<$output, Failure> {
                let $this = self;
                let $place = Place {
                    bin_env: $this.bin_env.clone(),
                    user: $this.user.clone(),
                    cwd: $this.cwd.clone(),
                    env: $this.env_vars.clone(),
                };
                $body
            }
        }
    };
}

/// The entries whose name begins with a word.
fn beginning(all: impl IntoIterator<Item = (String, String)>, prefix: Option<&str>) -> Map {
    let prefix = prefix.map(normalized).unwrap_or_default();
    all.into_iter().filter(|(name, _)| name.starts_with(&prefix)).collect()
}

query! {
    /// Return the version of `pip`.
    ///
    /// ```salt
    /// salt '*' pip.version
    /// ```
    Version {} -> String, |this, place, read| { let _ = &this; place.version(read).await }
}
query! {
    /// Return what is installed with its versions.
    ///
    /// ```salt
    /// salt '*' pip.list salt
    /// ```
    List {
        /// What the names begin with.
        prefix: Option<String>,
    } -> Map, |this, place, read| Ok(beginning(place.list(read).await?, this.prefix.as_deref()))
}
query! {
    /// Return what is installed as a file of requirements.
    ///
    /// ```salt
    /// salt '*' pip.freeze bin_env=/opt/app/venv
    /// ```
    Freeze {} -> Vec<String>, |this, place, read| { let _ = &this; place.freeze(read).await }
}
query! {
    /// Return what `pip freeze` lists, with its versions.
    ///
    /// ```salt
    /// salt '*' pip.list_freeze_parse
    /// ```
    ListFreezeParse {
        /// What the names begin with.
        prefix: Option<String>,
    } -> Map, |this, place, read| {
        let lines = place.freeze(read).await?;
        let pairs = lines.iter().filter_map(|line| line.trim_start_matches("-e ").split_once("==").or_else(|| {
            line.strip_prefix("-e ").and_then(|line| line.split_once("#egg=")).map(|(address, name)| (name, address))
        }));
        let found: Vec<_> = pairs.map(|(name, version)| (normalized(name), version.trim_start_matches('=').to_owned())).collect();
        Ok(beginning(found, this.prefix.as_deref()))
    }
}
query! {
    /// Return what is out of date with its newest versions.
    ///
    /// ```salt
    /// salt '*' pip.list_upgrades
    /// ```
    ListUpgrades {} -> Map, |this, place, read| { let _ = &this; Ok(place.upgrades(read).await?.into_iter().collect()) }
}
query! {
    /// Return every version that the index has of a package.
    ///
    /// ```salt
    /// salt '*' pip.list_all_versions requests
    /// ```
    ListAllVersions {
        /// Name of the package.
        pkg: String,
        /// Unfinished versions as well.
        #[arg(default = false)]
        include_alpha: bool,
        /// The same.
        #[arg(default = false)]
        include_beta: bool,
        /// The same.
        #[arg(default = false)]
        include_rc: bool,
        /// Address of the index.
        index_url: Option<String>,
        /// Address of one more index.
        extra_index_url: Option<String>,
    } -> Value, |this, place, read| {
        let mut index = Vec::new();
        for (flag, url) in [("--index-url", &this.index_url), ("--extra-index-url", &this.extra_index_url)] {
            index.extend(url.iter().flat_map(|url| [flag.to_owned(), url.clone()]));
        }
        let unfinished = [("a", this.include_alpha), ("b", this.include_beta), ("rc", this.include_rc)];
        let mut versions = place.versions(&this.pkg, &index, read).await?;
        versions.retain(|version| unfinished.iter().all(|(mark, wanted)| *wanted || !version.contains(mark)));
        versions.reverse();
        Ok(if versions.is_empty() { Value::Null } else { versions.into() })
    }
}
query! {
    /// Tell whether a package is installed.
    ///
    /// ```salt
    /// salt '*' pip.is_installed salt
    /// ```
    IsInstalled {
        /// Name of the package.
        pkgname: String,
    } -> bool, |this, place, read| Ok(place.list(read).await?.contains_key(&normalized(&this.pkgname)))
}
query! {
    /// Tell whether the index has a newer version of a package.
    ///
    /// ```salt
    /// salt '*' pip.upgrade_available requests
    /// ```
    UpgradeAvailable {
        /// Name of the package.
        pkg: String,
    } -> bool, |this, place, read| Ok(place.upgrades(read).await?.keys().any(|name| normalized(name) == normalized(&this.pkg)))
}

/// Return a name of a package as indexes compare it.
///
/// ```salt
/// salt '*' pip.normalize Zope.Interface
/// ```
#[derive(Args)]
pub struct Normalize {
    /// The name.
    name: String,
}

impl Query for Normalize {
    type Output = String;
    async fn call(self, _read: &Read) -> Result<String, Failure> {
        Ok(normalized(&self.name))
    }
}

pip_arguments! {
    /// Install packages and return what `pip` said.
    ///
    /// ```salt
    /// salt '*' pip.install 'requests>=2,flask' bin_env=/opt/app/venv
    /// ```
    pub struct Install {
        /// Packages, with commas between them or as a list.
        #[arg(default)]
        pkgs: Words,
    }
}

impl Action for Install {
    type Output = Map;
    async fn call(self, cx: &Cx) -> Result<Map, Failure> {
        // A comma is also what separates versions, which are written with a semicolon then.
        let packages: Vec<String> = self.pkgs.0.iter().map(|package| package.replace(';', ",")).collect();
        Ok(install(&packages, &self.options(), &self.place(), cx).await?.to_map())
    }
}

/// Remove packages and return what `pip` said.
///
/// ```salt
/// salt '*' pip.uninstall flask
/// ```
#[derive(Args)]
pub struct Uninstall {
    /// Packages, with commas between them or as a list.
    #[arg(default)]
    pkgs: Words,
    /// Files of requirements.
    #[arg(default)]
    requirements: Words,
    /// A virtual environment, a Python or a `pip`; that of the system unless given.
    bin_env: Option<String>,
    /// File that `pip` logs to.
    log: Option<String>,
    /// Proxy.
    proxy: Option<String>,
    /// Seconds that a connection may take.
    timeout: Option<u32>,
    /// User to run as.
    user: Option<String>,
    /// Working directory.
    cwd: Option<String>,
    /// Known for compatibility: files of requirements are taken from the environment of the run.
    #[arg(ignored)]
    saltenv: Option<String>,
    /// Known for compatibility; there is always live output.
    #[arg(default = false, ignored)]
    use_vt: bool,
}

impl Action for Uninstall {
    type Output = Map;
    async fn call(self, cx: &Cx) -> Result<Map, Failure> {
        let timeout = self.timeout.map(|seconds| seconds.to_string());
        let with_value = [("--log", self.log), ("--proxy", self.proxy), ("--timeout", timeout)];
        let options = Options {
            with_value: with_value.into_iter().filter_map(|(flag, value)| value.map(|value| (flag, value))).collect(),
            ..Options::default()
        };
        let place = Place { bin_env: self.bin_env, user: self.user, cwd: self.cwd, env: Map::new() };
        Ok(uninstall(&self.pkgs, &self.requirements, &options, &place, cx).await?.to_map())
    }
}

/// Upgrade everything that is out of date and return what changed.
///
/// ```salt
/// salt '*' pip.upgrade bin_env=/opt/app/venv
/// ```
#[derive(Args)]
pub struct Upgrade {
    /// A virtual environment, a Python or a `pip`; that of the system unless given.
    bin_env: Option<String>,
    /// User to run as.
    user: Option<String>,
    /// Working directory.
    cwd: Option<String>,
    /// Known for compatibility; there is always live output.
    #[arg(default = false, ignored)]
    use_vt: bool,
}

impl Action for Upgrade {
    type Output = Map;
    async fn call(self, cx: &Cx) -> Result<Map, Failure> {
        let place = Place { bin_env: self.bin_env, user: self.user, cwd: self.cwd, env: Map::new() };
        upgrade(&place, cx).await
    }
}

/// Upgrades everything that is out of date; old and new versions of what changed.
pub async fn upgrade(place: &Place, cx: &Cx) -> Result<Map, Failure> {
    let old = place.list(cx.read()).await?;
    let names: Vec<String> = place.upgrades(cx.read()).await?.into_keys().collect();
    let options = Options { flags: vec!["--upgrade", "--disable-pip-version-check"], ..Options::default() };
    let done = install(&names, &options, place, cx).await?;
    if done.retcode != 0 {
        let text = format!("`pip install --upgrade` failed with status {}: {}", done.retcode, done.stderr);
        return Err(Failure::failed(text).with_retcode(done.retcode));
    }
    let new = place.list(cx.read()).await?;
    let mut changes = Map::new();
    for (name, version) in &new {
        if old.get(name) != Some(version) {
            let before = old.get(name).cloned().unwrap_or_default();
            let change: Map = [("old", before), ("new", version.clone())].into_iter().collect();
            changes.insert(name.as_str(), change);
        }
    }
    Ok(changes)
}

/// Reads the packages of a state, each with its versions.
pub fn requirements(packages: &[String]) -> Result<Vec<Requirement>, String> {
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for package in packages {
        match Requirement::parse(package) {
            Ok(requirement) => good.push(requirement),
            Err(why) => bad.push(why),
        }
    }
    if bad.is_empty() { Ok(good) } else { Err(bad.join("\n")) }
}
