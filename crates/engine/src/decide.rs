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
    /// Some target's failure makes the state fail.
    fails: bool,
    /// Every target that failed, whatever the kind of the requisite: all are named if the state fails.
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
        if !matches!(requisite.kind, Kind::Prereq | Kind::Listen) {
            flags.failed.extend(results.clone().filter(|(_, result)| result.result == Some(false)).map(|(target, _)| target));
        }
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
                flags.fails |= own.fails && !any;
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
                        Some(false) => {
                            flags.fails = true;
                            flags.failed.push(target);
                        }
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
        flags.fails = true;
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
    if flags.fails {
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

#[cfg(test)]
mod tests {
    use super::*;
    use sls::{Chunk, Requisite};
    use value::{Map, Value};

    /// Chunks that others refer to: succeeded, changed, failed, failed with changes, kept from running by a failure, skipped.
    const OK: usize = 0;
    const CHANGED: usize = 1;
    const BAD: usize = 2;
    const BAD_CHANGED: usize = 3;
    const HELD: usize = 4;
    const SKIPPED: usize = 5;

    fn outcomes() -> Vec<Outcome> {
        let changes = || Value::Map([("a", 1)].into_iter().collect::<Map>());
        vec![
            Outcome::ok(""),
            Outcome::new(Some(true), "", changes()),
            Outcome::failed(""),
            Outcome::new(Some(false), "", changes()),
            Outcome::kept(false, ""),
            Outcome::kept(true, ""),
        ]
    }

    fn decided(requisites: &[(Kind, &[usize])]) -> &'static str {
        let outcomes = outcomes();
        let mut plan = Plan { chunks: vec![Chunk::default(); 7], requisites: vec![Vec::new(); 7], ..Plan::default() };
        plan.requisites[6] = requisites.iter().map(|(kind, targets)| Requisite { kind: *kind, targets: targets.to_vec() }).collect();
        match decide(&plan, 6, false, &|index| outcomes.get(index), &|_| None) {
            Decision::Run { react: false, .. } => "runs",
            Decision::Run { react: true, .. } => "reacts",
            Decision::Fail(_) => "fails",
            Decision::Skip(_) => "skipped",
        }
    }

    #[test]
    fn requisites_mean_what_the_table_says() {
        use Kind::{Onchanges, OnchangesAny, Onfail, OnfailAll, OnfailAny, Require, RequireAny, Watch, WatchAny};
        type Row<'a> = (&'a [(Kind, &'a [usize])], &'a str);
        let table: &[Row<'_>] = &[
            (&[(Require, &[OK])], "runs"),
            (&[(Require, &[OK, BAD])], "fails"),
            (&[(Require, &[SKIPPED])], "runs"),
            (&[(Require, &[HELD])], "fails"),
            (&[(RequireAny, &[OK, BAD])], "runs"),
            (&[(RequireAny, &[BAD, BAD_CHANGED])], "fails"),
            (&[(RequireAny, &[SKIPPED, BAD])], "fails"),
            (&[(Watch, &[OK])], "runs"),
            (&[(Watch, &[CHANGED])], "reacts"),
            (&[(Watch, &[CHANGED, BAD])], "fails"),
            (&[(WatchAny, &[CHANGED, BAD])], "reacts"),
            (&[(WatchAny, &[OK, BAD])], "runs"),
            (&[(Onchanges, &[CHANGED])], "runs"),
            (&[(Onchanges, &[OK])], "skipped"),
            (&[(Onchanges, &[BAD_CHANGED])], "skipped"),
            (&[(Onchanges, &[HELD])], "skipped"),
            (&[(Onchanges, &[CHANGED, OK])], "runs"),
            (&[(OnchangesAny, &[BAD, CHANGED])], "runs"),
            (&[(Onfail, &[BAD])], "runs"),
            (&[(Onfail, &[OK])], "skipped"),
            (&[(Onfail, &[OK, BAD])], "runs"),
            (&[(Onfail, &[HELD])], "runs"),
            (&[(OnfailAny, &[OK, BAD])], "runs"),
            (&[(OnfailAll, &[OK, BAD])], "skipped"),
            (&[(OnfailAll, &[BAD, BAD_CHANGED])], "runs"),
            (&[(Require, &[OK]), (Onchanges, &[OK])], "skipped"),
            (&[(Require, &[BAD]), (Onchanges, &[OK])], "fails"),
            (&[(Require, &[BAD]), (Onfail, &[BAD])], "fails"),
            (&[(Onfail, &[BAD]), (Onchanges, &[OK])], "skipped"),
            (&[(Onfail, &[OK]), (Onchanges, &[CHANGED])], "skipped"),
            (&[(Watch, &[CHANGED]), (Onchanges, &[OK])], "skipped"),
        ];
        for (requisites, expected) in table {
            assert_eq!(decided(requisites), *expected, "{requisites:?}");
        }
    }
}
