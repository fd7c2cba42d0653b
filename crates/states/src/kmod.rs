//! Modules of the kernel: loaded, or not.

use modules::kmod::{OnBoot, available, is_loaded, is_persistent, load, plain, remove, set_persistent};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Names, Read, State};

sdk::states!(kmod, [Present, Absent]);

/// Ensure modules are loaded.
///
/// ```salt
/// br_netfilter:
///   kmod.present:
///     - persist: True
/// ```
#[derive(Args)]
pub struct Present {
    /// Module, where there are no `mods`.
    name: String,
    /// Load it on boot as well.
    #[arg(default = false)]
    persist: bool,
    /// Modules.
    mods: Option<Names>,
}

/// Ensure modules are not loaded.
///
/// ```salt
/// pcspkr:
///   kmod.absent:
///     - persist: True
/// ```
#[derive(Args)]
pub struct Absent {
    /// Module, where there are no `mods`.
    name: String,
    /// Do not load it on boot either.
    #[arg(default = false)]
    persist: bool,
    /// Then keep its line as a comment.
    #[arg(default = true)]
    comment: bool,
    /// Modules.
    mods: Option<Names>,
}

fn names(name: &str, mods: Option<&Names>) -> Vec<String> {
    mods.map_or_else(|| vec![name.to_owned()], |mods| mods.0.iter().map(|(name, _)| name.clone()).collect())
}

/// `Kernel module a is x`, `Kernel modules a, b are x`.
fn sentence(names: &[String], words: &str) -> String {
    match names {
        [one] => format!("Kernel module {one} is {words}"),
        many => format!("Kernel modules {} are {words}", many.join(", ")),
    }
}

fn counted(word: &str, names: &[String]) -> String {
    format!("{word} kernel module{} {}", if names.len() == 1 { "" } else { "s" }, names.join(", "))
}

impl State for Present {
    type Change = Vec<String>;

    async fn check(&self, read: &Read) -> Result<Check<Vec<String>>, Failure> {
        let all = names(&self.name, self.mods.as_ref());
        let is_wrong = |name: &&String| !is_loaded(name, read) || self.persist && !is_persistent(name, read);
        let wrong: Vec<String> = all.iter().filter(is_wrong).cloned().collect();
        if wrong.is_empty() {
            return Ok(Check::desired(sentence(&all, "already present")));
        }
        Ok(Check::change(sentence(&wrong, "set to be loaded"), Map::new(), wrong))
    }

    async fn apply(&self, wrong: Vec<String>, cx: &Cx) -> Result<Applied, Failure> {
        let known = available(cx);
        let missing: Vec<String> = wrong.iter().filter(|name| !is_loaded(name, cx) && !known.contains(&plain(name))).cloned().collect();
        if !missing.is_empty() {
            return Ok(Applied::failed(sentence(&missing, "unavailable")));
        }
        let mut changes = Map::new();
        for name in &wrong {
            if !is_loaded(name, cx)
                && let Err(failure) = load(cx, name).await
            {
                return Ok(Applied::failed(format!("Error loading kernel module {name}: {}", failure.message)).with_changes(changes));
            }
            if self.persist {
                set_persistent(cx, name, OnBoot::Loaded)?;
            }
            changes.insert(name.as_str(), "loaded");
        }
        Ok(Applied::ok(counted("Loaded", &wrong), changes))
    }
}

impl State for Absent {
    type Change = Vec<String>;

    async fn check(&self, read: &Read) -> Result<Check<Vec<String>>, Failure> {
        let all = names(&self.name, self.mods.as_ref());
        let is_wrong = |name: &&String| is_loaded(name, read) || self.persist && is_persistent(name, read);
        let wrong: Vec<String> = all.iter().filter(is_wrong).cloned().collect();
        if wrong.is_empty() {
            return Ok(Check::desired(sentence(&all, "already removed")));
        }
        Ok(Check::change(sentence(&wrong, "set to be removed"), Map::new(), wrong))
    }

    async fn apply(&self, wrong: Vec<String>, cx: &Cx) -> Result<Applied, Failure> {
        let mut changes = Map::new();
        for name in &wrong {
            if is_loaded(name, cx)
                && let Err(failure) = remove(cx, name).await
            {
                return Ok(Applied::failed(format!("Error removing kernel module {name}: {}", failure.message)).with_changes(changes));
            }
            if self.persist {
                set_persistent(cx, name, if self.comment { OnBoot::Comment } else { OnBoot::Nothing })?;
            }
            changes.insert(name.as_str(), "removed");
        }
        Ok(Applied::ok(counted("Removed", &wrong), changes))
    }
}
