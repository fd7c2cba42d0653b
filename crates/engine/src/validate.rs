//! Looks at the arguments of every chunk before the first one runs.

use model::{Problem, nearest};
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
    let Some(entry) = registry.state(&function) else {
        let problem = Problem::at(chunk.place.clone(), format!("State '{function}' was not found in SLS '{}'", chunk.sls));
        let hint = registry.nearest_state(&function).map(|near| format!("did you mean `{near}`?"));
        return vec![Misfit { word: None, problem: hint.into_iter().fold(problem, Problem::with_hint) }];
    };
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
        if word != "name" && !word.starts_with("__") && (!ENGINE_WORDS.contains(&word) || entry.takes(word)) {
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

/// Finds arguments that no state function knows. An unknown function is no problem here: it is the result of its chunk, as in Salt.
#[must_use]
pub fn validate(plan: &Plan, registry: &Registry) -> Vec<Problem> {
    plan.chunks.iter().flat_map(|chunk| unknown(chunk, registry)).collect()
}

/// Takes arguments that no state function knows out of a plan, where that is wanted (`lenient`). The problems are the warnings.
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

fn unknown(chunk: &Chunk, registry: &Registry) -> Vec<Problem> {
    unknown_words(chunk, registry).iter().map(|word| problem(chunk, word, registry)).collect()
}

fn unknown_words(chunk: &Chunk, registry: &Registry) -> Vec<String> {
    let Some(entry) = registry.state(&chunk.function()).filter(|entry| !entry.signature.extra) else { return Vec::new() };
    let words = chunk.args.keys().filter_map(value::Value::as_str);
    words.filter(|word| !word.starts_with("__") && !ENGINE_WORDS.contains(word) && !entry.takes(word)).map(str::to_owned).collect()
}

fn problem(chunk: &Chunk, word: &str, registry: &Registry) -> Problem {
    let function = chunk.function();
    let message = format!("'{word}' is an invalid keyword argument for '{function}' in state '{}' in SLS '{}'", chunk.id, chunk.sls);
    let known: Vec<&str> = registry
        .state(&function)
        .map(|entry| entry.signature.args.iter().flat_map(|spec| std::iter::once(spec.name).chain(spec.aliases.iter().copied())).collect())
        .unwrap_or_default();
    let hint = match nearest(word, known.iter().copied().chain(ENGINE_WORDS)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("it takes {}", known.join(", ")),
    };
    Problem::at(chunk.place.clone(), message).with_hint(hint)
}
