//! What a pillar is compiled from.

use crate::{Cache, Decrypt, External};
use files::FileEnv;
use render::{Functions, Options};
use std::sync::Arc;
use value::{Map, Value};

/// How the data of several sources becomes one (`pillar_source_merging_strategy`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Merging {
    /// As `Recurse`.
    #[default]
    Smart,
    /// Mappings are merged all the way down.
    Recurse,
    /// Top-level keys are replaced.
    Aggregate,
    /// Top-level keys are replaced.
    Overwrite,
    /// Only the environment asked for is compiled.
    None,
}

/// Whether the external sources come before or after the SLS files (`ext_pillar_first`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// External data is merged over that of the files.
    #[default]
    FilesFirst,
    /// Files see external data and are merged over it.
    ExternalsFirst,
}

/// What a minion is told of an error (`pillar_safe_render_error`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SafeErrors {
    /// Only that an SLS did not render: its text may hold secrets.
    #[default]
    Hide,
    /// Everything.
    Show,
}

/// What a pillar is compiled from.
#[derive(Clone)]
pub struct Inputs {
    /// Id of the minion.
    pub minion: String,
    /// Its grains.
    pub grains: Arc<Value>,
    /// The folders of pillar files by environment (`pillar_roots`).
    pub roots: Arc<dyn FileEnv>,
    /// Where templates that pillar files import are looked for when the pillar folders do not have them; usually nothing.
    pub functions: Arc<dyn Functions>,
    /// Configuration, as templates see it in `opts`.
    pub opts: Arc<Value>,
    /// The one environment to compile (`pillarenv`); all of them without it.
    pub pillarenv: Option<String>,
    /// Environment of states the minion is set to (`saltenv`).
    pub saltenv: Option<String>,
    /// Data from the caller (`pillar=`): wins everywhere and is seen while rendering.
    pub overrides: Map,
    /// How sources are merged.
    pub merging: Merging,
    /// Whether lists are appended to instead of replaced (`pillar_merge_lists`).
    pub merge_lists: bool,
    /// Whether included files win over the file that includes them (`pillar_includes_override_sls`).
    pub includes_override: bool,
    /// External sources with their arguments, in order.
    pub externals: Vec<(Arc<dyn External>, Value)>,
    /// Whether externals come first.
    pub order: Order,
    /// What the minion is told of errors.
    pub safe_errors: SafeErrors,
    /// Options of rendering.
    pub render: Options,
    /// Named groups of minions (`nodegroups`), for targets.
    pub nodegroups: Map,
    /// Values that are opened once everything is merged (`decrypt_pillar`).
    pub decrypt: Decrypt,
    /// Files that were rendered before; without one, every file is rendered every time.
    pub cache: Option<Arc<Cache>>,
    /// Name of the tree in the cache, where one cache serves several: nothing for `pillar_roots`.
    pub tree: String,
}

impl Inputs {
    /// Inputs with nothing but the essentials.
    #[must_use]
    pub fn new(minion: impl Into<String>, grains: Arc<Value>, roots: Arc<dyn FileEnv>, functions: Arc<dyn Functions>) -> Self {
        Self {
            minion: minion.into(),
            grains,
            roots,
            functions,
            opts: Arc::new(Value::map()),
            pillarenv: None,
            saltenv: None,
            overrides: Map::new(),
            merging: Merging::default(),
            merge_lists: false,
            includes_override: false,
            externals: Vec::new(),
            order: Order::default(),
            safe_errors: SafeErrors::default(),
            render: Options::default(),
            nodegroups: Map::new(),
            decrypt: Decrypt::default(),
            cache: None,
            tree: String::new(),
        }
    }
}
