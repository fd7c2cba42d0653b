//! States that are not to run on this minion for a while: kept in the grain `state_runs_disabled`.

use super::{flatten, prepare, refused};
use crate::functions::grains::{change, current};
use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Returned, Value};
use value::text;

/// The grain that keeps the names.
const GRAIN: &str = "state_runs_disabled";
/// The name that stands for a highstate.
const HIGHSTATE: &str = "highstate";

/// What was disabled, as the grain has it.
fn disabled(grain: Option<&Value>) -> Vec<String> {
    grain.and_then(Value::as_list).map(|names| names.iter().map(text::str).collect()).unwrap_or_default()
}

/// The answer to a run of some of these SLS if one is disabled.
pub fn refusal(read: &Read, names: &[String]) -> Option<Returned> {
    let disabled = disabled(read.facts().grains.get(GRAIN));
    let told = |name: &String| {
        disabled
            .iter()
            .filter_map(|entry| match entry.contains(".*") {
                true => {
                    let module = entry.split('.').next().unwrap_or_default();
                    name.starts_with(&format!("{module}.")).then(|| {
                        format!("The state file \"{name}\" is currently disabled by \"{entry}\", to re-enable, run state.enable {entry}.")
                    })
                }
                false => (entry == name)
                    .then(|| format!("The state file \"{entry}\" is currently disabled, to re-enable, run state.enable {entry}.")),
            })
            .collect::<Vec<_>>()
    };
    let messages: Vec<String> = names.iter().flat_map(told).collect();
    (!messages.is_empty()).then(|| refused(messages, 1))
}

/// The answer to a highstate if it is disabled.
pub fn highstate_refusal(read: &Read) -> Option<Returned> {
    let is_disabled = disabled(read.facts().grains.get(GRAIN)).iter().any(|entry| entry == HIGHSTATE);
    is_disabled.then(|| {
        let members = [
            ("name", "Salt highstate run is disabled. To re-enable, run state.enable highstate"),
            ("result", "False"),
            ("comment", "Disabled"),
        ];
        Returned::from(Value::Map(members.into_iter().map(|(key, text)| (key, Value::from(text))).collect::<Map>()))
    })
}

/// What became of the names, a line each.
fn answer(lines: &[String]) -> Map {
    [("res", Value::from(true)), ("msg", Value::from(lines.join("\n")))].into_iter().collect()
}

async fn keep(cx: &Cx, names: &[String]) -> Result<(), Failure> {
    let list = Value::List(names.iter().map(|name| Value::from(name.as_str())).collect());
    change(cx, vec![(GRAIN.to_owned(), Some(list))]).await
}

/// Keep some states from running until they are enabled again.
///
/// ```salt
/// salt '*' state.disable highstate,web.nginx
/// ```
#[derive(Args)]
pub struct Disable {
    /// Names of SLS, `web.*` for all below a folder, or `highstate`.
    states: Value,
}

impl Action for Disable {
    type Output = Map;

    async fn call(self, cx: &Cx) -> Result<Map, Failure> {
        prepare::of_cx(cx)?;
        let before = disabled(current(cx, GRAIN).as_ref());
        let (mut after, mut lines) = (before.clone(), Vec::new());
        for name in flatten(Some(&self.states)) {
            if after.contains(&name) {
                lines.push(format!("Info: {name} state already disabled."));
            } else {
                lines.push(format!("Info: {name} state disabled."));
                after.push(name);
            }
        }
        if after != before {
            keep(cx, &after).await?;
        }
        Ok(answer(&lines))
    }
}

/// Let states run again that were disabled.
///
/// ```salt
/// salt '*' state.enable highstate
/// ```
#[derive(Args)]
pub struct Enable {
    /// Names as they were disabled.
    states: Value,
}

impl Action for Enable {
    type Output = Map;

    async fn call(self, cx: &Cx) -> Result<Map, Failure> {
        prepare::of_cx(cx)?;
        let before = disabled(current(cx, GRAIN).as_ref());
        let (mut after, mut lines) = (before.clone(), Vec::new());
        for name in flatten(Some(&self.states)) {
            if after.contains(&name) {
                lines.push(format!("Info: {name} state enabled."));
                after.retain(|entry| *entry != name);
            } else {
                lines.push(format!("Info: {name} state already enabled."));
            }
        }
        if after != before {
            keep(cx, &after).await?;
        }
        Ok(answer(&lines))
    }
}

/// List the states that are disabled.
///
/// ```salt
/// salt '*' state.list_disabled
/// ```
#[derive(Args)]
pub struct ListDisabled;

impl Query for ListDisabled {
    type Output = Value;

    /// As `grains.get` answers: an empty text where nothing was ever disabled.
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        Ok(read.facts().grains.get(GRAIN).cloned().unwrap_or_else(|| Value::from("")))
    }
}
