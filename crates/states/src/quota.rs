//! Limits on what users and groups may store.

use modules::quota::{mode, turn};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Read, State};

sdk::states!(quota, [Mode]);

/// Ensure limits on a file system are on or off.
///
/// ```salt
/// /srv:
///   quota.mode:
///     - mode: on
///     - quotatype: user
/// ```
#[derive(Args)]
pub struct Mode {
    /// Where the file system is mounted.
    name: String,
    /// `on` or `off`.
    mode: bool,
    /// `user` or `group`.
    quotatype: String,
}

const fn word(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

impl State for Mode {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        let (name, wanted) = (&self.name, word(self.mode));
        if !["user", "group"].contains(&self.quotatype.as_str()) {
            return Ok(Check::fails(format!("`{}` is no kind of limit; expected user or group", self.quotatype)));
        }
        let is_on = match mode(read, name).await? {
            Some(mode) => mode.is_on(&self.quotatype),
            None if self.mode => {
                return Ok(Check::fails(format!("{name} is mounted without limits: its options need usrquota or grpquota")));
            }
            None => false,
        };
        Ok(if is_on == self.mode {
            Check::desired(format!("Quota for {name} already set to {wanted}"))
        } else {
            let changes: Map = [("quota", name.as_str())].into_iter().collect();
            Check::change(format!("Quota for {name} needs to be set to {wanted}"), changes, ())
        })
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        let (name, wanted) = (&self.name, word(self.mode));
        Ok(match turn(cx, name, self.mode, Some(&self.quotatype)).await {
            Ok(()) => {
                let changes: Map = [("quota", name.as_str())].into_iter().collect();
                Applied::ok(format!("Set quota for {name} to {wanted}"), changes)
            }
            Err(failure) => Applied::failed(format!("Failed to set quota for {name} to {wanted}: {}", failure.message)),
        })
    }
}
