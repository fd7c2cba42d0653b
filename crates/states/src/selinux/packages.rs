//! Modules of SELinux.

use super::change;
use modules::selinux::{install, module};
use sdk::{Applied, Args, Check, Cx, Failure, Read, State};

/// Ensure a module is in effect, or not; install or remove it.
///
/// ```salt
/// mysqld:
///   selinux.module:
///     - module_state: Enabled
/// ```
#[derive(Args)]
pub struct Module {
    /// Module.
    name: String,
    /// `Enabled` or `Disabled`.
    #[arg(default = "Enabled")]
    module_state: String,
    /// Known for compatibility: versions of modules are no more.
    #[arg(default = "any", ignored)]
    version: String,
    /// Install it from `source`.
    #[arg(default = false, named)]
    install: bool,
    /// Remove it.
    #[arg(default = false, named)]
    remove: bool,
    /// File of the module.
    #[arg(named)]
    source: Option<String>,
}

impl State for Module {
    type Change = Vec<String>;

    async fn check(&self, read: &Read) -> Result<Check<Vec<String>>, Failure> {
        let name = &self.name;
        let words = |flag: &str, what: &str| vec!["semodule".to_owned(), flag.to_owned(), what.to_owned()];
        let now = module(read, name).await?;
        if self.remove {
            return Ok(match now {
                None => Check::desired(format!("Module {name} is not installed")),
                Some(_) => Check::change(format!("Module {name} will be removed"), change("installed", "removed"), words("-r", name)),
            });
        }
        if let (true, None, Some(source)) = (self.install, now, &self.source) {
            return Ok(Check::change(
                format!("Module {name} will be installed"),
                change("not installed", "installed"),
                words("-i", source),
            ));
        }
        let Some(now) = now else { return Ok(Check::fails(format!("Module {name} is not available"))) };
        let on = self.module_state.eq_ignore_ascii_case("enabled");
        let word = if on { "Enabled" } else { "Disabled" };
        if now == on {
            return Ok(Check::desired(format!("Module {name} is in the desired state")));
        }
        let was = if now { "Enabled" } else { "Disabled" };
        Ok(Check::change(
            format!("Module {name} is set to be toggled to {word}"),
            change(was, word),
            words(if on { "-e" } else { "-d" }, name),
        ))
    }

    async fn apply(&self, words: Vec<String>, cx: &Cx) -> Result<Applied, Failure> {
        let flag = words.get(1).cloned().unwrap_or_default();
        let (old, new) = match flag.as_str() {
            "-r" => ("installed", "removed"),
            "-i" => ("not installed", "installed"),
            "-e" => ("Disabled", "Enabled"),
            _ => ("Enabled", "Disabled"),
        };
        Ok(match cx.run(words).await {
            Ok(_) => Applied::ok(format!("Module {} has been set to {new}", self.name), change(old, new)),
            Err(failure) => Applied::failed(format!("Failed to set the Module {} to {new}: {}", self.name, failure.message)),
        })
    }
}

/// Ensure a module of SELinux is installed from a file.
///
/// ```salt
/// salt://selinux/my.pp:
///   selinux.module_install: []
/// ```
#[derive(Args)]
pub struct ModuleInstall {
    /// File of the module: a path or `salt://…`.
    name: String,
}

/// The module that a file is of.
fn module_of(path: &str) -> &str {
    let file = path.rsplit('/').next().unwrap_or(path);
    file.split_once('.').map_or(file, |(name, _)| name)
}

impl State for ModuleInstall {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        let name = module_of(&self.name);
        if module(read, name).await?.is_some() {
            return Ok(Check::desired(format!("Module {name} is already installed")));
        }
        Ok(Check::change(format!("Module {} will be installed", self.name), change("not installed", "installed"), ()))
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        Ok(if install(&self.name, cx).await? {
            Applied::ok(format!("Module {} has been installed", self.name), change("not installed", "installed"))
        } else {
            Applied::failed(format!("Failed to install module {}", self.name))
        })
    }
}

/// Ensure a module of SELinux is not installed.
///
/// ```salt
/// my:
///   selinux.module_remove: []
/// ```
#[derive(Args)]
pub struct ModuleRemove {
    /// Module.
    name: String,
}

impl State for ModuleRemove {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        let name = &self.name;
        if module(read, name).await?.is_none() {
            return Ok(Check::desired(format!("Module {name} is not installed")));
        }
        Ok(Check::change(format!("Module {name} will be removed"), change("installed", "removed"), ()))
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        let name = &self.name;
        Ok(match cx.run(["semodule", "--remove", name]).await {
            Ok(_) => Applied::ok(format!("Module {name} has been removed"), change("installed", "removed")),
            Err(failure) => Applied::failed(format!("Failed to remove module {name}: {}", failure.message)),
        })
    }
}
