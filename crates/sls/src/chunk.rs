//! One call of a state function, as low data has it.

use model::Place;
use std::fmt;
use std::sync::Arc;
use value::{Map, Value};

/// Where a chunk stands in the order, before requisites are looked at. Entries of `names` stand behind each other within one number.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Order {
    /// The number that was given or counted.
    pub number: f64,
    /// Place among the `names` of one state, from 1; 0 for a state without `names`.
    pub name: u32,
}

impl Order {
    /// The order as low data shows it: a whole number, or with the place among `names` behind the point.
    #[must_use]
    pub fn to_value(self) -> Value {
        if self.name == 0 && self.number.fract() == 0.0 && self.number.abs() < 9.0e15 {
            Value::Int(self.number as i64)
        } else {
            Value::Float(self.number + f64::from(self.name) / 10_000.0)
        }
    }

    /// The order as one number, for sorting.
    #[must_use]
    pub fn number(self) -> f64 {
        self.number + f64::from(self.name) / 10_000.0
    }
}

/// One call of a state function.
#[derive(Clone, Debug)]
pub struct Chunk {
    /// State module, such as `pkg`.
    pub state: String,
    /// Function, such as `installed`.
    pub fun: String,
    /// What the function is about; the ID unless `name` says otherwise. Kept as written even when it is no text, so that the run can
    /// report it.
    pub name: Value,
    /// ID of the declaration.
    pub id: Arc<str>,
    /// SLS of the declaration.
    pub sls: Arc<str>,
    /// Environment of the SLS.
    pub env: Arc<str>,
    /// SLS that included this one, nearest first.
    pub included_from: Arc<[String]>,
    /// Order before requisites.
    pub order: Order,
    /// Arguments, requisites and conditions included, as written.
    pub args: Map,
    /// Where the declaration stands.
    pub place: Place,
}

impl Chunk {
    /// The name as text.
    #[must_use]
    pub fn name_text(&self) -> String {
        value::text::str(&self.name)
    }

    /// `<state>_|-<id>_|-<name>_|-<fun>`: the key of the result.
    #[must_use]
    pub fn tag(&self) -> String {
        format!("{}_|-{}_|-{}_|-{}", self.state, self.id, value::text::str(&self.name), self.fun)
    }

    /// Full name of the function: `pkg.installed`.
    #[must_use]
    pub fn function(&self) -> String {
        format!("{}.{}", self.state, self.fun)
    }

    /// The chunk as low data shows it.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut map = Map::with_capacity(self.args.len() + 8);
        map.insert("state", self.state.as_str());
        map.insert("name", self.name.clone());
        map.insert("__sls__", &*self.sls);
        map.insert("__env__", &*self.env);
        map.insert("__id__", &*self.id);
        if !self.included_from.is_empty() {
            map.insert("__sls_included_from__", self.included_from.to_vec());
        }
        for (key, value) in &self.args {
            map.insert(key.clone(), value.clone());
        }
        map.insert("order", self.order.to_value());
        map.insert("fun", self.fun.as_str());
        Value::Map(map)
    }
}

impl fmt::Display for Chunk {
    /// As cycles and failed requisites name it: `{'SLS': 'web', 'ID': 'nginx'}`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = |text: &str| value::text::repr(&Value::from(text));
        write!(f, "{{'SLS': {}, 'ID': {}", quoted(&self.sls), quoted(&self.id))?;
        if self.name.as_str() != Some(&self.id) {
            write!(f, ", 'NAME': {}", value::text::repr(&self.name))?;
        }
        f.write_str("}")
    }
}
