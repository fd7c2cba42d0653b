//! Packages of Node.js with `npm`.

use crate::cmd::{Done, Line, Request};
use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Value, Words};

sdk::module!(npm, [Install, Uninstall, List, CacheClean, CacheList, CachePath]);

/// Where packages are, and as whom `npm` runs.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// Folder of a project; packages are for the whole machine unless given.
    pub dir: Option<String>,
    /// User to run as.
    pub user: Option<String>,
    /// Variables.
    pub env: Map,
}

impl Place {
    /// Runs `npm`.
    pub async fn run(&self, words: &[&str], read: &Read) -> Result<Done, Failure> {
        let mut line = vec!["npm".to_owned()];
        line.extend(words.iter().map(|word| (*word).to_owned()));
        let of_packages = words.first().is_some_and(|word| matches!(*word, "install" | "uninstall" | "list"));
        if self.dir.is_none() && of_packages {
            line.push("--global".to_owned());
        }
        let cwd = self.dir.clone().or_else(|| Some("/tmp".to_owned()));
        let (user, env) = (self.user.clone(), self.env.clone());
        let request = Request { cwd, user, env, use_shell: false, ..Request::of(Line::Words(line)) };
        request.run(read, None).await
    }

    /// Installs packages, or what the project asks for; what `npm` said, as a value where it can be read as one.
    pub async fn install(&self, packages: &[String], registry: Option<&str>, flags: &[&str], read: &Read) -> Result<Value, Failure> {
        let registry = registry.map(|registry| format!("--registry={registry}"));
        let words = ["install", "--json"].into_iter().chain(flags.iter().copied()).chain(registry.as_deref());
        let words: Vec<&str> = words.chain(packages.iter().map(String::as_str)).collect();
        let done = self.run(&words, read).await?;
        if done.retcode != 0 {
            return Err(failed("install", &done));
        }
        Ok(json_in(&done.stdout).unwrap_or_else(|| Value::from(done.stdout)))
    }

    /// What is installed, as `npm list` tells it.
    pub async fn list(&self, package: Option<&str>, depth: Option<u32>, read: &Read) -> Result<Map, Failure> {
        let depth = depth.map(|depth| format!("--depth={depth}"));
        let words: Vec<&str> = ["list", "--json", "--silent"].into_iter().chain(depth.as_deref()).chain(package).collect();
        let done = self.run(&words, read).await?;
        // A tree with faults is listed all the same, and the status says so.
        match json_in(&done.stdout) {
            Some(value) => Ok(value.get("dependencies").and_then(Value::as_map).cloned().unwrap_or_default()),
            None if done.retcode != 0 => Err(failed("list", &done)),
            None => Ok(Map::new()),
        }
    }
}

/// The failure of an `npm` that failed.
#[must_use]
pub fn failed(what: &str, done: &Done) -> Failure {
    let said = if done.stderr.is_empty() { &done.stdout } else { &done.stderr };
    Failure::failed(format!("`npm {what}` failed with status {}: {said}", done.retcode)).with_retcode(done.retcode)
}

/// The JSON in a text that may have other lines before and after it.
fn json_in(text: &str) -> Option<Value> {
    let begins = |at: usize| at == 0 || text.get(..at).is_some_and(|before| before.ends_with('\n'));
    let mut starts = text.char_indices().filter(|(at, c)| matches!(c, '{' | '[') && begins(*at));
    starts.find_map(|(at, _)| serde_json::Deserializer::from_str(text.get(at..)?).into_iter::<Value>().next()?.ok())
}

/// Install packages, or what a project asks for.
///
/// ```salt
/// salt '*' npm.install coffee-script@1.0.1
/// ```
#[derive(Args)]
pub struct Install {
    /// Package, with a version or without.
    pkg: Option<String>,
    /// Packages, instead of one.
    #[arg(default)]
    pkgs: Words,
    /// Folder of a project; packages are for the whole machine unless given.
    dir: Option<String>,
    /// User to run as.
    runas: Option<String>,
    /// Registry to ask.
    registry: Option<String>,
    /// Variables.
    #[arg(default)]
    env: Map,
    /// Only tell what would be done.
    #[arg(default = false)]
    dry_run: bool,
    /// Leave out what npm says besides.
    #[arg(default = true)]
    silent: bool,
}

impl Action for Install {
    type Output = Value;
    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let packages = self.pkg.map_or(self.pkgs.0, |package| vec![package]);
        let flags = [("--silent", self.silent), ("--dry-run", self.dry_run)];
        let flags: Vec<&str> = flags.into_iter().filter(|(_, is_set)| *is_set).map(|(flag, _)| flag).collect();
        let place = Place { dir: self.dir, user: self.runas, env: self.env };
        place.install(&packages, self.registry.as_deref(), &flags, cx.read()).await
    }
}

/// Remove a package.
///
/// ```salt
/// salt '*' npm.uninstall coffee-script
/// ```
#[derive(Args)]
pub struct Uninstall {
    /// Package.
    pkg: String,
    /// Folder of a project; packages are for the whole machine unless given.
    dir: Option<String>,
    /// User to run as.
    runas: Option<String>,
    /// Variables.
    #[arg(default)]
    env: Map,
}

impl Action for Uninstall {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let place = Place { dir: self.dir, user: self.runas, env: self.env };
        Ok(place.run(&["uninstall", &self.pkg], cx.read()).await?.retcode == 0)
    }
}

/// Return what is installed.
///
/// ```salt
/// salt '*' npm.list depth=0
/// ```
#[derive(Args)]
pub struct List {
    /// Package; all unless given.
    pkg: Option<String>,
    /// Folder of a project; packages are for the whole machine unless given.
    dir: Option<String>,
    /// User to run as.
    runas: Option<String>,
    /// Variables.
    #[arg(default)]
    env: Map,
    /// How deep the tree is shown.
    depth: Option<u32>,
}

impl Query for List {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let place = Place { dir: self.dir, user: self.runas, env: self.env };
        place.list(self.pkg.as_deref(), self.depth, read).await
    }
}

/// Clean the cache.
///
/// ```salt
/// salt '*' npm.cache_clean force=True
/// ```
#[derive(Args)]
pub struct CacheClean {
    /// Part of the cache.
    path: Option<String>,
    /// User to run as.
    runas: Option<String>,
    /// Variables.
    #[arg(default)]
    env: Map,
    /// Clean it even though npm thinks that this is not needed.
    #[arg(default = false)]
    force: bool,
}

impl Action for CacheClean {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let force = self.force.then_some("--force");
        let words: Vec<&str> = ["cache", "clean"].into_iter().chain(self.path.as_deref()).chain(force).collect();
        let place = Place { dir: None, user: self.runas.clone(), env: self.env.clone() };
        Ok(place.run(&words, cx.read()).await?.retcode == 0)
    }
}

/// Return what is in the cache.
///
/// ```salt
/// salt '*' npm.cache_list
/// ```
#[derive(Args)]
pub struct CacheList {
    /// Part of the cache.
    path: Option<String>,
    /// User to run as.
    runas: Option<String>,
    /// Variables.
    #[arg(default)]
    env: Map,
}

impl Query for CacheList {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        let words: Vec<&str> = ["cache", "ls"].into_iter().chain(self.path.as_deref()).collect();
        let done = Place { dir: None, user: self.runas.clone(), env: self.env.clone() }.run(&words, read).await?;
        if done.retcode == 0 { Ok(done.stdout) } else { Err(failed("cache ls", &done)) }
    }
}

/// Return the folder of the cache.
///
/// ```salt
/// salt '*' npm.cache_path
/// ```
#[derive(Args)]
pub struct CachePath {
    /// User to run as.
    runas: Option<String>,
    /// Variables.
    #[arg(default)]
    env: Map,
}

impl Query for CachePath {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        let done = Place { dir: None, user: self.runas, env: self.env }.run(&["config", "get", "cache"], read).await?;
        Ok(if done.stdout.is_empty() { done.stderr } else { done.stdout })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_found_between_other_lines() {
        assert_eq!(json_in("npm warn x\n{\"added\": 1}\ndone").and_then(|v| v.get("added").cloned()), Some(Value::from(1)));
        assert_eq!(json_in("nothing"), None);
    }
}
