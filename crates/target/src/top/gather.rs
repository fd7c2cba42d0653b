//! Reads the top files of all environments and merges them into one.

use super::{Include, Section, Top};
use model::{Glob, Problem};
use std::collections::BTreeSet;

/// How the top files of several environments become one (`top_file_merging_strategy`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strategy {
    /// The top file of `base` decides for every environment that it names; another one adds its own section where `base` has none.
    #[default]
    Merge,
    /// Each environment's top file decides for that environment alone.
    Same,
    /// Everything counts; the lists of one target follow each other.
    MergeAll,
}

impl std::str::FromStr for Strategy {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "merge" => Ok(Self::Merge),
            "same" => Ok(Self::Same),
            "merge_all" => Ok(Self::MergeAll),
            other => Err(format!("`{other}` is no strategy for top files; the strategies are merge, same, merge_all")),
        }
    }
}

/// Options of reading top files.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// How to merge.
    pub strategy: Strategy,
    /// Fixed order of environments (`env_order`); those it leaves out follow.
    pub env_order: Vec<String>,
    /// Environment whose section stands in for a missing top file under [`Strategy::Same`] (`default_top`).
    pub default_top: String,
    /// The only environment to read (`saltenv`).
    pub saltenv: Option<String>,
    /// Environment whose top file is the only one to be read (`state_top_saltenv`).
    pub top_saltenv: Option<String>,
}

/// Where top files come from.
pub trait TopFiles {
    /// The environments that exist.
    fn envs(&self) -> Vec<String>;
    /// The parsed top file of an environment, or `None` if it has none.
    fn top(&mut self, env: &str, problems: &mut Vec<Problem>) -> Option<Top>;
    /// The parsed fragment that an SLS holds, or `None` if there is no such SLS.
    fn fragment(&mut self, env: &str, sls: &str, problems: &mut Vec<Problem>) -> Option<Top>;
    /// All SLS names of an environment, for patterns.
    fn sls_names(&self, env: &str) -> Vec<String>;
}

/// Reads and merges the top files.
pub fn gather(settings: &Settings, files: &mut dyn TopFiles) -> (Top, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut tops = Vec::new();
    for env in envs(settings, files) {
        let Some(top) = files.top(&env, &mut problems) else { continue };
        let mut own = vec![top];
        fragments(&env, &mut own, files, &mut problems);
        tops.push((env, own));
    }
    let mut merged = match settings.strategy {
        Strategy::Merge => merge(&tops),
        Strategy::Same => same(&tops, settings, &files.envs()),
        Strategy::MergeAll => merge_all(&tops),
    };
    if let Some(only) = &settings.saltenv {
        merged.sections.retain(|section| section.env == *only);
    }
    (merged, problems)
}

/// Environments whose top files are read, in order.
fn envs(settings: &Settings, files: &dyn TopFiles) -> Vec<String> {
    if let Some(env) = settings.top_saltenv.as_ref().or(settings.saltenv.as_ref()) {
        return vec![env.clone()];
    }
    let known = files.envs();
    let mut ordered: Vec<String> = Vec::with_capacity(known.len());
    for env in settings.env_order.iter().filter(|env| known.contains(env)).chain(&known) {
        if !ordered.contains(env) {
            ordered.push(env.clone());
        }
    }
    ordered
}

/// Reads what `include` names, each once, also from fragments themselves.
fn fragments(env: &str, tops: &mut Vec<Top>, files: &mut dyn TopFiles, problems: &mut Vec<Problem>) {
    let mut seen = BTreeSet::new();
    let mut waiting: Vec<Include> = tops.iter_mut().flat_map(|top| std::mem::take(&mut top.includes)).collect();
    waiting.reverse();
    while let Some(include) = waiting.pop() {
        let mut names = vec![include.name.clone()];
        if Glob::is_pattern(&include.name) {
            let pattern = Glob::new(&include.name);
            let hits: Vec<_> = files.sls_names(env).into_iter().filter(|name| pattern.matches(name)).collect();
            if !hits.is_empty() {
                names = hits;
            }
        }
        for name in names.into_iter().filter(|name| seen.insert(name.clone())) {
            match files.fragment(env, &name, problems) {
                Some(mut top) => {
                    waiting.extend(std::mem::take(&mut top.includes).into_iter().rev());
                    tops.push(top);
                }
                None => problems.push(
                    Problem::at(include.place.clone(), format!("No matching sls found for '{name}' in env '{env}'"))
                        .with_hint("check the spelling, or take the include out"),
                ),
            }
        }
    }
}

type Tops = [(String, Vec<Top>)];

fn sections<'a>(tops: &'a Tops, of: impl Fn(&str) -> bool + 'a) -> impl Iterator<Item = (&'a str, &'a Section)> + 'a {
    tops.iter()
        .filter(move |(env, _)| of(env))
        .flat_map(|(env, tops)| tops.iter().flat_map(move |top| top.sections.iter().map(move |section| (env.as_str(), section))))
}

fn put_all(into: &mut Top, section: &Section) {
    let own = into.section_mut(&section.env);
    for entry in &section.entries {
        own.put(entry.clone());
    }
}

fn merge(tops: &Tops) -> Top {
    let mut merged = Top::default();
    for (_, section) in sections(tops, |env| env == "base") {
        put_all(&mut merged, section);
    }
    let claimed: BTreeSet<String> = merged.sections.iter().map(|section| section.env.clone()).collect();
    for (env, section) in sections(tops, |env| env != "base") {
        if section.env == env && !claimed.contains(env) {
            put_all(&mut merged, section);
        }
    }
    merged
}

fn same(tops: &Tops, settings: &Settings, envs: &[String]) -> Top {
    let mut merged = Top::default();
    for env in envs {
        if settings.saltenv.as_ref().is_some_and(|only| only != env) {
            continue;
        }
        let has_top = tops.iter().any(|(own, tops)| own == env && !tops.is_empty());
        let from = if has_top { env } else { &settings.default_top };
        for (_, section) in sections(tops, |own| own == from) {
            if section.env == *env {
                put_all(&mut merged, section);
            }
        }
    }
    merged
}

fn merge_all(tops: &Tops) -> Top {
    let mut merged = Top::default();
    for (_, section) in sections(tops, |_| true) {
        let own = merged.section_mut(&section.env);
        for entry in &section.entries {
            own.join(entry.clone());
        }
    }
    merged
}
