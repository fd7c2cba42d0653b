//! Names of SLS and their files.

use crate::loader::trouble;
use files::{FileEnv, FilePath};
use model::Glob;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

/// The SLS of all environments of one compile.
pub(crate) struct Names<'a> {
    roots: &'a dyn FileEnv,
    listed: RefCell<HashMap<String, Rc<Vec<String>>>>,
}

/// An SLS that was found.
pub(crate) struct File {
    /// Path from the environment's root.
    pub(crate) path: String,
    /// Its text.
    pub(crate) text: Arc<str>,
}

impl<'a> Names<'a> {
    pub(crate) fn new(roots: &'a dyn FileEnv) -> Self {
        Self { roots, listed: RefCell::default() }
    }

    /// Environments, `base` first.
    pub(crate) fn envs(&self) -> Vec<String> {
        let mut envs = self.roots.envs();
        envs.sort_by_key(|env| (env != "base", env.clone()));
        envs
    }

    /// The names a pattern means; a name, or a pattern that means none, is itself.
    pub(crate) fn expand(&self, env: &str, pattern: &str) -> Vec<String> {
        if !Glob::is_pattern(pattern) {
            return vec![pattern.to_owned()];
        }
        let glob = Glob::new(pattern);
        let hits: Vec<String> = self.all(env).iter().filter(|name| glob.matches(name)).cloned().collect();
        if hits.is_empty() { vec![pattern.to_owned()] } else { hits }
    }

    fn all(&self, env: &str) -> Rc<Vec<String>> {
        if let Some(known) = self.listed.borrow().get(env) {
            return Rc::clone(known);
        }
        let mut names: Vec<String> = self.roots.list(env).unwrap_or_default().iter().filter_map(|path| name_of(path)).collect();
        names.sort();
        names.dedup();
        let names = Rc::new(names);
        self.listed.borrow_mut().insert(env.to_owned(), Rc::clone(&names));
        names
    }

    /// The file of an SLS: `a/b.sls`, else `a/b/init.sls`.
    pub(crate) fn file(&self, env: &str, sls: &str) -> Result<Option<File>, String> {
        let stem = sls.replace('.', "/");
        for path in [format!("{stem}.sls"), format!("{stem}/init.sls")] {
            if let Some(text) = self.text(env, &path)? {
                return Ok(Some(File { path, text }));
            }
        }
        Ok(None)
    }

    /// The text of a file by its path.
    pub(crate) fn text(&self, env: &str, path: &str) -> Result<Option<Arc<str>>, String> {
        let Ok(path) = FilePath::new(path) else { return Ok(None) };
        match self.roots.read(env, &path).map_err(|error| trouble(&error))? {
            None => Ok(None),
            Some(bytes) => match String::from_utf8(bytes) {
                Ok(text) => Ok(Some(Arc::from(text))),
                Err(_) => Err(format!("`{path}` is no UTF-8 text")),
            },
        }
    }
}

/// `a/b.sls` is `a.b`, `a/b/init.sls` too. What has further dots cannot be named.
fn name_of(path: &str) -> Option<String> {
    let stem = path.strip_suffix(".sls")?;
    let stem = stem.strip_suffix("/init").unwrap_or(stem);
    if stem.contains('.') { None } else { Some(stem.replace('/', ".")) }
}
