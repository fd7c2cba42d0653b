//! Where the agent stands and what it would run.

use crate::{About, System};
use value::{Map, Value};

pub(crate) const NAMES: &[&str] = &["cwd", "path", "systempath", "shell", "ps"];

pub(crate) fn collect(_: &System, _: &About, grains: &mut Map) {
    if let Ok(folder) = std::env::current_dir() {
        grains.insert("cwd", folder.to_string_lossy());
    }
    let path = std::env::var("PATH").unwrap_or_default();
    grains.insert("systempath", Value::List(path.split(':').map(|folder| Value::from(folder.trim())).collect()));
    grains.insert("path", path);
    grains.insert("shell", std::env::var("SHELL").unwrap_or_else(|_| "/bin/sh".to_owned()));
    grains.insert("ps", "ps -efHww");
}
