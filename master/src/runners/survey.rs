//! `survey.*`: who gives the same answer, and how the others differ.

use super::{Done, Run, Runner, plain};
use manager::Refusal;
use model::Call;
use modules::file::diff::unified_joined;
use std::cmp::Reverse;
use value::{Map, Value, text};

/// The runners of this module.
pub const RUNNERS: &[Runner] = &[
    Runner {
        name: "survey.hash",
        arguments: &["tgt", "fun", "*args", "**kwargs"],
        doc: "Run a function and put minions with the same answer together, the largest pool last; `survey_sort=up|down`.",
        body: |run| Box::pin(hash(run)),
    },
    Runner {
        name: "survey.diff",
        arguments: &["tgt", "fun", "*args", "**kwargs"],
        doc: "The same, with each answer shown as it differs from that of the largest pool.",
        body: |run| Box::pin(diff(run)),
    },
];

/// Minions with the same answer.
struct Pool {
    minions: Vec<String>,
    answer: Value,
}

async fn pools(run: &Run) -> Result<(Vec<Pool>, bool), Refusal> {
    let arguments = &run.arguments;
    let mut kwargs = arguments.extra().clone();
    let order = kwargs.remove("survey_sort").map(|order| text::str(&order)).unwrap_or_default();
    kwargs.remove("survey_timeout");
    let function = arguments.text("fun")?.parse().map_err(|error: model::BadId| Refusal::invalid(error.to_string()))?;
    let request = api::RunJob::new(arguments.target()?, Call { function, args: arguments.rest().to_vec(), kwargs });
    let mut pools: Vec<Pool> = Vec::new();
    for returned in crate::jobs::gather(&run.core, &run.caller, request, None).await? {
        let minion = returned.minion.to_string();
        match pools.iter_mut().find(|pool| pool.answer == returned.value) {
            Some(pool) => pool.minions.push(minion),
            None => pools.push(Pool { minions: vec![minion], answer: returned.value }),
        }
    }
    pools.iter_mut().for_each(|pool| pool.minions.sort());
    // Of pools of one size the names decide, so that two runs look alike.
    pools.sort_by(|a, b| a.minions.len().cmp(&b.minions.len()).then_with(|| a.minions.cmp(&b.minions)));
    Ok((pools, order == "down"))
}

fn shown(mut pools: Vec<(Vec<String>, Value)>, is_down: bool) -> Result<Done, Refusal> {
    if is_down {
        pools.sort_by_key(|(minions, _)| Reverse(minions.len()));
    }
    let pool = |(minions, result): (Vec<String>, Value)| {
        let mut shown = Map::new();
        shown.insert("pool", minions);
        shown.insert("result", result);
        Value::Map(shown)
    };
    plain(Value::List(pools.into_iter().map(pool).collect()))
}

async fn hash(run: Run) -> Result<Done, Refusal> {
    let (pools, is_down) = pools(&run).await?;
    shown(pools.into_iter().map(|pool| (pool.minions, pool.answer)).collect(), is_down)
}

async fn diff(run: Run) -> Result<Done, Refusal> {
    let (pools, is_down) = pools(&run).await?;
    let text = |value: &Value| match value {
        Value::Str(text) => text.clone(),
        other => yaml::dump(other, &yaml::DumpOptions::default()),
    };
    let largest = pools.last().map(|pool| text(&pool.answer)).unwrap_or_default();
    let of = |pool: Pool| {
        let own = text(&pool.answer);
        let difference = if own == largest { own } else { unified_joined(&largest, &own) };
        (pool.minions, Value::from(difference))
    };
    shown(pools.into_iter().map(of).collect(), is_down)
}
