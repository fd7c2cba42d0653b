//! What the driver says, told apart by what the caller can do about it.

use cmdb::Error;

/// The driver's error while trying to do something with the store at a place.
pub(crate) fn sort(place: &str, action: &'static str, error: sqlx::Error) -> Error {
    let store = place.to_owned();
    match &error {
        sqlx::Error::Database(inside) => {
            let code = inside.code().unwrap_or_default();
            match code.as_ref() {
                // No room: on its disk, in its memory.
                "53100" | "53200" => Error::Full { store, source: error.into() },
                // Too many connections; shutting down, starting up; two masters in each other's way; a standby after a failover.
                "53300" | "57P01" | "57P02" | "57P03" | "40001" | "40P01" | "25006" => {
                    Error::Unavailable { store, action, source: error.into() }
                }
                "XX001" | "XX002" => Error::corrupt(format!("pages at {place}"), error),
                code if code.starts_with("08") => Error::Unavailable { store, action, source: error.into() },
                _ => Error::Refused { store, action, source: error.into() },
            }
        }
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => Error::Unavailable { store, action, source: error.into() },
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Error::corrupt(format!("a row at {place}"), error),
        _ => Error::Refused { store, action, source: error.into() },
    }
}
