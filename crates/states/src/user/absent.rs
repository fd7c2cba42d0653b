//! `user.absent`.

use modules::user::delete;
use sdk::{Applied, Args, Check, Cx, Failure, Map, Read, State};

/// Ensure a user is not there.
///
/// ```salt
/// fred:
///   user.absent:
///     - purge: True
/// ```
#[derive(Args)]
pub struct Absent {
    /// Login name.
    name: String,
    /// Remove the home directory too.
    #[arg(default = false)]
    purge: bool,
    /// Remove it even while it is logged in.
    #[arg(default = false)]
    force: bool,
    /// Remove it by `luserdel` of libuser; what is looked at are local files in any case.
    #[arg(default = false)]
    local: bool,
}

impl State for Absent {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        let name = &self.name;
        Ok(if read.host().accounts().user(name).is_some() {
            Check::change(format!("User {name} set for removal"), Map::new(), ())
        } else {
            Check::desired(format!("User {name} is not present"))
        })
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        let name = &self.name;
        let before = cx.host().accounts();
        if let Err(failure) = delete(cx, name, self.purge, self.force, self.local).await {
            return Ok(Applied::failed(format!("Failed to remove user {name}: {}", failure.message)));
        }
        let after = cx.host().accounts();
        let mut changes = Map::new();
        changes.insert(name.as_str(), "removed");
        // The tool takes the user's own groups along when nobody else is in them.
        for group in before.groups.iter().filter(|group| after.group(&group.name).is_none()) {
            changes.insert(format!("{} group", group.name), "removed");
        }
        Ok(Applied::ok(format!("Removed user {name}"), changes))
    }
}
