//! A master and minions for the tests of this crate.
#![allow(dead_code, reason = "each test file uses a part of it")]

use async_trait::async_trait;
use model::MinionId;
use net::{
    Admission, Claim, DialConfig, DialEvent, DialHandle, Gate, ListenConfig, Listener, MasterIdentity, Pin, SessionEvent, SessionHandle,
    SessionId, Sessions,
};
use proto::PrivateKey;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub static MASTER: LazyLock<PrivateKey> =
    LazyLock::new(|| PrivateKey::from_pem(include_str!("../../../../proto/golden/master.pem")).unwrap());
pub static MINION: LazyLock<PrivateKey> =
    LazyLock::new(|| PrivateKey::from_pem(include_str!("../../../../proto/golden/minion.pem")).unwrap());

/// Waits at most this long for anything.
pub const SOON: Duration = Duration::from_secs(20);

/// Accepts everybody, unless told otherwise.
#[derive(Default)]
pub struct Door {
    pub answers: Mutex<HashMap<String, Admission>>,
    pub claims: Mutex<Vec<Claim>>,
    held: Mutex<Option<(oneshot::Sender<()>, oneshot::Receiver<()>)>>,
}

impl Door {
    pub fn answer(&self, minion: &str, admission: Admission) {
        self.answers.lock().unwrap().insert(minion.into(), admission);
    }

    /// Holds the next answer, whatever it is: tells when it is decided, and waits to give it.
    pub fn hold(&self) -> (oneshot::Receiver<()>, oneshot::Sender<()>) {
        let ((decided, told), (give, wait)) = (oneshot::channel(), oneshot::channel());
        *self.held.lock().unwrap() = Some((decided, wait));
        (told, give)
    }
}

#[async_trait]
impl Gate for Door {
    async fn admit(&self, claim: Claim) -> Admission {
        let answer = self.answers.lock().unwrap().get(claim.minion.as_str()).cloned();
        self.claims.lock().unwrap().push(claim);
        let held = self.held.lock().unwrap().take();
        if let Some((decided, wait)) = held {
            decided.send(()).unwrap();
            wait.await.unwrap();
        }
        answer.unwrap_or(Admission::Accepted)
    }
}

pub struct Master {
    pub address: SocketAddr,
    pub events: mpsc::Receiver<SessionEvent>,
    pub sessions: Sessions,
    pub door: Arc<Door>,
    pub stop: CancellationToken,
    pub task: JoinHandle<()>,
}

pub fn config() -> ListenConfig {
    ListenConfig::at("127.0.0.1:0".parse().unwrap())
}

impl Master {
    pub fn start(config: ListenConfig) -> Self {
        Self::with(config, MASTER.clone())
    }

    pub fn with(config: ListenConfig, key: PrivateKey) -> Self {
        let door = Arc::new(Door::default());
        let (listener, events) = net::listen(config, MasterIdentity { key }, door.clone()).unwrap();
        Self::run(listener, events, door)
    }

    pub fn run(listener: Listener, events: mpsc::Receiver<SessionEvent>, door: Arc<Door>) -> Self {
        let (address, sessions, stop) = (listener.local_address(), listener.sessions(), CancellationToken::new());
        let token = stop.clone();
        let task = tokio::spawn(async move { listener.run(token).await.unwrap() });
        Self { address, events, sessions, door, stop, task }
    }

    pub async fn event(&mut self) -> SessionEvent {
        tokio::time::timeout(SOON, self.events.recv()).await.expect("an event in time").expect("a listener")
    }

    /// The next event must be an `Up` of this minion.
    pub async fn up(&mut self, wanted: &str) -> (SessionId, SessionHandle) {
        match self.event().await {
            SessionEvent::Up { minion, session, handle, .. } if minion.as_str() == wanted => (session, handle),
            other => panic!("no Up of {wanted}: {other:?}"),
        }
    }

    pub async fn message(&mut self) -> (MinionId, proto::FromMinion) {
        match self.event().await {
            SessionEvent::Message { minion, message, .. } => (minion, message),
            other => panic!("no message: {other:?}"),
        }
    }

    pub async fn down(&mut self, wanted: SessionId) -> net::DownReason {
        match self.event().await {
            SessionEvent::Down { session, reason, .. } if session == wanted => reason,
            other => panic!("no Down of {wanted}: {other:?}"),
        }
    }

    pub async fn end(self) {
        self.stop.cancel();
        self.task.await.unwrap();
    }
}

pub struct Minion {
    pub handle: DialHandle,
    pub events: mpsc::Receiver<DialEvent>,
    pub stop: CancellationToken,
    pub task: JoinHandle<Result<(), net::DialError>>,
}

/// Quick to retry, so that tests need not wait.
pub fn dial_config(master: impl ToString, id: &str, folder: &Path) -> DialConfig {
    let pin = Pin { file: folder.join(format!("{id}.master.pub")), finger: None };
    let mut config = DialConfig::new(master.to_string(), MinionId::new(id).unwrap(), MINION.clone(), pin);
    config.backoff = net::Backoff { first: Duration::from_millis(20), most: Duration::from_millis(200) };
    config
}

impl Minion {
    pub fn start(config: DialConfig) -> Self {
        Self::run(net::dial(config))
    }

    pub fn run((dialer, handle, events): (net::Dialer, DialHandle, mpsc::Receiver<DialEvent>)) -> Self {
        let stop = CancellationToken::new();
        let task = tokio::spawn(dialer.run(stop.clone()));
        Self { handle, events, stop, task }
    }

    pub async fn event(&mut self) -> DialEvent {
        tokio::time::timeout(SOON, self.events.recv()).await.expect("an event in time").expect("a dialer")
    }

    /// Waits for `Connected`, through failed attempts; gives whether a ticket was enough.
    pub async fn connected(&mut self) -> bool {
        loop {
            match self.event().await {
                DialEvent::Connected { resumed, .. } => return resumed,
                DialEvent::Failed { .. } | DialEvent::Waiting { .. } | DialEvent::Disconnected { .. } => {}
                DialEvent::Message(message) => panic!("a message before being connected: {message:?}"),
            }
        }
    }

    pub async fn message(&mut self) -> proto::ToMinion {
        match self.event().await {
            DialEvent::Message(message) => message,
            other => panic!("no message: {other:?}"),
        }
    }

    pub async fn disconnected(&mut self) -> String {
        match self.event().await {
            DialEvent::Disconnected { reason } => reason,
            other => panic!("not disconnected: {other:?}"),
        }
    }

    pub async fn end(self) {
        self.stop.cancel();
        self.task.await.unwrap().unwrap();
    }
}

pub fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

pub fn offer(id: &str) -> proto::handshake::Offer {
    proto::handshake::Offer {
        minion: MinionId::new(id).unwrap(),
        key: MINION.clone(),
        version: "0.1.0".into(),
        join_token: None,
        autosign_grains: value::Map::new(),
    }
}
