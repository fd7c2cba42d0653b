//! The CMDB on PostgreSQL.
//!
//! Batches come in as arrays that `UNNEST` takes apart: one prepared statement whatever the size of the batch. Several masters may write
//! to one database: what must not happen twice is decided under a row's lock or the log's advisory lock, and batches take rows in one
//! order. A database that goes away is waited for by the callers: a call then says [`cmdb::Error::Unavailable`] and changes nothing, and
//! the pool connects anew by itself.

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
#[cfg(feature = "testing")]
pub mod testing;
mod tokens;
mod variables;

pub use database::PostgresStore;
pub use options::Options;
