//! From a request to a report.

use super::prepare::{self, Options};
use super::{no_states, refused, request};
use crate::desk::Desk;
use crate::tree::Tree;
use model::Problem;
use sdk::{Cx, Failure, Returned};
use sls::{Plan, Request};
use std::sync::Arc;

/// Runs what the top file gives this minion.
pub async fn highstate(cx: &Cx, function: &str, options: &Options, top: Option<String>) -> Result<Returned, Failure> {
    let desk = prepare::of_cx(cx)?;
    let _held = match prepare::lock(&desk, function, options).await {
        Ok(held) => held,
        Err(refusal) => return Ok(*refusal),
    };
    let desk = match prepare::desk(&desk, options).await? {
        Ok(desk) => desk,
        Err(refusal) => return Ok(*refusal),
    };
    let given = options.clone();
    let (request, problems) = desk.blocking(move |desk| Ok(request::of_top(&desk, &given, top.as_deref()))).await?;
    if !problems.is_empty() {
        return Ok(refused(words(&problems), 1));
    }
    if request.wanted.iter().all(|(_, names)| names.is_empty()) {
        return Ok(no_states());
    }
    compile_and_run(&desk, options, request, None).await
}

/// Runs some SLS, or only some ids of them.
pub async fn sls(cx: &Cx, function: &str, options: &Options, names: Vec<String>, ids: Option<Vec<String>>) -> Result<Returned, Failure> {
    let desk = prepare::of_cx(cx)?;
    let _held = match prepare::lock(&desk, function, options).await {
        Ok(held) => held,
        Err(refusal) => return Ok(*refusal),
    };
    let desk = match prepare::desk(&desk, options).await? {
        Ok(desk) => desk,
        Err(refusal) => return Ok(*refusal),
    };
    let request = request::of_names(&desk, options, names);
    compile_and_run(&desk, options, request, ids).await
}

async fn compile_and_run(desk: &Arc<Desk>, options: &Options, request: Request, ids: Option<Vec<String>>) -> Result<Returned, Failure> {
    let compiled = desk.blocking(move |desk| Ok(sls::compile(&Tree::new(desk), &request))).await?;
    if !compiled.problems.is_empty() {
        return Ok(refused(words(&compiled.problems), 1));
    }
    let plan = match ids {
        None => compiled.value,
        Some(ids) => {
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            let plan = compiled.value.only_ids(&ids);
            if plan.chunks.is_empty() {
                return Err(Failure::failed(format!("No matches for ID '{}' found in the SLS", ids.join(","))));
            }
            plan
        }
    };
    execute(desk, options, plan).await
}

/// Runs a plan that was made by hand, with a fresh pillar.
pub async fn plan(cx: &Cx, function: &str, options: &Options, plan: Plan) -> Result<Returned, Failure> {
    let desk = prepare::of_cx(cx)?;
    match prepare::desk(&desk, options).await? {
        Ok(desk) => prepared_plan(&desk, function, options, plan).await,
        Err(refusal) => Ok(*refusal),
    }
}

/// Runs a plan on a desk that is prepared already.
pub async fn prepared_plan(desk: &Arc<Desk>, function: &str, options: &Options, plan: Plan) -> Result<Returned, Failure> {
    let _held = match prepare::lock(desk, function, options).await {
        Ok(held) => held,
        Err(refusal) => return Ok(*refusal),
    };
    execute(desk, options, plan).await
}

fn words(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(|problem| problem.message.clone()).collect()
}

async fn execute(_desk: &Arc<Desk>, _options: &Options, _plan: Plan) -> Result<Returned, Failure> {
    Err(Failure::unavailable("running states is not built yet"))
}
