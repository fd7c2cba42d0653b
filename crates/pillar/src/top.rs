//! The top files of all environments as one.
//!
//! Unlike for states, no environment has a say over another: sections are joined in the order of the environments, and a target that is
//! named again gives way to the later one.

use crate::Inputs;
use crate::cache::{Made, Place as Where, Seen};
use crate::names::Names;
use crate::trouble::{Trouble, problem};
use crate::watch::Watch;
use model::{Place, Problem};
use render::{Renderer, Scope, Source};
use std::collections::HashSet;
use std::sync::Arc;
use target::top::{Entry, Include, Section, Step, Top};
use value::Map;
use yaml::Node;

/// What top files are read with.
pub(crate) struct With<'a> {
    pub(crate) inputs: &'a Inputs,
    pub(crate) names: &'a Names<'a>,
    pub(crate) renderer: &'a Renderer,
    pub(crate) scope: &'a Scope,
    pub(crate) facts: &'a Seen,
    pub(crate) watch: &'a Watch,
}

/// Reads, renders and joins the top files.
pub(crate) fn read(with: &With<'_>, troubles: &mut Vec<Trouble>) -> Top {
    let (inputs, names) = (with.inputs, with.names);
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
        let mut reader = Reader { env: &env, with, troubles, seen: HashSet::new() };
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
    with: &'a With<'a>,
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
            for name in self.with.names.expand(self.env, &include.name) {
                if self.seen.insert(name.clone())
                    && let Some(fragment) = self.fragment(&name, &include)
                {
                    self.join(fragment, joined);
                }
            }
        }
    }

    fn fragment(&mut self, name: &str, include: &Include) -> Option<Top> {
        match self.with.names.file(self.env, name) {
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
        match self.with.names.text(self.env, path) {
            Ok(text) => self.parse(path, text?),
            Err(error) => {
                self.troubles.push(Trouble::plain(error, None));
                None
            }
        }
    }

    fn parse(&mut self, path: &str, text: Arc<str>) -> Option<Top> {
        let With { inputs, facts, watch, .. } = self.with;
        let place = Where { tree: inputs.tree.clone(), env: self.env.to_owned(), sls: String::new(), path: path.to_owned() };
        let none = Map::new();
        let kept = inputs.cache.as_ref().and_then(|cache| cache.find(&place, &text, facts, &none, watch));
        if let Some(Made::Top(top)) = kept.as_deref() {
            return Some(top.clone());
        }
        let before = self.troubles.len();
        watch.take();
        let top = self.render(path, &text)?;
        let notes = watch.take();
        if let Some(cache) = inputs.cache.as_ref().filter(|_| self.troubles.len() == before) {
            cache.keep(&place, &text, facts, &none, notes, Arc::new(Made::Top(top.clone())));
        }
        Some(top)
    }

    fn render(&mut self, path: &str, text: &Arc<str>) -> Option<Top> {
        let scope = Scope { env: self.env.to_owned(), grains: self.with.facts.grains_for(text), ..self.with.scope.clone() };
        let rendered = match self.with.renderer.sls(&Source::new(path, Arc::clone(text)), &scope) {
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
