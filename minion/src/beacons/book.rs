//! Which beacons there are: those of the configuration with what `beacons.*` has changed since, and those of pillar.

use crate::schedule::write_whole;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use value::{Map, Value};

/// The beacons of this agent.
pub struct Book {
    saved: PathBuf,
    configured: Mutex<Map>,
    own: Mutex<Map>,
}

impl Book {
    /// The beacons of a configuration; `saved` is what `beacons.save` writes.
    #[must_use]
    pub fn new(own: Map, saved: PathBuf) -> Self {
        Self { saved, configured: Mutex::new(own.clone()), own: Mutex::new(own) }
    }

    fn lock(map: &Mutex<Map>) -> MutexGuard<'_, Map> {
        map.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The configuration was read again.
    pub fn replace(&self, own: Map) {
        Self::lock(&self.configured).clone_from(&own);
        *Self::lock(&self.own) = own;
    }

    /// Takes back every change since the configuration was read.
    pub fn reset(&self) {
        let configured = Self::lock(&self.configured).clone();
        *Self::lock(&self.own) = configured;
    }

    /// Own beacons, and `enabled` for all.
    #[must_use]
    pub fn own(&self) -> Map {
        Self::lock(&self.own).clone()
    }

    /// Changes own beacons.
    pub fn change<T>(&self, change: impl FnOnce(&mut Map) -> T) -> T {
        change(&mut Self::lock(&self.own))
    }

    /// All beacons: those of pillar, and own ones over them.
    #[must_use]
    pub fn all(&self, pillar: &Value) -> Map {
        let mut all = pillar.get("beacons").and_then(Value::as_map).cloned().unwrap_or_default();
        all.extend(self.own());
        all
    }

    /// Where saved beacons lie.
    #[must_use]
    pub fn saved(&self) -> &Path {
        &self.saved
    }

    /// Writes the own beacons as configuration.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self) -> std::io::Result<()> {
        let shown = Map::from_iter([("beacons", self.own())]);
        let text = format!("# Written by `beacons.save`.\n{}", yaml::dump(&Value::Map(shown), &yaml::DumpOptions::default()));
        if let Some(folder) = self.saved.parent() {
            std::fs::create_dir_all(folder)?;
        }
        write_whole(&self.saved, text.as_bytes())
    }
}
