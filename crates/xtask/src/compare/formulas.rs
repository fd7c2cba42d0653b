//! Formulas as cases: checkouts that lie elsewhere, with their example pillars.

use super::case::{Case, notes};
use crate::run::{root, say};
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;

/// The formulas of the list that have a checkout; the others are named.
pub fn cases(checkouts: &Path, scratch: &Path) -> Result<Vec<Case>> {
    let list = root().join("tests/hosts/formulas.txt");
    let text = fs::read_to_string(&list).with_context(|| format!("cannot read {}", list.display()))?;
    let mut cases = Vec::new();
    // What the head of the list explains is explained for every formula.
    let common = notes(text.split("\n\n").next().unwrap_or_default());
    for block in text.split("\n\n") {
        let Some(line) = block.lines().find(|line| !line.starts_with('#') && !line.is_empty()) else { continue };
        let mut words = line.split_whitespace();
        let (Some(name), Some(sls), Some(pillar)) = (words.next(), words.next(), words.next()) else {
            anyhow::bail!("a formula needs a name, an SLS and a pillar file: `{line}`");
        };
        let states = checkouts.join(format!("{name}-formula"));
        if !states.is_dir() {
            say(&format!("{name} is left out: there is no {}", states.display()));
            continue;
        }
        let folder = scratch.join(name);
        fs::create_dir_all(&folder)?;
        fs::copy(states.join(pillar), folder.join("example.sls")).with_context(|| format!("the pillar of {name}"))?;
        fs::write(folder.join("top.sls"), "base:\n  '*':\n    - example\n")?;
        let mut notes = notes(block);
        notes.differs.extend(common.differs.iter().cloned());
        cases.push(Case { name: name.to_owned(), sls: sls.to_owned(), states, pillar: Some(folder), notes });
    }
    Ok(cases)
}
