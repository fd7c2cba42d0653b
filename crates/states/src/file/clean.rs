//! `clean: True`: what is below a folder and belongs to nobody.

use super::patterns::Patterns;
use super::tree::{Entry, walk};
use sdk::host::{FileKind, Look};
use sdk::{Failure, Read, Value, text};
use std::collections::BTreeSet;

/// Paths below a folder that are to stay, with the folders above them.
#[derive(Debug, Default)]
pub struct Kept(BTreeSet<String>);

impl Kept {
    /// What this chunk requires of the states of files stays: a file, or a folder with all that it manages.
    pub fn required(folder: &str, read: &Read) -> Result<Self, Failure> {
        let mut kept = Self::default();
        let Some(chunk) = read.chunk() else { return Ok(kept) };
        let wanted: Vec<String> = ["require", "watch"]
            .iter()
            .filter_map(|word| chunk.low.get(word).and_then(Value::as_list))
            .flatten()
            .filter_map(|item| item.as_map()?.get("file").map(text::str))
            .collect();
        let word = |low: &Value, key: &str| low.get(key).map(text::str).unwrap_or_default();
        for low in &chunk.run.low {
            let (name, id) = (word(low, "name"), word(low, "__id__"));
            if word(low, "state") != "file" || !wanted.iter().any(|wanted| *wanted == name || *wanted == id) {
                continue;
            }
            kept.keep(&name, folder);
            if matches!(word(low, "fun").as_str(), "directory" | "recurse") && read.host().is_dir(&name) {
                for entry in walk(read.host(), &name, false)? {
                    kept.keep(&entry.path, folder);
                }
            }
        }
        Ok(kept)
    }

    /// A path stays, and so do the folders between it and `folder`.
    pub fn keep(&mut self, path: &str, folder: &str) {
        let mut here = path.trim_end_matches('/');
        let start = format!("{}/", folder.trim_end_matches('/'));
        while here.starts_with(&start) {
            self.0.insert(here.to_owned());
            match here.rsplit_once('/') {
                Some((up, _)) => here = up,
                None => break,
            }
        }
    }

    /// What is below the folder and neither kept nor excluded.
    pub fn strangers(&self, folder: &str, exclude: &Patterns, host: &dyn Look) -> Result<Vec<Entry>, Failure> {
        let start = format!("{}/", folder.trim_end_matches('/'));
        let mut found = walk(host, folder, false)?;
        found.retain(|entry| {
            let relative = entry.path.strip_prefix(&start).unwrap_or(&entry.path);
            !self.0.contains(&entry.path) && !exclude.fits(relative)
        });
        Ok(found)
    }
}

/// Of strangers, those that are removed by themselves: what is inside a removed folder goes with it.
pub fn topmost(strangers: &[Entry]) -> Vec<String> {
    let folders: Vec<String> =
        strangers.iter().filter(|entry| entry.kind == FileKind::Dir).map(|entry| format!("{}/", entry.path)).collect();
    strangers.iter().map(|entry| entry.path.clone()).filter(|path| !folders.iter().any(|folder| path.starts_with(folder))).collect()
}
