//! Accounts and open logins.

use crate::SqliteStore;

cmdb::shared_accounts!(SqliteStore, SqliteConnection, reader);
