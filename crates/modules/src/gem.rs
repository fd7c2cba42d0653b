//! Packages of Ruby with `gem`.

use crate::cmd::{Done, Line, Request};
use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Words};
use std::collections::BTreeMap;

sdk::module!(gem, [Install, Uninstall, Update, UpdateSystem, Version, List, ListUpgrades, SourcesAdd, SourcesRemove, SourcesList]);

/// Which `gem` is run and as whom.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// Path of `gem`; that of the system unless given.
    pub gem_bin: Option<String>,
    /// User to run as.
    pub user: Option<String>,
}

/// How packages are installed.
#[derive(Clone, Debug, Default)]
pub struct How {
    /// Version.
    pub version: Option<String>,
    /// Make the documentation.
    pub rdoc: bool,
    /// Make the documentation of the command line.
    pub ri: bool,
    /// Take unfinished versions too.
    pub pre_releases: bool,
    /// Proxy.
    pub proxy: Option<String>,
    /// Source to ask.
    pub source: Option<String>,
}

impl Place {
    /// Runs `gem`; what it said, or its failure.
    pub async fn run(&self, words: &[&str], read: &Read) -> Result<String, Failure> {
        let mut line = vec![self.gem_bin.clone().unwrap_or_else(|| "gem".to_owned())];
        line.extend(words.iter().map(|word| (*word).to_owned()));
        let request = Request { user: self.user.clone(), use_shell: false, ..Request::of(Line::Words(line)) };
        let done = request.run(read, None).await?;
        if done.retcode == 0 { Ok(done.stdout) } else { Err(failed(words.first().copied().unwrap_or_default(), &done)) }
    }

    /// Installs packages.
    pub async fn install(&self, gems: &[String], how: &How, read: &Read) -> Result<String, Failure> {
        let mut words = vec!["install"];
        words.extend(gems.iter().map(String::as_str));
        for (flag, value) in [("-v", &how.version), ("-p", &how.proxy), ("--source", &how.source)] {
            words.extend(value.iter().flat_map(|value| [flag, value.as_str()]));
        }
        words.extend(match (how.rdoc, how.ri) {
            (true, true) => None,
            (true, false) => Some("--document=rdoc"),
            (false, true) => Some("--document=ri"),
            (false, false) => Some("--no-document"),
        });
        if how.pre_releases {
            words.push("--pre");
        }
        self.run(&words, read).await
    }

    /// Removes packages in all their versions, or in one.
    pub async fn uninstall(&self, gems: &[String], version: Option<&str>, read: &Read) -> Result<String, Failure> {
        let mut words = vec!["uninstall"];
        words.extend(gems.iter().map(String::as_str));
        words.extend(["-a", "-x"]);
        words.extend(version.iter().flat_map(|version| ["-v", version]));
        self.run(&words, read).await
    }

    /// Versions of what is installed.
    pub async fn list(&self, prefix: &str, read: &Read) -> Result<BTreeMap<String, Vec<String>>, Failure> {
        let words = if prefix.is_empty() { vec!["list", "--local"] } else { vec!["list", "--local", prefix] };
        Ok(parse_list(&self.run(&words, read).await?))
    }

    /// Sources that are asked.
    pub async fn sources(&self, read: &Read) -> Result<Vec<String>, Failure> {
        let said = self.run(&["sources"], read).await?;
        Ok(said.lines().filter(|line| line.contains("://")).map(|line| line.trim().to_owned()).collect())
    }
}

fn failed(what: &str, done: &Done) -> Failure {
    let said = if done.stderr.is_empty() { &done.stdout } else { &done.stderr };
    Failure::failed(format!("`gem {what}` failed with status {}: {said}", done.retcode)).with_retcode(done.retcode)
}

/// Name and versions of a line such as `rake (13.0.6, default: 12.3.3)`.
fn row(line: &str) -> Option<(&str, &str)> {
    let (name, versions) = line.trim_end().strip_suffix(')')?.split_once(" (")?;
    (!name.is_empty() && !name.contains(' ')).then_some((name, versions))
}

fn parse_list(text: &str) -> BTreeMap<String, Vec<String>> {
    let plain = |version: &str| version.trim_start_matches("default: ").to_owned();
    text.lines().filter_map(row).map(|(name, versions)| (name.to_owned(), versions.split(", ").map(plain).collect())).collect()
}

macro_rules! gem_function {
    ($(#[$doc:meta])* $kind:ident $name:ident { $($own:tt)* } -> $output:ty, |$this:ident, $place:ident, $read:ident| $body:expr) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            $($own)*
            /// Known for compatibility: a Ruby of its own is named by the path of its `gem`.
            #[arg(ignored)]
            ruby: Option<String>,
            /// User to run as.
            runas: Option<String>,
            /// Path of `gem`; that of the system unless given.
            gem_bin: Option<String>,
        }
        gem_function!(@ $kind $name -> $output, |$this, $place, $read| $body);
    };
    (@ query $name:ident -> $output:ty, |$this:ident, $place:ident, $read:ident| $body:expr) => {
        impl Query for $name {
            type Output = $output;
            async fn call(self, $read: &Read) -> Result<$output, Failure> {
                let $this = &self;
                let $place = Place { gem_bin: $this.gem_bin.clone(), user: $this.runas.clone() };
                $body
            }
        }
    };
    (@ action $name:ident -> $output:ty, |$this:ident, $place:ident, $read:ident| $body:expr) => {
        impl Action for $name {
            type Output = $output;
            async fn call(self, cx: &Cx) -> Result<$output, Failure> {
                let $this = &self;
                let $read = cx.read();
                let $place = Place { gem_bin: $this.gem_bin.clone(), user: $this.runas.clone() };
                $body
            }
        }
    };
}

gem_function! {
    /// Install packages.
    ///
    /// ```salt
    /// salt '*' gem.install vagrant
    /// ```
    action Install {
        /// Packages.
        gems: Words,
        /// Version.
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
    } -> String, |this, place, read| {
        let how = How {
            version: this.version.clone(),
            rdoc: this.rdoc,
            ri: this.ri,
            pre_releases: this.pre_releases,
            proxy: this.proxy.clone(),
            source: this.source.clone(),
        };
        place.install(&this.gems.0, &how, read).await
    }
}
gem_function! {
    /// Remove packages in all their versions.
    ///
    /// ```salt
    /// salt '*' gem.uninstall vagrant
    /// ```
    action Uninstall {
        /// Packages.
        gems: Words,
    } -> String, |this, place, read| place.uninstall(&this.gems.0, None, read).await
}
gem_function! {
    /// Update packages.
    ///
    /// ```salt
    /// salt '*' gem.update vagrant
    /// ```
    action Update {
        /// Packages; all unless given.
        #[arg(default)]
        gems: Words,
    } -> String, |this, place, read| {
        let words: Vec<&str> = std::iter::once("update").chain(this.gems.0.iter().map(String::as_str)).collect();
        place.run(&words, read).await
    }
}
gem_function! {
    /// Update `gem` itself.
    ///
    /// ```salt
    /// salt '*' gem.update_system
    /// ```
    action UpdateSystem {
        /// Version.
        version: Option<String>,
    } -> String, |this, place, read| {
        let words: Vec<&str> = ["update", "--system"].into_iter().chain(this.version.as_deref()).collect();
        place.run(&words, read).await
    }
}
gem_function! {
    /// Return the version of `gem`.
    ///
    /// ```salt
    /// salt '*' gem.version
    /// ```
    query Version {} -> String, |this, place, read| Ok(place.run(&["--version"], read).await?.trim().to_owned())
}
gem_function! {
    /// Return what is installed with its versions.
    ///
    /// ```salt
    /// salt '*' gem.list
    /// ```
    query List {
        /// What the names begin with.
        #[arg(default = "")]
        prefix: String,
    } -> Map, |this, place, read| Ok(place.list(&this.prefix, read).await?.into_iter().collect())
}
gem_function! {
    /// Return what is out of date with its newest versions.
    ///
    /// ```salt
    /// salt '*' gem.list_upgrades
    /// ```
    query ListUpgrades {} -> Map, |this, place, read| {
        let said = place.run(&["outdated"], read).await?;
        let newest = said.lines().filter_map(row).map(|(name, versions)| (name, versions.rsplit("< ").next().unwrap_or(versions).trim()));
        Ok(newest.collect())
    }
}
gem_function! {
    /// Add a source.
    ///
    /// ```salt
    /// salt '*' gem.sources_add https://rubygems.example.org/
    /// ```
    action SourcesAdd {
        /// Its address.
        source_uri: String,
    } -> String, |this, place, read| place.run(&["sources", "--add", &this.source_uri], read).await
}
gem_function! {
    /// Remove a source.
    ///
    /// ```salt
    /// salt '*' gem.sources_remove https://rubygems.example.org/
    /// ```
    action SourcesRemove {
        /// Its address.
        source_uri: String,
    } -> String, |this, place, read| place.run(&["sources", "--remove", &this.source_uri], read).await
}
gem_function! {
    /// Return the sources.
    ///
    /// ```salt
    /// salt '*' gem.sources_list
    /// ```
    query SourcesList {} -> Vec<String>, |this, place, read| place.sources(read).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_gem_is_read() {
        let text = "*** LOCAL GEMS ***\n\nbundler (2.3.7)\nrake (13.0.6, default: 12.3.3)\n";
        let found = parse_list(text);
        assert_eq!(found.get("rake"), Some(&vec!["13.0.6".to_owned(), "12.3.3".to_owned()]));
        assert_eq!(found.len(), 2);
    }
}
