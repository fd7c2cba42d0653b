//! What one file sees when it is rendered.

use std::sync::Arc;
use value::{Map, Value};

/// What one file sees when it is rendered.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Facts of the minion.
    pub grains: Arc<Value>,
    /// Pillar of the minion.
    pub pillar: Arc<Value>,
    /// Configuration.
    pub opts: Arc<Value>,
    /// Environment the file belongs to; imports are looked for there.
    pub env: String,
    /// The SLS the file is, if it is one: gives `sls`, `slspath`, `tplfile` and their kin.
    pub sls: Option<SlsFile>,
    /// Further variables by name. For a `file.managed` template: `name`, `source`, `user`, `group`, `mode`, `attrs`, then its `defaults`, then
    /// its `context`.
    pub extra: Map,
}

/// An SLS by name and file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlsFile {
    /// Name with dots: `web.nginx`.
    pub name: String,
    /// Path from the environment's root: `web/nginx/init.sls`.
    pub path: String,
}
