//! `returner.*`: how the returners are.

use super::{Done, Run, Runner, plain};
use crate::core::refusal;
use cmdb::Page;
use manager::Refusal;
use value::{Map, Value};

/// The runners of this module.
pub const RUNNERS: &[Runner] = &[Runner {
    name: "returner.status",
    arguments: &[],
    doc: "How many returns wait for each returner, how many it refused, and what troubles it.",
    body: |run| Box::pin(status(run)),
}];

async fn count(run: &Run, room: &str) -> Result<usize, Refusal> {
    let (mut count, mut after) = (0, String::new());
    loop {
        let part = run.core.store.documents(room, &after, Page::MAX).await.map_err(|error| refusal(&error))?;
        count += part.len();
        match part.last() {
            Some(last) => after = last.name.clone(),
            None => return Ok(count),
        }
    }
}

async fn status(run: Run) -> Result<Done, Refusal> {
    let trouble = run.core.couriers.trouble();
    let mut all = Map::new();
    for name in run.core.couriers.returners().all.keys() {
        let mut row = Map::new();
        row.insert("waiting", count(&run, &format!("returner/{name}")).await?);
        row.insert("refused", count(&run, &format!("returner-refused/{name}")).await?);
        row.insert("trouble", Value::from(trouble.get(name).cloned()));
        all.insert(name.as_str(), row);
    }
    plain(all)
}
