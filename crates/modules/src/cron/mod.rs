//! Tables of cron: reading, changing and writing those of users.
//!
//! What a table becomes is decided without looking at the machine ([`Tab`]), so test mode and a real run cannot differ.

mod change;
mod functions;
mod io;
mod tab;

pub use change::{Done, Wish};
pub use io::{raw, read_tab, write};
pub use tab::{Job, Tab, Time, Variable};

sdk::module!(
    cron,
    [
        functions::RawCron,
        functions::ListTab,
        functions::Ls,
        functions::GetEntry,
        functions::SetJob,
        functions::SetSpecial,
        functions::SetEnv,
        functions::RmJob,
        functions::Rm,
        functions::RmSpecial,
        functions::RmEnv,
        functions::WriteCronFile,
        functions::WriteCronFileVerbose,
    ]
);
