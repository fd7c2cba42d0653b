//! The way from inputs to a pillar.

use crate::Inputs;
use model::Problem;
use value::Map;

/// A pillar, and what went wrong on the way.
#[derive(Clone, Debug, Default)]
pub struct Compiled {
    /// The data. With problems, what could be compiled, and their texts under `_errors`.
    pub pillar: Map,
    /// Everything that went wrong.
    pub errors: Vec<Problem>,
}

/// Compiles the pillar of one minion.
#[must_use]
pub fn compile(inputs: &Inputs) -> Compiled {
    let _ = inputs;
    Compiled { pillar: Map::new(), errors: vec![Problem::new("compiling pillar is not built yet")] }
}
