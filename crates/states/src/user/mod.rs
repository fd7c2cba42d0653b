//! Users that are there or are not.

mod absent;
mod present;

sdk::states!(user, [present::Present, absent::Absent]);
