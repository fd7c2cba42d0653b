//! A guest that waits for the next command, where a connection to this host is kept for it: nothing has to be started then.
//!
//! It waits on a socket in the folder of guests, which is open to their user alone, and knows no master until somebody comes.

use anyhow::{Context, Result};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

/// Name of the socket.
const SOCKET: &str = "next.sock";

/// How often it is seen whether the folder is still there: a command may have taken everything away.
const LOOK: Duration = Duration::from_secs(1);

/// Leaves a guest behind. Whoever comes from now on is heard by it, however long it takes to start. Without it the next command starts one in
/// the usual way.
pub(super) fn leave(folder: &Path, seconds: u64) {
    let (Ok(program), Ok(listener)) = (std::env::current_exe(), door(folder)) else { return };
    let mut next = Command::new(program);
    next.arg("guest").arg("--folder").arg(folder).arg("--linger").arg(seconds.to_string()).arg("--waiting");
    // Nothing of the connection is held, so that it can end.
    next.stdin(OwnedFd::from(listener)).stdout(Stdio::null()).stderr(Stdio::null()).current_dir("/").process_group(0);
    let _ = next.spawn();
}

/// Listens on the socket.
fn door(folder: &Path) -> std::io::Result<UnixListener> {
    let path = folder.join(SOCKET);
    let _ = std::fs::remove_file(&path);
    UnixListener::bind(&path)
}

/// Waits for somebody to come to the listener that was handed on as standard input; `None` when nobody has, or the folder has gone.
pub(super) fn visitor(folder: &Path, patience: Duration) -> Result<Option<UnixStream>> {
    let listener = std::io::stdin().as_fd().try_clone_to_owned().context("standard input is closed")?;
    wait(UnixListener::from(listener), folder, patience)
}

fn wait(listener: UnixListener, folder: &Path, patience: Duration) -> Result<Option<UnixStream>> {
    let path = folder.join(SOCKET);
    let inode = || std::fs::symlink_metadata(&path).map(|meta| meta.ino()).ok();
    let own = inode();
    // It may have been taken away before this one came to look.
    let is_there = || own.is_some() && inode() == own;
    let (tell, told) = mpsc::channel();
    std::thread::Builder::new().name("door".to_owned()).spawn(move || {
        let _ = tell.send(listener.accept().map(|(stream, _)| stream));
    })?;
    let end = Instant::now() + patience;
    let come = loop {
        match told.recv_timeout(LOOK.min(end.saturating_duration_since(Instant::now()))) {
            Ok(come) => break Some(come.context("nobody can come any more")?),
            Err(RecvTimeoutError::Timeout) if Instant::now() < end && is_there() => {}
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break None,
        }
    };
    // The socket of a guest after this one is not this one's to take.
    if is_there() {
        let _ = std::fs::remove_file(&path);
    }
    Ok(come)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};

    #[test]
    fn whoever_comes_is_let_in_and_nobody_after_him() {
        let folder = tempfile::tempdir().unwrap();
        let (place, path) = (folder.path().to_owned(), folder.path().join(SOCKET));
        let listener = door(&place).unwrap();
        // Also one who comes before anybody listens.
        let mut stream = UnixStream::connect(&path).unwrap();
        let waiting = std::thread::spawn(move || wait(listener, &place, Duration::from_secs(60)).unwrap());
        stream.write_all(b"hello").unwrap();
        drop(stream);
        let mut said = String::new();
        waiting.join().unwrap().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!(said, "hello");
        assert!(!path.exists());
    }

    #[test]
    fn one_that_nobody_comes_for_goes_and_so_does_one_whose_folder_has_gone() {
        let folder = tempfile::tempdir().unwrap();
        let door = || door(folder.path()).unwrap();
        assert!(wait(door(), folder.path(), Duration::ZERO).unwrap().is_none());
        let (listener, place) = (door(), folder.path().to_owned());
        let waiting = std::thread::spawn(move || wait(listener, &place, Duration::from_secs(3600)).unwrap());
        std::fs::remove_dir_all(folder.path()).unwrap();
        assert!(waiting.join().unwrap().is_none());
    }
}
