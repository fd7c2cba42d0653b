//! `log`: new lines of a file that fit a pattern.

use super::section;
use crate::beacons::{Beacon, Finding};
use async_trait::async_trait;
use fancy_regex::Regex;
use sdk::{Failure, Map, Read, Value};
use std::io::{Read as _, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;

/// So much is read in one look; what is more comes with the next.
const MOST: u64 = 1 << 20;

/// Follows a file.
pub struct Log {
    file: String,
    patterns: Vec<(String, Regex)>,
    /// Number of the file, and how far it was read.
    place: Option<(u64, u64)>,
    rest: String,
}

impl Log {
    /// Reads `file` and `tags: {name: {regex: …}}`.
    pub fn new(options: &Map) -> Result<Self, String> {
        let file = options.get("file").map(value::text::str).ok_or("it needs `file`")?;
        let mut patterns = Vec::new();
        for (name, value) in &section(options, "tags") {
            let name = value::text::str(name);
            let pattern = crate::beacons::options::flat(value).get("regex").map(value::text::str);
            let pattern = pattern.ok_or_else(|| format!("the tag `{name}` needs `regex`"))?;
            patterns.push((name, Regex::new(&pattern).map_err(|error| format!("`{pattern}` is no regular expression: {error}"))?));
        }
        if patterns.is_empty() {
            return Err("it needs `tags`, such as {failed: {regex: 'Failed password'}}".to_owned());
        }
        Ok(Self { file, patterns, place: None, rest: String::new() })
    }

    /// What was written since the last look. The first look only notes where the file ends; a new file is read from its beginning.
    fn fresh(&mut self) -> std::io::Result<String> {
        let mut file = std::fs::File::open(&self.file)?;
        let meta = file.metadata()?;
        let (number, size) = (meta.ino(), meta.len());
        let from = match self.place {
            None => size,
            Some((known, at)) if known == number && at <= size => at,
            Some(_) => 0,
        };
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        file.take(MOST).read_to_end(&mut bytes)?;
        self.place = Some((number, from + bytes.len() as u64));
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn judge(&mut self, fresh: &str) -> Vec<Finding> {
        let text = std::mem::take(&mut self.rest) + fresh;
        let (whole, rest) = text.rsplit_once('\n').map_or(("", text.as_str()), |(whole, rest)| (whole, rest));
        let mut findings = Vec::new();
        for line in whole.lines() {
            for (tag, pattern) in &self.patterns {
                if pattern.is_match(line).unwrap_or(false) {
                    let mut data = Map::from_iter([("tag", Value::from(tag.as_str())), ("match", "yes".into())]);
                    data.insert("raw", line);
                    data.insert("error", "");
                    findings.push(Finding { tag: tag.clone(), data });
                }
            }
        }
        rest.clone_into(&mut self.rest);
        findings
    }
}

#[async_trait]
impl Beacon for Log {
    async fn look(&mut self, _: &Read) -> Result<Vec<Finding>, Failure> {
        match self.fresh() {
            Ok(fresh) => Ok(self.judge(&fresh)),
            // Between rotation and the next line there is no file.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                self.place = self.place.map(|_| (0, 0));
                Ok(Vec::new())
            }
            Err(error) => Err(Failure::failed(format!("cannot read `{}`: {error}", self.file))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn new_lines_are_told_once_also_after_a_rotation() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        std::fs::write(&path, "error old\n").unwrap();
        let options = format!(r#"{{"file": "{}", "tags": {{"bad": {{"regex": "^error"}}}}}}"#, path.display());
        let mut log = Log::new(&serde_json::from_str(&options).unwrap()).unwrap();
        let look = |log: &mut Log| {
            let fresh = log.fresh().unwrap();
            log.judge(&fresh).iter().map(|finding| value::text::str(finding.data.get("raw").unwrap())).collect::<Vec<_>>()
        };
        let append =
            |text: &str| std::fs::OpenOptions::new().append(true).create(true).open(&path).unwrap().write_all(text.as_bytes()).unwrap();
        assert!(look(&mut log).is_empty(), "what was there before is old");
        append("fine\nerror one\nerror ha");
        assert_eq!(look(&mut log), ["error one"]);
        append("lf\n");
        assert_eq!(look(&mut log), ["error half"]);
        std::fs::rename(&path, folder.path().join("log.1")).unwrap();
        append("error new\n");
        assert_eq!(look(&mut log), ["error new"]);
    }
}
