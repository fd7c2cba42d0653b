//! Languages and character sets.

use modules::locale::{generate, is_available, normalized, set_system, system};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Read, State};

sdk::states!(locale, [Present, System]);

/// Ensure a locale is there.
///
/// ```salt
/// de_DE.UTF-8:
///   locale.present: []
/// ```
#[derive(Args)]
pub struct Present {
    /// Locale.
    name: String,
}

impl State for Present {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        let name = &self.name;
        if is_available(read, name).await? {
            return Ok(Check::desired(format!("Locale {name} is already present")));
        }
        Ok(Check::change(format!("Locale {name} needs to be generated"), Map::new(), ()))
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        let name = &self.name;
        Ok(match generate(cx, name).await {
            Ok(true) => Applied::ok(format!("Generated locale {name}"), [("locale", name.as_str())].into_iter().collect::<Map>()),
            Ok(false) => Applied::failed(format!("Failed to generate locale {name}")),
            Err(failure) => Applied::failed(format!("Failed to generate locale {name}: {}", failure.message)),
        })
    }
}

/// Ensure the system speaks a language.
///
/// ```salt
/// de_DE.UTF-8:
///   locale.system: []
/// ```
#[derive(Args)]
pub struct System {
    /// Locale.
    name: String,
}

impl State for System {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        let name = &self.name;
        if normalized(&system(read)) == normalized(name) {
            return Ok(Check::desired(format!("System locale {name} already set")));
        }
        Ok(Check::change(format!("System locale {name} needs to be set"), Map::new(), ()))
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        let name = &self.name;
        set_system(cx, name)?;
        Ok(Applied::ok(format!("Set system locale {name}"), [("locale", name.as_str())].into_iter().collect::<Map>()))
    }
}
