//! `pkg.latest` and `pkg.uptodate`.

use super::wishes::{candidates, failed, predicted, refresh, shown, wishes};
use modules::pkg::{Install, changes, find};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Names, Read, State};

/// Ensure packages are installed in their newest version.
///
/// ```salt
/// nginx:
///   pkg.latest: []
/// ```
#[derive(Args)]
pub struct Latest {
    /// Name, where there are no `pkgs`.
    name: String,
    /// Fetch what repositories have first.
    refresh: Option<bool>,
    /// Repository or release to take them from.
    fromrepo: Option<String>,
    /// Take packages whose signature cannot be checked.
    #[arg(default = false)]
    skip_verify: bool,
    /// Names.
    pkgs: Option<Names>,
    /// Known for compatibility.
    #[arg(default = true, ignored)]
    watch_flags: bool,
    /// Install what a package recommends.
    #[arg(named)]
    install_recommends: Option<bool>,
}

impl State for Latest {
    type Change = Vec<String>;

    async fn check(&self, read: &Read) -> Result<Check<Vec<String>>, Failure> {
        let provider = find(read)?;
        let have = provider.installed(read).await?;
        let names: Vec<String> = wishes(&self.name, None, self.pkgs.as_ref()).into_iter().map(|wish| wish.name).collect();
        let available = candidates(provider, &names, self.fromrepo.as_deref(), read).await?;
        let unknown: Vec<&String> = names.iter().filter(|name| !available.contains_key(*name) && !have.contains_key(*name)).collect();
        if !unknown.is_empty() {
            let lines: Vec<_> = unknown.iter().map(|name| format!("No information found for '{name}'.")).collect();
            return Ok(Check::fails(lines.join("\n")));
        }
        let is_old = |name: &&String| {
            let Some(candidate) = available.get(*name) else { return false };
            have.get(*name).is_none_or(|versions| versions.iter().all(|version| provider.compare(version, candidate).is_lt()))
        };
        let targets: Vec<String> = names.iter().filter(is_old).cloned().collect();
        if targets.is_empty() {
            return Ok(Check::desired(match names.as_slice() {
                [one] => format!("Package {one} is already up-to-date"),
                _ => {
                    let mut sorted = names.clone();
                    sorted.sort();
                    format!("All packages are up-to-date ({}).", sorted.join(", "))
                }
            }));
        }
        let entry = |name: &String| (name.clone(), shown(&have, name), available.get(name).cloned().unwrap_or_default());
        let changes = predicted(targets.iter().map(entry));
        let mut comment = format!("The following packages would be installed/upgraded: {}", targets.join(", "));
        let new = names.iter().filter(|name| !targets.contains(name)).map(|name| format!("{name} ({})", shown(&have, name)));
        let new: Vec<_> = new.collect();
        if !new.is_empty() {
            comment.push_str(&format!("\nThe following packages are already up-to-date: {}", new.join(", ")));
        }
        Ok(Check::change(comment, changes, targets))
    }

    async fn apply(&self, targets: Vec<String>, cx: &Cx) -> Result<Applied, Failure> {
        let provider = find(cx)?;
        if let Err(failure) = refresh(provider, self.refresh, cx).await {
            return Ok(Applied::failed(failed("An error was encountered while refreshing the package database.", &failure)));
        }
        let before = provider.installed(cx).await?;
        let install = Install {
            packages: targets.iter().map(|name| (name.clone(), None)).collect(),
            from_repo: self.fromrepo.clone(),
            skip_verify: self.skip_verify,
            recommends: self.install_recommends,
            ..Install::default()
        };
        let outcome = provider.install(cx, &install).await;
        let found = changes(&before, &provider.installed(cx).await?);
        Ok(match outcome {
            Err(failure) => {
                let what = "An error was encountered while installing package(s).";
                Applied::failed(failed(what, &failure)).with_changes(found)
            }
            Ok(()) => {
                let mut comment = format!("The following packages were successfully installed/upgraded: {}", targets.join(", "));
                let names = wishes(&self.name, None, self.pkgs.as_ref()).into_iter().map(|wish| wish.name);
                let mut new: Vec<_> = names.filter(|name| !targets.contains(name)).collect();
                new.sort();
                if !new.is_empty() {
                    comment.push_str(&format!(" The following packages were already up-to-date: {}", new.join(", ")));
                }
                Applied::ok(comment, found)
            }
        })
    }
}

/// Ensure every installed package, or each of some, is in its newest version.
///
/// ```salt
/// all packages:
///   pkg.uptodate:
///     - refresh: True
/// ```
#[derive(Args)]
pub struct Uptodate {
    /// Any name.
    #[arg(ignored)]
    name: String,
    /// Fetch what repositories have first.
    #[arg(default = false)]
    refresh: bool,
    /// These packages only.
    pkgs: Option<Names>,
}

impl State for Uptodate {
    type Change = Vec<String>;

    async fn check(&self, read: &Read) -> Result<Check<Vec<String>>, Failure> {
        let provider = find(read)?;
        let have = provider.installed(read).await?;
        let only: Option<Vec<&String>> = self.pkgs.as_ref().map(|pkgs| pkgs.0.iter().map(|(name, _)| name).collect());
        let upgrades = provider.upgrades(read).await?.into_iter();
        let upgrades: Vec<(String, String)> = upgrades.filter(|(name, _)| only.as_ref().is_none_or(|only| only.contains(&name))).collect();
        if upgrades.is_empty() && !self.refresh {
            return Ok(Check::desired("System is already up-to-date"));
        }
        let names = if only.is_some() { upgrades.iter().map(|(name, _)| name.clone()).collect() } else { Vec::new() };
        if upgrades.is_empty() {
            // Only fetching what repositories have can tell, and that is a change; test mode knows of nothing to do.
            let outlook = sdk::Outlook::new("System is already up-to-date", Map::new()).with_result(Some(true));
            return Ok(Check::Change(outlook, names));
        }
        let changes = predicted(upgrades.into_iter().map(|(name, new)| {
            let old = shown(&have, &name);
            (name, old, new)
        }));
        Ok(Check::change("System update will be performed", changes, names))
    }

    async fn apply(&self, names: Vec<String>, cx: &Cx) -> Result<Applied, Failure> {
        let provider = find(cx)?;
        if self.refresh {
            provider.refresh(cx).await?;
        }
        if provider.upgrades(cx).await?.is_empty() {
            return Ok(Applied::ok("System is already up-to-date", Map::new()));
        }
        let before = provider.installed(cx).await?;
        let outcome = provider.upgrade(cx, &names).await;
        let found = changes(&before, &provider.installed(cx).await?);
        Ok(match outcome {
            Err(failure) => Applied::failed(failed("Problem encountered upgrading packages.", &failure)).with_changes(found),
            Ok(()) if found.is_empty() => Applied::ok("Upgrade ran successfully. No packages were upgraded.", found),
            Ok(()) => Applied::ok("Upgrade ran successfully", found),
        })
    }
}
