//! Variables that were set since the process began. The environment of a process belongs to all its threads and cannot be changed safely, so
//! what is set is kept here and given to each command.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How long a variable lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lasting {
    /// To the end of the job.
    Job,
    /// To the end of the agent.
    Agent,
}

/// Variables that were set (`Some`) or taken away (`None`).
#[derive(Debug, Default)]
pub struct Environ(Mutex<BTreeMap<String, Option<String>>>);

impl Environ {
    /// Nothing is set.
    #[must_use]
    pub const fn new() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }

    /// Sets a variable, or takes it away.
    pub fn set(&self, name: &str, value: Option<&str>) {
        self.lock().insert(name.to_owned(), value.map(str::to_owned));
    }

    /// A variable: `None` where nothing is known of it here.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Option<String>> {
        self.lock().get(name).cloned()
    }

    /// What is different from the environment beneath, in the form that a command takes.
    #[must_use]
    pub fn all(&self) -> Vec<(String, Option<String>)> {
        self.lock().iter().map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// Puts it over the variables beneath.
    pub fn lay_over(&self, beneath: &mut BTreeMap<String, String>) {
        for (name, value) in self.lock().iter() {
            match value {
                Some(value) => beneath.insert(name.clone(), value.clone()),
                None => beneath.remove(name),
            };
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Option<String>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
