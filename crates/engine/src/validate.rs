//! Looks at the arguments of every chunk before the first one runs.

use crate::bounds::is_of_engine;
use model::{Problem, nearest, slip};
use sdk::Registry;
use sls::{Chunk, ENGINE_WORDS, Plan};
use value::{Map, Value};

/// Something that does not fit the function of a chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// The argument, if one is to blame.
    pub word: Option<String>,
    /// What is wrong.
    pub problem: Problem,
}

/// Everything that can be known about a chunk's function and arguments without running it. This says more than [`validate`]: also that
/// there is no such function, that arguments are missing, and that values are of the wrong kind, all of which a run reports as results.
#[must_use]
pub fn misfits(chunk: &Chunk, registry: &Registry) -> Vec<Misfit> {
    let function = chunk.function();
    let Some(entry) = registry.state(&function) else { return vec![Misfit { word: None, problem: no_function(chunk, registry) }] };
    let words = unknown_words(chunk, registry);
    if !words.is_empty() {
        let misfit = |word: String| Misfit { problem: problem(chunk, &word, registry), word: Some(word) };
        return words.into_iter().map(misfit).collect();
    }
    // What a slot gives is known when the chunk runs.
    if chunk.args.values().any(crate::slots::has_slot) {
        return Vec::new();
    }
    let mut args = Map::with_capacity(chunk.args.len() + 1);
    if entry.takes("name") || entry.signature.extra {
        args.insert("name", chunk.name.as_str());
    }
    for (key, value) in &chunk.args {
        let word = key.as_str().unwrap_or_default();
        if word != "name" && !word.starts_with("__") && !is_of_engine(word, entry) {
            args.insert(key.clone(), Value::clone(value));
        }
    }
    let Err(error) = (entry.prepare)(args) else { return Vec::new() };
    let (word, text) = match &error {
        sdk::ArgError::Missing { names, .. } => (None, format!("'{function}' needs `{}`", names.join("`, `"))),
        sdk::ArgError::Wrong { name, expected, given, .. } => {
            (Some((*name).to_owned()), format!("argument '{name}' of '{function}' must be {expected}, not `{given}`"))
        }
        other => (None, other.to_string()),
    };
    let message = format!("{text}, in state '{}' in SLS '{}'", chunk.id, chunk.sls);
    vec![Misfit { word, problem: Problem::at(chunk.place.clone(), message) }]
}

/// Functions of a plan that do not exist, each with its place and the way out. They do not stop a run: as in Salt, such a chunk has its own
/// result, whose words are Salt's and so have no room for either.
#[must_use]
pub fn missing(plan: &Plan, registry: &Registry) -> Vec<Problem> {
    let mut missing: Vec<Problem> = Vec::new();
    // A chunk without a function is one that was refused for that.
    for chunk in plan.chunks.iter().filter(|chunk| !chunk.fun.is_empty() && registry.state(&chunk.function()).is_none()) {
        let problem = no_function(chunk, registry);
        if !missing.contains(&problem) {
            missing.push(problem);
        }
    }
    missing
}

fn no_function(chunk: &Chunk, registry: &Registry) -> Problem {
    let function = chunk.function();
    let problem = Problem::at(chunk.place.clone(), format!("State '{function}' was not found in SLS '{}'", chunk.sls));
    match registry.nearest_state(&function) {
        Some(near) => problem.with_hint(format!("did you mean `{near}`?")),
        None => problem,
    }
}

/// Finds misspelt arguments: words that a state function does not know and that are a slip of the pen for one it knows, with a value that
/// would do for it. Another unknown word is no problem here: trees are full of arguments that Salt ignores, and [`strip`] warns of them. Nor is an unknown function: it is the
/// result of its chunk, as in Salt.
#[must_use]
pub fn validate(plan: &Plan, registry: &Registry) -> Vec<Problem> {
    let is_lent = plan.chunks.iter().any(|chunk| chunk.args.contains_key("use_in"));
    // What `use` brings along was written for another function.
    let is_borrowed = |chunk: &Chunk, word: &str| {
        let same = |other: &Chunk| !std::ptr::eq(other, chunk) && other.args.get(word) == chunk.args.get(word);
        (is_lent || chunk.args.contains_key("use")) && plan.chunks.iter().any(same)
    };
    let of_chunk = |chunk: &Chunk| {
        let mut words = unknown_words(chunk, registry);
        words.retain(|word| is_misspelt(chunk, word, registry) && !is_borrowed(chunk, word));
        words
    };
    plan.chunks.iter().flat_map(|chunk| of_chunk(chunk).into_iter().map(|word| problem(chunk, &word, registry))).collect()
}

/// Takes arguments that no state function knows out of a plan. The problems are the warnings.
pub fn strip(plan: &mut Plan, registry: &Registry) -> Vec<Problem> {
    let mut warnings = Vec::new();
    for chunk in &mut plan.chunks {
        let found = unknown_words(chunk, registry);
        warnings.extend(found.iter().map(|word| problem(chunk, word, registry)));
        for word in found {
            chunk.args.remove(&word);
        }
    }
    warnings
}

/// Whether a word is a slip of the pen for one that is not there as well. Both the spelling and the value must speak for it: a run is not
/// stopped for a guess.
fn is_misspelt(chunk: &Chunk, word: &str, registry: &Registry) -> bool {
    let missing = known_words(chunk, registry).into_iter().chain(ENGINE_WORDS).filter(|known| !chunk.args.contains_key(known));
    slip(word, missing).is_some_and(|meant| fits(chunk, meant, chunk.args.get(word), registry))
}

/// Whether a value would do for an argument: yes and no are meant for arguments that ask for them.
fn fits(chunk: &Chunk, meant: &str, value: Option<&Value>, registry: &Registry) -> bool {
    let entry = registry.state(&chunk.function());
    let spec = entry.and_then(|entry| entry.signature.args.iter().find(|spec| spec.name == meant || spec.aliases.contains(&meant)));
    let asks_for_it = |spec: &sdk::ArgSpec| ["yes", "True"].iter().any(|word| spec.expected.starts_with(word));
    !matches!(value, Some(Value::Bool(_))) || spec.is_none_or(asks_for_it)
}

/// Words that the function of a chunk knows.
fn known_words<'r>(chunk: &Chunk, registry: &'r Registry) -> Vec<&'r str> {
    registry
        .state(&chunk.function())
        .map(|entry| entry.signature.args.iter().flat_map(|spec| std::iter::once(spec.name).chain(spec.aliases.iter().copied())).collect())
        .unwrap_or_default()
}

fn unknown_words(chunk: &Chunk, registry: &Registry) -> Vec<String> {
    let Some(entry) = registry.state(&chunk.function()).filter(|entry| !entry.signature.extra) else { return Vec::new() };
    let words = chunk.args.keys().filter_map(value::Value::as_str);
    words.filter(|word| !word.starts_with("__") && !ENGINE_WORDS.contains(word) && !entry.takes(word)).map(str::to_owned).collect()
}

fn problem(chunk: &Chunk, word: &str, registry: &Registry) -> Problem {
    let function = chunk.function();
    let message = format!("'{word}' is an invalid keyword argument for '{function}' in state '{}' in SLS '{}'", chunk.id, chunk.sls);
    let known = known_words(chunk, registry);
    let hint = match nearest(word, known.iter().copied().chain(ENGINE_WORDS)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("it takes {}", known.join(", ")),
    };
    Problem::at(chunk.place.clone(), message).with_hint(hint)
}
