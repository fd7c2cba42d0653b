//! `watchdog`: what happens in folders, in the words of that library: created, modified, deleted, moved.

use super::inotify::Inotify;
use super::section;
use crate::beacons::{Beacon, Finding};
use async_trait::async_trait;
use sdk::{Failure, Map, Read, Value};
use value::text;

/// Words of masks with the kernel's.
const MASKS: [(&str, &[&str]); 4] =
    [("create", &["create", "moved_to"]), ("modify", &["modify"]), ("delete", &["delete"]), ("move", &["moved_from", "moved_to"])];

/// Watches folders.
pub struct Watchdog {
    inner: Inotify,
    /// Folders with the words that are told of them.
    wanted: Vec<(String, Vec<String>)>,
}

impl Watchdog {
    /// Reads `directories: {path: {mask: [create, modify, delete, move]}}`.
    pub fn new(options: &Map) -> Result<Self, String> {
        let (mut wanted, mut files) = (Vec::new(), Map::new());
        for (path, value) in &section(options, "directories") {
            let own = crate::beacons::options::flat(value);
            let words: Vec<String> = match own.get("mask") {
                Some(Value::List(words)) => words.iter().map(text::str).collect(),
                _ => MASKS.iter().map(|(word, _)| (*word).to_owned()).collect(),
            };
            let mut mask: Vec<&str> = Vec::new();
            for word in &words {
                let (_, kernel) = MASKS
                    .iter()
                    .find(|(known, _)| known == word)
                    .ok_or_else(|| format!("`{word}` is no mask; there are create, modify, delete and move"))?;
                mask.extend(*kernel);
            }
            files.insert(path.clone(), Map::from_iter([("mask", mask.into_iter().collect::<Value>())]));
            wanted.push((text::str(path), words));
        }
        if wanted.is_empty() {
            return Err("it needs `directories`, such as {/etc: {mask: [modify]}}".to_owned());
        }
        let inner = Inotify::new(&Map::from_iter([("files", files)]))?;
        Ok(Self { inner, wanted })
    }

    /// In the words of the library. A move inside of what is watched is one event, at the place it came from.
    fn told(&self, findings: Vec<Finding>) -> Vec<Finding> {
        let text_of = |finding: &Finding, key: &str| finding.data.get(key).map(text::str).unwrap_or_default();
        let mut told = Vec::new();
        let mut moves = 0_usize;
        for finding in findings {
            let (path, change) = (text_of(&finding, "path"), text_of(&finding, "change"));
            let (word, change) = match change.as_str() {
                "IN_CREATE" => ("create", "created"),
                "IN_MODIFY" => ("modify", "modified"),
                "IN_DELETE" => ("delete", "deleted"),
                "IN_MOVED_FROM" => {
                    moves += 1;
                    ("move", "moved")
                }
                "IN_MOVED_TO" if moves > 0 => {
                    moves -= 1;
                    continue;
                }
                "IN_MOVED_TO" => ("create", "created"),
                _ => continue,
            };
            let is_wanted =
                self.wanted.iter().any(|(folder, words)| path.starts_with(folder.as_str()) && words.iter().any(|one| one == word));
            if is_wanted {
                let data = Map::from_iter([("path", path.as_str()), ("change", change)]);
                told.push(Finding { tag: "watchdog".to_owned(), data });
            }
        }
        told
    }
}

#[async_trait]
impl Beacon for Watchdog {
    async fn look(&mut self, read: &Read) -> Result<Vec<Finding>, Failure> {
        let findings = self.inner.look(read).await?;
        Ok(self.told(findings))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_told_in_the_words_of_the_library() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        let options = Map::from_iter([("directories", Map::from_iter([(folder.path().display().to_string(), Value::Null)]))]);
        let mut beacon = Watchdog::new(&options).unwrap();
        std::fs::write(path("a"), "1").unwrap();
        std::fs::rename(path("a"), path("b")).unwrap();
        std::fs::remove_file(path("b")).unwrap();
        let findings = beacon.inner.findings().unwrap();
        let told: Vec<(String, String)> = beacon
            .told(findings)
            .iter()
            .map(|finding| (text::str(finding.data.get("path").unwrap()), text::str(finding.data.get("change").unwrap())))
            .collect();
        let of = |name: &str, change: &str| (path(name), change.to_owned());
        assert_eq!(told, [of("a", "created"), of("a", "modified"), of("a", "moved"), of("b", "deleted")]);
        let wrong = Map::from_iter([("directories", Map::from_iter([("/x", Map::from_iter([("mask", vec!["chmod"])]))]))]);
        assert!(Watchdog::new(&wrong).is_err_and(|why| why.contains("`chmod` is no mask")));
    }
}
