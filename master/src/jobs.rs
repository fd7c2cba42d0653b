//! Jobs: submitted, published, tracked, collected, watched.

mod batch;
mod collect;
mod desk;
mod gather;
mod own;
mod standing;
mod submit;
mod tracker;
mod watch;

pub use collect::{Arrived, Collector};
pub use desk::{Clerk, Desk, batch_event};
pub use gather::gather;
pub use own::adopt;
pub use standing::standing;
pub use submit::{parse_id, submit};
pub use tracker::{Patience, Tracker};
pub use watch::{Watchers, no_job, watch};
