//! The laws of a store as functions: both backends run them.
