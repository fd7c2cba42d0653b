//! Documents of the daemon's parts.

use crate::SqliteStore;

cmdb::shared_documents!(SqliteStore, reader);
