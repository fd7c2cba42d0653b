//! Which SLS of a merged top file a minion gets.

use super::Top;
use crate::{Facts, Nodegroups, parse_leniently};
use model::{Place, Problem, Target};

/// One SLS that a minion gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// SLS name or pattern.
    pub sls: String,
    /// A missing SLS is no error.
    pub ignore_missing: bool,
    /// Where the top file asks for it.
    pub place: Place,
}

/// What a minion gets, by environment, in the order of the targets. The same SLS stands there as often as it was asked for.
pub type SlsNames = Vec<(String, Vec<Chosen>)>;

/// Asks every target of a top file. A target that is malformed matches nobody and is named among the problems.
#[must_use]
pub fn choose(top: &Top, facts: &dyn Facts, nodegroups: &Nodegroups) -> (SlsNames, Vec<Problem>) {
    let mut names = SlsNames::new();
    let mut problems = Vec::new();
    for section in &top.sections {
        let mut entries: Vec<_> = section.entries.iter().collect();
        entries.sort_by_key(|entry| entry.order);
        for entry in entries {
            match parse_leniently(&Target::new(entry.kind, entry.expression.as_str()), nodegroups) {
                Ok(expression) if expression.matches(facts) => {
                    for item in &entry.items {
                        let env = item.env.as_ref().unwrap_or(&section.env);
                        let chosen = Chosen { sls: item.sls.clone(), ignore_missing: entry.ignore_missing, place: item.place.clone() };
                        add(&mut names, env, chosen);
                    }
                }
                Ok(_) => {}
                Err(error) => {
                    let problem =
                        Problem::at(entry.place.clone(), format!("target `{}` matches nobody: {}", entry.expression, error.message));
                    problems.push(match error.hint {
                        Some(hint) => problem.with_hint(hint),
                        None => problem,
                    });
                }
            }
        }
    }
    (names, problems)
}

fn add(names: &mut SlsNames, env: &str, chosen: Chosen) {
    match names.iter_mut().find(|(known, _)| known == env) {
        Some((_, list)) => list.push(chosen),
        None => names.push((env.to_owned(), vec![chosen])),
    }
}
