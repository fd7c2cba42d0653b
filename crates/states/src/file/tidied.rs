//! `file.tidied`: old or big files go.

use super::checked_path;
use super::manage::one;
use super::tree::{Entry, walk};
use modules::file::edit::{Flags, Pattern};
use sdk::host::{FileKind, Stat};
use sdk::{Applied, Args, Check, Cx, Failure, Read, State, Value, text};
use std::time::UNIX_EPOCH;

/// Ensure a folder has no files older or bigger than allowed.
///
/// ```salt
/// /var/tmp:
///   file.tidied:
///     - age: 7
///     - matches: ['.*\.tmp$']
/// ```
#[derive(Args)]
pub struct Tidied {
    /// Path.
    name: String,
    /// How old they have to be, in days; -1 takes all.
    #[arg(default = 0)]
    age: f64,
    /// Regular expressions that fit their names from the beginning; all unless given.
    matches: Option<Vec<String>>,
    /// Remove folders as well, when they are empty.
    #[arg(default = false)]
    rmdirs: bool,
    /// How big they have to be: `500`, `10k`, `2m`.
    #[arg(default = 0)]
    size: Value,
    /// Regular expressions of what stays.
    exclude: Option<Vec<String>>,
    /// The patterns are for whole paths.
    #[arg(default = false)]
    full_path_match: bool,
    /// Follow links to folders.
    #[arg(default = false)]
    followlinks: bool,
    /// Which time tells the age: `atime`, `mtime` or `ctime`.
    #[arg(default = "atime")]
    time_comparison: String,
    /// `OR` or `AND`: old or big, or both.
    #[arg(default = "OR")]
    age_size_logical_operator: String,
    /// Look at the `age` or the `size` alone.
    age_size_only: Option<String>,
    /// Remove links as well.
    #[arg(default = true)]
    rmlinks: bool,
}

impl Tidied {
    fn patterns(&self, words: Option<&Vec<String>>) -> Result<Option<Vec<Pattern>>, Failure> {
        let flags = Flags { multiline: false, ..Flags::default() };
        let compiled = |word: &String| Pattern::new(&format!("^(?:{word})"), flags).map_err(Failure::bad_arguments);
        words.map(|words| words.iter().map(compiled).collect()).transpose()
    }

    fn is_due(&self, stat: &Stat, now: f64, size: f64) -> bool {
        let time = match self.time_comparison.as_str() {
            "mtime" => stat.modified,
            "ctime" => stat.changed,
            _ => stat.accessed,
        };
        let old = ((now - time) / 86_400.0).trunc() >= self.age;
        let big = stat.size as f64 >= size;
        match (self.age_size_only.as_deref(), self.age_size_logical_operator.as_str()) {
            (Some("age"), _) => old,
            (Some("size"), _) => big,
            (_, "AND") => old && big,
            (_, _) => old || big,
        }
    }
}

/// Bytes of a size such as `10k`.
fn bytes(size: &Value) -> Option<f64> {
    let text = text::str(size).to_ascii_lowercase();
    let (number, factor) = match text.char_indices().last()? {
        (at, 'b') => (text.get(..at)?, 1.0),
        (at, 'k') => (text.get(..at)?, 1024.0),
        (at, 'm') => (text.get(..at)?, 1024.0 * 1024.0),
        (at, 'g') => (text.get(..at)?, 1024.0 * 1024.0 * 1024.0),
        (at, 't') => (text.get(..at)?, 1024.0 * 1024.0 * 1024.0 * 1024.0),
        _ => (text.as_str(), 1.0),
    };
    number.trim().parse::<f64>().ok().map(|number| number * factor)
}

/// What is in a folder before the folder itself, deepest first.
fn bottom_up(mut entries: Vec<Entry>) -> Vec<Entry> {
    entries.sort_by(|a, b| {
        b.depth.cmp(&a.depth).then_with(|| (a.kind == FileKind::Dir).cmp(&(b.kind == FileKind::Dir))).then_with(|| a.path.cmp(&b.path))
    });
    entries
}

impl State for Tidied {
    type Change = Vec<String>;

    async fn check(&self, read: &Read) -> Result<Check<Vec<String>>, Failure> {
        let path = match checked_path(&self.name, "Must provide name to file.tidied", read) {
            Ok(path) => path,
            Err(comment) => return Ok(Check::fails(comment)),
        };
        let host = read.host();
        if !host.is_dir(&path) {
            return Ok(Check::fails(format!("{path} does not exist or is not a directory.")));
        }
        let size = bytes(&self.size).ok_or_else(|| Failure::bad_arguments(format!("`{}` is no size", text::str(&self.size))))?;
        let matches = self.patterns(self.matches.as_ref())?;
        let exclude = self.patterns(self.exclude.as_ref())?.unwrap_or_default();
        let now = host.now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        let mut todo = Vec::new();
        for entry in bottom_up(walk(host, &path, self.followlinks)?) {
            let name = entry.path.rsplit('/').next().unwrap_or(&entry.path);
            let word = if self.full_path_match { &entry.path } else { name };
            let wanted = matches.as_ref().is_none_or(|patterns| patterns.iter().any(|pattern| pattern.is_in(word)));
            if !wanted || exclude.iter().any(|pattern| pattern.is_in(word)) {
                continue;
            }
            let Some(stat) = host.link_stat(&entry.path).map_err(modules::failure)? else { continue };
            let due = match stat.kind {
                FileKind::Dir => {
                    self.rmdirs && self.is_due(&stat, now, size) && is_emptied(host.list(&entry.path).ok(), &entry.path, &todo)
                }
                FileKind::Link => self.rmlinks && self.is_due(&stat, now, size),
                FileKind::File | FileKind::Pipe | FileKind::Socket | FileKind::Block | FileKind::Char => self.is_due(&stat, now, size),
            };
            if due {
                todo.push(entry.path);
            }
        }
        if todo.is_empty() {
            return Ok(Check::desired(format!("Nothing to remove from directory {path}")));
        }
        Ok(Check::change(format!("{path} is set for tidy"), one("removed", todo.clone()), todo))
    }

    async fn apply(&self, todo: Vec<String>, cx: &Cx) -> Result<Applied, Failure> {
        for path in &todo {
            cx.host().remove_all(path).map_err(modules::failure)?;
        }
        let comment = format!("Removed {} files or directories from directory {}", todo.len(), self.name);
        Ok(Applied::ok(comment, one("removed", todo)))
    }
}

/// Whether all that is in a folder goes as well.
fn is_emptied(names: Option<Vec<String>>, folder: &str, gone: &[String]) -> bool {
    names.is_some_and(|names| names.iter().all(|name| gone.contains(&sdk::host::join(folder, name))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        assert_eq!(bytes(&Value::from("10k")), Some(10240.0));
        assert_eq!(bytes(&Value::from(500)), Some(500.0));
        assert_eq!(bytes(&Value::from("x")), None);
    }
}
