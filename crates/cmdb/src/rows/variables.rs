//! Rows of user variables and of their changes.

use super::{from_json, minion_id};
use crate::{Error, Result, Scope, Variable, VariableEdit};
use model::Timestamp;

/// A scope as number and name. The numbers leave room for scopes in between.
#[must_use]
pub fn scope_parts(scope: &Scope) -> (i16, &str) {
    match scope {
        Scope::Global => (0, ""),
        Scope::Group(name) => (30, name),
        Scope::Host(minion) => (40, minion.as_str()),
    }
}

fn scope(number: i16, subject: String) -> Result<Scope> {
    match number {
        0 => Ok(Scope::Global),
        30 => Ok(Scope::Group(subject)),
        40 => minion_id(&subject).map(Scope::Host),
        _ => Err(Error::corrupt("the scope of a variable", format!("`{number}` is no scope"))),
    }
}

fn version(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

/// scope, subject, name, version, changed, changed by, value.
pub type VariableRow = (i16, String, String, i64, i64, String, String);

/// A variable.
pub fn variable((number, subject, name, made, changed, changed_by, value): VariableRow) -> Result<Variable> {
    let value = from_json(|| format!("the variable `{name}`"), &value)?;
    Ok(Variable { scope: scope(number, subject)?, name, value, version: version(made), changed: Timestamp(changed), changed_by })
}

/// version, scope, subject, name, at, by, old, new.
pub type VariableEditRow = (i64, i16, String, String, i64, String, Option<String>, Option<String>);

/// What was done to a variable.
pub fn variable_edit((made, number, subject, name, at, by, old, new): VariableEditRow) -> Result<VariableEdit> {
    let read = |text: Option<String>| text.map(|text| from_json(|| format!("an old value of the variable `{name}`"), &text)).transpose();
    let (old, new) = (read(old)?, read(new)?);
    Ok(VariableEdit { version: version(made), scope: scope(number, subject)?, name, old, new, at: Timestamp(at), by })
}
