//! The generated reference pages: configuration, modules, REST. The binaries print them from their own tables.

use crate::build::{Along, binaries};
use crate::run::{output, root, say};
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What to do with the pages.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Write them.
    Write,
    /// Fail if one is out of date.
    Check,
}

/// Makes every page and writes or compares it.
pub fn docs(mode: Mode) -> Result<()> {
    let folder = root().join("docs");
    let pages = pages(&binaries(Along::Tests)?)?;
    let mut stale = Vec::new();
    for (name, text) in &pages {
        let path = folder.join(name);
        if std::fs::read_to_string(&path).is_ok_and(|present| present == *text) {
            continue;
        }
        if mode == Mode::Check {
            stale.push(format!("docs/{name}"));
        } else {
            let parent = path.parent().unwrap_or(&folder);
            std::fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
            std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        }
    }
    for gone in generated(&folder).into_iter().filter(|name| !pages.contains_key(name)) {
        if mode == Mode::Check {
            stale.push(format!("docs/{gone} (its source is gone)"));
        } else {
            std::fs::remove_file(folder.join(&gone)).with_context(|| format!("cannot remove docs/{gone}"))?;
        }
    }
    if !stale.is_empty() {
        bail!("out of date, run `cargo xtask docs`:\n  {}", stale.join("\n  "));
    }
    say(&format!("docs: {} generated pages are up to date", pages.len()));
    Ok(())
}

/// Name under `docs/` and text of every page.
fn pages(bin: &Path) -> Result<BTreeMap<String, String>> {
    let print = |program: &str, arguments: &[&str]| output(Command::new(bin.join(program)).args(arguments));
    let mut pages = BTreeMap::new();
    pages.insert("config/master.md".to_owned(), print("sylvite-master", &["reference", "config"])?);
    pages.insert("openapi.json".to_owned(), print("sylvite-master", &["reference", "openapi"])?);
    pages.insert("config/minion.md".to_owned(), print("sylvite-minion", &["reference", "config"])?);
    // One JSON object: name of the page to its text.
    let modules = print("sylvite-minion", &["reference", "modules"])?;
    let modules: BTreeMap<String, String> =
        serde_json::from_str(&modules).context("`sylvite-minion reference modules` printed no pages")?;
    pages.extend(modules.into_iter().map(|(name, text)| (format!("modules/{name}"), text)));
    Ok(pages)
}

/// Pages that stand in the folders that hold nothing but generated ones.
fn generated(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for part in ["config", "modules"] {
        let Ok(listing) = std::fs::read_dir(folder.join(part)) else { continue };
        let names = listing.filter_map(|entry| PathBuf::from(entry.ok()?.file_name()).to_str().map(|name| format!("{part}/{name}")));
        found.extend(names);
    }
    found
}
