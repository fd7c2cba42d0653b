//! What the driver says, told apart by what the caller can do about it.

use cmdb::Error;

const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const IO: i32 = 10;
const CORRUPT: i32 = 11;
const FULL: i32 = 13;
const CANNOT_OPEN: i32 = 14;
const NOT_A_DATABASE: i32 = 26;

/// The driver's error while trying to do something with the store at a place.
pub(crate) fn sort(place: &str, action: &'static str, error: sqlx::Error) -> Error {
    let store = place.to_owned();
    match &error {
        sqlx::Error::Database(inside) => {
            // The extended code holds the primary one in its low byte.
            let code = inside.code().and_then(|code| code.parse::<i32>().ok()).map_or(0, |code| code & 0xff);
            match code {
                BUSY | LOCKED | IO | CANNOT_OPEN => Error::Unavailable { store, action, source: error.into() },
                FULL => Error::Full { store, source: error.into() },
                CORRUPT | NOT_A_DATABASE => Error::corrupt(format!("a file at {place}"), error),
                _ => Error::Refused { store, action, source: error.into() },
            }
        }
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
            Error::Unavailable { store, action, source: error.into() }
        }
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Error::corrupt(format!("a row at {place}"), error),
        _ => Error::Refused { store, action, source: error.into() },
    }
}
