//! `salt.*`: states that send jobs to minions, call functions of the master, and wait.

mod function;
mod runner;
mod state;
mod wait;

pub use function::Function;
pub use runner::{ParallelRunners, Runner, Wheel};
pub use state::State;
pub use wait::WaitForEvent;

use crate::core::Core;
use crate::service::{core_of, user_of};
use manager::Caller;
use model::{MinionId, Target, TargetKind};
use sdk::{Failure, Read, Value};
use std::sync::Arc;
use value::text;

sdk::states!(salt, [State, Function, Runner, Wheel, ParallelRunners, WaitForEvent]);

/// The master behind a state.
fn core(read: &Read) -> Result<Arc<Core>, Failure> {
    core_of(read).ok_or_else(|| Failure::unavailable("this state runs in an orchestration of the master"))
}

/// On whose behalf an orchestration acts.
fn caller(read: &Read) -> Caller {
    Caller { name: user_of(read).unwrap_or_else(|| "master".to_owned()), ..Caller::master() }
}

/// Whether the run only predicts.
fn is_test(read: &Read) -> bool {
    read.opt("test").is_some_and(Value::is_truthy)
}

/// A target out of `tgt` and `tgt_type`.
fn target(tgt: &Value, kind: &str) -> Result<Target, Failure> {
    let kind: TargetKind = kind.parse().map_err(Failure::bad_arguments)?;
    let expression = match tgt {
        Value::List(items) => items.iter().map(text::str).collect::<Vec<_>>().join(if kind == TargetKind::List { "," } else { " " }),
        other => text::str(other),
    };
    // A list as such is a list of ids, whatever its kind says.
    let kind = if matches!(tgt, Value::List(_)) && kind == TargetKind::Glob { TargetKind::List } else { kind };
    let expression = if kind == TargetKind::List && matches!(tgt, Value::List(_)) { expression.replace(' ', ",") } else { expression };
    Ok(Target::new(kind, expression))
}

/// Names as a list, or a text with commas between them.
fn names(value: Option<&Value>) -> Vec<String> {
    match value {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::List(items)) => items.iter().map(text::str).collect(),
        Some(other) => text::str(other).split(',').map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect(),
    }
}

/// Minions in the order of their ids, with commas.
fn listed<'a>(minions: impl IntoIterator<Item = &'a MinionId>) -> String {
    minions.into_iter().map(MinionId::as_str).collect::<Vec<_>>().join(", ")
}
