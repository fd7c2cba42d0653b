//! Wheel functions: those that manage the master itself. They are tables like the runners', run by the same code.

pub mod config;
mod error;
mod key;
mod minions;
mod roots;
mod variable;

use crate::runners::Runner;

/// The tables of all modules.
pub const TABLES: &[&[Runner]] =
    &[config::WHEELS, error::WHEELS, key::WHEELS, minions::WHEELS, roots::FILE_ROOTS, roots::PILLAR_ROOTS, variable::WHEELS];
