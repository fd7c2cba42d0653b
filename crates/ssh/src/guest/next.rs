//! Guests that wait: one that has ended leaves the next behind. A command finds it by a note, and reaches it by a socket here that the kept
//! connection leads to a socket there: neither `ssh` nor a shell has to be started.

use super::{Entry, Stay};
use crate::{Connection, Place};
use std::path::PathBuf;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::task::JoinHandle;

/// How long one that waits may take to speak. It has little to start any more; a host that takes longer is asked in the usual way.
const PATIENCE: Duration = Duration::from_secs(10);

/// The socket that a guest waits on, in its own folder.
const SOCKET: &str = "next.sock";

/// The note of a kept connection, and the socket here.
fn places(connection: &Connection) -> (PathBuf, PathBuf) {
    (connection.control().with_extension("guest"), connection.control().with_extension("sock"))
}

/// Leads the socket here to where a guest will wait, and notes it.
pub(super) fn lead(connection: &Connection, entry: &Entry, place: &Place) -> JoinHandle<()> {
    let (note, socket) = places(connection);
    let there = format!("{}-state-{}/{SOCKET}", place.folder, place.user);
    let text = format!("{}\n{}\n{there}\n", entry.program.name(), entry.of);
    let mut forward = connection.order("forward");
    forward.args(["-o", "StreamLocalBindUnlink=yes", "-L"]).arg(format!("{}:{there}", socket.display()));
    forward.arg("--").arg(&connection.host().address);
    tokio::spawn(async move {
        // Without it the next command starts a guest in the usual way.
        if std::fs::read_to_string(&note).is_ok_and(|known| known == text) && socket.exists() {
            return;
        }
        let _ = std::fs::remove_file(&note);
        if forward.status().await.is_ok_and(|status| status.success()) {
            let _ = std::fs::write(&note, text);
        }
    })
}

/// A guest that has waited, with its first bytes for the master. `None` when there is none: then one is started in the usual way.
pub(super) async fn take(connection: &Connection, entry: &Entry, configuration: &[u8]) -> Option<(UnixStream, Vec<u8>)> {
    let is_kept = connection.ways().keep.is_some() && entry.stay == Stay::Program && !connection.sudo();
    if !is_kept || !connection.control().exists() {
        return None;
    }
    let (note, socket) = places(connection);
    let known = std::fs::read_to_string(&note).ok()?;
    let mut lines = known.lines();
    if lines.next() != Some(entry.program.name()) || lines.next() != Some(entry.of.as_str()) {
        return None;
    }
    let begins = async {
        let mut stream = UnixStream::connect(&socket).await.ok()?;
        stream.write_all(configuration).await.ok()?;
        let mut first = vec![0_u8; 4096];
        let count = stream.read(&mut first).await.ok().filter(|count| *count > 0)?;
        first.truncate(count);
        Some((stream, first))
    };
    tokio::time::timeout(PATIENCE, begins).await.ok().flatten()
}
