//! The CMDB on SQLite: the embedded default. One file, no set-up.
//!
//! One connection writes, a few read: SQLite has one writer at a time anyway, and a queue in front of it costs less than its busy waits.
//! Write-ahead log with `synchronous = NORMAL`: what is committed survives the end of the process; after a loss of power the last
//! commits may be missing, never the file's integrity. Batches come in as one JSON array that `json_each` takes apart: one prepared
//! statement whatever the size of the batch.

mod accounts;
mod audit;
mod batch;
mod database;
mod documents;
mod error;
mod events;
mod grains;
mod hosts;
mod jobs;
mod keys;
mod leases;
mod mine;
mod minions;
mod objects;
mod options;
mod purge;
mod returns;
mod schema;
mod tokens;
mod variables;

pub use database::SqliteStore;
pub use options::Options;
