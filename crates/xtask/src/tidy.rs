//! What no compiler checks: every file opens with what it is for and keeps a calm size; versions stand once; nothing unfinished is left.

use crate::run::{output, root, say};
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::Command;

/// Lines after which a source file must be split.
const MOST_LINES: usize = 500;
/// Tests may be longer: they are read one claim at a time.
const MOST_TEST_LINES: usize = 800;
/// Guides that users read, which stand in both languages: `docs/NAME.md` and `docs/zh-CN/NAME.md`.
const GUIDES: &[&str] = &["access", "api", "automation", "check-and-plan", "cli", "manager", "returners", "ssh"];

/// Checks the tree, and fails naming every place.
pub fn tidy() -> Result<()> {
    let listed = output(Command::new("git").args(["ls-files", "--cached", "--others", "--exclude-standard"]).current_dir(root()))?;
    let mut faults = Vec::new();
    let mut count = 0;
    for file in listed.lines() {
        let path = root().join(file);
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        count += 1;
        match Path::new(file).extension().and_then(|extension| extension.to_str()) {
            Some("rs") => rust(file, &text, &mut faults),
            Some("toml") if file.ends_with("Cargo.toml") => manifest(file, &text, &mut faults),
            _ => {}
        }
    }
    dependencies(&mut faults)?;
    twins(&mut faults)?;
    if !faults.is_empty() {
        bail!("not tidy:\n  {}", faults.join("\n  "));
    }
    say(&format!("tidy: {count} files are in order"));
    Ok(())
}

fn rust(file: &str, text: &str, faults: &mut Vec<String>) {
    let lines = text.lines().count();
    let is_test = file.contains("/tests/") || file.starts_with("tests/");
    let most = if is_test { MOST_TEST_LINES } else { MOST_LINES };
    if lines > most {
        faults.push(format!("{file}: {lines} lines, more than {most}: split it by noun or provider"));
    }
    if !text.starts_with("//!") {
        faults.push(format!("{file}: does not open with `//!` saying what it is for"));
    }
    if !text.ends_with('\n') {
        faults.push(format!("{file}: does not end with a line break"));
    }
    for (index, line) in text.lines().enumerate() {
        // Written in two halves so that this file does not find itself.
        for word in [concat!("FIX", "ME"), concat!("XX", "X:"), concat!("#[igno", "re")] {
            if line.contains(word) {
                faults.push(format!("{file}:{}: `{word}` is left in the tree", index + 1));
            }
        }
    }
}

fn manifest(file: &str, text: &str, faults: &mut Vec<String>) {
    if file == "Cargo.toml" {
        return;
    }
    if !text.contains("[lints]\nworkspace = true") {
        faults.push(format!("{file}: does not take the lints of the workspace"));
    }
    let mut in_dependencies = false;
    for line in text.lines() {
        if line.starts_with('[') {
            in_dependencies = line.contains("dependencies");
        } else if in_dependencies && !line.trim().is_empty() && !line.contains("workspace = true") && !line.starts_with('#') {
            faults.push(format!("{file}: `{line}` does not take its version from the workspace"));
        }
    }
}

/// Every library from outside has its reason in docs/dependencies.md.
fn dependencies(faults: &mut Vec<String>) -> Result<()> {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).context("cannot read Cargo.toml")?;
    let reasons = std::fs::read_to_string(root().join("docs/dependencies.md")).context("cannot read docs/dependencies.md")?;
    let section = manifest.split("[workspace.dependencies]").nth(1).and_then(|rest| rest.split("\n[").next()).unwrap_or_default();
    for line in section.lines().filter(|line| !line.contains("path = ") && !line.starts_with('#')) {
        let Some((name, _)) = line.split_once(" = ") else { continue };
        if !reasons.contains(&format!("`{name}`")) {
            faults.push(format!("docs/dependencies.md: gives no reason for `{name}`"));
        }
    }
    Ok(())
}

/// A guide and its twin in the other language have the same sections, tables and examples, so that one cannot run ahead of the other unseen.
fn twins(faults: &mut Vec<String>) -> Result<()> {
    for guide in GUIDES {
        let shapes = [format!("docs/{guide}.md"), format!("docs/zh-CN/{guide}.md")].map(|page| {
            let text = std::fs::read_to_string(root().join(&page)).with_context(|| format!("cannot read {page}"))?;
            let count = |start: &str| text.lines().filter(|line| line.starts_with(start)).count();
            Ok::<_, anyhow::Error>(["## ", "```", "|", "- "].map(count))
        });
        let [english, chinese] = shapes;
        let (english, chinese) = (english?, chinese?);
        if english != chinese {
            faults.push(format!("docs/{guide}.md and docs/zh-CN/{guide}.md differ in sections, fences, table rows or list items: {english:?} and {chinese:?}"));
        }
    }
    Ok(())
}
