//! A guest: a minion on a host for the time of one connection. What it says to the master goes through the connection, byte by byte.

use crate::connection::quoted;
use crate::{Connection, Error, Place};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdin};
use tokio::task::JoinHandle;
use value::Map;

/// How long a guest may take to end.
const GRACE: Duration = Duration::from_secs(20);

/// What is kept of the words of a guest.
const MOST_WORDS: usize = 16 << 10;

/// Where the master takes minions.
pub type Master = SocketAddr;

/// A guest that runs.
pub struct Guest {
    connection: Connection,
    place: Place,
    child: Child,
    relay: JoinHandle<()>,
    /// Ends the relay, and with it the guest.
    end: Option<tokio::sync::oneshot::Sender<()>>,
    words: Arc<Mutex<String>>,
}

impl Guest {
    /// Starts a guest with a configuration (`id`, `join_token`, …).
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn start(connection: Connection, place: Place, configuration: &Map, master: Master, wipe: bool) -> Result<Self, Error> {
        // Beside the program, since the guest may run as another user.
        let folder = format!("{}-state-\"$(id -u)\"", quoted(&place.folder));
        let script = format!("exec {} guest --folder {folder}{}", quoted(&place.program), if wipe { " --wipe" } else { "" });
        let (script, mut told) = connection.raised(&script);
        let mut child = connection.spawn(&script)?;
        let options = yaml::DumpOptions::flow();
        told.extend_from_slice(yaml::dump(&configuration.clone().into(), &options).replace('\n', " ").as_bytes());
        told.push(b'\n');
        let broken = || Error::Refused("the pipes of ssh are missing".to_owned());
        let (mut stdin, stdout, stderr) =
            (child.stdin.take().ok_or_else(broken)?, child.stdout.take().ok_or_else(broken)?, child.stderr.take().ok_or_else(broken)?);
        stdin.write_all(&told).await.map_err(Error::here("the guest cannot be told its configuration"))?;
        stdin.flush().await.map_err(Error::here("the guest cannot be told its configuration"))?;
        let words = Arc::new(Mutex::new(String::new()));
        let (end, ended) = tokio::sync::oneshot::channel();
        let listening = tokio::spawn(listen(stderr, Arc::clone(&words)));
        let relay = tokio::spawn(async move {
            tokio::select! {
                _ = ended => {}
                () = relay(stdin, stdout, master) => {}
            }
            listening.await.unwrap_or_default();
        });
        Ok(Self { connection, place, child, relay, end: Some(end), words })
    }

    /// Name of the host in the roster.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.connection.host().id
    }

    /// What the guest has said on standard error: why it does not come.
    #[must_use]
    pub fn words(&self) -> String {
        self.words.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(Some(_)))
    }

    /// Ends the guest: it says goodbye to the master first. With `wipe` the program goes too.
    ///
    /// # Errors
    /// When it does not end, or the connection breaks.
    pub async fn end(mut self, wipe: bool) -> Result<(), Error> {
        // Closing its standard input ends it.
        drop(self.end.take());
        let ended = tokio::time::timeout(GRACE, self.child.wait()).await;
        let _ = self.relay.await;
        if wipe {
            self.place.remove(&self.connection).await?;
        }
        self.connection.close().await;
        match ended {
            Ok(_) => Ok(()),
            Err(_) => Err(Error::Silent(GRACE)),
        }
    }
}

/// Takes bytes between the guest and the master until one of them ends. The master is dialled with the guest's first byte, because it
/// waits for nobody who says nothing.
async fn relay(mut stdin: ChildStdin, mut stdout: tokio::process::ChildStdout, master: Master) {
    let mut first = vec![0_u8; 4096];
    let Ok(count @ 1..) = stdout.read(&mut first).await else { return };
    let Ok(mut stream) = TcpStream::connect(master).await else { return };
    let _ = stream.set_nodelay(true);
    let (mut from_master, mut to_master) = stream.split();
    if to_master.write_all(first.get(..count).unwrap_or_default()).await.is_err() {
        return;
    }
    let up = async {
        let _ = copy(&mut stdout, &mut to_master).await;
        let _ = to_master.shutdown().await;
    };
    // Not by `copy`: it would hold bytes back until its buffer is full or nothing more comes.
    let down = async {
        let mut buffer = vec![0_u8; 64 << 10];
        while let Ok(count @ 1..) = from_master.read(&mut buffer).await {
            let piece = buffer.get(..count).unwrap_or_default();
            if stdin.write_all(piece).await.is_err() || stdin.flush().await.is_err() {
                break;
            }
        }
    };
    tokio::select! {
        () = up => {}
        () = down => {}
    }
}

/// Keeps the end of what a guest says.
async fn listen(mut stderr: tokio::process::ChildStderr, words: Arc<Mutex<String>>) {
    let mut buffer = vec![0_u8; 4096];
    while let Ok(count @ 1..) = stderr.read(&mut buffer).await {
        let mut words = words.lock().unwrap_or_else(PoisonError::into_inner);
        words.push_str(&String::from_utf8_lossy(buffer.get(..count).unwrap_or_default()));
        if words.len() > MOST_WORDS {
            let mut cut = words.len() - MOST_WORDS;
            while !words.is_char_boundary(cut) {
                cut += 1;
            }
            words.drain(..cut);
        }
    }
}
