//! `match.*`: whether a minion is meant.

use super::{Done, Run, Runner, plain};
use crate::targets::matching;
use manager::Refusal;
use model::{MinionId, Target, TargetKind};
use value::Map;

/// The runners of this module.
pub const RUNNERS: &[Runner] = &[Runner {
    name: "match.compound_matches",
    arguments: &["expr", "minion_id"],
    doc: "Whether a compound target means a minion, on the facts that the master has of it.",
    body: |run| Box::pin(compound_matches(run)),
}];

async fn compound_matches(run: Run) -> Result<Done, Refusal> {
    let target = Target::new(TargetKind::Compound, run.arguments.text("expr")?);
    let minion = MinionId::new(run.arguments.text("minion_id")?).map_err(|error| Refusal::invalid(error.to_string()))?;
    let expression = target::parse(&target, &run.core.settings().nodegroups).map_err(|error| Refusal::invalid(error.to_string()))?;
    let is_meant = !matching(&run.core, &expression, vec![minion]).await?.is_empty();
    plain(Map::from_iter([("res", is_meant)]))
}
