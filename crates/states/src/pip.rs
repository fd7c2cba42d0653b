//! Python packages.

use modules::pip::{Place, Requirement, install, normalized, requirements, uninstall, upgrade};
use modules::pip_arguments;
use sdk::{Applied, Args, Check, Cx, Failure, Map, Names, Outlook, Read, State, Words, text};
use std::collections::BTreeSet;

sdk::states!(pip, [Installed, Removed, Uptodate]);

pip_arguments! {
    /// Ensure Python packages are installed.
    ///
    /// ```salt
    /// tools:
    ///   pip.installed:
    ///     - pkgs: [requests, 'flask>=3,<4']
    ///     - bin_env: /opt/app/venv
    /// ```
    pub struct Installed {
        /// Package with its versions: `django>=1.6,<=1.7`, or an address.
        name: String,
        /// Packages, instead of the name.
        pkgs: Option<Names>,
        /// Known for compatibility.
        #[arg(ignored)]
        repo: Option<String>,
        /// Known for compatibility: there are no modules to load again.
        #[arg(default = false, ignored)]
        reload_modules: bool,
    }
}

/// Ensure a Python package is not installed.
///
/// ```salt
/// flask:
///   pip.removed:
///     - bin_env: /opt/app/venv
/// ```
#[derive(Args)]
pub struct Removed {
    /// Name of the package.
    name: String,
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
    /// Known for compatibility; there is always live output.
    #[arg(default = false, ignored)]
    use_vt: bool,
}

/// Ensure every Python package is up to date.
///
/// ```salt
/// all:
///   pip.uptodate:
///     - bin_env: /opt/app/venv
/// ```
#[derive(Args)]
pub struct Uptodate {
    /// Any name.
    name: String,
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

/// What is to be installed, and what was said of the rest.
#[derive(Debug)]
pub struct Todo {
    packages: Vec<Requirement>,
    said: Vec<String>,
}

impl Installed {
    fn packages(&self) -> Vec<String> {
        match self.pkgs.as_ref().filter(|pkgs| !pkgs.0.is_empty()) {
            Some(pkgs) => pkgs
                .0
                .iter()
                .map(|(name, versions)| versions.as_ref().map_or_else(|| name.clone(), |versions| format!("{name}{}", text::str(versions))))
                .collect(),
            None => vec![self.name.clone()],
        }
    }

    /// Whether a package is to be installed; the comment when it is not.
    async fn judge(&self, package: &Requirement, have: Option<&str>, read: &Read) -> Result<Option<String>, Failure> {
        let Some(have) = have.filter(|_| !self.ignore_installed && !self.force_reinstall) else { return Ok(None) };
        let already = format!("Python package {} was already installed", package.text);
        if !self.upgrade {
            return Ok(package.fits(have).then_some(already));
        }
        let mut index = Vec::new();
        for (flag, url) in [("--index-url", &self.index_url), ("--extra-index-url", &self.extra_index_url)] {
            index.extend(url.iter().flat_map(|url| [flag.to_owned(), url.clone()]));
        }
        let name = package.name.as_deref().unwrap_or_default();
        let versions = self.place().versions(name, &index, read).await?;
        Ok(match package.best(&versions) {
            None => Some(format!(
                "Python package {name} was already installed and\nthe available upgrade doesn't fulfills the version requirements"
            )),
            Some(best) if Place::is_version(best, have) => Some(already),
            Some(_) => None,
        })
    }

    /// Requirements and checkouts: only a real run can tell whether they change anything.
    fn of_files(&self) -> Option<String> {
        let mut said = Vec::new();
        let joined = |words: &Option<Words>| words.as_ref().map(|words| words.0.join(",")).filter(|text| !text.is_empty());
        if let Some(files) = joined(&self.requirements) {
            said.push(format!("Requirements file '{files}' will be processed."));
        }
        if let Some(checkouts) = joined(&self.editable) {
            said.push(format!("Package will be installed in editable mode (i.e. setuptools \"develop mode\") from {checkouts}."));
        }
        (!said.is_empty()).then(|| said.join(" "))
    }

    async fn install_files(&self, cx: &Cx) -> Result<Applied, Failure> {
        let done = install(&[], &self.options(), &self.place(), cx).await?;
        let files = self.requirements.as_ref().map(|words| words.0.join(",")).filter(|text| !text.is_empty());
        let checkouts = self.editable.as_ref().map(|words| words.0.join(",")).filter(|text| !text.is_empty());
        let mut said = Vec::new();
        let mut changes = Map::new();
        if done.retcode != 0 {
            said.extend(files.map(|files| format!("Unable to process requirements file \"{files}\"")));
            said.extend(checkouts.map(|checkouts| format!("Unable to install from VCS checkout {checkouts}.")));
            said.push(format!("Error: {} {} (exit status {})", done.stdout, done.stderr, done.retcode));
            return Ok(Applied::failed(said.join(" ")));
        }
        if let Some(files) = files {
            let quiet = [
                "Requirement already satisfied",
                "Requirement already up-to-date",
                "Requirement not upgraded",
                "Collecting",
                "Cloning",
                "Cleaning up...",
                "Looking in indexes",
            ];
            let lines = done.stdout.lines().map(str::trim).filter(|line| !line.is_empty());
            if lines.into_iter().any(|line| !quiet.iter().any(|start| line.starts_with(start))) {
                changes.insert("requirements", true);
                said.push(format!("Successfully processed requirements file {files}."));
            } else {
                said.push("Requirements were already installed.".to_owned());
            }
        }
        if let Some(checkouts) = checkouts {
            changes.insert("editable", true);
            said.push(format!("Package successfully installed from VCS checkout {checkouts}."));
        }
        Ok(Applied::ok(said.join(" "), changes))
    }
}

impl State for Installed {
    type Change = Option<Todo>;

    async fn check(&self, read: &Read) -> Result<Check<Self::Change>, Failure> {
        let place = self.place();
        if let Some(user) = self.user.as_deref().filter(|user| read.host().accounts().uid(user).is_none()) {
            return Ok(Check::fails(format!("User {user} does not exist")));
        }
        let here = match place.list(read).await {
            Ok(here) => here,
            Err(failure) => return Ok(Check::fails(format!("Error installing '{}': {}", self.name, failure.message))),
        };
        if let Some(comment) = self.of_files() {
            return Ok(Check::change(comment, Map::new(), None));
        }
        let wanted = match requirements(&self.packages()) {
            Ok(wanted) => wanted,
            Err(comment) => return Ok(Check::fails(comment)),
        };
        let mut todo = Todo { packages: Vec::new(), said: Vec::new() };
        let several = wanted.len() > 1;
        let all: Vec<String> = wanted.iter().map(|package| package.text.clone()).collect();
        for package in wanted {
            let have = package.name.as_deref().and_then(|name| here.get(name)).map(String::as_str);
            match self.judge(&package, have, read).await? {
                Some(said) => todo.said.push(said),
                None => todo.packages.push(package),
            }
        }
        let Some(first) = todo.packages.first() else {
            let newest = if self.upgrade { " and up-to-date" } else { "" };
            todo.said.push(format!("All specified packages are already installed{newest}"));
            return Ok(Check::desired(todo.said.join("\n")));
        };
        let comment = if several {
            format!("Python package(s) set to be installed:\n{}", all.join("\n"))
        } else {
            format!("Python package {} is set to be installed", first.text)
        };
        Ok(Check::change(comment, Map::new(), Some(todo)))
    }

    async fn apply(&self, todo: Self::Change, cx: &Cx) -> Result<Applied, Failure> {
        let Some(Todo { packages, mut said }) = todo else { return self.install_files(cx).await };
        let texts: Vec<String> = packages.iter().map(|package| package.text.clone()).collect();
        let place = self.place();
        let done = install(&texts, &self.options(), &place, cx).await?;
        if done.retcode != 0 {
            let error = format!("Error: {} {}", done.stdout, done.stderr);
            said.push(format!("Failed to install packages: {}. {error} (exit status {})", texts.join(", "), done.retcode));
            return Ok(Applied::failed(said.join("\n")));
        }
        let installed: BTreeSet<String> = done
            .stdout
            .lines()
            .filter_map(|line| line.strip_prefix("Successfully installed "))
            .flat_map(str::split_whitespace)
            .filter_map(|package| package.rsplit_once('-'))
            .map(|(name, _)| normalized(name))
            .collect();
        let unchanged: BTreeSet<String> = done
            .stdout
            .lines()
            .filter_map(|line| line.strip_prefix("Requirement already satisfied: "))
            .filter_map(|rest| rest.split(|c: char| c.is_whitespace() || "=!<>~@[".contains(c)).next())
            .map(normalized)
            // An upgrade says first what is there, and at its end what it has put in its place.
            .filter(|name| !installed.contains(name))
            .collect();
        let here = place.list(cx.read()).await?;
        let mut changes = Map::new();
        let mut lost = Vec::new();
        for package in &packages {
            let Some(name) = &package.name else {
                changes.insert(format!("{}==???", package.text), "Installed");
                continue;
            };
            match here.get(name) {
                Some(_) if unchanged.contains(name) => {}
                Some(version) => {
                    changes.insert(format!("{name}=={version}"), "Installed");
                }
                None => lost.push(format!(
                    "There was no error installing package '{}' although it does not show when calling 'pip.freeze'.",
                    package.text
                )),
            }
        }
        said.push(if lost.is_empty() { "All packages were successfully installed".to_owned() } else { lost.join("\n") });
        Ok(Applied::ok(said.join("\n"), changes))
    }
}

impl Removed {
    fn place(&self) -> Place {
        Place { bin_env: self.bin_env.clone(), user: self.user.clone(), cwd: self.cwd.clone(), env: Map::new() }
    }
}

impl State for Removed {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        let name = &self.name;
        let here = match self.place().list(read).await {
            Ok(here) => here,
            Err(failure) => return Ok(Check::fails(format!("Error uninstalling '{name}': {}", failure.message))),
        };
        if !here.contains_key(&normalized(name)) {
            return Ok(Check::desired("Package is not installed."));
        }
        let changes: Map = [(name.as_str(), "Removed")].into_iter().collect();
        Ok(Check::change(format!("Package {name} is set to be removed"), changes, ()))
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        let timeout = self.timeout.map(|seconds| seconds.to_string());
        let with_value = [("--log", self.log.clone()), ("--proxy", self.proxy.clone()), ("--timeout", timeout)];
        let options = modules::pip::Options {
            with_value: with_value.into_iter().filter_map(|(flag, value)| value.map(|value| (flag, value))).collect(),
            ..Default::default()
        };
        let done = uninstall(&Words(vec![self.name.clone()]), &self.requirements, &options, &self.place(), cx).await?;
        if done.retcode != 0 {
            return Ok(Applied::failed(format!("Could not remove package: exit status {}: {}", done.retcode, done.stderr)));
        }
        let changes: Map = [(self.name.as_str(), "Removed")].into_iter().collect();
        Ok(Applied::ok("Package was successfully removed.", changes))
    }
}

impl Uptodate {
    fn place(&self) -> Place {
        Place { bin_env: self.bin_env.clone(), user: self.user.clone(), cwd: self.cwd.clone(), env: Map::new() }
    }
}

impl State for Uptodate {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        let _ = &self.name;
        match self.place().upgrades(read).await {
            Err(failure) => Ok(Check::fails(failure.message)),
            Ok(old) if old.is_empty() => Ok(Check::desired("System is already up-to-date.")),
            Ok(_) => Ok(Check::Change(Outlook::new("System update will be performed", Map::new()), ())),
        }
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        let changes = upgrade(&self.place(), cx).await?;
        Ok(if changes.is_empty() { Applied::failed("Upgrade failed.") } else { Applied::ok("Upgrade successful.", changes) })
    }
}
