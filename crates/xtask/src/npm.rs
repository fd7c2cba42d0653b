//! The provider of OpenID Connect that the tests of logins meet: `oidc-provider` of the npm registry, by the lock file of this tree.

use crate::build::target_folder;
use crate::run::{output, root, say};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Names the folder to the tests.
pub const FROM: &str = "OIDC_PROVIDER_FROM";
/// Tells the tests why there is none.
pub const MISSING: &str = "OIDC_PROVIDER_MISSING";

/// Oldest Node.js that it runs with.
const NODE: u32 = 20;

/// The variable that tells the tests of it. Where the registry cannot be reached they do not run, and say so.
pub fn provider() -> Result<(&'static str, PathBuf)> {
    let folder = target_folder()?.join("oidc-provider");
    let lock = std::fs::read(root().join("tests/oidc/package-lock.json")).context("tests/oidc/package-lock.json")?;
    if std::fs::read(folder.join("ready")).is_ok_and(|of| of == lock) {
        return Ok((FROM, folder));
    }
    match install(&folder) {
        Ok(()) => {
            std::fs::write(folder.join("ready"), lock)?;
            Ok((FROM, folder))
        }
        Err(error) => {
            let reason = format!("{error:#}");
            say(&format!("NOT RUN HERE: the tests of logins at GitLab, because their provider cannot be installed: {reason}"));
            Ok((MISSING, reason.into()))
        }
    }
}

fn install(folder: &Path) -> Result<()> {
    let _ = std::fs::remove_dir_all(folder);
    std::fs::create_dir_all(folder)?;
    for name in ["package.json", "package-lock.json"] {
        std::fs::copy(root().join("tests/oidc").join(name), folder.join(name)).context(name)?;
    }
    let npm = |words: &[&str]| {
        output(
            Command::new("npm")
                .args(words)
                .args(["--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-timeout=60000"])
                .current_dir(folder),
        )
    };
    say("installing a provider of OpenID Connect from the npm registry, for the tests of logins");
    npm(&["ci", "--ignore-scripts"])?;
    let version = output(Command::new("node").arg("--version"))?;
    let major = version.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < NODE) {
        // Debian 12 has an older one; the registry has Node.js as a package too.
        npm(&["install", "--no-save", &format!("node@{NODE}")])?;
    }
    Ok(())
}
