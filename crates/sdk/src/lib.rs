//! All that a module author sees: `Args`, `Query`, `Action`, `State`, `Read`, `Cx`, registry tables.
