//! What the states that edit text share: reading the old text, reporting the change, keeping a backup, writing.

use super::checked_path;
use super::manage::one;
use modules::file::{backup, diff};
use sdk::host::{FileKind, Write};
use sdk::{Applied, Check, Cx, Failure, Map, Read, Value, text};

/// A text as it is and as it will be.
#[derive(Clone, Debug)]
pub struct Edit {
    /// Path.
    pub path: String,
    /// The text as it is.
    pub old: String,
    /// The text as it will be.
    pub new: String,
}

/// The path and the text of a file to edit; the comment of a refusal where there is none.
pub fn old_text(name: &str, read: &Read) -> Result<Result<(String, String), String>, Failure> {
    let path = match checked_path(name, "Must provide name to file state", read) {
        Ok(path) => path,
        Err(comment) => return Ok(Err(comment)),
    };
    match read.host().stat(&path).map_err(modules::failure)? {
        None => Ok(Err(format!("{path}: file not found"))),
        Some(stat) if stat.kind == FileKind::Dir => Err(Failure::failed(format!("{path} is a directory"))),
        Some(_) => {
            let content = read.host().read(&path).map_err(modules::failure)?;
            let bad = |_| Failure::failed(format!("Cannot perform string replacements on a binary file: {path}"));
            String::from_utf8(content).map_err(bad).map(|text| Ok((path.clone(), text)))
        }
    }
}

impl Edit {
    /// The change as it is shown: a diff, or only that there is one.
    pub fn shown(&self, show: bool) -> Map {
        if show { one("diff", diff::unified(&self.old, &self.new)) } else { one("diff", true) }
    }

    /// Nothing to do, or the change with the comment of test mode.
    pub fn check(self, test_comment: &str, show: bool) -> Check<Self> {
        if self.old == self.new {
            return Check::desired("No changes needed to be made");
        }
        let shown = self.shown(show);
        Check::change(test_comment, shown, self)
    }

    /// Keeps the old text if that is wanted, and writes the new one. Links are written through.
    pub fn write(&self, backup: &Backup, cx: &Cx) -> Result<(), Failure> {
        let host = cx.host();
        let place = if host.is_link(&self.path) { host.real_path(&self.path).map_err(modules::failure)? } else { self.path.clone() };
        match backup {
            Backup::None => {}
            Backup::Cache => backup::cached_copy(cx, &place)?,
            Backup::Beside(ending) => backup::copy_beside(cx, &place, ending)?,
        }
        host.write(&place, self.new.as_bytes(), &Write::default()).map_err(modules::failure)
    }

    /// The result of a real run.
    pub fn done(&self, comment: &str, show: bool) -> Applied {
        Applied::ok(comment, self.shown(show))
    }
}

/// Where the old text is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Backup {
    /// Nowhere.
    None,
    /// In the minion's cache.
    Cache,
    /// Beside the file, with this ending.
    Beside(String),
}

impl Backup {
    /// Reads the argument: an ending, `minion`, or nothing.
    pub fn read(value: &Value) -> Self {
        match value {
            Value::Null | Value::Bool(false) => Self::None,
            Value::Bool(true) => Self::Beside(".bak".to_owned()),
            other => match text::str(other).as_str() {
                "" | "False" | "false" => Self::None,
                "minion" => Self::Cache,
                ending => Self::Beside(ending.to_owned()),
            },
        }
    }
}
