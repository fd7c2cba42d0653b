//! Templates out of a file environment.

use files::{FileEnv, FilePath};
use std::sync::Arc;

/// Loads the templates that files import from a file environment.
pub struct EnvLoader(pub Arc<dyn FileEnv>);

impl render::Loader for EnvLoader {
    fn read(&self, env: &str, path: &str) -> Result<Option<Arc<str>>, String> {
        let Ok(path) = FilePath::new(path) else { return Ok(None) };
        let bytes = match self.0.read(env, &path) {
            Ok(Some(bytes)) => bytes,
            // An environment without folders has no templates either.
            Ok(None) | Err(files::Error::NoEnv { .. }) => return Ok(None),
            Err(error) => return Err(trouble(&error)),
        };
        String::from_utf8(bytes).map(|text| Some(Arc::from(text))).map_err(|_| format!("`{path}` is no UTF-8 text"))
    }
}

/// An error of files with its cause, on one line.
pub(crate) fn trouble(error: &files::Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
