//! The tree of SLS files as the compiler asks for it: by name, rendered with what one job sees.

use crate::desk::Desk;
use files::FilePath;
use model::Problem;
use render::{Rendered, SlsFile, Source};
use sls::{Loaded, SlsSource, Unloaded, name_of, paths_of, problem_of};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use target::top::{Step, Top, TopFiles};
use yaml::Node;

/// The tree. Every call may wait for files and for functions that templates call.
pub struct Tree {
    desk: Arc<Desk>,
    top: String,
    /// Listing an environment is asked for once for every pattern.
    listed: Mutex<BTreeMap<String, Arc<Vec<String>>>>,
}

impl Tree {
    /// The tree that a job sees.
    #[must_use]
    pub fn new(desk: Arc<Desk>) -> Self {
        Self::with_top(desk, None)
    }

    /// The same with another top file.
    #[must_use]
    pub fn with_top(desk: Arc<Desk>, top: Option<&str>) -> Self {
        let configured = desk.core.loaded().config.state_top.clone();
        let top = top.unwrap_or(&configured).trim_start_matches("salt://").to_owned();
        Self { desk, top, listed: Mutex::default() }
    }

    fn paths(&self, env: &str) -> Arc<Vec<String>> {
        let mut listed = self.listed.lock().unwrap_or_else(PoisonError::into_inner);
        let list = || {
            Arc::new(self.desk.core.files().list(env).unwrap_or_else(|error| {
                tracing::warn!(env, error = %output::chain(&error), "files cannot be listed");
                Vec::new()
            }))
        };
        Arc::clone(listed.entry(env.to_owned()).or_insert_with(list))
    }

    fn render(&self, env: &str, name: &str, path: &str, text: Arc<str>) -> Result<Option<Rendered>, render::Error> {
        // A check of the tree does not let it pass.
        if let Some(renderer) = render::unknown_renderer(&text).filter(|_| self.desk.core.stand_ins.get().is_none()) {
            self.desk.note(format!("{path}, line 1: there is no renderer `{renderer}`; the file was taken for empty"));
            return Ok(None);
        }
        let mut scope = self.desk.scope(env, value::Map::new());
        scope.sls = Some(SlsFile { name: name.to_owned(), path: path.to_owned() });
        self.desk.renderer().sls(&Source::new(path, text), &scope)
    }

    /// Reads and renders a top file.
    fn top_of(&self, env: &str, name: &str, path: &str, problems: &mut Vec<Problem>) -> Option<Top> {
        let text = match self.desk.read_text(env, path) {
            Ok(text) => text?,
            Err(message) => {
                problems.push(Problem::new(message));
                return None;
            }
        };
        match self.render(env, name, path, text) {
            Ok(None) => Some(Top::default()),
            Ok(Some(rendered)) => {
                let value = rendered.node.to_value();
                let locate = |steps: &[Step<'_>]| locate(&rendered.node, steps);
                let (top, mut found) = target::top::parse(&target::top::Rendered { value: &value, file: path, locate: &locate });
                problems.append(&mut found);
                Some(top)
            }
            Err(error) => {
                let problem = problem_of(&error);
                problems.push(Problem { message: format!("Unable to render top file: {}", problem.message), ..problem });
                None
            }
        }
    }
}

impl Tree {
    /// What did not render, with the way out where a template asked for a function that is not there.
    fn unrendered(&self, error: &render::Error) -> Unloaded {
        let mut problem = problem_of(error);
        let asked = error.message.split_once("has no attribute '").and_then(|(_, rest)| rest.split('\'').next());
        if let Some(near) = asked.filter(|asked| asked.contains('.')).and_then(|asked| self.desk.core.registry.nearest_function(asked)) {
            problem = problem.with_hint(format!("did you mean `{near}`?"));
        }
        Unloaded::Failed(Box::new(problem))
    }
}

impl SlsSource for Tree {
    fn envs(&self) -> Vec<String> {
        self.desk.core.files().envs()
    }

    fn names(&self, env: &str) -> Vec<String> {
        let mut names: Vec<String> = self.paths(env).iter().filter_map(|path| name_of(path)).collect();
        names.sort();
        names.dedup();
        names
    }

    fn load(&self, env: &str, sls: &str) -> Result<Loaded, Unloaded> {
        for path in paths_of(sls) {
            if FilePath::new(&path).is_err() {
                continue;
            }
            match self.desk.read_text(env, &path) {
                Ok(None) => {}
                Ok(Some(text)) => {
                    let rendered = self.render(env, sls, &path, text).map_err(|error| self.unrendered(&error))?;
                    return Ok(Loaded { path, rendered });
                }
                Err(message) => return Err(Unloaded::Failed(Box::new(Problem::new(message)))),
            }
        }
        Err(Unloaded::Missing)
    }
}

impl TopFiles for Tree {
    fn envs(&self) -> Vec<String> {
        SlsSource::envs(self)
    }

    fn top(&mut self, env: &str, problems: &mut Vec<Problem>) -> Option<Top> {
        let path = self.top.clone();
        self.top_of(env, path.trim_end_matches(".sls"), &path, problems)
    }

    fn fragment(&mut self, env: &str, sls: &str, problems: &mut Vec<Problem>) -> Option<Top> {
        paths_of(sls).into_iter().find_map(|path| self.top_of(env, sls, &path, problems))
    }

    fn sls_names(&self, env: &str) -> Vec<String> {
        self.names(env)
    }
}

/// A text in the place of one SLS, with the tree around it for what it includes.
pub struct Texts {
    tree: Tree,
    name: &'static str,
    path: String,
    text: Arc<str>,
}

impl Texts {
    /// A text that is the SLS `name`; errors call it `path`.
    #[must_use]
    pub fn new(desk: Arc<Desk>, name: &'static str, path: &str, text: &str) -> Self {
        Self { tree: Tree::new(desk), name, path: path.to_owned(), text: text.into() }
    }
}

impl SlsSource for Texts {
    fn envs(&self) -> Vec<String> {
        SlsSource::envs(&self.tree)
    }

    fn names(&self, env: &str) -> Vec<String> {
        let mut names = self.tree.names(env);
        names.push(self.name.to_owned());
        names
    }

    fn load(&self, env: &str, sls: &str) -> Result<Loaded, Unloaded> {
        if sls != self.name {
            return self.tree.load(env, sls);
        }
        let rendered = self.tree.render(env, sls, &self.path, Arc::clone(&self.text));
        let rendered = rendered.map_err(|error| self.tree.unrendered(&error))?;
        Ok(Loaded { path: self.path.clone(), rendered })
    }
}

/// Line and column of a part of a document.
fn locate(node: &Node, steps: &[Step<'_>]) -> Option<(u32, u32)> {
    let Some((step, rest)) = steps.split_first() else { return Some((node.line, node.column)) };
    match step {
        Step::Key(key) => {
            let (known, inner) = node.as_map()?.iter().find(|(known, _)| known.to_value() == **key)?;
            if rest.is_empty() { Some((known.line, known.column)) } else { locate(inner, rest) }
        }
        Step::Index(index) => locate(node.as_list()?.get(*index)?, rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use value::Value;

    #[test]
    fn a_place_is_found_by_its_path() {
        let node = yaml::load("base:\n  '*':\n    - web\n    - db\n", "top.sls").unwrap();
        let (base, star) = (Value::from("base"), Value::from("*"));
        assert_eq!(locate(&node, &[Step::Key(&base), Step::Key(&star), Step::Index(1)]), Some((4, 7)));
        assert_eq!(locate(&node, &[Step::Key(&base), Step::Key(&star)]).map(|(line, _)| line), Some(2));
    }
}
