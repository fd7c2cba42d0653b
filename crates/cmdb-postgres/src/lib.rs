//! The CMDB on PostgreSQL.
