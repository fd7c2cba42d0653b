//! HTTP server: Manager routes, accounts, permissions, event streams; asks the daemon through its trait `Control`.
