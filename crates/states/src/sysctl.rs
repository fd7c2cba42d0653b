//! Kernel variables.

use modules::sysctl::{CONFIG, assign, configured, current, persist, plain};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Read, State, Value, text};

sdk::states!(sysctl, [Present]);

/// Ensure a kernel variable has its value, now and on every boot.
///
/// ```salt
/// vm.swappiness:
///   sysctl.present:
///     - value: 20
/// ```
#[derive(Args)]
pub struct Present {
    /// Name of the variable.
    name: String,
    /// Its value.
    value: Value,
    /// File where it is set for every boot.
    #[arg(default = CONFIG)]
    config: String,
    /// Set it for the next boot even where the kernel has no such variable now.
    #[arg(default = false)]
    ignore: bool,
}

impl State for Present {
    type Change = bool;

    async fn check(&self, read: &Read) -> Result<Check<bool>, Failure> {
        let (name, value) = (&self.name, plain(&text::str(&self.value)));
        let is_set = current(name, read).as_deref() == Some(&value);
        if is_set && configured(name, &self.config, read).as_deref() == Some(&value) {
            return Ok(Check::desired(format!("Sysctl value {name} = {value} is already set")));
        }
        let comment = if is_set {
            format!(
                "Sysctl value is currently set on the running system but not in a config file. Sysctl option {name} set to be changed to {value} in config file."
            )
        } else {
            format!("Sysctl option {name} set to be changed to {value}")
        };
        Ok(Check::change(comment, Map::new(), is_set))
    }

    async fn apply(&self, is_set: bool, cx: &Cx) -> Result<Applied, Failure> {
        let (name, value) = (&self.name, plain(&text::str(&self.value)));
        if !is_set
            && let Err(failure) = assign(cx, name, &value).await
            && !(self.ignore && current(name, cx).is_none())
        {
            return Ok(Applied::failed(format!("Failed to set {name} to {value}: {}", failure.message)));
        }
        persist(cx, name, &value, &self.config)?;
        let changes: Map = [(name.as_str(), self.value.clone())].into_iter().collect();
        Ok(Applied::ok(format!("Updated sysctl value {name} = {value}"), changes))
    }
}
