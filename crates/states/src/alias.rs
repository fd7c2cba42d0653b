//! Mail aliases.

use modules::aliases::{load, store, target_text};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Read, State, Value};

sdk::states!(alias, [Present, Absent]);

/// Ensure a mail alias leads somewhere.
///
/// ```salt
/// root:
///   alias.present:
///     - target: ops@example.org
/// ```
#[derive(Args)]
pub struct Present {
    /// The alias.
    name: String,
    /// Where it leads, or a list.
    target: Value,
}

/// Ensure there is no such mail alias.
///
/// ```salt
/// bob:
///   alias.absent: []
/// ```
#[derive(Args)]
pub struct Absent {
    /// The alias.
    name: String,
}

fn changed(name: &str) -> Map {
    [("alias", name)].into_iter().collect()
}

impl State for Present {
    type Change = String;

    async fn check(&self, read: &Read) -> Result<Check<String>, Failure> {
        let (name, target) = (&self.name, target_text(&self.target));
        if target.is_empty() {
            return Ok(Check::fails("target can not be an empty string"));
        }
        if load(read)?.target(name) == Some(&target) {
            return Ok(Check::desired(format!("Alias {name} already present")));
        }
        Ok(Check::change(format!("Alias {name} -> {} is set to be added", sdk::text::str(&self.target)), changed(name), target))
    }

    async fn apply(&self, target: String, cx: &Cx) -> Result<Applied, Failure> {
        let name = &self.name;
        let mut aliases = load(cx.read())?;
        aliases.set(name, &target);
        store(&aliases, cx).await?;
        Ok(Applied::ok(format!("Set email alias {name} -> {}", sdk::text::str(&self.target)), changed(name)))
    }
}

impl State for Absent {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        let name = &self.name;
        Ok(match load(read)?.target(name) {
            None => Check::desired(format!("Alias {name} already absent")),
            Some(_) => Check::change(format!("Alias {name} is set to be removed"), changed(name), ()),
        })
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        let mut aliases = load(cx.read())?;
        aliases.remove(&self.name);
        store(&aliases, cx).await?;
        Ok(Applied::ok(format!("Removed alias {}", self.name), changed(&self.name)))
    }
}
