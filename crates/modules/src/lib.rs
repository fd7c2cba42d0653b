//! Execution modules: one file each, or a folder with a provider file each.

sdk::registry!(functions: []);
