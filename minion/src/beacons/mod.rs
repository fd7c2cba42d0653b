//! Beacons: this minion looks at something again and again, and tells the master when it is worth an event.

mod book;
mod kinds;
mod options;
mod run;

pub use book::Book;
pub use kinds::{AVAILABLE, make};
pub use options::Options;
pub use run::Watch;

use async_trait::async_trait;
use sdk::{Failure, Map, Read};

/// What a beacon tells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Finding {
    /// End of the event's tag.
    pub tag: String,
    /// Data of the event.
    pub data: Map,
}

impl Finding {
    /// A finding without an end of its own.
    #[must_use]
    pub fn plain(data: Map) -> Self {
        Self { tag: String::new(), data }
    }
}

/// One beacon with what it remembers between two looks.
#[async_trait]
pub trait Beacon: Send {
    /// Looks, and gives what is to be told.
    async fn look(&mut self, read: &Read) -> Result<Vec<Finding>, Failure>;
}
