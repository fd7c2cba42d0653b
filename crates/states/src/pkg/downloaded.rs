//! `pkg.downloaded`, and the states of patches and groups.

use super::wishes::{Wish, failed, predicted, refresh, wishes};
use modules::pkg::{Install, find};
use sdk::{Applied, Args, Check, Cx, Failure, FailureKind, Map, Names, Read, State, Value};

/// Ensure the package files of packages are on this machine, to be installed later.
///
/// ```salt
/// prefetch:
///   pkg.downloaded:
///     - pkgs: [nginx, git]
/// ```
#[derive(Args)]
pub struct Downloaded {
    /// Name, where there are no `pkgs`.
    name: String,
    /// Version.
    version: Option<Value>,
    /// Names, each alone or with a version.
    pkgs: Option<Names>,
    /// Repository or release to take them from.
    fromrepo: Option<String>,
    /// Known for compatibility: a version without an epoch fits one with it.
    #[arg(ignored)]
    ignore_epoch: Option<bool>,
    /// Fetch what repositories have first.
    #[arg(named)]
    refresh: Option<bool>,
}

impl State for Downloaded {
    type Change = Vec<Wish>;

    async fn check(&self, read: &Read) -> Result<Check<Vec<Wish>>, Failure> {
        let provider = find(read)?;
        let have = provider.downloaded(read).await?;
        let mut targets = wishes(&self.name, self.version.as_ref(), self.pkgs.as_ref());
        targets.retain(|wish| !wish.is_met(&have, &[], provider));
        if targets.is_empty() {
            return Ok(Check::desired("All specified packages are already downloaded"));
        }
        let names = targets.iter().map(|wish| wish.name.as_str()).collect::<Vec<_>>().join(", ");
        Ok(Check::change(format!("The following packages would be downloaded: {names}"), Map::new(), targets))
    }

    async fn apply(&self, targets: Vec<Wish>, cx: &Cx) -> Result<Applied, Failure> {
        let provider = find(cx)?;
        if let Err(failure) = refresh(provider, self.refresh, cx).await {
            return Ok(Applied::failed(failed("An error was encountered while refreshing the package database.", &failure)));
        }
        let install = Install {
            packages: targets.iter().map(|wish| (wish.name.clone(), wish.version.clone())).collect(),
            from_repo: self.fromrepo.clone(),
            download_only: true,
            ..Install::default()
        };
        let before = provider.downloaded(cx).await?;
        if let Err(failure) = provider.install(cx, &install).await {
            return Ok(Applied::failed(failed("Problem encountered installing package(s).", &failure)));
        }
        let after = provider.downloaded(cx).await?;
        let names = targets.iter().map(|wish| wish.name.as_str()).collect::<Vec<_>>().join(", ");
        Ok(Applied::ok(format!("Packages downloaded: {names}"), modules::pkg::changes(&before, &after)))
    }
}

macro_rules! patch_state {
    ($(#[$doc:meta])* $name:ident, $download:literal, $would:literal, $done:literal, $already:literal) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Name of the patch, where there are no `advisory_ids`.
            name: String,
            /// Names of patches.
            advisory_ids: Option<Names>,
            /// Fetch them and install nothing.
            #[arg(default = $download)]
            downloadonly: bool,
        }

        impl State for $name {
            type Change = Vec<String>;

            async fn check(&self, read: &Read) -> Result<Check<Vec<String>>, Failure> {
                let provider = find(read)?;
                let known = match provider.patches(read).await {
                    Ok(known) => known,
                    Err(failure) if failure.kind == FailureKind::Unavailable => {
                        return Ok(Check::fails(concat!("The pkg.", $done, " state is not available on this platform")));
                    }
                    Err(failure) => return Ok(Check::fails(format!("An error was encountered while checking targets: {}", failure.message))),
                };
                let wanted: Vec<String> = match &self.advisory_ids {
                    Some(names) => names.0.iter().map(|(name, _)| name.clone()).collect(),
                    None => vec![self.name.clone()],
                };
                let unknown: Vec<&str> = wanted.iter().filter(|name| !known.contains_key(*name)).map(String::as_str).collect();
                if !unknown.is_empty() {
                    return Ok(Check::fails(format!("The following advisory patch(es) are not known: {}", unknown.join(", "))));
                }
                let targets: Vec<String> = wanted.into_iter().filter(|name| known.get(name) == Some(&false)).collect();
                if targets.is_empty() {
                    return Ok(Check::desired(match &self.advisory_ids {
                        Some(_) => $already.to_owned(),
                        None => format!("Advisory patch {} is already installed", self.name),
                    }));
                }
                let changes = predicted(targets.iter().map(|name| (name.clone(), String::new(), "installed".to_owned())));
                let comment = format!(concat!("The following advisory patches would be ", $would, ": {}"), targets.join(", "));
                Ok(Check::change(comment, if self.downloadonly { Map::new() } else { changes }, targets))
            }

            async fn apply(&self, targets: Vec<String>, cx: &Cx) -> Result<Applied, Failure> {
                let provider = find(cx)?;
                let before = provider.installed(cx).await?;
                let outcome = provider.install_patches(cx, &targets, self.downloadonly).await;
                let found = modules::pkg::changes(&before, &provider.installed(cx).await?);
                Ok(match outcome {
                    Err(failure) => {
                        Applied::failed(failed("Problem encountered installing advisory patch(es).", &failure)).with_changes(found)
                    }
                    Ok(()) if self.downloadonly => Applied::ok(format!("Advisory patch(es) downloaded: {}", targets.join(", ")), found),
                    Ok(()) => Applied::ok(format!("Advisory patch(es) installed: {}", targets.join(", ")), found),
                })
            }
        }
    };
}

patch_state! {
    /// Ensure patches of the distribution are installed.
    ///
    /// ```salt
    /// issue-foo:
    ///   pkg.patch_installed:
    ///     - advisory_ids: [SUSE-SLE-SERVER-12-SP2-2017-185]
    /// ```
    PatchInstalled, false, "installed", "patch_installed", "All specified advisory patches are already installed"
}
patch_state! {
    /// Ensure patches of the distribution are fetched, to be installed later.
    ///
    /// ```salt
    /// issue-foo:
    ///   pkg.patch_downloaded:
    ///     - advisory_ids: [SUSE-SLE-SERVER-12-SP2-2017-185]
    /// ```
    PatchDownloaded, true, "downloaded", "patch_downloaded", "All specified advisory patches are already installed"
}

/// Ensure every package of a group is installed.
///
/// ```salt
/// Web Server:
///   pkg.group_installed:
///     - skip: [squid]
/// ```
#[derive(Args)]
pub struct GroupInstalled {
    /// Name of the group.
    name: String,
    /// Packages to leave out.
    skip: Option<Names>,
    /// Optional packages to take in.
    include: Option<Names>,
    /// Repository to take them from.
    #[arg(named)]
    fromrepo: Option<String>,
}

impl State for GroupInstalled {
    type Change = Vec<String>;

    async fn check(&self, read: &Read) -> Result<Check<Vec<String>>, Failure> {
        let provider = find(read)?;
        let name = &self.name;
        if provider.name() != "dnf" {
            return Ok(Check::fails("pkg.group_install not available for this platform"));
        }
        let (needed, _optional) = match provider.group(read, name).await {
            Ok(group) => group,
            Err(failure) => {
                return Ok(Check::fails(format!("An error was encountered while checking group '{name}': {}.", failure.message)));
            }
        };
        let listed = |names: &Option<Names>| names.iter().flat_map(|names| &names.0).map(|(name, _)| name.clone()).collect::<Vec<_>>();
        let skip = listed(&self.skip);
        let have = provider.installed(read).await?;
        let wanted = needed.into_iter().filter(|name| !skip.contains(name)).chain(listed(&self.include));
        let targets: Vec<String> = wanted.filter(|name| !have.contains_key(name)).collect();
        if targets.is_empty() {
            return Ok(Check::desired(format!("Group '{name}' is already installed")));
        }
        let changes = predicted(targets.iter().map(|name| (name.clone(), String::new(), "installed".to_owned())));
        Ok(Check::change(format!("Group '{name}' will be installed: {}", targets.join(", ")), changes, targets))
    }

    async fn apply(&self, targets: Vec<String>, cx: &Cx) -> Result<Applied, Failure> {
        let provider = find(cx)?;
        let name = &self.name;
        let before = provider.installed(cx).await?;
        let install = Install {
            packages: targets.iter().map(|name| (name.clone(), None)).collect(),
            from_repo: self.fromrepo.clone(),
            ..Install::default()
        };
        let outcome = provider.install(cx, &install).await;
        let found = modules::pkg::changes(&before, &provider.installed(cx).await?);
        Ok(match outcome {
            Ok(()) => Applied::ok(format!("Group '{name}' was installed"), found),
            Err(failure) => {
                let what = format!("An error was encountered while installing/updating group '{name}'.");
                Applied::failed(failed(&what, &failure)).with_changes(found)
            }
        })
    }
}
