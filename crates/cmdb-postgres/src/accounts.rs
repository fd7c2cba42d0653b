//! Accounts and open logins.

use crate::PostgresStore;

cmdb::shared_accounts!(PostgresStore, PgConnection, pool);
