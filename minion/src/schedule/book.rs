//! What is scheduled: the entries of the configuration with what `schedule.*` has changed since, and what is remembered of each.

use schedule::Memory;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use value::{Map, Value, text};

/// Where an entry comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Configuration, or a function of this minion.
    Own,
    /// Pillar: nobody changes it here.
    Pillar,
}

/// The schedule of this agent.
pub struct Book {
    /// What is remembered lies here.
    file: PathBuf,
    /// Entries that are saved lie here, as configuration.
    saved: PathBuf,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    own: Map,
    memories: BTreeMap<String, Memory>,
    running: BTreeMap<String, usize>,
    /// Entries that somebody wants to be run now, and whether also while they are disabled.
    asked: Vec<(String, bool)>,
    written: Option<Value>,
}

impl Book {
    /// The schedule of a configuration; `folder` keeps what is remembered, `saved` what `schedule.save` writes.
    #[must_use]
    pub fn new(own: Map, folder: &Path, saved: PathBuf) -> Self {
        Self { file: folder.join("schedule.json"), saved, state: Mutex::new(State { own, ..State::default() }) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads what an agent before this one remembered. What cannot be read begins anew.
    pub fn recall(&self) {
        let Ok(bytes) = std::fs::read(&self.file) else { return };
        match serde_json::from_slice::<Value>(&bytes) {
            Ok(Value::Map(map)) => {
                let mut state = self.state();
                state.memories = map.iter().map(|(name, memory)| (text::str(name), Memory::of(memory))).collect();
            }
            Ok(_) | Err(_) => {
                tracing::warn!(path = %self.file.display(), "what was remembered of the schedule cannot be read, it begins anew")
            }
        }
    }

    /// Writes what is to be remembered, if it has changed. Blocks.
    pub fn remember(&self) {
        let wanted = {
            let state = self.state();
            Value::Map(state.memories.iter().map(|(name, memory)| (name.as_str(), memory.to_value())).collect())
        };
        if self.state().written.as_ref() == Some(&wanted) {
            return;
        }
        match write_whole(&self.file, wanted.as_map().map(serde_json::to_vec).and_then(Result::ok).unwrap_or_default().as_slice()) {
            Ok(()) => self.state().written = Some(wanted),
            Err(error) => tracing::warn!(path = %self.file.display(), %error, "what is to be remembered of the schedule cannot be written"),
        }
    }

    /// The configuration was read again.
    pub fn replace(&self, own: Map) {
        self.state().own = own;
    }

    /// Own entries and keys for all.
    #[must_use]
    pub fn own(&self) -> Map {
        self.state().own.clone()
    }

    /// Changes own entries.
    pub fn change<T>(&self, change: impl FnOnce(&mut Map) -> T) -> T {
        change(&mut self.state().own)
    }

    /// Everything that is scheduled: pillar, and own entries over it.
    #[must_use]
    pub fn all(&self, pillar: &Value) -> Map {
        let mut all = pillar.get("schedule").and_then(Value::as_map).cloned().unwrap_or_default();
        all.extend(self.own());
        all
    }

    /// Where an entry comes from, if it is there.
    #[must_use]
    pub fn origin(&self, name: &str, pillar: &Value) -> Option<Origin> {
        if self.state().own.contains_key(name) {
            return Some(Origin::Own);
        }
        pillar.get("schedule").and_then(|schedule| schedule.get(name)).map(|_| Origin::Pillar)
    }

    /// Works with what is remembered of an entry.
    pub fn with_memory<T>(&self, name: &str, work: impl FnOnce(&mut Memory) -> T) -> T {
        work(self.state().memories.entry(name.to_owned()).or_default())
    }

    /// Forgets entries that are gone.
    pub fn forget_others(&self, all: &Map) {
        self.state().memories.retain(|name, _| all.contains_key(name));
    }

    /// How many runs of an entry go on.
    #[must_use]
    pub fn running(&self, name: &str) -> usize {
        self.state().running.get(name).copied().unwrap_or(0)
    }

    /// A run of an entry begins or ends.
    pub fn count(&self, name: &str, change: isize) {
        let mut state = self.state();
        let count = state.running.entry(name.to_owned()).or_default();
        *count = count.saturating_add_signed(change);
        if *count == 0 {
            state.running.remove(name);
        }
    }

    /// Somebody wants an entry to be run now.
    pub fn ask(&self, name: &str, is_forced: bool) {
        self.state().asked.push((name.to_owned(), is_forced));
    }

    /// What somebody wanted since the last time.
    pub fn asked(&self) -> Vec<(String, bool)> {
        std::mem::take(&mut self.state().asked)
    }

    /// Writes the own entries as configuration, so that the next start of the agent has them.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self) -> std::io::Result<()> {
        let mut shown = Map::new();
        shown.insert("schedule", self.own());
        let text = format!("# Written by `schedule.save`.\n{}", yaml::dump(&Value::Map(shown), &yaml::DumpOptions::default()));
        if let Some(folder) = self.saved.parent() {
            std::fs::create_dir_all(folder)?;
        }
        write_whole(&self.saved, text.as_bytes())
    }

    /// Where saved entries lie.
    #[must_use]
    pub fn saved(&self) -> &Path {
        &self.saved
    }

    /// Takes the saved entries for the own ones.
    ///
    /// # Errors
    /// When there are none, or they cannot be read.
    pub fn reload(&self) -> Result<(), String> {
        let text = std::fs::read_to_string(&self.saved).map_err(|error| format!("cannot read {}: {error}", self.saved.display()))?;
        let value = yaml::load_value(&text).map_err(|error| format!("cannot read {}: {error}", self.saved.display()))?;
        let schedule =
            value.get("schedule").and_then(Value::as_map).cloned().ok_or_else(|| format!("{} holds no schedule", self.saved.display()))?;
        self.replace(schedule);
        Ok(())
    }
}

/// Writes a file so that nobody ever sees half of it.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let fresh = path.with_extension("new");
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
    file.write_all(bytes)?;
    file.sync_data()?;
    std::fs::rename(&fresh, path)
}
