//! The table of every function and state, by name.

use crate::{CallArgs, Cx, FunctionEntry, Returned, StateEntry};
use model::{Failure, FailureKind, nearest};
use std::collections::BTreeMap;

/// A name that is in two tables.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is in the registry twice")]
pub struct Problem(pub String);

/// Every function and state there is, in the order of their names.
#[derive(Clone, Default)]
pub struct Registry {
    functions: BTreeMap<String, FunctionEntry>,
    states: BTreeMap<String, StateEntry>,
    twice: Vec<Problem>,
}

impl Registry {
    /// An empty table.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds functions. A later one of the same name replaces the earlier, and [`Registry::problems`] tells.
    pub fn add_functions(&mut self, entries: impl IntoIterator<Item = FunctionEntry>) {
        for entry in entries {
            let name = entry.name();
            if self.functions.insert(name.clone(), entry).is_some() {
                self.twice.push(Problem(name));
            }
        }
    }

    /// Adds states. A later one of the same name replaces the earlier, and [`Registry::problems`] tells.
    pub fn add_states(&mut self, entries: impl IntoIterator<Item = StateEntry>) {
        for entry in entries {
            let name = entry.name();
            if self.states.insert(name.clone(), entry).is_some() {
                self.twice.push(Problem(name));
            }
        }
    }

    /// Adds all of another table.
    pub fn merge(&mut self, other: Self) {
        self.add_functions(other.functions.into_values());
        self.add_states(other.states.into_values());
        self.twice.extend(other.twice);
    }

    /// Names that stood in two tables.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.twice
    }

    /// A function by name.
    #[must_use]
    pub fn function(&self, name: &str) -> Option<&FunctionEntry> {
        self.functions.get(name)
    }

    /// A state by name.
    #[must_use]
    pub fn state(&self, name: &str) -> Option<&StateEntry> {
        self.states.get(name)
    }

    /// Functions in the order of their names.
    pub fn functions(&self) -> impl Iterator<Item = (&str, &FunctionEntry)> {
        self.functions.iter().map(|(name, entry)| (name.as_str(), entry))
    }

    /// States in the order of their names.
    pub fn states(&self) -> impl Iterator<Item = (&str, &StateEntry)> {
        self.states.iter().map(|(name, entry)| (name.as_str(), entry))
    }

    /// The failure for a function that is not there.
    #[must_use]
    pub fn no_function(&self, name: &str) -> Failure {
        let failure = Failure::new(FailureKind::NoFunction, format!("'{name}' is not available.")).with_retcode(255);
        match nearest(name, self.functions.keys().map(String::as_str)) {
            Some(near) => failure.with_hint(format!("did you mean `{near}`?")),
            None => failure,
        }
    }

    /// Whether there are functions of a module.
    #[must_use]
    pub fn has_module(&self, module: &str) -> bool {
        let start = format!("{module}.");
        self.functions.range(start.clone()..).next().is_some_and(|(name, _)| name.starts_with(&start))
    }

    /// The function nearest to a name, for "did you mean".
    #[must_use]
    pub fn nearest_function(&self, name: &str) -> Option<&str> {
        nearest(name, self.functions.keys().map(String::as_str))
    }

    /// The state nearest to a name, for "did you mean".
    #[must_use]
    pub fn nearest_state(&self, name: &str) -> Option<&str> {
        nearest(name, self.states.keys().map(String::as_str))
    }

    /// Calls a function by name.
    pub async fn call(&self, name: &str, args: CallArgs, cx: &Cx) -> Result<Returned, Failure> {
        match self.functions.get(name) {
            Some(entry) => (entry.call)(args, cx).await,
            None => Err(self.no_function(name)),
        }
    }
}
