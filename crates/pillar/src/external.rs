//! Sources of pillar data other than SLS files.

mod command;
mod file_tree;
mod git;
mod groups;
mod stack;

pub use command::Command;
pub use file_tree::FileTree;
pub use git::{Git, GitSource, Which};
pub use groups::{Groups, of as groups_of};
pub use stack::Stack;

use crate::Inputs;
use std::sync::Arc;
use value::{Map, Value};

/// What a source is asked for.
#[derive(Clone, Copy)]
pub struct Ask<'a> {
    /// What the pillar is compiled from; names the minion and its grains.
    pub inputs: &'a Inputs,
    /// What was compiled before this source.
    pub pillar: &'a Map,
    /// What the configuration says to this source.
    pub args: &'a Value,
}

impl Ask<'_> {
    /// Id of the minion.
    #[must_use]
    pub fn minion(&self) -> &str {
        &self.inputs.minion
    }

    /// An argument, where they are a mapping.
    #[must_use]
    pub fn arg(&self, name: &str) -> Option<&Value> {
        self.args.get(name).filter(|value| !value.is_null())
    }

    /// An argument that is to be a text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.arg(name).and_then(Value::as_str)
    }

    /// The environment of pillar that is meant where one has to be: `pillarenv`, else `saltenv`, else `base`.
    #[must_use]
    pub fn env(&self) -> &str {
        self.inputs.pillarenv.as_deref().or(self.inputs.saltenv.as_deref()).unwrap_or("base")
    }
}

/// An external source of pillar data (`ext_pillar`): a database, a command, a service, the user variables of the CMDB.
///
/// A source is asked anew for every pillar, on a thread that may wait, and has to end by itself within reasonable time: nobody gives it up.
/// Its answers are never kept by the compiler; one that is costly to ask keeps them itself, and knows when they are stale. It may be asked
/// for several minions at once. A source knows the minion only by its id and grains, and the grains are the minion's own word: what decides
/// over secrets goes by the id.
pub trait External: Send + Sync {
    /// Name under which the configuration lists it.
    fn name(&self) -> &str;

    /// Data for one minion.
    ///
    /// # Errors
    /// When the source cannot answer; the text is logged where the pillar is compiled, and the minion is told only the source's name.
    fn pillar(&self, ask: &Ask<'_>) -> Result<Map, String>;
}

/// A source that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSource {
    /// Nobody knows it.
    #[error(
        "`ext_pillar` knows no `{0}`; there are cmd_json, cmd_yaml, file_tree, git, http_json, http_yaml, nodegroups, stack and variables"
    )]
    Unknown(String),
    /// What it is told makes no sense.
    #[error("`ext_pillar`, `{name}`: {why}")]
    Arguments {
        /// The source.
        name: String,
        /// What is wrong.
        why: String,
    },
}

/// The source of a name, of those that need nothing but this machine. `None` for another name.
#[must_use]
pub fn source(name: &str) -> Option<Arc<dyn External>> {
    Some(match name {
        "cmd_json" => Arc::new(Command::Json),
        "cmd_yaml" => Arc::new(Command::Yaml),
        "file_tree" => Arc::new(FileTree),
        "nodegroups" => Arc::new(Groups),
        "stack" => Arc::new(Stack),
        _ => return None,
    })
}
