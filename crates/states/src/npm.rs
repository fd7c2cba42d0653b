//! Packages of Node.js.

use modules::npm::{Place, failed};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Outlook, Read, State, Value, Words, text};

sdk::states!(npm, [Installed, Removed, Bootstrap, CacheCleaned]);

/// Ensure packages of Node.js are installed.
///
/// ```salt
/// tools:
///   npm.installed:
///     - pkgs: [yarn, 'coffee-script@1.0.1']
/// ```
#[derive(Args)]
pub struct Installed {
    /// Package, with a version or without.
    name: String,
    /// Packages, instead of the name.
    pkgs: Option<Words>,
    /// Folder of a project; packages are for the whole machine unless given.
    dir: Option<String>,
    /// User to run as.
    user: Option<String>,
    /// Install again what is installed.
    #[arg(default = false)]
    force_reinstall: bool,
    /// Registry to ask.
    registry: Option<String>,
    /// Variables.
    #[arg(default)]
    env: Map,
}

/// Ensure a package of Node.js is not installed.
///
/// ```salt
/// coffee-script:
///   npm.removed: []
/// ```
#[derive(Args)]
pub struct Removed {
    /// Package.
    name: String,
    /// Folder of a project; packages are for the whole machine unless given.
    dir: Option<String>,
    /// User to run as.
    user: Option<String>,
}

/// Install what a project asks for.
///
/// ```salt
/// /opt/app:
///   npm.bootstrap:
///     - user: app
/// ```
#[derive(Args)]
pub struct Bootstrap {
    /// Folder of the project.
    name: String,
    /// User to run as.
    user: Option<String>,
    /// Leave out what npm says besides.
    #[arg(default = true)]
    silent: bool,
}

/// Clean the cache of npm.
///
/// ```salt
/// cache:
///   npm.cache_cleaned:
///     - force: True
/// ```
#[derive(Args)]
pub struct CacheCleaned {
    /// Any name, or a path in the cache.
    name: Option<String>,
    /// User to run as.
    user: Option<String>,
    /// Clean it even though npm thinks that this is not needed.
    #[arg(default = false)]
    force: bool,
}

/// Name and version of a package; a scope such as `@org/` belongs to the name.
fn parts(package: &str) -> (&str, Option<&str>) {
    match package.get(1..).and_then(|rest| rest.rfind('@')) {
        Some(at) => (package.get(..=at).unwrap_or(package), package.get(at + 2..)),
        None => (package, None),
    }
}

/// Whether an installed version is the one that is asked for; ranges are for npm itself to judge.
fn fits(have: &str, wanted: Option<&str>) -> bool {
    wanted.is_none_or(|wanted| wanted.trim_start_matches('v') == have)
}

impl Installed {
    fn place(&self) -> Place {
        Place { dir: self.dir.clone(), user: self.user.clone(), env: self.env.clone() }
    }
}

impl State for Installed {
    type Change = (Vec<String>, Vec<String>);

    async fn check(&self, read: &Read) -> Result<Check<Self::Change>, Failure> {
        let wanted = self.pkgs.as_ref().map_or_else(|| vec![self.name.clone()], |pkgs| pkgs.0.clone());
        let here = match self.place().list(None, Some(0), read).await {
            Ok(here) => here,
            Err(failure) => return Ok(Check::fails(format!("Error looking up '{}': {}", wanted.join(", "), failure.message))),
        };
        let (mut todo, mut fine) = (Vec::new(), Vec::new());
        for package in wanted {
            let (name, version) = parts(&package);
            let have = here.get(name).and_then(|row| row.get("version")).map(text::str);
            match have.filter(|have| !self.force_reinstall && fits(have, version)) {
                Some(have) => fine.push(format!("{name}@{have}")),
                None => todo.push(package),
            }
        }
        let satisfied = |fine: &[String]| format!("Package(s) '{0}' satisfied by {0}", fine.join(", "));
        if todo.is_empty() {
            return Ok(Check::desired(satisfied(&fine)));
        }
        let mut said = vec![format!("NPM package(s) '{}' are set to be installed", todo.join(", "))];
        if !fine.is_empty() {
            said.push(satisfied(&fine));
        }
        Ok(Check::Change(Outlook::new(said.join(". "), changes(&todo)), (todo, fine)))
    }

    async fn apply(&self, (todo, fine): Self::Change, cx: &Cx) -> Result<Applied, Failure> {
        match self.place().install(&todo, self.registry.as_deref(), &["--silent"], cx.read()).await {
            Ok(_) => {
                let mut said = vec![format!("Package(s) '{}' successfully installed", todo.join(", "))];
                if !fine.is_empty() {
                    said.push(format!("Package(s) '{0}' satisfied by {0}", fine.join(", ")));
                }
                Ok(Applied::ok(said.join(". "), changes(&todo)))
            }
            Err(failure) => Ok(Applied::failed(format!("Error installing '{}': {}", todo.join(", "), failure.message))),
        }
    }
}

fn changes(new: &[String]) -> Map {
    let mut map = Map::new();
    map.insert("old", Value::List(Vec::new()));
    map.insert("new", new.to_vec());
    map
}

impl State for Removed {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        let name = &self.name;
        let place = Place { dir: self.dir.clone(), user: self.user.clone(), env: Map::new() };
        let here = match place.list(None, Some(0), read).await {
            Ok(here) => here,
            Err(failure) => return Ok(Check::fails(format!("Error uninstalling '{name}': {}", failure.message))),
        };
        if !here.contains_key(name.as_str()) {
            return Ok(Check::desired(format!("Package '{name}' is not installed")));
        }
        let gone: Map = [(name.as_str(), "Removed")].into_iter().collect();
        Ok(Check::change(format!("Package '{name}' is set to be removed"), gone, ()))
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        let name = &self.name;
        let place = Place { dir: self.dir.clone(), user: self.user.clone(), env: Map::new() };
        let done = place.run(&["uninstall", name], cx.read()).await?;
        if done.retcode != 0 {
            return Ok(Applied::failed(format!("Error removing package '{name}': {}", failed("uninstall", &done).message)));
        }
        let gone: Map = [(name.as_str(), "Removed")].into_iter().collect();
        Ok(Applied::ok(format!("Package '{name}' was successfully removed"), gone))
    }
}

impl Bootstrap {
    fn flags(&self) -> &'static [&'static str] {
        if self.silent { &["--silent"] } else { &[] }
    }

    fn place(&self) -> Place {
        Place { dir: Some(self.name.clone()), user: self.user.clone(), env: Map::new() }
    }
}

impl State for Bootstrap {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        let flags: Vec<&str> = self.flags().iter().copied().chain(["--dry-run"]).collect();
        let tried = match self.place().install(&[], None, &flags, read).await {
            Ok(tried) => tried,
            Err(failure) => return Ok(Check::fails(format!("Error Bootstrapping '{}': {}", self.name, failure.message))),
        };
        let count = |key: &str| tried.get(key).and_then(Value::as_int).unwrap_or(0);
        if tried.as_map().is_some() && count("added") + count("removed") + count("changed") == 0 {
            return Ok(Check::desired(format!("Directory '{}' is already bootstrapped", self.name)));
        }
        let comment = format!("Directory '{}' is set to be bootstrapped", self.name);
        Ok(Check::change(comment, [(self.name.as_str(), "Bootstrapped")].into_iter().collect::<Map>(), ()))
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        Ok(match self.place().install(&[], None, self.flags(), cx.read()).await {
            Ok(_) => {
                Applied::ok("Directory was successfully bootstrapped", [(self.name.as_str(), "Bootstrapped")].into_iter().collect::<Map>())
            }
            Err(failure) => Applied::failed(format!("Error Bootstrapping '{}': {}", self.name, failure.message)),
        })
    }
}

impl State for CacheCleaned {
    type Change = ();

    async fn check(&self, _read: &Read) -> Result<Check<()>, Failure> {
        let what = self.name.as_deref().unwrap_or("npm cache");
        Ok(Check::change(format!("Cached packages set to be removed: {what}"), Map::new(), ()))
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        let path = self.name.as_deref().filter(|name| name.starts_with('/'));
        let words: Vec<&str> = ["cache", "clean"].into_iter().chain(path).chain(self.force.then_some("--force")).collect();
        let place = Place { dir: None, user: self.user.clone(), env: Map::new() };
        let done = place.run(&words, cx.read()).await?;
        if done.retcode != 0 {
            return Ok(Applied::failed(format!("Error cleaning cached packages: {}", failed("cache clean", &done).message)));
        }
        let what = self.name.as_deref().unwrap_or("cache");
        Ok(Applied::ok("Cached packages successfully removed", [(what, "Removed")].into_iter().collect::<Map>()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_belongs_to_the_name() {
        assert_eq!(parts("yarn"), ("yarn", None));
        assert_eq!(parts("yarn@1.2"), ("yarn", Some("1.2")));
        assert_eq!(parts("@vue/cli"), ("@vue/cli", None));
        assert_eq!(parts("@vue/cli@5.0.8"), ("@vue/cli", Some("5.0.8")));
    }
}
