//! Packages of Ruby.

use modules::gem::{How, Place};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Read, State};

sdk::states!(gem, [Installed, Removed, SourcesAdd, SourcesRemove]);

/// Ensure a package of Ruby is installed.
///
/// ```salt
/// bundler:
///   gem.installed:
///     - version: 2.5.4
/// ```
#[derive(Args)]
pub struct Installed {
    /// Package.
    name: String,
    /// Known for compatibility: a Ruby of its own is named by the path of its `gem`.
    #[arg(ignored)]
    ruby: Option<String>,
    /// Path of `gem`; that of the system unless given.
    gem_bin: Option<String>,
    /// User to run as.
    user: Option<String>,
    /// Version, alone or after `>=`, `>`, `=`.
    version: Option<String>,
    /// Make the documentation.
    #[arg(default = false)]
    rdoc: bool,
    /// Make the documentation of the command line.
    #[arg(default = false)]
    ri: bool,
    /// Take unfinished versions too.
    #[arg(default = false)]
    pre_releases: bool,
    /// Proxy.
    proxy: Option<String>,
    /// Source to ask.
    source: Option<String>,
}

/// Ensure a package of Ruby is not installed.
///
/// ```salt
/// bundler:
///   gem.removed: []
/// ```
#[derive(Args)]
pub struct Removed {
    /// Package.
    name: String,
    /// Known for compatibility: a Ruby of its own is named by the path of its `gem`.
    #[arg(ignored)]
    ruby: Option<String>,
    /// User to run as.
    user: Option<String>,
    /// Path of `gem`; that of the system unless given.
    gem_bin: Option<String>,
}

/// Ensure a source of packages of Ruby is asked.
///
/// ```salt
/// https://rubygems.example.org/:
///   gem.sources_add: []
/// ```
#[derive(Args)]
pub struct SourcesAdd {
    /// Its address.
    name: String,
    /// Known for compatibility: a Ruby of its own is named by the path of its `gem`.
    #[arg(ignored)]
    ruby: Option<String>,
    /// User to run as.
    user: Option<String>,
}

/// Ensure a source of packages of Ruby is not asked.
///
/// ```salt
/// https://rubygems.org/:
///   gem.sources_remove: []
/// ```
#[derive(Args)]
pub struct SourcesRemove {
    /// Its address.
    name: String,
    /// Known for compatibility: a Ruby of its own is named by the path of its `gem`.
    #[arg(ignored)]
    ruby: Option<String>,
    /// User to run as.
    user: Option<String>,
}

fn changed(name: &str, what: &str) -> Map {
    [(name, what)].into_iter().collect()
}

/// Numbers of a version, for comparison.
fn numbers(version: &str) -> Vec<u64> {
    version.split(['.', '-']).map(|part| part.parse().unwrap_or(0)).collect()
}

/// Whether an installed version is the one that is asked for.
fn fits(have: &str, wanted: &str) -> bool {
    match wanted.trim().split_once(' ') {
        Some((">=", wanted)) => numbers(have) >= numbers(wanted.trim()),
        Some((">", wanted)) => numbers(have) > numbers(wanted.trim()),
        Some(("=", wanted)) => have == wanted.trim(),
        _ => have == wanted.trim(),
    }
}

impl State for Installed {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        let name = &self.name;
        let place = Place { gem_bin: self.gem_bin.clone(), user: self.user.clone() };
        let here = place.list(name, read).await?;
        let fine =
            here.get(name).is_some_and(|have| self.version.as_deref().is_none_or(|wanted| have.iter().any(|have| fits(have, wanted))));
        if fine {
            return Ok(Check::desired("Gem is already installed."));
        }
        Ok(Check::change(format!("The gem {name} would have been installed"), changed(name, "Installed"), ()))
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        let place = Place { gem_bin: self.gem_bin.clone(), user: self.user.clone() };
        let how = How {
            version: self.version.clone(),
            rdoc: self.rdoc,
            ri: self.ri,
            pre_releases: self.pre_releases,
            proxy: self.proxy.clone(),
            source: self.source.clone(),
        };
        Ok(match place.install(std::slice::from_ref(&self.name), &how, cx.read()).await {
            Ok(_) => Applied::ok("Gem was successfully installed", changed(&self.name, "Installed")),
            Err(failure) => Applied::failed(format!("Could not install gem: {}", failure.message)),
        })
    }
}

impl State for Removed {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        let name = &self.name;
        let place = Place { gem_bin: self.gem_bin.clone(), user: self.user.clone() };
        if !place.list(name, read).await?.contains_key(name) {
            return Ok(Check::desired("Gem is not installed."));
        }
        Ok(Check::change(format!("The gem {name} would have been removed"), changed(name, "Removed"), ()))
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        let place = Place { gem_bin: self.gem_bin.clone(), user: self.user.clone() };
        Ok(match place.uninstall(std::slice::from_ref(&self.name), None, cx.read()).await {
            Ok(_) => Applied::ok("Gem was successfully removed.", changed(&self.name, "Removed")),
            Err(failure) => Applied::failed(format!("Could not remove gem: {}", failure.message)),
        })
    }
}

impl State for SourcesAdd {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        let place = Place { gem_bin: None, user: self.user.clone() };
        if place.sources(read).await?.contains(&self.name) {
            return Ok(Check::desired("Gem source is already added."));
        }
        Ok(Check::change("The gem source would have been added.", changed(&sdk::scrubbed(&self.name), "Installed"), ()))
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        let place = Place { gem_bin: None, user: self.user.clone() };
        Ok(match place.run(&["sources", "--add", &self.name], cx.read()).await {
            Ok(_) => Applied::ok("Gem source was successfully added.", changed(&sdk::scrubbed(&self.name), "Installed")),
            Err(failure) => Applied::failed(sdk::scrubbed(&format!("Could not add gem source: {}", failure.message))),
        })
    }
}

impl State for SourcesRemove {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        let place = Place { gem_bin: None, user: self.user.clone() };
        if !place.sources(read).await?.contains(&self.name) {
            return Ok(Check::desired("Gem source is already removed."));
        }
        Ok(Check::change("The gem source would have been removed.", changed(&sdk::scrubbed(&self.name), "Removed"), ()))
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        let place = Place { gem_bin: None, user: self.user.clone() };
        Ok(match place.run(&["sources", "--remove", &self.name], cx.read()).await {
            Ok(_) => Applied::ok("Gem source was successfully removed.", changed(&sdk::scrubbed(&self.name), "Removed")),
            Err(failure) => Applied::failed(sdk::scrubbed(&format!("Could not remove gem source: {}", failure.message))),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        assert!(fits("2.10.0", ">= 2.9"));
        assert!(!fits("2.9", "> 2.9"));
        assert!(fits("1.0", "1.0"));
    }
}
