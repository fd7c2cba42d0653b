//! Join tokens.

use crate::PostgresStore;

cmdb::shared_tokens!(PostgresStore, pool);
