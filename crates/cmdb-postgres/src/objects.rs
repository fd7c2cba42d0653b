//! The catalogue.

use crate::PostgresStore;

cmdb::shared_objects!(PostgresStore, PgConnection, pool);
