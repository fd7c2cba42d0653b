//! What a job knows of its own minion when a target asks whether it is meant.

use crate::desk::Desk;
use std::sync::OnceLock;
use target::Facts;
use value::Value;

/// Grains and pillar as the job sees them, and what the minion keeps by `data.*`, which is read when a target asks for it.
pub struct Itself<'a> {
    desk: &'a Desk,
    stored: OnceLock<Value>,
}

impl<'a> Itself<'a> {
    /// The minion of a job.
    #[must_use]
    pub const fn new(desk: &'a Desk) -> Self {
        Self { desk, stored: OnceLock::new() }
    }
}

impl Facts for Itself<'_> {
    fn id(&self) -> &str {
        &self.desk.facts().id
    }

    fn grains(&self) -> &Value {
        &self.desk.facts().grains
    }

    fn pillar(&self) -> &Value {
        &self.desk.facts().pillar
    }

    fn stored(&self) -> &Value {
        self.stored.get_or_init(|| match modules::data::load(&self.desk.cx()) {
            Ok(stored) => Value::Map(stored),
            Err(failure) => {
                self.desk.note(format!("targets of the kind `data` match nobody: {failure}"));
                Value::Null
            }
        })
    }
}
