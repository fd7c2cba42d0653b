//! The CMDB on SQLite: the embedded default.
