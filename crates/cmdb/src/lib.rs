//! Storage port of the CMDB: one trait per noun, their models, errors, and the behaviour suite that every backend passes.
//!
//! The laws stand on the trait methods; each has a test of the same wording in [`suite`]. Invariants of the whole room:
//!
//! - A store makes no id and no timestamp: both come in, so that the same calls give the same rows.
//! - What a method has answered `Ok` to is committed. What it has answered `Err` to has changed nothing.
//! - Every method that takes a batch is one transaction and may be repeated: the second time changes nothing.
//! - Listings page by cursor, never by offset; a row that appears or goes meanwhile moves no other row over a page's edge.
//! - A heartbeat never touches the wide row (grains); it has a narrow one of its own.

mod accounts;
mod audit;
mod chain;
pub mod decide;
mod documents;
mod error;
mod events;
mod grains;
mod health;
mod hosts;
mod jobs;
mod keys;
mod leases;
mod mine;
mod minions;
mod objects;
mod page;
mod retention;
mod returns;
pub mod rows;
mod shared;
pub mod sql;
#[cfg(feature = "suite")]
pub mod suite;
mod text;
mod tokens;
mod trail;
mod variables;

pub use accounts::{Account, AccountId, AccountKind, AccountState, Accounts, Login, LoginKind, Logins};
pub use audit::{Audit, AuditEntry, AuditFilter, AuditHead, AuditRecord, AuditVerdict, Checkpoint};
pub use chain::{Digest, body, link};
pub use documents::{Document, Documents};
pub use error::{Error, Result};
pub use events::{EventFilter, Events};
pub use grains::{GrainChange, GrainFilter, GrainPush, Grains, contains, grain_changes};
pub use health::Health;
pub use hosts::{About, Host, HostState, Hosts};
pub use jobs::{JobFilter, JobSummary, Jobs, Outstanding, ProgressChange};
pub use keys::{Grant, KeyChange, KeyFilter, Keys, Offer, Offered, TokenUse};
pub use leases::Leases;
pub use mine::{Mine, MineEntry, Mined};
pub use minions::{MinionFilter, MinionSummary, Minions, PresenceChange, Reach};
pub use objects::{Object, ObjectId, ObjectWrite, Objects};
pub use page::{Cursor, Order, Page, Paged};
pub use retention::{Cutoffs, Purged, Retention, WriteTime};
pub use returns::{Returns, Stored};
pub use text::{clean_map, clean_text, clean_value};
pub use tokens::{Token, TokenHash, Tokens, matches_pattern};
pub use trail::{TrailFault, TrailReport, check_trail};
pub use variables::{Scope, Variable, VariableChange, VariableEdit, Variables};

use async_trait::async_trait;

/// The whole CMDB. Shared as `Arc<dyn Store>`.
#[async_trait]
pub trait Store:
    Minions
    + Grains
    + Keys
    + Tokens
    + Jobs
    + Returns
    + Events
    + Audit
    + Mine
    + Documents
    + Leases
    + Accounts
    + Logins
    + Objects
    + Hosts
    + Variables
    + Send
    + Sync
{
    /// How the store is, asked of it now. `Err(Unavailable)` when it does not answer.
    async fn health(&self) -> Result<Health>;

    /// Removes what is older than the cut-offs. What is younger stays, and so does every job that still waits for a minion.
    ///
    /// Stores also do this a little at every write (see [`Retention`]); this is for an operator who wants it now.
    async fn purge(&self, before: &Cutoffs) -> Result<Purged>;

    /// Finishes what runs and closes all connections.
    async fn close(&self);
}
