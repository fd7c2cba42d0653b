//! `cargo xtask test`: everything set up, every test passed, on both stores.

use crate::build::{Along, binaries};
use crate::postgres::{Server, VARIABLE};
use crate::run::{cargo, run};
use crate::{npm, peers};
use anyhow::Result;

/// Runs the tests of the workspace, or what `rest` narrows it to.
pub fn test(rest: &[String]) -> Result<()> {
    // Whole-system tests run the real binaries, which `cargo test` does not build for another package.
    binaries(Along::Tests)?;
    peers::provide()?;
    let (variable, provider) = npm::provider()?;
    let server = Server::start()?;
    let mut command = cargo(&["test", "--no-fail-fast"]);
    if !rest.iter().any(|word| word == "-p" || word == "--package") {
        command.arg("--workspace");
    }
    run(command.args(rest).env(VARIABLE, server.url()).env(variable, provider))
}
