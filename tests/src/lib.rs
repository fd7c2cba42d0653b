//! Whole-system tests through the real binaries: a lab of master, minions and store.
