//! What templates may learn of the machine they are rendered on.

use jiff::tz::TimeZone;
use std::net::IpAddr;

/// What templates may learn of the machine they are rendered on. Rendering itself does no IO, knows no clock and rolls no dice; who wants
/// its templates to have these gives them here. Every answer may be "not known".
pub trait Machine: Send + Sync {
    /// Microseconds since 1970.
    fn now(&self) -> Option<i64> {
        None
    }

    /// The time zone dates are shown in.
    fn time_zone(&self) -> TimeZone {
        TimeZone::UTC
    }

    /// A random number from 0 up to, not including, `below`.
    fn random(&self, below: u64) -> u64 {
        let _ = below;
        0
    }

    /// The first `most` bytes of a file.
    fn read(&self, path: &str, most: u64) -> Option<Vec<u8>> {
        let _ = (path, most);
        None
    }

    /// A folder and all folders and files below it, sorted.
    fn list(&self, folder: &str) -> Option<Vec<String>> {
        let _ = folder;
        None
    }

    /// The full path of a program.
    fn program(&self, name: &str) -> Option<String> {
        let _ = name;
        None
    }

    /// The number of an account.
    fn uid(&self, name: &str) -> Option<i64> {
        let _ = name;
        None
    }

    /// The addresses of a name.
    fn resolve(&self, name: &str) -> Vec<IpAddr> {
        let _ = name;
        Vec::new()
    }

    /// Opens one ASCII-armoured PGP message, for the `gpg` renderer. `None` leaves the message as it is.
    ///
    /// # Errors
    /// Why it could not be opened; the message itself is not repeated.
    fn decrypt(&self, message: &str) -> Result<Option<String>, String> {
        let _ = message;
        Err("renderer `gpg` has no keys here; set `gpg_keydir`".to_owned())
    }
}

/// A machine of which nothing is known.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoMachine;

impl Machine for NoMachine {}
