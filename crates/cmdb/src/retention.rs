//! How long things are kept. Enforced while writing: a store that only grows when nobody sweeps it would fill the disk one day.

use model::Timestamp;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// How long things are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Jobs with their progress and returns (`keep_jobs_seconds`).
    pub jobs: Duration,
    /// Events.
    pub events: Duration,
    /// History of grains.
    pub grain_history: Duration,
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// One day of jobs, as Salt; a week of events; a year of grain history.
impl Default for Retention {
    fn default() -> Self {
        Self { jobs: DAY, events: DAY * 7, grain_history: DAY * 365 }
    }
}

/// Moments before which things go. `None` leaves a kind alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cutoffs {
    /// Jobs made before, with their progress and returns.
    pub jobs: Option<Timestamp>,
    /// Events fired before.
    pub events: Option<Timestamp>,
    /// Grain changes seen before.
    pub grain_history: Option<Timestamp>,
}

/// How much went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// Jobs.
    pub jobs: u64,
    /// Events.
    pub events: u64,
    /// Grain changes.
    pub grain_changes: u64,
}

/// Remembers when a store last removed old rows, in the time of the rows themselves: a store asks no clock.
#[derive(Debug)]
pub struct WriteTime {
    keep: Duration,
    last: AtomicI64,
}

/// How often, in the time of the written rows, old ones are looked for.
const EVERY: Duration = Duration::from_secs(60);

impl WriteTime {
    /// For things kept this long.
    #[must_use]
    pub const fn new(keep: Duration) -> Self {
        Self { keep, last: AtomicI64::new(i64::MIN) }
    }

    /// Something made at `at` is being written: the moment before which things shall go now, if it is time to look.
    pub fn due(&self, at: Timestamp) -> Option<Timestamp> {
        let last = self.last.load(Ordering::Relaxed);
        if at.micros() < last.saturating_add(i64::try_from(EVERY.as_micros()).unwrap_or(i64::MAX)) {
            return None;
        }
        self.last.store(at.micros(), Ordering::Relaxed);
        Some(Timestamp(at.micros().saturating_sub(i64::try_from(self.keep.as_micros()).unwrap_or(i64::MAX))))
    }
}
