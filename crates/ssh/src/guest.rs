//! A guest: a minion on a host for the time of one command. What it says to the master goes through the connection, byte by byte.
//!
//! Logging in, putting the program there and starting the guest is one channel of `ssh`. A guest that has ended leaves one behind that waits
//! for the next command on a socket of the host, as long as the connection is kept; then not even a shell has to be started.

mod next;

use crate::channel::Channel;
use crate::deploy::shell;
use crate::words::Words;
use crate::{Connection, Error, Host, Program, Ways};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy, sink};
use tokio::net::TcpStream;
use tokio::process::Child;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use value::Map;

/// How long a guest may take to end.
const GRACE: Duration = Duration::from_secs(20);

/// Where the master takes minions.
pub type Master = SocketAddr;

/// What stays on a host after a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stay {
    /// The program, and for as long as the connection is kept a guest that waits.
    Program,
    /// Nothing.
    Nothing,
}

/// What guests of one command have in common.
#[derive(Clone)]
pub struct Entry {
    /// The program that they run.
    pub program: Arc<Program>,
    /// Where the master takes minions, as seen from here.
    pub master: Master,
    /// Tells folders of different masters apart.
    pub of: String,
    /// What stays on hosts.
    pub stay: Stay,
}

/// A guest that runs.
pub struct Guest {
    connection: Connection,
    way: Way,
    relay: JoinHandle<()>,
    /// Ends the relay, and with it the guest.
    end: Option<oneshot::Sender<()>>,
}

/// How a guest was come by.
enum Way {
    /// It was started.
    Started(Box<Started>),
    /// It had waited.
    Taken,
}

/// A guest of ours: its `ssh` runs as long as it does. The connection is led to the next one meanwhile.
struct Started {
    child: Child,
    words: Words,
    leading: Option<JoinHandle<()>>,
}

impl Guest {
    /// Starts a guest with a configuration (`id`, `join_token`, …).
    ///
    /// # Errors
    /// When the host cannot be reached, or cannot run the program.
    pub async fn start(host: Host, ways: Ways, configuration: &Map, entry: &Entry) -> Result<Self, Error> {
        let connection = Connection::to(host, ways)?;
        let mut told = yaml::dump(&configuration.clone().into(), &yaml::DumpOptions::flow()).replace('\n', " ").into_bytes();
        told.push(b'\n');
        let (end, ended) = oneshot::channel();
        let (way, relay) = match next::take(&connection, entry, &told).await {
            Some((stream, first)) => {
                let (stdout, stdin) = stream.into_split();
                (Way::Taken, tokio::spawn(relay(stdin, stdout, first, entry.master, ended)))
            }
            None => {
                let (channel, leading) = begin(&connection, entry, &told).await?;
                let Channel { child, stdin, stdout, words } = channel;
                let stdin = stdin.ok_or_else(|| Error::Refused("the pipes of ssh are missing".to_owned()))?;
                (
                    Way::Started(Box::new(Started { child, words, leading })),
                    tokio::spawn(relay(stdin, stdout, Vec::new(), entry.master, ended)),
                )
            }
        };
        Ok(Self { connection, way, relay, end: Some(end) })
    }

    /// Name of the host in the roster.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.connection.host().id
    }

    /// What the guest has said on standard error: why it does not come.
    pub async fn words(&mut self) -> String {
        let has_ended = self.has_ended();
        match &mut self.way {
            Way::Started(started) if has_ended => started.words.whole().await,
            Way::Started(started) => started.words.so_far(),
            // It has been one that was started, and was fine.
            Way::Taken => String::new(),
        }
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        match &mut self.way {
            Way::Started(started) => matches!(started.child.try_wait(), Ok(Some(_))),
            Way::Taken => self.relay.is_finished(),
        }
    }

    /// Ends the guest: it says goodbye to the master first, and takes away what is not to stay.
    ///
    /// # Errors
    /// When it does not end, or the connection breaks.
    pub async fn end(mut self) -> Result<(), Error> {
        // Closing its standard input ends it.
        drop(self.end.take());
        let ending = async {
            let _ = (&mut self.relay).await;
            if let Way::Started(started) = &mut self.way {
                let _ = started.child.wait().await;
                if let Some(leading) = &mut started.leading {
                    let _ = leading.await;
                }
            }
        };
        let ended = tokio::time::timeout(GRACE, ending).await;
        self.connection.close().await;
        ended.map_err(|_| Error::Silent(GRACE))
    }
}

/// Logs in, puts the program there where it is missing, starts the guest, and tells it its configuration: all in one channel.
async fn begin(connection: &Connection, entry: &Entry, configuration: &[u8]) -> Result<(Channel, Option<JoinHandle<()>>), Error> {
    let host = connection.host();
    let waits = match (&connection.ways().keep, entry.stay) {
        // A guest of another user is not reached through a socket of his.
        (Some(keep), Stay::Program) if !connection.sudo() => format!(" --linger {}", keep.idle.as_secs()),
        _ => String::new(),
    };
    // Beside the program, since the guest may run as another user.
    let guest = |program: &str, folder: &str, more: &str| format!("{program} guest --folder {folder}-state-\"$(id -u)\"{more}");
    let (start, secret) = if connection.sudo() {
        // The folder is a word of the inner shell, which another user's `sh` reads.
        let (raised, secret) = connection.raised(&guest("\"$1\"", "\"$2\"", if entry.stay == Stay::Nothing { " --wipe" } else { "" }));
        (format!("{raised} sh \"$p\" \"$d\""), secret)
    } else {
        (guest("\"$p\"", "\"$d\"", if entry.stay == Stay::Nothing { " --wipe" } else { &waits }), Vec::new())
    };
    let start = match entry.stay {
        Stay::Program => format!("exec {start}"),
        // Also when the guest never came to the master, or nobody waits for it any more.
        Stay::Nothing => format!("{start}; s=$?; rm -rf \"$d\" \"$d\"-state-*; exit $s"),
    };
    let script = entry.program.script(host, &entry.of) + &start;
    let mut channel = connection.begin(&shell(&script)).await?;
    let place = entry.program.settle(&mut channel, host).await?;
    channel.tell(&secret).await?;
    channel.tell(configuration).await?;
    let leading = (!waits.is_empty()).then(|| next::lead(connection, entry, &place));
    Ok((channel, leading))
}

/// Takes bytes between the guest and the master until one of them ends, or the guest is to end; then waits until it has.
async fn relay(
    mut stdin: impl AsyncWrite + Unpin,
    mut stdout: impl AsyncRead + Unpin,
    first: Vec<u8>,
    master: Master,
    ended: oneshot::Receiver<()>,
) {
    tokio::select! {
        _ = ended => {}
        () = pass(&mut stdin, &mut stdout, first, master) => {}
    }
    drop(stdin);
    let _ = copy(&mut stdout, &mut sink()).await;
}

/// Takes bytes between the guest and the master until one of them ends. The master is dialled with the guest's first bytes, because it
/// waits for nobody who says nothing.
async fn pass(stdin: &mut (impl AsyncWrite + Unpin), stdout: &mut (impl AsyncRead + Unpin), mut first: Vec<u8>, master: Master) {
    if first.is_empty() {
        let mut buffer = vec![0_u8; 4096];
        let Ok(count @ 1..) = stdout.read(&mut buffer).await else { return };
        buffer.truncate(count);
        first = buffer;
    }
    let Ok(mut stream) = TcpStream::connect(master).await else { return };
    let _ = stream.set_nodelay(true);
    let (mut from_master, mut to_master) = stream.split();
    if to_master.write_all(&first).await.is_err() {
        return;
    }
    let up = async {
        let _ = copy(stdout, &mut to_master).await;
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
