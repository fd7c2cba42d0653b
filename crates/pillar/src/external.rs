//! Sources of pillar data other than SLS files.

use value::{Map, Value};

/// An external source of pillar data (`ext_pillar`): a database, a command, a service.
pub trait External: Send + Sync {
    /// Name under which the configuration lists it.
    fn name(&self) -> &str;

    /// Data for one minion.
    ///
    /// `pillar` is what was compiled before this source.
    ///
    /// # Errors
    /// When the source cannot answer; the text becomes one of the pillar's errors.
    fn pillar(&self, minion: &str, grains: &Value, pillar: &Map, args: &Value) -> Result<Map, String>;
}
