//! What a chunk's requisites mean for it, given what became of the others. Pure.

use crate::Outcome;
use sls::{Kind, Plan};

/// What is to become of a chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// It runs; these watched chunks changed.
    Run {
        /// Some watched chunk changed, so the state reacts.
        react: bool,
        /// Chunks under plain `watch` that changed, which the reaction is told of.
        watched: Vec<usize>,
    },
    /// It fails, because these failed.
    Fail(Vec<usize>),
    /// It is left out; the comment says why.
    Skip(&'static str),
}

const NO_CHANGES: &str = "No changes detected";
const NO_ONFAIL: &str = "State was not run because onfail req did not change";
const NO_ONCHANGES: &str = "State was not run because none of the onchanges reqs changed";

/// What one group of requisites says.
#[derive(Debug, Default)]
struct Flags {
    failed: Vec<usize>,
    react: bool,
    watched: Vec<usize>,
    /// `prereq`: some target would change; some would not.
    go: bool,
    no_go: bool,
    onfail_blocked: bool,
    /// There are `onchanges`, and whether one of them changed.
    onchanges: Option<bool>,
}

/// Decides. `outcome` gives what became of a chunk, `rehearsal` what its test run gave; `is_test` is the mode of the run.
pub(crate) fn decide<'o>(
    plan: &Plan,
    chunk: usize,
    is_test: bool,
    outcome: &dyn Fn(usize) -> Option<&'o Outcome>,
    rehearsal: &dyn Fn(usize) -> Option<&'o Outcome>,
) -> Decision {
    let mut flags = Flags::default();
    for requisite in plan.requisites.get(chunk).into_iter().flatten() {
        let results = requisite.targets.iter().filter_map(|target| Some((*target, outcome(*target)?)));
        match requisite.kind {
            Kind::Require | Kind::Watch => {
                for (target, result) in results {
                    need(&mut flags, requisite.kind, target, result);
                }
            }
            Kind::RequireAny | Kind::WatchAny => {
                let mut own = Flags::default();
                let mut any = false;
                for (target, result) in results {
                    any |= result.result != Some(false) && result.ran;
                    need(&mut own, requisite.kind, target, result);
                }
                flags.react |= own.react;
                if !any {
                    flags.failed.append(&mut own.failed);
                }
            }
            Kind::Onchanges | Kind::OnchangesAny => {
                let triggered = results.into_iter().any(|(_, result)| result.result != Some(false) && result.triggers());
                flags.onchanges = Some(flags.onchanges.unwrap_or(false) || triggered);
            }
            Kind::Onfail | Kind::OnfailAny => {
                let (mut blocked, mut met) = (false, false);
                for (_, result) in results {
                    let is_ok = succeeded(result, is_test);
                    blocked |= is_ok;
                    met |= !is_ok && result.ran;
                }
                flags.onfail_blocked |= blocked && !met;
            }
            Kind::OnfailAll => flags.onfail_blocked |= results.into_iter().any(|(_, result)| succeeded(result, is_test)),
            Kind::Prereq => {
                for (target, result) in requisite.targets.iter().filter_map(|target| Some((*target, rehearsal(*target)?))) {
                    match result.result {
                        None => flags.go = true,
                        Some(true) => flags.no_go = true,
                        Some(false) => flags.failed.push(target),
                    }
                }
            }
            // Listeners act when the run is over.
            Kind::Listen => {}
        }
    }
    weigh(flags)
}

/// In test mode a predicted change counts as success: whether it would really fail nobody knows.
fn succeeded(result: &Outcome, is_test: bool) -> bool {
    result.result == Some(true) || (is_test && result.result.is_none())
}

fn need(flags: &mut Flags, kind: Kind, target: usize, result: &Outcome) {
    if result.result == Some(false) {
        flags.failed.push(target);
    } else if matches!(kind, Kind::Watch | Kind::WatchAny) && result.triggers() {
        flags.react = true;
        if kind == Kind::Watch && !flags.watched.contains(&target) {
            flags.watched.push(target);
        }
    }
}

/// The first that applies decides.
fn weigh(flags: Flags) -> Decision {
    let idle = flags.onchanges == Some(false);
    if !flags.failed.is_empty() {
        Decision::Fail(flags.failed)
    } else if flags.no_go && !flags.go {
        Decision::Skip(NO_CHANGES)
    } else if flags.onfail_blocked && flags.onchanges != Some(true) {
        Decision::Skip(NO_ONFAIL)
    } else if idle {
        Decision::Skip(NO_ONCHANGES)
    } else if flags.onfail_blocked && !flags.react {
        Decision::Skip(NO_ONFAIL)
    } else {
        Decision::Run { react: flags.react, watched: flags.watched }
    }
}
