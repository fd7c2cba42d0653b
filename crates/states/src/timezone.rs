//! The time zone of the machine.

use modules::timezone::{is_utc, problem, set_utc, set_zone, zone};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Read, State};

sdk::states!(timezone, [System]);

/// Ensure the machine is in a time zone.
///
/// ```salt
/// Europe/Berlin:
///   timezone.system:
///     - utc: True
/// ```
#[derive(Args)]
pub struct System {
    /// Zone.
    name: String,
    /// The clock is kept in UTC.
    #[arg(default = true)]
    utc: bool,
}

/// What differs.
pub struct Differs {
    zone: bool,
    utc: bool,
}

impl State for System {
    type Change = Differs;

    async fn check(&self, read: &Read) -> Result<Check<Differs>, Failure> {
        let name = &self.name;
        let differs = Differs { zone: zone(read.host()) != *name, utc: is_utc(read.host()) != self.utc };
        // Without any zone here, an earlier state may be about to install them.
        if differs.zone
            && read.host().is_dir("/usr/share/zoneinfo")
            && let Some(problem) = problem(read.host(), name)
        {
            return Ok(Check::fails(format!("Failed to set timezone: {problem}")));
        }
        let zone = if differs.zone { format!("Timezone {name} needs to be set") } else { format!("Timezone {name} already set") };
        if !differs.zone && !differs.utc {
            return Ok(Check::desired(format!("{zone}, UTC already set to {name}")));
        }
        let utc = if self.utc { "True" } else { "False" };
        let comment = if differs.utc { format!("{zone}, UTC needs to be set to {utc}") } else { zone };
        Ok(Check::change(comment, Map::new(), differs))
    }

    async fn apply(&self, differs: Differs, cx: &Cx) -> Result<Applied, Failure> {
        let name = &self.name;
        let (mut parts, mut changes) = (Vec::new(), Map::new());
        if differs.zone {
            if let Err(failure) = set_zone(cx, name) {
                return Ok(Applied::failed(format!("Failed to set timezone: {}", failure.message)));
            }
            parts.push(format!("Set timezone {name}"));
            changes.insert("timezone", name.as_str());
        }
        if differs.utc {
            set_utc(cx, self.utc)?;
            parts.push(format!("Set UTC to {}", if self.utc { "True" } else { "False" }));
            changes.insert("utc", self.utc);
        }
        Ok(Applied::ok(parts.join(", "), changes))
    }
}
