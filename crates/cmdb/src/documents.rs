//! Small documents that parts of the daemon keep over a restart: when a schedule ran last, which reactions wait.
//!
//! A noun that operators ask for gets a table of its own; this one is for a part's memory.

use crate::Result;
use async_trait::async_trait;
use model::Timestamp;
use value::Value;

/// A document.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Name, unique in its room.
    pub name: String,
    /// Content.
    pub value: Value,
    /// When it was written.
    pub at: Timestamp,
}

/// Documents, by room and name.
#[async_trait]
pub trait Documents: Send + Sync {
    /// Writes documents of a room, each in the place of an older one of its name. All of them or none.
    async fn put_documents(&self, room: &str, documents: &[Document]) -> Result<()>;

    /// One document.
    async fn document(&self, room: &str, name: &str) -> Result<Option<Document>>;

    /// Up to `limit` documents of a room whose names come after `after`, in the order of their names.
    async fn documents(&self, room: &str, after: &str, limit: u32) -> Result<Vec<Document>>;

    /// Removes documents of a room. Answers how many there were.
    async fn delete_documents(&self, room: &str, names: &[String]) -> Result<u64>;
}
