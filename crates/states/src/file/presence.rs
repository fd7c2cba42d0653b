//! `file.exists` and `file.missing`: only looking.

use super::checked_path;
use sdk::{Applied, Args, Check, Cx, Failure, Read, State};

/// Check that something stands at a path.
///
/// ```salt
/// /etc/app/license:
///   file.exists: []
/// ```
#[derive(Args)]
pub struct Exists {
    /// Path.
    name: String,
}

/// Check that nothing stands at a path.
///
/// ```salt
/// /etc/nologin:
///   file.missing: []
/// ```
#[derive(Args)]
pub struct Missing {
    /// Path.
    name: String,
}

impl State for Exists {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        let path = match checked_path(&self.name, "Must provide name to file.exists", read) {
            Ok(path) => path,
            Err(comment) => return Ok(Check::fails(comment)),
        };
        Ok(if read.host().exists(&path) {
            Check::desired(format!("Path {path} exists"))
        } else {
            Check::fails(format!("Specified path {path} does not exist"))
        })
    }

    async fn apply(&self, (): (), _cx: &Cx) -> Result<Applied, Failure> {
        Err(Failure::failed("`file.exists` changes nothing"))
    }
}

impl State for Missing {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        let path = match checked_path(&self.name, "Must provide name to file.missing", read) {
            Ok(path) => path,
            Err(comment) => return Ok(Check::fails(comment)),
        };
        Ok(if read.host().exists(&path) {
            Check::fails(format!("Specified path {path} exists"))
        } else {
            Check::desired(format!("Path {path} is missing"))
        })
    }

    async fn apply(&self, (): (), _cx: &Cx) -> Result<Applied, Failure> {
        Err(Failure::failed("`file.missing` changes nothing"))
    }
}
