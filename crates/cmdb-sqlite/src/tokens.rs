//! Join tokens.

use crate::SqliteStore;

cmdb::shared_tokens!(SqliteStore, reader);
