//! One call of a state function, as low data has it.

use model::Place;
use std::fmt;
use std::sync::Arc;
use value::{Map, Value};

/// One call of a state function.
#[derive(Clone, Debug, Default)]
pub struct Chunk {
    /// State module, such as `pkg`.
    pub state: String,
    /// Function, such as `installed`.
    pub fun: String,
    /// What the function is about; the ID unless `name` says otherwise.
    pub name: String,
    /// The entry of `names` that this is, where that is no text: such a chunk is not run, and fails by itself.
    pub odd_name: Option<Value>,
    /// ID of the declaration.
    pub id: Arc<str>,
    /// SLS of the declaration.
    pub sls: Arc<str>,
    /// Environment of the SLS.
    pub env: Arc<str>,
    /// SLS that included this one, nearest first.
    pub included_from: Arc<[String]>,
    /// Order before requisites: a number, whole unless the chunk is one of `names`.
    pub order: Value,
    /// Place among the `names` of one state, from 1; 0 for a state without `names`.
    pub name_order: u32,
    /// Arguments, requisites and conditions included, as written.
    pub args: Map,
    /// Where the declaration stands.
    pub place: Place,
}

impl Chunk {
    /// `<state>_|-<id>_|-<name>_|-<fun>`: the key of the result.
    #[must_use]
    pub fn tag(&self) -> String {
        format!("{}_|-{}_|-{}_|-{}", self.state, self.id, self.name, self.fun)
    }

    /// The order as a number, for sorting.
    #[must_use]
    pub fn order_number(&self) -> f64 {
        match &self.order {
            Value::Bool(flag) => f64::from(u8::from(*flag)),
            other => other.as_float().unwrap_or(1.0),
        }
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
        map.insert("name", self.odd_name.clone().unwrap_or_else(|| Value::from(self.name.as_str())));
        map.insert("__sls__", &*self.sls);
        map.insert("__env__", &*self.env);
        map.insert("__id__", &*self.id);
        if !self.included_from.is_empty() {
            map.insert("__sls_included_from__", self.included_from.to_vec());
        }
        for (key, value) in &self.args {
            map.insert(key.clone(), value.clone());
        }
        map.insert("order", self.order.clone());
        map.insert("fun", self.fun.as_str());
        Value::Map(map)
    }
}

impl fmt::Display for Chunk {
    /// As cycles and failed requisites name it: `{'SLS': 'web', 'ID': 'nginx'}`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = |text: &str| value::text::repr(&Value::from(text));
        write!(f, "{{'SLS': {}, 'ID': {}", quoted(&self.sls), quoted(&self.id))?;
        if *self.name != *self.id {
            write!(f, ", 'NAME': {}", quoted(&self.name))?;
        }
        f.write_str("}")
    }
}
