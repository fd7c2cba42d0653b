//! `nodegroups`: the named groups that a minion is in.

use crate::{Ask, External};
use target::{Known, Nodegroups};
use value::{Map, Value};

/// The groups of a minion, as a list under `nodegroups` or the name that `pillar_name` gives.
#[derive(Clone, Copy, Debug)]
pub struct Groups;

impl External for Groups {
    fn name(&self) -> &str {
        "nodegroups"
    }

    fn pillar(&self, ask: &Ask<'_>) -> Result<Map, String> {
        let name = ask.text("pillar_name").unwrap_or("nodegroups");
        Ok(Map::from_iter([(name, of(ask)?.into_iter().collect::<Value>())]))
    }
}

/// Names of the groups that the minion is in, in the order of the configuration. A group by pillar is judged by what is compiled so far.
///
/// # Errors
/// When a group is no expression.
pub fn of(ask: &Ask<'_>) -> Result<Vec<String>, String> {
    let groups = Nodegroups::from_value(&Value::Map(ask.inputs.nodegroups.clone()));
    let pillar = Value::Map(ask.pillar.clone());
    let known = Known { id: ask.minion(), grains: &ask.inputs.grains, pillar: &pillar };
    let mut names = Vec::new();
    for name in ask.inputs.nodegroups.keys().filter_map(Value::as_str) {
        let target = model::Target::new(model::TargetKind::Nodegroup, name);
        let expression = target::parse(&target, &groups).map_err(|error| format!("the group `{name}`: {error}"))?;
        if expression.matches(&known) {
            names.push(name.to_owned());
        }
    }
    Ok(names)
}
