//! A compile that failed, as the answer to a run.
//!
//! What is returned are Salt's words, because tools compare them. Where a problem stands, the way out, and everything else that is wrong with
//! the tree go into notes beside the return, so that all of it can be mended at once.

use super::refused;
use crate::desk::Desk;
use model::Problem;
use sdk::Returned;
use sls::{Compiled, Plan};

/// The answer to a run whose compile failed.
pub fn of_compile(desk: &Desk, compiled: &Compiled<Plan>) -> Returned {
    for problem in compiled.problems.iter().filter(|problem| !tells_its_place(problem)) {
        note(desk, problem);
    }
    for problem in &compiled.beside {
        note(desk, problem);
    }
    let registry = &desk.core.registry;
    if !desk.core.loaded().config.lenient {
        engine::validate(&compiled.value, registry).iter().for_each(|problem| note(desk, problem));
    }
    engine::missing(&compiled.value, registry).iter().for_each(|problem| note(desk, problem));
    refused(problem_texts(&compiled.problems), 1)
}

/// A note of one line: the message of a problem may go on with an excerpt, which is in the return.
fn note(desk: &Desk, problem: &Problem) {
    if problem.place.is_none() && problem.hint.is_none() && problem.via.is_empty() {
        return;
    }
    let message = problem.message.lines().next().unwrap_or_default().to_owned();
    desk.note(Problem { message, excerpt: None, ..problem.clone() }.to_string());
}

/// Whether the place stands in the return: where Salt says no more than that a file did not render, nothing is compared that follows.
fn tells_its_place(problem: &Problem) -> bool {
    problem.hint.is_none() && (problem.message.starts_with("Rendering SLS") || problem.message.starts_with("Unable to render"))
}

/// The problems of a compile as the run's answer.
pub fn problem_texts(problems: &[Problem]) -> Vec<String> {
    let text = |problem: &Problem| match &problem.place {
        Some(place) if problem.message.starts_with("Rendering SLS") || problem.message.starts_with("Unable to render") => {
            let via: String = problem.via.iter().map(|place| format!("\n  read by {place}")).collect();
            format!("{}\n  at {place}{via}", problem.message)
        }
        _ => problem.message.clone(),
    };
    problems.iter().map(text).collect()
}
