//! Looks at the arguments of every chunk before the first one runs.

use model::{Problem, nearest};
use sdk::Registry;
use sls::{Chunk, ENGINE_WORDS, Plan};

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
