//! Documents of the daemon's parts.

use crate::PostgresStore;

cmdb::shared_documents!(PostgresStore, pool);
