//! User variables and their changes.

use crate::PostgresStore;

cmdb::shared_variables!(PostgresStore, pool);
