//! The catalogue: what people have written down about the estate (roles, bindings, projects, environments, services, groups, tags,
//! relations, fields …). There are thousands of these, not millions: one shape for all of them, so that versions, uniqueness, references
//! and the record in the audit log are done once. What a kind's content may be is not the store's business.

use crate::{AuditEntry, AuditHead, Result};
use async_trait::async_trait;
use model::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use value::Map;

/// Identity of an object: it outlives a change of name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ObjectId(pub String);

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// An object of the catalogue.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// Its identity.
    pub id: ObjectId,
    /// What it is: `project`, `role`.
    pub kind: String,
    /// The project it belongs to; without one it belongs to the whole system.
    pub project: Option<ObjectId>,
    /// Its name: one of a kind in a project.
    pub name: String,
    /// How often it was written, from 1.
    pub version: u64,
    /// What it says.
    pub body: Map,
    /// Objects that it names, its project among them: none of them goes while it is there.
    pub uses: Vec<ObjectId>,
    /// When it was made.
    pub made: Timestamp,
    /// Who made it.
    pub made_by: String,
    /// When it was last written.
    pub changed: Timestamp,
    /// Who wrote it.
    pub changed_by: String,
}

/// One step of a change of the catalogue.
#[derive(Clone, Debug, PartialEq)]
pub enum ObjectWrite {
    /// A new one.
    Insert(Object),
    /// In place of the one with its id, which is at the version before.
    Update(Object),
    /// It goes.
    Delete {
        /// Which.
        id: ObjectId,
        /// The version it is at.
        version: u64,
    },
}

/// The catalogue.
#[async_trait]
pub trait Objects: Send + Sync {
    /// Does steps in their order, and appends what is to be said of them to the audit log: all of it, or nothing.
    ///
    /// Law: an id or a name that is taken, a version that is not the one before, and an object that goes while others use it are conflicts.
    async fn write_objects(&self, writes: &[ObjectWrite], entries: &[AuditEntry]) -> Result<AuditHead>;

    /// Up to `limit` objects whose ids come after `after`, in the byte order of their ids.
    async fn objects(&self, after: &str, limit: u32) -> Result<Vec<Object>>;
}
