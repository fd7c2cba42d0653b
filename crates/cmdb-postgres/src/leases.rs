//! Leases: a document each, taken in one statement.

use crate::PostgresStore;

cmdb::shared_leases!(PostgresStore);
