//! `error.error`: for trying out callers.

use crate::runners::{Runner, test};

/// The functions of this module.
pub const WHEELS: &[Runner] =
    &[Runner { name: "error.error", arguments: &["name", "message"], doc: "Fail with a message.", body: |run| Box::pin(test::fail(run)) }];
