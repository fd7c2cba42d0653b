//! The house checks, in the order of what fails soonest.

use crate::run::{cargo, has, run, say};
use crate::{docs, layers, tidy};
use anyhow::Result;

/// Runs every check that is no test.
pub fn ci() -> Result<()> {
    tidy::tidy()?;
    layers::layers()?;
    run(&mut cargo(&["fmt", "--all", "--check"]))?;
    run(&mut cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]))?;
    docs::docs(docs::Mode::Check)?;
    if has("cargo-deny") {
        run(&mut cargo(&["deny", "check", "bans", "licenses", "sources"]))?;
    } else {
        say("cargo-deny is not installed: licences, bans and sources are not checked here");
    }
    Ok(())
}
