//! Virtual environments of Python.

use modules::pip::{Options, Place, install};
use modules::virtualenv::{How, python_version};
use sdk::host::join;
use sdk::{Applied, Args, Check, Cx, Failure, Map, Outlook, Read, State, Words};
use std::collections::BTreeSet;

sdk::states!(virtualenv, [Managed as "manage"]);

/// Ensure a virtual environment is there, with its packages.
///
/// ```salt
/// /opt/app/venv:
///   virtualenv.managed:
///     - requirements: salt://app/requirements.txt
///     - user: app
/// ```
#[derive(Args)]
pub struct Managed {
    /// Its folder.
    name: String,
    /// Program that makes it: `virtualenv`, or one such as `pyvenv`; Python's own module `venv` where there is none.
    venv_bin: Option<String>,
    /// File of requirements: `salt://…` or a path.
    requirements: Option<Words>,
    /// Packages of the system can be used in it.
    #[arg(default = false)]
    system_site_packages: bool,
    /// Known for compatibility with old versions of `virtualenv`.
    #[arg(default = false, ignored)]
    distribute: bool,
    /// Known for compatibility with old versions of `pip`.
    #[arg(default = false, ignored)]
    use_wheel: bool,
    /// Known for compatibility with old versions of `pip`.
    #[arg(default = false, ignored)]
    no_use_wheel: bool,
    /// Make it anew.
    #[arg(default = false)]
    clear: bool,
    /// Python it is for.
    python: Option<String>,
    /// Folders to look for the tools' packages in.
    #[arg(default)]
    extra_search_dir: Words,
    /// Never fetch the tools' packages.
    #[arg(default = false)]
    never_download: bool,
    /// Prompt of the shell in it.
    prompt: Option<String>,
    /// User to run as.
    user: Option<String>,
    /// Working directory of `pip`.
    cwd: Option<String>,
    /// Address of the index.
    index_url: Option<String>,
    /// Address of one more index.
    extra_index_url: Option<String>,
    /// Take unfinished versions too.
    #[arg(default = false)]
    pre_releases: bool,
    /// Do not install what packages depend on.
    #[arg(default = false)]
    no_deps: bool,
    /// Known for compatibility with old versions of `pip`.
    #[arg(ignored)]
    pip_download: Option<String>,
    /// Folder of the cache of `pip`.
    #[arg(alias = "pip_download_cache")]
    pip_cache_dir: Option<String>,
    /// What to do with a checkout that is there: `s`, `i`, `w` or `b`.
    pip_exists_action: Option<String>,
    /// Do not look at what is installed.
    #[arg(default = false)]
    pip_ignore_installed: bool,
    /// Proxy.
    proxy: Option<String>,
    /// Known for compatibility; there is always live output.
    #[arg(default = false, ignored)]
    use_vt: bool,
    /// Variables.
    #[arg(default)]
    env_vars: Map,
    /// Upgrade what is installed.
    #[arg(default = false)]
    pip_upgrade: bool,
    /// Packages that are installed in it.
    pip_pkgs: Option<Words>,
    /// Do not use the cache of `pip`.
    #[arg(default = false)]
    pip_no_cache_dir: bool,
    /// Known for compatibility with old versions of `pip`.
    #[arg(default = false, ignored)]
    process_dependency_links: bool,
    /// Packages that are built and not taken ready-made; `:all:` means all.
    no_binary: Option<Words>,
}

impl Managed {
    fn place(&self) -> Place {
        Place { bin_env: Some(self.name.clone()), user: self.user.clone(), cwd: self.cwd.clone(), env: self.env_vars.clone() }
    }

    fn options(&self) -> Options {
        let values = [
            ("--index-url", &self.index_url),
            ("--extra-index-url", &self.extra_index_url),
            ("--cache-dir", &self.pip_cache_dir),
            ("--exists-action", &self.pip_exists_action),
            ("--proxy", &self.proxy),
        ];
        let flags = [
            ("--disable-pip-version-check", true),
            ("--upgrade", self.pip_upgrade),
            ("--ignore-installed", self.pip_ignore_installed),
            ("--no-deps", self.no_deps),
            ("--no-cache-dir", self.pip_no_cache_dir),
            ("--pre", self.pre_releases),
        ];
        Options {
            requirements: self.requirements.clone().unwrap_or_default().0,
            with_value: values.into_iter().filter_map(|(flag, value)| value.clone().map(|value| (flag, value))).collect(),
            no_binary: self.no_binary.clone().unwrap_or_default().0,
            flags: flags.into_iter().filter_map(|(flag, is_set)| is_set.then_some(flag)).collect(),
            ..Options::default()
        }
    }

    fn how(&self) -> How {
        How {
            venv_bin: self.venv_bin.clone(),
            system_site_packages: self.system_site_packages,
            clear: self.clear,
            python: self.python.clone(),
            extra_search_dir: self.extra_search_dir.0.clone(),
            never_download: self.never_download,
            prompt: self.prompt.clone(),
            user: self.user.clone(),
        }
    }

    /// Installs the packages and adds what came of it.
    async fn packages(&self, applied: &mut Applied, cx: &Cx) -> Result<(), Failure> {
        let packages = self.pip_pkgs.clone().unwrap_or_default().0;
        let options = self.options();
        if packages.is_empty() && options.requirements.is_empty() {
            return Ok(());
        }
        let place = self.place();
        let before: BTreeSet<String> = place.freeze(cx.read()).await?.into_iter().collect();
        let done = install(&packages, &options, &place, cx).await?;
        if done.retcode != 0 {
            applied.result = false;
            let said = format!("{}\n{}\n(exit status {})", done.stdout, done.stderr, done.retcode);
            applied.comment = format!("{}\n{said}", applied.comment);
        }
        let after: BTreeSet<String> = place.freeze(cx.read()).await?.into_iter().collect();
        if before != after {
            let side = |names: Vec<String>| if names.is_empty() { sdk::Value::from("") } else { names.into() };
            let mut change = Map::new();
            change.insert("new", side(after.difference(&before).cloned().collect()));
            change.insert("old", side(before.difference(&after).cloned().collect()));
            if let sdk::Value::Map(changes) = &mut applied.changes {
                changes.insert("packages", change);
            }
        }
        Ok(())
    }
}

impl State for Managed {
    type Change = bool;

    async fn check(&self, read: &Read) -> Result<Check<bool>, Failure> {
        let name = &self.name;
        let there = read.host().exists(&join(name, "bin/python"));
        for uri in self.options().requirements.iter().filter(|uri| uri.starts_with("salt://")) {
            if read.agent().hash(uri, read.env()).await?.is_none() {
                return Ok(Check::fails(format!("pip requirements file '{uri}' not found")));
            }
        }
        let make = !there || self.clear;
        let outlook = match (there, self.clear) {
            (true, true) => {
                let mut changes = Map::new();
                changes.insert("cleared_packages", self.place().freeze(read).await?);
                changes.insert("old", python_version(name, read).await?);
                Outlook::new(format!("Virtualenv {name} is set to be cleared"), changes)
            }
            (true, false) => Outlook::new(format!("Virtualenv {name} is already created"), Map::new()).with_result(Some(true)),
            (false, _) => Outlook::new(format!("Virtualenv {name} is set to be created"), Map::new()),
        };
        Ok(Check::Change(outlook, make))
    }

    async fn apply(&self, make: bool, cx: &Cx) -> Result<Applied, Failure> {
        let name = &self.name;
        let mut applied = Applied::ok("virtualenv exists", Map::new());
        if make {
            let mut changes = Map::new();
            let cleared = self.clear && cx.host().exists(&join(name, "bin/python"));
            if cleared {
                changes.insert("cleared_packages", self.place().freeze(cx.read()).await?);
                changes.insert("old", python_version(name, cx.read()).await?);
            }
            let done = match self.how().make(name, cx).await {
                Ok(done) => done,
                Err(failure) => return Ok(Applied::failed(format!("Failed to create virtualenv: {}", failure.message))),
            };
            if done.retcode != 0 {
                return Ok(Applied::failed(format!("{}{} (exit status {})", done.stdout, done.stderr, done.retcode)));
            }
            changes.insert("new", python_version(name, cx.read()).await?);
            let comment = if self.clear { "Cleared existing virtualenv" } else { "Created new virtualenv" };
            applied = Applied::ok(comment, changes);
        }
        self.packages(&mut applied, cx).await?;
        Ok(applied)
    }
}
