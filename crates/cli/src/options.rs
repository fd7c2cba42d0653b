//! Options that several command lines share.

mod output;
mod salt;
mod span;
mod target;

pub(crate) use output::OutputOptions;
pub(crate) use salt::SaltOptions;
pub(crate) use span::span;
pub(crate) use target::TargetOptions;
