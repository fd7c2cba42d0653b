//! The top files of all environments as one.
//!
//! Unlike for states, no environment has a say over another: sections are joined in the order of the environments, and a target that is
//! named again gives way to the later one.

use crate::Inputs;
use crate::names::Names;
use crate::trouble::{Trouble, problem};
use model::{Place, Problem};
use render::{Renderer, Scope, Source};
use std::collections::HashSet;
use std::sync::Arc;
use target::top::{Entry, Include, Section, Step, Top};
use yaml::Node;

/// Reads, renders and joins the top files.
pub(crate) fn read(inputs: &Inputs, names: &Names<'_>, renderer: &Renderer, scope: &Scope, troubles: &mut Vec<Trouble>) -> Top {
    let envs = names.envs();
    let wanted: Vec<String> = match (&inputs.pillarenv, inputs.merging) {
        (Some(env), _) => envs.into_iter().filter(|known| known == env).collect(),
        (None, crate::Merging::None) => {
            let only = inputs.saltenv.as_deref().unwrap_or("base");
            envs.into_iter().filter(|known| known == only).collect()
        }
        (None, _) => envs,
    };
    let mut joined = Top::default();
    for env in wanted {
        let scope = Scope { env: env.clone(), ..scope.clone() };
        let mut reader = Reader { env: &env, names, renderer, scope: &scope, troubles, seen: HashSet::new() };
        let Some(first) = reader.file("top.sls") else { continue };
        reader.join(first, &mut joined);
    }
    if let Some(only) = &inputs.pillarenv {
        joined.sections.retain(|section| section.env == *only);
    }
    joined
}

struct Reader<'a> {
    env: &'a str,
    names: &'a Names<'a>,
    renderer: &'a Renderer,
    scope: &'a Scope,
    troubles: &'a mut Vec<Trouble>,
    seen: HashSet<String>,
}

impl Reader<'_> {
    /// Takes over the sections of a top file and of what it includes.
    fn join(&mut self, mut top: Top, joined: &mut Top) {
        let includes = std::mem::take(&mut top.includes);
        for section in top.sections {
            let own = section_of(joined, &section.env);
            for entry in section.entries {
                put(own, entry);
            }
        }
        for include in includes {
            for name in self.names.expand(self.env, &include.name) {
                if self.seen.insert(name.clone())
                    && let Some(fragment) = self.fragment(&name, &include)
                {
                    self.join(fragment, joined);
                }
            }
        }
    }

    fn fragment(&mut self, name: &str, include: &Include) -> Option<Top> {
        match self.names.file(self.env, name) {
            Ok(Some(file)) => self.parse(&file.path, file.text),
            Ok(None) => {
                let message = format!("Specified SLS '{name}' in environment '{}' is not available on the salt master", self.env);
                self.troubles.push(Trouble::plain(message, Some(include.place.clone())));
                None
            }
            Err(error) => {
                self.troubles.push(Trouble::plain(error, Some(include.place.clone())));
                None
            }
        }
    }

    fn file(&mut self, path: &str) -> Option<Top> {
        match self.names.text(self.env, path) {
            Ok(text) => self.parse(path, text?),
            Err(error) => {
                self.troubles.push(Trouble::plain(error, None));
                None
            }
        }
    }

    fn parse(&mut self, path: &str, text: Arc<str>) -> Option<Top> {
        let rendered = match self.renderer.sls(&Source::new(path, text), self.scope) {
            Ok(rendered) => rendered?,
            Err(error) => {
                let told = format!("Rendering Primary Top file failed, render error:\n{error}");
                let problem = problem(format!("Rendering Primary Top file failed: {}", error.message), &error);
                self.troubles.push(Trouble { problem, told });
                return None;
            }
        };
        let value = rendered.node.to_value();
        let locate = |steps: &[Step<'_>]| find(&rendered.node, steps).map(|node| (node.line, node.column));
        let (top, problems) = target::top::parse(&target::top::Rendered { value: &value, file: path, locate: &locate });
        self.troubles.extend(problems.into_iter().map(told));
        Some(top)
    }
}

/// A problem that may be told as it is.
pub(crate) fn told(problem: Problem) -> Trouble {
    let told = problem.message.clone();
    Trouble { problem, told }
}

fn find<'n>(node: &'n Node, steps: &[Step<'_>]) -> Option<&'n Node> {
    let mut here = node;
    for step in steps {
        here = match step {
            Step::Key(key) => here.as_map()?.iter().find(|(known, _)| known.as_scalar() == Some(*key)).map(|(_, value)| value)?,
            Step::Index(index) => here.as_list()?.get(*index)?,
        };
    }
    Some(here)
}

fn section_of<'t>(top: &'t mut Top, env: &str) -> &'t mut Section {
    let index = top.sections.iter().position(|section| section.env == env).unwrap_or_else(|| {
        top.sections.push(Section { env: env.to_owned(), entries: Vec::new() });
        top.sections.len() - 1
    });
    top.sections.get_mut(index).expect("the section was found or pushed just now")
}

fn put(section: &mut Section, entry: Entry) {
    match section.entries.iter_mut().find(|known| known.expression == entry.expression) {
        Some(known) => *known = entry,
        None => section.entries.push(entry),
    }
}

/// Where a place of the top file is, for problems with what it names.
pub(crate) fn place(place: &Place) -> Option<Place> {
    (!place.file.is_empty()).then(|| place.clone())
}
