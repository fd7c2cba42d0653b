//! Goes through a tree: pillar, top file, the states of this minion, and then every other SLS by itself.

use super::StandIns;
use crate::desk::Desk;
use crate::functions::state::prepare::Options;
use crate::functions::state::request::{self, Tops};
use crate::tree::Tree;
use engine::Misfit;
use model::{Glob, Place, Problem, nearest};
use sls::{Compiled, Loaded, Plan, Request, SlsSource, Unloaded};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

/// States of the master: they stand in the same tree and are run by orchestration.
const OF_THE_MASTER: &str = "salt";

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// Every problem once, in the order of files and lines.
    pub problems: Vec<Problem>,
    /// How many SLS were looked at.
    pub checked: usize,
    /// Functions that templates asked for and that were not called.
    pub not_called: Vec<String>,
}

/// Looks over the tree that a desk sees. Blocks.
pub fn lint(desk: &Arc<Desk>, pillar: Vec<Problem>, exclude: &[Glob]) -> Found {
    let tree = Memo { tree: Tree::new(Arc::clone(desk)), loaded: Mutex::default() };
    let mut lint = Lint { desk, tree: &tree, problems: pillar, covered: BTreeSet::new() };
    let options = Options::default();
    lint.top(&options);
    let (request, _) = request::of_top(desk, &options, None);
    lint.compile(&request);
    let top = desk.core.loaded().config.state_top.clone();
    let top = top.trim_end_matches(".sls").replace('/', ".");
    let mut checked = 0;
    for env in tree.envs() {
        for sls in tree.names(&env) {
            if sls == top || exclude.iter().any(|pattern| pattern.matches(&sls)) {
                continue;
            }
            checked += 1;
            if !lint.covered.contains(&(env.clone(), sls.clone())) {
                lint.compile(&Request { options: request.options.clone(), ..Request::sls(env.clone(), [sls]) });
            }
        }
    }
    let not_called = desk.core.stand_ins.get().map(StandIns::asked).unwrap_or_default();
    Found { problems: settled(lint.problems, desk), checked, not_called }
}

struct Lint<'a> {
    desk: &'a Arc<Desk>,
    tree: &'a Memo,
    problems: Vec<Problem>,
    /// SLS that were compiled without a problem as part of something else.
    covered: BTreeSet<(String, String)>,
}

impl Lint<'_> {
    /// Everything in the top file, also what it gives to other minions.
    fn top(&mut self, options: &Options) {
        let Tops { merged, problems, unmatched, .. } = request::tops(self.desk, options, None);
        self.problems.extend(problems);
        self.problems.extend(unmatched);
        let envs = self.tree.envs();
        for section in &merged.sections {
            for item in section.entries.iter().flat_map(|entry| &entry.items) {
                let env = item.env.as_ref().unwrap_or(&section.env);
                if Glob::is_pattern(&item.sls) || !envs.contains(env) {
                    continue;
                }
                let names = self.tree.names(env);
                if !names.contains(&item.sls) {
                    let message = format!("No matching sls found for '{}' in env '{env}'", item.sls);
                    let hint = nearest(&item.sls, names.iter().map(String::as_str)).map(|near| format!("did you mean `{near}`?"));
                    self.problems.push(hint.into_iter().fold(Problem::at(item.place.clone(), message), Problem::with_hint));
                }
            }
        }
    }

    fn compile(&mut self, request: &Request) {
        let Compiled { value, problems, beside, read } = sls::compile(self.tree, request);
        if problems.is_empty() {
            self.covered.extend(read);
        }
        self.problems.extend(problems.into_iter().chain(beside));
        self.arguments(&value);
    }

    fn arguments(&mut self, plan: &Plan) {
        for chunk in plan.chunks.iter().filter(|chunk| chunk.state != OF_THE_MASTER) {
            for Misfit { word, mut problem } in engine::misfits(chunk, &self.desk.core.registry) {
                if let (Some(word), Some(place)) = (word, &mut problem.place) {
                    let text = self.desk.read_text(&chunk.env, &place.file).ok().flatten();
                    if let Some(line) = text.and_then(|text| line_of_argument(&text, place.line, &word)) {
                        *place = Place { line, column: 0, file: std::mem::take(&mut place.file) };
                    }
                }
                self.problems.push(problem);
            }
        }
    }
}

/// Where an argument of a state stands: the state's own place is that of its function.
fn line_of_argument(text: &str, from: u32, word: &str) -> Option<u32> {
    let first = usize::try_from(from).ok()?.checked_sub(1)?;
    let depth = |line: &str| line.len() - line.trim_start().len();
    let own = text.lines().nth(first).map(depth)?;
    for (index, line) in text.lines().enumerate().skip(first + 1) {
        let written = line.trim();
        if !written.is_empty() && !written.starts_with(['#', '{']) && depth(line) < own {
            return None;
        }
        let argument = written.strip_prefix("- ").map(str::trim_start);
        if argument.and_then(|argument| argument.strip_prefix(word)).is_some_and(|rest| rest.trim_start().starts_with(':')) {
            return u32::try_from(index + 1).ok();
        }
    }
    None
}

/// Each problem once, in order, with lines of its file.
fn settled(problems: Vec<Problem>, desk: &Desk) -> Vec<Problem> {
    let mut seen = HashSet::new();
    let mut all: Vec<Problem> = problems
        .into_iter()
        // One and the same mistake is met by every SLS that includes the file.
        .filter(|problem| seen.insert((problem.place.clone(), problem.message.clone())))
        .map(|problem| with_excerpt(problem, desk))
        .collect();
    let key = |problem: &Problem| problem.place.as_ref().map(|place| (place.file.clone(), place.line, place.column));
    all.sort_by_key(key);
    let mut seen = HashSet::new();
    // A template that does not render fails under the name of each SLS that reads it.
    all.retain(|problem| !is_render(problem) || seen.insert((problem.place.clone(), last_words(&problem.message).to_owned())));
    all
}

fn is_render(problem: &Problem) -> bool {
    problem.message.starts_with("Rendering SLS") && problem.place.is_some()
}

fn last_words(message: &str) -> &str {
    message.split_once(" failed: ").map_or(message, |(_, words)| words)
}

fn with_excerpt(mut problem: Problem, desk: &Desk) -> Problem {
    // A render error repeats its excerpt in its words.
    if let Some((words, _)) = problem.message.split_once("\n\n---") {
        problem.message = words.to_owned();
    }
    let Some(place) = problem.place.as_ref().filter(|place| place.line > 0) else { return problem };
    let env = desk.core.files().envs().into_iter().find_map(|env| desk.read_text(&env, &place.file).ok().flatten());
    if let Some(text) = env {
        problem.excerpt = Some(excerpt(&text, place.line));
    }
    problem
}

/// The line and its neighbours, numbered.
fn excerpt(text: &str, line: u32) -> String {
    let line = usize::try_from(line).unwrap_or(usize::MAX);
    let around = text.lines().enumerate().map(|(index, text)| (index + 1, text));
    let shown = around.skip_while(|(number, _)| number + 1 < line).take_while(|(number, _)| *number <= line.saturating_add(1));
    let rows: Vec<String> = shown
        .map(|(number, text)| format!("{} {number:>4} | {text}", if number == line { ">" } else { " " }).trim_end().to_owned())
        .collect();
    rows.join("\n")
}

/// A tree of which each SLS is rendered once.
struct Memo {
    tree: Tree,
    loaded: Mutex<BTreeMap<(String, String), Result<Loaded, Unloaded>>>,
}

impl SlsSource for Memo {
    fn envs(&self) -> Vec<String> {
        SlsSource::envs(&self.tree)
    }

    fn names(&self, env: &str) -> Vec<String> {
        self.tree.names(env)
    }

    fn load(&self, env: &str, sls: &str) -> Result<Loaded, Unloaded> {
        let key = (env.to_owned(), sls.to_owned());
        if let Some(known) = self.loaded.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return known.clone();
        }
        let loaded = self.tree.load(env, sls);
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner).insert(key, loaded.clone());
        loaded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_is_found_in_its_own_state_only() {
        let text = "a:\n  file.managed:\n    - name: /a\n    - moed: 1\nb:\n  file.managed:\n    - user: x\n";
        assert_eq!(line_of_argument(text, 2, "moed"), Some(4));
        assert_eq!(line_of_argument(text, 2, "user"), None);
        assert_eq!(excerpt(text, 4), "     3 |     - name: /a\n>    4 |     - moed: 1\n     5 | b:");
    }
}
