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
    /// What the estate says of its host, a mapping; only the master knows that.
    fn asset(&self) -> &Value {
        const { &Value::Null }
    }
    /// What it keeps by `data.*`, a mapping; only the minion knows that.
    fn stored(&self) -> &Value {
        const { &Value::Null }
    }
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

/// Facts with what the estate says of the host.
#[derive(Clone, Copy, Debug)]
pub struct KnownAsset<'a> {
    /// What the minion and its pillar say.
    pub known: Known<'a>,
    /// What the estate says.
    pub asset: &'a Value,
}

impl Facts for KnownAsset<'_> {
    fn id(&self) -> &str {
        self.known.id
    }

    fn grains(&self) -> &Value {
        self.known.grains
    }

    fn pillar(&self) -> &Value {
        self.known.pillar
    }

    fn asset(&self) -> &Value {
        self.asset
    }
}
