//! Leases: a document each, taken in one statement.

use crate::SqliteStore;

cmdb::shared_leases!(SqliteStore);
