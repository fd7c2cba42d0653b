//! Grains of the site: a file of static ones, and executables that print a mapping.

use crate::system::{NoAnswer, output_of};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use value::{Map, Value};

/// Reads JSON or YAML; lent by the agent, because this room knows no language.
pub type Parse<'a> = &'a dyn Fn(&str) -> Result<Value, String>;

/// Why a custom source gives nothing. None of them stops the others.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is there and cannot be read.
    #[error("cannot read grains file `{path}`")]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// It is no YAML, or no mapping.
    #[error("grains file `{path}` is no mapping: {reason}")]
    Shape {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// An executable gave no answer.
    #[error("grains program `{path}` gave nothing")]
    Program {
        /// The executable.
        path: PathBuf,
        /// The cause.
        source: NoAnswer,
    },
    /// An executable printed something else than one mapping.
    #[error("grains program `{path}` printed no mapping: {reason}")]
    Printed {
        /// The executable.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Anybody could have written the executable.
    #[error("grains program `{path}` is writable by others than its owner and is not run; use `chmod go-w`")]
    Unsafe {
        /// The executable.
        path: PathBuf,
    },
}

/// The static grains of a file; a file that is not there has none.
///
/// # Errors
/// When the file cannot be read or holds no mapping.
pub fn from_file(path: &Path, parse: Parse<'_>) -> Result<Map, Error> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Map::new()),
        Err(source) => return Err(Error::Read { path: path.to_owned(), source }),
    };
    let shape = |reason: String| Error::Shape { path: path.to_owned(), reason };
    match parse(&text).map_err(shape)? {
        Value::Null => Ok(Map::new()),
        Value::Map(map) => Ok(map),
        other => Err(shape(format!("it holds a {}", other.type_name()))),
    }
}

/// What the executables of a folder print, in the order of their names, each within a time limit and with the environment only.
///
/// Files that are not executable are passed over: a folder synced from a Salt tree also holds Python modules.
pub fn from_programs(folder: &Path, limit: Duration, parse: Parse<'_>) -> (Vec<Map>, Vec<Error>) {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).map(|all| all.flatten().map(|entry| entry.path()).collect()).unwrap_or_default();
    paths.sort();
    let (mut given, mut errors) = (Vec::new(), Vec::new());
    for path in paths {
        match from_program(&path, limit, parse) {
            Ok(Some(map)) => given.push(map),
            Ok(None) => {}
            Err(error) => errors.push(error),
        }
    }
    (given, errors)
}

fn from_program(path: &Path, limit: Duration, parse: Parse<'_>) -> Result<Option<Map>, Error> {
    use std::os::unix::fs::PermissionsExt;
    let Ok(meta) = path.metadata() else { return Ok(None) };
    let mode = meta.permissions().mode();
    if !meta.is_file() || mode & 0o111 == 0 {
        return Ok(None);
    }
    if mode & 0o022 != 0 {
        return Err(Error::Unsafe { path: path.to_owned() });
    }
    let text = output_of(&mut Command::new(path), limit).map_err(|source| Error::Program { path: path.to_owned(), source })?;
    let printed = |reason: String| Error::Printed { path: path.to_owned(), reason };
    match parse(&text).map_err(printed)? {
        Value::Null => Ok(None),
        Value::Map(map) => Ok(Some(map)),
        other => Err(printed(format!("it is a {}", other.type_name()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn json(text: &str) -> Result<Value, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    fn program(folder: &Path, name: &str, text: &str, mode: u32) {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn programs_answer_in_the_order_of_their_names_and_a_bad_one_harms_no_other() {
        let folder = tempfile::tempdir().unwrap();
        program(folder.path(), "b.sh", "#!/bin/sh\necho '{\"site\":\"b\"}'\n", 0o755);
        program(folder.path(), "a.sh", "#!/bin/sh\necho '{\"site\":\"a\"}'\n", 0o755);
        program(folder.path(), "c.sh", "#!/bin/sh\necho no mapping\n", 0o755);
        program(folder.path(), "d.sh", "#!/bin/sh\nsleep 30\n", 0o755);
        program(folder.path(), "e.sh", "#!/bin/sh\necho '{\"x\":1}'\n", 0o777);
        program(folder.path(), "module.py", "def grains(): return {}\n", 0o644);
        let (given, errors) = from_programs(folder.path(), Duration::from_millis(300), &json);
        let sites: Vec<_> = given.iter().map(|map| map.get("site").unwrap().as_str().unwrap()).collect();
        assert_eq!(sites, ["a", "b"]);
        assert_eq!(errors.len(), 3, "{errors:?}");
    }

    #[test]
    fn a_missing_file_has_no_grains_and_a_list_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("grains");
        assert!(from_file(&path, &json).unwrap().is_empty());
        std::fs::write(&path, "[1]").unwrap();
        assert!(from_file(&path, &json).unwrap_err().to_string().contains("holds a list"));
    }
}
