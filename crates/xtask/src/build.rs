//! Building the project's binaries for commands that run them.

use crate::run::{cargo, output, root, run};
use anyhow::{Context, Result};
use std::path::PathBuf;

/// What is built along with the binaries. Tests ask libraries for further features, so that a build without them compiles much of the tree anew.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Along {
    /// Nothing: the quickest way to running programs.
    Nothing,
    /// The tests, which are to run with these binaries.
    Tests,
}

/// Builds every binary and gives the folder where they are.
pub fn binaries(along: Along) -> Result<PathBuf> {
    let targets = match along {
        Along::Nothing => "--bins",
        Along::Tests => "--all-targets",
    };
    run(&mut cargo(&["build", "--workspace", targets]))?;
    Ok(target_folder()?.join("debug"))
}

/// Cargo's target folder.
pub fn target_folder() -> Result<PathBuf> {
    let text = output(&mut cargo(&["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: serde_json::Value = serde_json::from_str(&text).context("cargo metadata is no JSON")?;
    Ok(metadata.get("target_directory").and_then(|folder| folder.as_str()).map_or_else(|| root().join("target"), PathBuf::from))
}
