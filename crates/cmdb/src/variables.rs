//! User variables: values that operators keep in the CMDB, each in a scope, and every change of them under a number.

use crate::{Page, Paged, Result};
use async_trait::async_trait;
use model::{MinionId, Timestamp};
use value::Value;

/// Where a variable holds; what is narrower goes over what is wider.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// For every minion.
    Global,
    /// For the minions of a group.
    Group(String),
    /// For one minion.
    Host(MinionId),
}

/// A variable.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// Where it holds.
    pub scope: Scope,
    /// Its name, unique in its scope.
    pub name: String,
    /// Its value.
    pub value: Value,
    /// The version that made it what it is.
    pub version: u64,
    /// When that was.
    pub changed: Timestamp,
    /// Whose change it was.
    pub changed_by: String,
}

/// What a variable is to become.
#[derive(Clone, Debug, PartialEq)]
pub struct VariableChange {
    /// Where it holds.
    pub scope: Scope,
    /// Its name.
    pub name: String,
    /// Its new value; `None` removes it.
    pub value: Option<Value>,
}

/// What a variable was and became.
#[derive(Clone, Debug, PartialEq)]
pub struct VariableEdit {
    /// The version that did it.
    pub version: u64,
    /// Where it holds.
    pub scope: Scope,
    /// Its name.
    pub name: String,
    /// What it was; `None` where there was none.
    pub old: Option<Value>,
    /// What it became; `None` when it was removed.
    pub new: Option<Value>,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
}

/// User variables.
#[async_trait]
pub trait Variables: Send + Sync {
    /// Makes changes as one version: all of them or none. What is so already is no change; of several for one variable the last counts.
    /// Answers the version, higher than all before it, or `None` when nothing has changed.
    async fn change_variables(&self, changes: &[VariableChange], by: &str, at: Timestamp) -> Result<Option<u64>>;

    /// Variables by scope, the widest first, and name.
    async fn variables(&self, page: &Page) -> Result<Paged<Variable>>;

    /// What was done to the variables of a name, or to all, the newest first. What is removed keeps its history.
    async fn variable_history(&self, name: Option<&str>, page: &Page) -> Result<Paged<VariableEdit>>;

    /// The newest version; 0 before the first change.
    async fn variables_version(&self) -> Result<u64>;
}
