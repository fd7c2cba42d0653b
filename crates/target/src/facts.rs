//! What is known of a minion when it is asked whether it matches.

use value::Value;

/// What is known of one minion.
pub trait Facts {
    /// Its id.
    fn id(&self) -> &str;
    /// Its grains, a mapping.
    fn grains(&self) -> &Value;
    /// Its pillar, a mapping.
    fn pillar(&self) -> &Value;
}

/// Facts held by reference.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Id of the minion.
    pub id: &'a str,
    /// Its grains.
    pub grains: &'a Value,
    /// Its pillar.
    pub pillar: &'a Value,
}

impl Facts for Known<'_> {
    fn id(&self) -> &str {
        self.id
    }

    fn grains(&self) -> &Value {
        self.grains
    }

    fn pillar(&self) -> &Value {
        self.pillar
    }
}
