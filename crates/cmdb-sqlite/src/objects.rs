//! The catalogue.

use crate::SqliteStore;

cmdb::shared_objects!(SqliteStore, SqliteConnection, reader);
