//! User variables and their changes.

use crate::SqliteStore;

cmdb::shared_variables!(SqliteStore, reader);
