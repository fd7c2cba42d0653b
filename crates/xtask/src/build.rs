//! Building the project's binaries for commands that run them.

use crate::run::{cargo, output, root, run};
use anyhow::{Context, Result};
use std::path::PathBuf;

/// Builds every binary and gives the folder where they are.
pub fn binaries() -> Result<PathBuf> {
    run(&mut cargo(&["build", "--workspace", "--bins"]))?;
    Ok(target_folder()?.join("debug"))
}

/// Cargo's target folder.
pub fn target_folder() -> Result<PathBuf> {
    let text = output(&mut cargo(&["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: serde_json::Value = serde_json::from_str(&text).context("cargo metadata is no JSON")?;
    Ok(metadata.get("target_directory").and_then(|folder| folder.as_str()).map_or_else(|| root().join("target"), PathBuf::from))
}
