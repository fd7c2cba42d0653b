//! The server: sockets, peers, the router.

use crate::{Control, Refusal, routes};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::extract::connect_info::Connected;
use axum::serve::IncomingStream;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::UnixListener;
use tokio_util::sync::CancellationToken;

/// Largest body of a request: a job may carry a few files (`salt-cp`).
const BODY_LIMIT: usize = 16 * 1024 * 1024;

/// What every route may look at.
pub(crate) struct Shared {
    pub control: Arc<dyn Control>,
    /// Users who administer this master over the unix socket, next to root.
    pub administrators: Vec<u32>,
    /// Where people reach this, as the beginning of an address; empty on the unix socket, where no browser comes.
    pub public_url: String,
    /// Ends the streams when the master stops.
    pub stop: CancellationToken,
}

/// Who is at the other end of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Peer {
    /// A process on this host.
    Local { uid: u32, pid: Option<i32> },
    /// Somebody over TCP.
    Remote(SocketAddr),
}

impl Connected<IncomingStream<'_, UnixListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, UnixListener>) -> Self {
        // A peer that the system cannot name is nobody: no user has this number.
        stream.io().peer_cred().map_or(Self::Local { uid: u32::MAX, pid: None }, |peer| Self::Local { uid: peer.uid(), pid: peer.pid() })
    }
}

/// Why the server cannot serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Somebody answers on the socket.
    #[error("another master answers on `{0}`; stop it first, or give this one another socket")]
    Taken(PathBuf),
    /// The system refused the socket.
    #[error("cannot open the socket `{path}`")]
    Bind {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The socket failed later.
    #[error("the socket `{path}` failed")]
    Serve {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// The HTTP server of a master, bound to its unix socket.
pub struct Server {
    control: Arc<dyn Control>,
    administrators: Vec<u32>,
    listener: UnixListener,
    path: PathBuf,
}

impl Server {
    /// Binds the socket, making its folder, and clearing away what a master that was killed left there. The server is administered by
    /// root and by the user this process runs as. It needs a runtime around it.
    ///
    /// # Errors
    /// When another master answers on the socket, or the system refuses it.
    pub fn bind(path: impl AsRef<Path>, control: Arc<dyn Control>) -> Result<Self, ServeError> {
        let path = path.as_ref().to_owned();
        let failed = |source| ServeError::Bind { path: path.clone(), source };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        if std::os::unix::net::UnixStream::connect(&path).is_ok() {
            return Err(ServeError::Taken(path));
        }
        match std::fs::remove_file(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(error)),
        }
        let listener = UnixListener::bind(&path).map_err(failed)?;
        // Everybody may knock, so that whoever may not come in is told so in words; the peer's identity decides, not the file's mode.
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).map_err(failed)?;
        Ok(Self { control, administrators: vec![nix::unistd::geteuid().as_raw()], listener, path })
    }

    /// Administered by these users and root, in place of the user this process runs as.
    #[must_use]
    pub fn administered_by(mut self, users: Vec<u32>) -> Self {
        self.administrators = users;
        self
    }

    /// Where it listens.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Serves until `stop`: requests under way are answered, streams end, the socket's file goes.
    ///
    /// # Errors
    /// When the socket fails as a whole.
    pub async fn run(self, stop: CancellationToken) -> Result<(), ServeError> {
        let Self { control, administrators, listener, path } = self;
        let shared = Arc::new(Shared { control, administrators, public_url: String::new(), stop: stop.clone() });
        let service = router(shared).into_make_service_with_connect_info::<Peer>();
        tracing::info!(path = %path.display(), "api listens");
        let served = axum::serve(listener, service).with_graceful_shutdown(stop.cancelled_owned()).await;
        if let Err(error) = tokio::fs::remove_file(&path).await {
            tracing::debug!(%error, path = %path.display(), "socket file not removed");
        }
        served.map_err(|source| ServeError::Serve { path, source })
    }
}

fn router(shared: Arc<Shared>) -> Router {
    own_routes(shared).fallback(|uri: http::Uri| async move { Refusal::not_found(format!("there is nothing at `{}`", uri.path())) })
}

/// The API of our own, below its base.
pub(crate) fn own_routes(shared: Arc<Shared>) -> Router {
    Router::new()
        .nest(api::BASE, routes::api())
        .merge(routes::setup::pages())
        .merge(routes::auth::pages())
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(axum::middleware::from_fn(crate::refusal::in_its_language))
        .with_state(shared)
}
