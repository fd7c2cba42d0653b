//! Doing what a reaction says.

use super::USER;
use super::queue::Waiting;
use super::reaction::{self, Place, Step};
use crate::core::Core;
use crate::policy::Side;
use crate::runners;
use crate::service::{Seen, blocking, call_function};
use crate::tree::Tree;
use api::{RunFunction, RunJob};
use manager::Caller;
use model::Call;
use sdk::CallArgs;
use std::sync::Arc;
use value::{Map, Value, text};

/// Renders a reaction and does its steps in order. Steps that are done are noted in `waiting`, also when a later one fails.
///
/// # Errors
/// With why a step failed.
pub async fn react(core: &Arc<Core>, waiting: &mut Waiting) -> Result<(), String> {
    let tree = Tree::new(core, Seen::master(core));
    let mut variables = Map::new();
    variables.insert("tag", waiting.tag.as_str());
    variables.insert("data", waiting.data.clone());
    let place = waiting.sls.clone();
    let rendered = blocking(move || tree.file(&place, variables)).await.map_err(|failure| failure.to_string())??;
    let Some(rendered) = rendered else { return Ok(()) };
    let steps = match rendered.node.to_value() {
        Value::Map(data) => reaction::read(&data)?,
        Value::Null => return Ok(()),
        _ => return Err(format!("`{}` does not render to a mapping of reactions", waiting.sls)),
    };
    for (place, step) in steps.into_iter().enumerate() {
        let key = format!("{place}:{}", step.id);
        if waiting.done.contains(&key) {
            continue;
        }
        let name = format!("`{}` of `{}`", step.function, step.id);
        run(core, step).await.map_err(|why| format!("{name}: {why}"))?;
        waiting.done.push(key);
    }
    Ok(())
}

async fn run(core: &Arc<Core>, step: Step) -> Result<(), String> {
    let caller = Caller { name: USER.to_owned(), ..Caller::master() };
    match step.place {
        // The job goes its own way: nobody waits for its returns here.
        Place::Local(target) => {
            let function = step.function.parse().map_err(|error: model::BadId| error.to_string())?;
            let request = RunJob::new(target, Call { function, args: step.args, kwargs: step.kwargs });
            let submitted = crate::jobs::submit(core, &caller, request).await.map_err(|refusal| refusal.to_string())?;
            if submitted.job.is_none() {
                tracing::warn!(reaction = step.id, "the target of a reaction means nobody");
            }
            Ok(())
        }
        Place::Runner => called(core, &caller, Side::Runner, step).await,
        Place::Wheel => called(core, &caller, Side::Wheel, step).await,
        Place::Caller => {
            let args = CallArgs::new(step.args, step.kwargs);
            let returned = call_function(core, Seen::master(core), &step.function, args).await.map_err(|failure| failure.to_string())?;
            if returned.retcode == 0 { Ok(()) } else { Err(format!("exit status {}: {}", returned.retcode, text::str(&returned.value))) }
        }
    }
}

/// A function of the master.
async fn called(core: &Arc<Core>, caller: &Caller, side: Side, step: Step) -> Result<(), String> {
    let request = RunFunction { function: step.function, args: step.args, kwargs: step.kwargs, detached: false };
    let result = runners::run(core, caller, side, request).await.map_err(|refusal| refusal.to_string())?;
    if result.success { Ok(()) } else { Err(text::str(&result.value)) }
}
