//! SLS of the master itself (orchestration, reactions): out of its own file roots, rendered with its own eyes.

use crate::core::Core;
use crate::service::{Seen, functions_of};
use files::{FileEnv, FilePath};
use render::{Rendered, Renderer, Scope, SlsFile, Source};
use sls::{Loaded, SlsSource, Unloaded, name_of, paths_of, problem_of};
use std::path::Path;
use std::sync::Arc;
use value::Map;

/// The master's SLS. Calls block: they read files, and templates call functions.
pub struct Tree {
    files: Arc<dyn FileEnv>,
    renderer: Renderer,
    seen: Seen,
}

impl Tree {
    /// The tree with what is seen. Made on the runtime, since templates call functions through it.
    #[must_use]
    pub fn new(core: &Arc<Core>, seen: Seen) -> Self {
        let settings = core.settings();
        let files: Arc<dyn FileEnv> = Arc::clone(&settings.files) as Arc<dyn FileEnv>;
        let loader = Arc::new(pillar::EnvLoader(Arc::clone(&files)));
        let renderer = Renderer::new(functions_of(core, seen.clone()), loader, settings.config.render_options());
        Self { files, renderer, seen }
    }

    fn scope(&self, env: &str, extra: Map) -> Scope {
        Scope {
            grains: Arc::clone(&self.seen.grains),
            pillar: Arc::clone(&self.seen.pillar),
            opts: Arc::clone(&self.seen.opts),
            env: env.to_owned(),
            sls: None,
            extra,
        }
    }

    /// Renders a text that is no SLS, such as a file template.
    ///
    /// # Errors
    /// With what is wrong in it, and where.
    pub fn template(&self, env: &str, name: &str, text: &str, engine: &str, context: Map) -> Result<String, String> {
        self.renderer.template(&Source::new(name, text), &self.scope(env, context), engine).map_err(|error| error.to_string())
    }

    /// Renders a file of the disk, or of the tree (`salt://…`), with further variables.
    ///
    /// # Errors
    /// When it is not there, or does not render.
    pub fn file(&self, place: &str, extra: Map) -> Result<Option<Rendered>, String> {
        let text = match place.strip_prefix("salt://") {
            Some(path) => self.text("base", path).map_err(|unloaded| match unloaded {
                Unloaded::Missing => format!("there is no file `{place}`"),
                Unloaded::Failed(problem) => problem.to_string(),
            })?,
            None => std::fs::read_to_string(Path::new(place)).map_err(|error| format!("cannot read `{place}`: {error}"))?,
        };
        let mut scope = self.scope("base", extra);
        scope.sls = Some(SlsFile { name: place.to_owned(), path: place.to_owned() });
        self.renderer.sls(&Source::new(place, text), &scope).map_err(|error| error.to_string())
    }

    fn text(&self, env: &str, path: &str) -> Result<String, Unloaded> {
        let path = FilePath::new(path).map_err(|_| Unloaded::Missing)?;
        let failed = |message: String| Unloaded::Failed(Box::new(model::Problem::new(message)));
        let bytes = match self.files.read(env, &path) {
            Ok(Some(bytes)) => bytes,
            Ok(None) | Err(files::Error::NoEnv { .. }) => return Err(Unloaded::Missing),
            Err(error) => return Err(failed(output::chain(&error))),
        };
        String::from_utf8(bytes).map_err(|_| failed(format!("`salt://{path}` is no text in UTF-8")))
    }
}

impl SlsSource for Tree {
    fn envs(&self) -> Vec<String> {
        self.files.envs()
    }

    fn names(&self, env: &str) -> Vec<String> {
        let mut names: Vec<String> = self.files.list(env).unwrap_or_default().iter().filter_map(|path| name_of(path)).collect();
        names.sort();
        names.dedup();
        names
    }

    fn load(&self, env: &str, sls: &str) -> Result<Loaded, Unloaded> {
        for path in paths_of(sls) {
            let text = match self.text(env, &path) {
                Ok(text) => text,
                Err(Unloaded::Missing) => continue,
                Err(failed) => return Err(failed),
            };
            let mut scope = self.scope(env, Map::new());
            scope.sls = Some(SlsFile { name: sls.to_owned(), path: path.clone() });
            let rendered = self.renderer.sls(&Source::new(path.clone(), text), &scope);
            return match rendered {
                Ok(rendered) => Ok(Loaded { path, rendered }),
                Err(error) => Err(Unloaded::Failed(Box::new(problem_of(&error)))),
            };
        }
        Err(Unloaded::Missing)
    }
}
