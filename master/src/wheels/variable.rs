//! `variable.*`: user variables, which are part of the pillar.

use crate::core::refusal;
use crate::runners::{Done, Run, Runner, plain};
use crate::variables::{self, scope_text};
use cmdb::{Page, Scope, Variable, VariableChange};
use manager::Refusal;
use model::MinionId;
use value::{Map, Value};

/// The functions of this module.
pub const WHEELS: &[Runner] = &[
    Runner {
        name: "variable.set",
        arguments: &["name", "value", "group", "host"],
        doc: "Set a variable for all minions, for a group, or for one; it is part of their pillar.",
        body: |run| Box::pin(set(run)),
    },
    Runner {
        name: "variable.remove",
        arguments: &["name", "group", "host"],
        doc: "Remove a variable of all minions, of a group, or of one.",
        body: |run| Box::pin(remove(run)),
    },
    Runner {
        name: "variable.list",
        arguments: &["group", "host"],
        doc: "Variables with their scopes; of a group or a host alone if asked.",
        body: |run| Box::pin(list(run)),
    },
    Runner {
        name: "variable.explain",
        arguments: &["host"],
        doc: "The variables that a minion sees, and which scope each comes from.",
        body: |run| Box::pin(explain(run)),
    },
    Runner {
        name: "variable.history",
        arguments: &["name", "limit"],
        doc: "What was done to the variables of a name, or to all, the newest first.",
        body: |run| Box::pin(history(run)),
    },
];

fn host(run: &Run) -> Result<Option<MinionId>, Refusal> {
    run.arguments.optional_text("host").map(MinionId::new).transpose().map_err(|error| Refusal::invalid(error.to_string()))
}

/// The scope that is named, if one is.
fn named_scope(run: &Run) -> Result<Option<Scope>, Refusal> {
    match (run.arguments.optional_text("group"), host(run)?) {
        (None, None) => Ok(None),
        (Some(group), None) => Ok(Some(Scope::Group(group))),
        (None, Some(host)) => Ok(Some(Scope::Host(host))),
        (Some(_), Some(_)) => Err(Refusal::invalid("a variable is a group's or a host's: give one of `group` and `host`")),
    }
}

async fn change(run: &Run, value: Option<Value>) -> Result<Done, Refusal> {
    let scope = named_scope(run)?.unwrap_or(Scope::Global);
    let change = VariableChange { scope, name: run.arguments.text("name")?, value };
    let version = variables::change(&run.core, &run.caller, vec![change]).await?;
    plain(Value::Map(Map::from_iter([("changed", Value::from(version.is_some())), ("version", version.map_or(Value::Null, Value::from))])))
}

async fn set(run: Run) -> Result<Done, Refusal> {
    // `null` is a value as good as any; leaving the argument out is not.
    let Some(value) = run.arguments.given("value").cloned() else {
        return Err(Refusal::invalid("`variable.set` needs the argument `value`"));
    };
    change(&run, Some(value)).await
}

async fn remove(run: Run) -> Result<Done, Refusal> {
    change(&run, None).await
}

fn shown(variable: Variable) -> Value {
    let mut shown = Map::new();
    shown.insert("scope", scope_text(&variable.scope));
    shown.insert("name", variable.name);
    shown.insert("value", variable.value);
    shown.insert("version", variable.version);
    shown.insert("changed", variable.changed.to_string());
    shown.insert("changed_by", variable.changed_by);
    Value::Map(shown)
}

async fn list(run: Run) -> Result<Done, Refusal> {
    let found = match named_scope(&run)? {
        Some(scope) => run.core.variables.of(&[scope]),
        None => run.core.variables.all(),
    };
    plain(found.into_iter().map(shown).collect::<Value>())
}

async fn explain(run: Run) -> Result<Done, Refusal> {
    let Some(minion) = host(&run)? else { return Err(Refusal::invalid("`variable.explain` needs the argument `host`")) };
    let seen = variables::seen_by(&run.core, &minion).await?;
    plain(seen.into_values().map(shown).collect::<Value>())
}

async fn history(run: Run) -> Result<Done, Refusal> {
    let limit = run.arguments.get("limit").and_then(Value::as_int).and_then(|limit| u32::try_from(limit).ok()).unwrap_or(100);
    let name = run.arguments.optional_text("name");
    let found = run.core.store.variable_history(name.as_deref(), &Page::first(limit)).await.map_err(|error| refusal(&error))?;
    let lines = found.items.into_iter().map(|edit| {
        let mut line = Map::new();
        line.insert("version", edit.version);
        line.insert("scope", scope_text(&edit.scope));
        line.insert("name", edit.name);
        line.insert("old", edit.old.unwrap_or_default());
        line.insert("new", edit.new.unwrap_or_default());
        line.insert("at", edit.at.to_string());
        line.insert("by", edit.by);
        Value::Map(line)
    });
    plain(lines.collect::<Value>())
}
