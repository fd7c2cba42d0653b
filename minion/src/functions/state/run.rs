//! From a request to a report.

use super::prepare::{self, Options};
use super::request::{self, Meant};
use super::services::Services;
use super::{disable, refusal, refused};
use crate::config::MinionConfig;
use crate::desk::Desk;
use crate::tree::Tree;
use sdk::{Cx, Failure, Returned, Value};
use sls::Plan;
use std::sync::Arc;

/// Runs the states that are meant, or only some ids of them.
pub async fn states(cx: &Cx, function: &str, options: &Options, meant: Meant, ids: Option<Vec<String>>) -> Result<Returned, Failure> {
    let desk = prepare::of_cx(cx)?;
    let disabled = match &meant {
        Meant::Names(names) => disable::refusal(cx.read(), names),
        Meant::Top(None) => disable::highstate_refusal(cx.read()),
        Meant::Top(Some(_)) => None,
    };
    if let Some(refusal) = disabled {
        return Ok(refusal);
    }
    let _held = match prepare::lock(&desk, function, options).await {
        Ok(held) => held,
        Err(refusal) => return Ok(*refusal),
    };
    let desk = match prepare::desk(&desk, options).await? {
        Ok(desk) => desk,
        Err(refusal) => return Ok(*refusal),
    };
    let given = options.clone();
    let names = match &meant {
        Meant::Names(names) => names.join(","),
        Meant::Top(_) => String::new(),
    };
    let env = options.env(&desk).unwrap_or_else(|| "base".to_owned());
    let compiled = desk
        .blocking(move |desk| {
            let request = request::meant(&desk, &given, meant);
            Ok(request.map(|request| sls::compile(&Tree::new(desk), &request)))
        })
        .await?;
    let compiled = match compiled {
        Ok(compiled) => compiled,
        Err(answer) => return Ok(*answer),
    };
    if !compiled.problems.is_empty() {
        return Ok(refusal::of_compile(&desk, &compiled));
    }
    let Some(ids) = ids else { return execute(&desk, options, compiled.value).await };
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let plan = compiled.value.only_ids(&ids);
    if plan.chunks.is_empty() {
        let message = format!("No matches for ID '{}' found in SLS '{names}' within saltenv '{env}'", ids.join(","));
        return Err(Failure::bad_arguments(format!("Passed invalid arguments: {message}.")));
    }
    execute(&desk, options, plan).await
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

/// Checks a plan's arguments, and lets the engine run it.
pub async fn execute(desk: &Arc<Desk>, options: &Options, mut plan: Plan) -> Result<Returned, Failure> {
    let registry = &desk.core.registry;
    let loaded = desk.core.loaded();
    if !loaded.config.lenient {
        let problems = engine::validate(&plan, registry);
        if !problems.is_empty() {
            return Ok(refused(problems.iter().map(ToString::to_string).collect(), 1));
        }
    }
    for problem in engine::strip(&mut plan, registry) {
        desk.note(format!("{problem}; it was ignored"));
    }
    for problem in engine::missing(&plan, registry) {
        desk.note(problem.to_string());
    }
    let services = Services::new(Arc::clone(desk));
    let report = engine::run(&plan, registry, &services, &engine_options(&loaded.config, desk, options)).await;
    if let Some(job) = desk.facts().job {
        desk.core.pauses.forget(&job.to_string());
    }
    let retcode = report.retcode();
    Ok(Returned { value: report.into_value(), retcode, out: Some("highstate") })
}

fn engine_options(config: &MinionConfig, desk: &Desk, options: &Options) -> engine::Options {
    let aggregate = match &config.state_aggregate {
        Value::List(modules) => engine::Aggregate::Modules(modules.iter().map(value::text::str).collect()),
        other if other.is_truthy() => engine::Aggregate::Always,
        _ => engine::Aggregate::Never,
    };
    let conditions = config.global_state_conditions.iter().map(|(function, targets)| engine::StateConditions {
        function: value::text::str(function),
        targets: match targets {
            Value::List(items) => items.iter().map(value::text::str).collect(),
            one => vec![value::text::str(one)],
        },
    });
    engine::Options {
        test: desk.facts().opts.get("test").is_some_and(Value::is_truthy),
        mock: options.mock,
        failhard: config.failhard,
        max_parallel: config.state_max_parallel.map_or(0, |most| usize::try_from(most).unwrap_or(0)),
        aggregate,
        conditions: conditions.collect(),
    }
}
