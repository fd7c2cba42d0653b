//! Variables of the environment: they last to the end of the run, and reach every command of it.

use modules::environ::set_all;
use sdk::{Applied, Args, Check, Cx, Failure, Map, Read, State, Value, text};

sdk::states!(environ, [Setenv]);

/// Ensure variables of the environment are set for the rest of the run.
///
/// ```salt
/// proxy:
///   environ.setenv:
///     - name: http_proxy
///     - value: http://proxy.example.org:3128
/// ```
#[derive(Args)]
pub struct Setenv {
    /// Name of the variable; any name where `value` is a mapping.
    name: String,
    /// Its value, `False` to empty it, or a mapping of several.
    value: Value,
    /// `False` takes a variable away instead.
    #[arg(default = false)]
    false_unsets: bool,
    /// Take every other variable away, or empty it.
    #[arg(default = false)]
    clear_all: bool,
    /// Set them for later jobs of this minion as well.
    #[arg(default = false)]
    update_minion: bool,
    /// Known for compatibility: for Windows.
    #[arg(default = false, ignored)]
    permanent: Value,
}

impl Setenv {
    fn wanted(&self) -> Option<Map> {
        match &self.value {
            Value::Map(map) => Some(map.clone()),
            value @ (Value::Str(_) | Value::Bool(false)) => Some(std::iter::once((self.name.clone(), value.clone())).collect()),
            Value::Null | Value::Bool(true) | Value::Int(_) | Value::Big(_) | Value::Float(_) | Value::Bytes(_) | Value::List(_) => None,
        }
    }

    fn changes(&self, wanted: &Map, read: &Read) -> Map {
        let gone = || if self.false_unsets { Value::Null } else { Value::from("") };
        let here = read.host().environ();
        let mut changes = Map::new();
        for name in here.keys().filter(|name| self.clear_all && !wanted.contains_key(name)) {
            // What is empty already stays so; what is not there cannot be listed.
            if self.false_unsets || here.get(name).is_some_and(|value| !value.is_empty()) {
                changes.insert(name.clone(), gone());
            }
        }
        for (name, value) in wanted {
            let have = here.get(&text::str(name)).map(String::as_str);
            let differs = match value {
                Value::Bool(false) if self.false_unsets => have.is_some(),
                Value::Bool(false) => have != Some(""),
                value => have.unwrap_or_default() != text::str(value),
            };
            if differs {
                let new = if *value == Value::Bool(false) { gone() } else { value.clone() };
                changes.insert(name.clone(), new);
            }
        }
        changes
    }
}

impl State for Setenv {
    type Change = Map;

    async fn check(&self, read: &Read) -> Result<Check<Map>, Failure> {
        let Some(wanted) = self.wanted() else { return Ok(Check::fails("Environ value must be string, dict or False")) };
        let changes = self.changes(&wanted, read);
        if changes.is_empty() {
            return Ok(Check::desired("Environ values were already set with the correct values"));
        }
        Ok(Check::change("Environ values will be changed", changes, wanted))
    }

    async fn apply(&self, wanted: Map, cx: &Cx) -> Result<Applied, Failure> {
        let done = set_all(&wanted, self.false_unsets, self.clear_all, self.update_minion, cx.host());
        if !done.is_truthy() {
            return Ok(Applied::failed("Failed to set environ variables"));
        }
        Ok(Applied::ok("Environ values were set", done))
    }
}
