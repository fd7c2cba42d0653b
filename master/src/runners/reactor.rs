//! `reactor.*`: what events lead to, and what came of it.

use super::{Done, Run, Runner, plain};
use crate::core::refusal;
use crate::reactor::{Queue, Rules, Waiting};
use manager::Refusal;
use model::Timestamp;
use std::sync::Arc;
use value::{Map, Value};

/// The runners of this module.
pub const RUNNERS: &[Runner] = &[
    Runner { name: "reactor.list", arguments: &[], doc: "Which events lead to which reactions.", body: |run| Box::pin(list(run)) },
    Runner {
        name: "reactor.waiting",
        arguments: &[],
        doc: "Reactions that wait, with the reason of the last attempt that failed.",
        body: |run| Box::pin(waiting(run)),
    },
    Runner { name: "reactor.dead", arguments: &[], doc: "Reactions that failed for good.", body: |run| Box::pin(dead(run)) },
    Runner {
        name: "reactor.retry",
        arguments: &["*args"],
        doc: "Try reactions that failed for good once more: those that are named, or all.",
        body: |run| Box::pin(retry(run)),
    },
    Runner {
        name: "reactor.forget",
        arguments: &["*args"],
        doc: "Forget reactions that failed for good: those that are named, or all.",
        body: |run| Box::pin(forget(run)),
    },
];

async fn list(run: Run) -> Result<Done, Refusal> {
    plain(Rules::to_value(&run.core.settings().config.reactor))
}

fn queue(run: &Run) -> Queue {
    Queue::new(Arc::clone(&run.core.store))
}

fn shown(waiting: &Waiting) -> (String, Value) {
    (waiting.name.clone(), waiting.to_value())
}

async fn waiting(run: Run) -> Result<Done, Refusal> {
    let waiting = queue(&run).waiting().await.map_err(|error| refusal(&error))?;
    plain(Value::Map(waiting.iter().map(shown).collect::<Map>()))
}

async fn dead(run: Run) -> Result<Done, Refusal> {
    let dead = queue(&run).dead().await.map_err(|error| refusal(&error))?;
    let with_time = |(waiting, at): &(Waiting, Timestamp)| {
        let (name, mut value) = shown(waiting);
        if let Some(map) = value.as_map_mut() {
            map.insert("given_up", at.to_string());
            map.remove("not_before");
        }
        (name, value)
    };
    plain(Value::Map(dead.iter().map(with_time).collect::<Map>()))
}

fn names(run: &Run) -> Vec<String> {
    run.arguments.rest().iter().map(value::text::str).collect()
}

async fn retry(run: Run) -> Result<Done, Refusal> {
    let count = queue(&run).raise(&names(&run), Timestamp::now()).await.map_err(|error| refusal(&error))?;
    plain(count)
}

async fn forget(run: Run) -> Result<Done, Refusal> {
    let count = queue(&run).forget(&names(&run)).await.map_err(|error| refusal(&error))?;
    plain(count)
}
