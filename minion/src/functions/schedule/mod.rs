//! The schedule of this minion: shown and changed.

mod change;
mod others;
mod runs;
mod show;

pub use change::{Add, Delete, Disable, DisableJob, Enable, EnableJob, Modify, Purge, Reload, Save};
pub use others::{Copy, Move};
pub use runs::{PostponeJob, RunJob, SkipJob};
pub use show::{BuildScheduleItem, IsEnabled, JobStatus, List, ShowNextFireTime};

use crate::desk::Desk;
use crate::schedule::Origin;
use schedule::{Entry, Globals};
use sdk::{Failure, Map, Read, Value};
use std::sync::Arc;

sdk::module!(
    schedule,
    [
        List,
        Add,
        Modify,
        Delete,
        Move,
        Copy,
        Purge,
        EnableJob,
        DisableJob,
        Enable,
        Disable,
        RunJob,
        PostponeJob,
        SkipJob,
        Save,
        Reload,
        IsEnabled,
        ShowNextFireTime,
        JobStatus,
        BuildScheduleItem,
    ]
);

/// Keys of `schedule:` that are no entries.
const GLOBALS: [&str; 4] = ["enabled", "splay", "skip_function", "skip_during_range"];

/// The answer of a function that changes.
struct Answer {
    result: bool,
    comment: String,
    changes: Map,
}

impl Answer {
    fn done(comment: impl Into<String>, name: &str, change: impl Into<Value>) -> Self {
        let mut changes = Map::new();
        changes.insert(name, change);
        Self { result: true, comment: comment.into(), changes }
    }

    fn refused(comment: impl Into<String>) -> Self {
        Self { result: false, comment: comment.into(), changes: Map::new() }
    }

    fn into_value(self) -> Value {
        let mut map = Map::new();
        map.insert("comment", self.comment);
        map.insert("result", self.result);
        map.insert("changes", self.changes);
        Value::Map(map)
    }
}

/// An entry as `schedule.add` would write it, from the options it was given.
fn item(name: &str, options: Map) -> Result<Map, Failure> {
    let mut item = Map::new();
    for (key, value) in options {
        let key = match key.as_str() {
            Some("job_args") => Value::from("args"),
            Some("job_kwargs") => Value::from("kwargs"),
            _ => key,
        };
        if !value.is_null() && !matches!(key.as_str(), Some("persist" | "test" | "offline")) {
            item.insert(key, value);
        }
    }
    for (key, value) in
        [("enabled", Value::Bool(true)), ("jid_include", Value::Bool(true)), ("maxrunning", Value::Int(1)), ("name", name.into())]
    {
        item.entry_or_insert_with(key, || value);
    }
    Entry::read(name, &Value::Map(item.clone()), &Map::new()).map_err(|error| Failure::bad_arguments(output::chain(&error)))?;
    Ok(item)
}

/// The agent's desk, and where an entry comes from.
fn find(read: &Read, name: &str) -> Result<(Arc<Desk>, Option<Origin>), Failure> {
    let desk = super::desk(read)?;
    let pillar = desk.core.known_pillar().unwrap_or_default();
    let origin = desk.core.schedule.origin(name, &pillar);
    Ok((desk, origin))
}

/// The entries of a schedule, without the keys that hold for all.
fn entries(all: &Map) -> Map {
    Globals::split(all, &Map::new()).map(|(_, entries)| entries).unwrap_or_default()
}
