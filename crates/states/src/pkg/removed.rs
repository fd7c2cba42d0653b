//! `pkg.removed` and `pkg.purged`.

use super::wishes::{failed, predicted, wishes};
use modules::pkg::{changes, find};
use sdk::{Applied, Args, Check, Cx, Failure, Names, Read, State, Value};

macro_rules! removal_state {
    ($(#[$doc:meta])* $name:ident, $purge:literal, $verb:literal, $quiet:literal) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Name, where there are no `pkgs`.
            name: String,
            /// Remove only this version.
            version: Option<Value>,
            /// Names.
            pkgs: Option<Names>,
            /// Known for compatibility: names are taken as they are.
            #[arg(default = true, ignored)]
            normalize: bool,
            /// Known for compatibility: a version without an epoch fits one with it.
            #[arg(ignored)]
            ignore_epoch: Option<bool>,
        }

        impl State for $name {
            type Change = Vec<String>;

            async fn check(&self, read: &Read) -> Result<Check<Vec<String>>, Failure> {
                let provider = find(read)?;
                let have = provider.installed(read).await?;
                let left = if $purge { provider.removed_with_configuration(read).await? } else { modules::pkg::Installed::new() };
                let wanted = wishes(&self.name, self.version.as_ref(), self.pkgs.as_ref());
                let is_there = |wish: &super::wishes::Wish| wish.is_met(&have, &[], provider) || left.contains_key(&wish.name);
                let targets: Vec<String> = wanted.into_iter().filter(is_there).map(|wish| wish.name).collect();
                if targets.is_empty() {
                    return Ok(Check::desired($quiet));
                }
                let changes = predicted(targets.iter().map(|name| (name.clone(), String::new(), $verb.to_owned())));
                let comment = format!("The following packages will be {}: {}.", $verb, targets.join(", "));
                Ok(Check::change(comment, changes, targets))
            }

            async fn apply(&self, targets: Vec<String>, cx: &Cx) -> Result<Applied, Failure> {
                let provider = find(cx)?;
                let none = modules::pkg::Installed::new;
                let left = if $purge { provider.removed_with_configuration(cx).await? } else { none() };
                let before = provider.installed(cx).await?;
                let outcome = provider.remove(cx, &targets, $purge).await;
                let left_after = if $purge { provider.removed_with_configuration(cx).await? } else { none() };
                let after = provider.installed(cx).await?;
                let mut found = changes(&before, &after);
                if $purge && provider.keeps_configuration() {
                    // What was installed is told apart from what had only left its configuration.
                    let both = [("installed", found), ("removed", changes(&left, &left_after))];
                    found = both.into_iter().collect();
                }
                if let Err(failure) = outcome {
                    let what = "Problem encountered removing package(s).";
                    return Ok(Applied::failed(failed(what, &failure)).with_changes(found));
                }
                let still: Vec<String> = targets.iter().filter(|name| after.contains_key(*name) || left_after.contains_key(*name)).cloned().collect();
                if !still.is_empty() {
                    let comment = format!("The following packages failed to be {}: {}.", $verb, still.join(", "));
                    return Ok(Applied::failed(comment).with_changes(found));
                }
                let wanted = wishes(&self.name, self.version.as_ref(), self.pkgs.as_ref());
                let missing: Vec<String> = wanted.into_iter().map(|wish| wish.name).filter(|name| !targets.contains(name)).collect();
                if missing.is_empty() {
                    return Ok(Applied::ok(format!("All targeted packages were {}.", $verb), found));
                }
                let mut gone = targets;
                gone.sort();
                let comment = format!(
                    "The following packages were not installed: {} The following packages were {}: {}.",
                    missing.join(", "),
                    $verb,
                    gone.join(", ")
                );
                Ok(Applied::ok(comment, found))
            }
        }
    };
}

removal_state! {
    /// Ensure packages are not installed.
    ///
    /// ```salt
    /// telnetd:
    ///   pkg.removed: []
    /// ```
    Removed, false, "removed", "All specified packages are already absent"
}
removal_state! {
    /// Ensure packages are not installed and have left no configuration behind.
    ///
    /// ```salt
    /// telnetd:
    ///   pkg.purged: []
    /// ```
    Purged, true, "purged", "None of the targeted packages are installed or partially installed"
}
