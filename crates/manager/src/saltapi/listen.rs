//! The listener over TCP: connections, encryption, the routes of Salt and of our own.

use super::config::ApiConfig;
use super::events::{self, Hub};
use super::fault::Fault;
use super::rate::{self, Rate};
use super::request::From;
use super::room::Room;
use super::stats::Stats;
use super::tls::{self, Encryption, TlsError};
use super::{cors, hook, keys, login, lowstate, minions, statics, stats, ws};
use crate::Control;
use crate::serve::{Peer, Shared, own_routes};
use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::routing::{get, post};
use http::{StatusCode, Uri};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use tower_http::compression::CompressionLayer;
use tower_http::services::ServeDir;

/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long answers under way may take when the master stops.
const DRAIN: Duration = Duration::from_secs(5);

/// The API cannot be served over TCP.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// Certificate or key cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The port cannot be taken.
    #[error("the API cannot listen on {address}; is the port taken?")]
    Bind {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
}

/// The API over TCP, bound to its port.
pub struct ApiServer {
    listener: TcpListener,
    address: SocketAddr,
    encryption: Option<Encryption>,
    config: ApiConfig,
    control: Arc<dyn Control>,
}

impl ApiServer {
    /// Takes the port, and makes a certificate where none is configured.
    ///
    /// # Errors
    /// When the port is taken, or the certificate cannot be used.
    pub async fn bind(config: ApiConfig, control: Arc<dyn Control>) -> Result<Self, ApiError> {
        let wanted = SocketAddr::new(config.host, config.port);
        let encryption = tls::open(&config.tls, config.host)?;
        let failed = |source| ApiError::Bind { address: wanted, source };
        let listener = TcpListener::bind(wanted).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, address, encryption, config, control })
    }

    /// How it is reached, as the beginning of an address; a proxy in front may be reached otherwise.
    #[must_use]
    pub fn url(&self) -> String {
        if let Some(url) = &self.config.public_url {
            return url.clone();
        }
        let scheme = if self.encryption.is_some() { "https" } else { "http" };
        if !self.address.ip().is_unspecified() {
            return format!("{scheme}://{}", self.address);
        }
        // All addresses of this host are none that a browser could go to: its name is.
        let name = nix::unistd::gethostname().ok().and_then(|name| name.into_string().ok());
        format!("{scheme}://{}:{}", name.unwrap_or_else(|| "localhost".to_owned()), self.address.port())
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop`: requests under way are answered, streams end.
    ///
    /// # Errors
    /// Never by itself; a connection that fails concerns nobody else.
    pub async fn run(self, stop: CancellationToken) -> Result<(), ApiError> {
        let fingerprint = self.encryption.as_ref().map(|encryption| encryption.fingerprint.clone());
        tracing::info!(address = %self.address, fingerprint, "api listens over tcp");
        let turns = Arc::new(Semaphore::new(self.config.connections));
        let public_url = self.url();
        let shared = Arc::new(Shared { control: self.control, administrators: Vec::new(), public_url, stop: stop.clone() });
        let stats = Stats::new(self.address.to_string());
        let rate = self.config.rate.map(|rate| Arc::new(Rate::new(rate)));
        let room = Arc::new(Room { shared, config: self.config, stats, hub: Hub::default(), idle: Arc::default() });
        let acceptor = self.encryption.map(|encryption| encryption.acceptor);
        let door = Door { router: router(&room), room, rate, acceptor, stop: stop.clone() };
        let mut connections = JoinSet::new();
        loop {
            // When all places are taken, the next ones wait in the system's queue.
            let Ok(turn) = Arc::clone(&turns).acquire_owned().await else { break };
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                () = stop.cancelled() => break,
            };
            while connections.try_join_next().is_some() {}
            match accepted {
                Ok((stream, from)) => {
                    let door = door.clone();
                    connections.spawn(async move {
                        door.serve(stream, from).await;
                        drop(turn);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be taken");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
        while connections.join_next().await.is_some() {}
        Ok(())
    }
}

/// What one connection needs.
#[derive(Clone)]
struct Door {
    router: Router,
    room: Arc<Room>,
    rate: Option<Arc<Rate>>,
    acceptor: Option<tokio_rustls::TlsAcceptor>,
    stop: CancellationToken,
}

impl Door {
    async fn serve(self, stream: TcpStream, from: SocketAddr) {
        self.room.stats.connected();
        let _ = stream.set_nodelay(true);
        let Some(acceptor) = self.acceptor.clone() else { return self.talk(TokioIo::new(stream), from).await };
        match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => self.talk(TokioIo::new(stream), from).await,
            Ok(Err(error)) => tracing::debug!(%from, %error, "a handshake failed"),
            Err(_) => tracing::debug!(%from, "a handshake took too long"),
        }
    }

    async fn talk(self, io: impl hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static, from: SocketAddr) {
        let Self { router, room, rate, stop, .. } = self;
        let slowest = room.config.slowest;
        let service = hyper::service::service_fn(move |request: http::Request<hyper::body::Incoming>| {
            let (router, room, rate) = (router.clone(), Arc::clone(&room), rate.clone());
            async move {
                let _running = room.stats.begin();
                let taken = rate.map_or(Ok(()), |rate| rate.take(from.ip().to_canonical(), request.headers(), Instant::now()));
                if let Err(seconds) = taken {
                    tracing::debug!(%from, seconds, "too many requests");
                    return Ok(rate::refused(seconds));
                }
                let mut request = request.map(axum::body::Body::new);
                // Never the query, which may hold a secret, nor the token in the path of a WebSocket.
                let path = request.uri().path().split('/').take(3).collect::<Vec<_>>().join("/");
                let path = if path.contains("/ws") { "/ws".to_owned() } else { path };
                let method = request.method().clone();
                without_slash(request.uri_mut());
                request.extensions_mut().insert(From(from));
                request.extensions_mut().insert(ConnectInfo(Peer::Remote(from)));
                let response = router.oneshot(request).await;
                let status = response.as_ref().map(|response| response.status().as_u16()).unwrap_or_default();
                tracing::debug!(%from, %method, path, status, "a request");
                response
            }
        });
        let connection = http1::Builder::new().timer(TokioTimer::new()).header_read_timeout(slowest).serve_connection(io, service);
        let connection = connection.with_upgrades();
        tokio::pin!(connection);
        let done = tokio::select! {
            done = connection.as_mut() => done,
            () = stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                tokio::time::timeout(DRAIN, connection).await.unwrap_or(Ok(()))
            }
        };
        if let Err(error) = done {
            tracing::debug!(%from, %error, "a connection broke");
        }
    }
}

/// `/minions/` is `/minions`.
fn without_slash(uri: &mut Uri) {
    let path = uri.path();
    if path.len() < 2 || !path.ends_with('/') {
        return;
    }
    let short = path.trim_end_matches('/');
    let short = if short.is_empty() { "/" } else { short };
    let short = uri.query().map_or_else(|| short.to_owned(), |query| format!("{short}?{query}"));
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = short.parse().ok();
    if let Ok(changed) = Uri::from_parts(parts) {
        *uri = changed;
    }
}

fn router(room: &Arc<Room>) -> Router {
    let config = &room.config;
    let hook_path = |rest: &str| format!("{}{rest}", config.webhook_url);
    let mut salts = Router::new()
        .route("/", get(lowstate::welcome).post(lowstate::post))
        .route("/run", post(lowstate::run))
        .route("/token", post(login::tokens))
        .route("/events", get(events::follow))
        .route("/ws", get(ws::by_header))
        .route("/ws/{token}", get(ws::by_path))
        .route("/keys", get(keys::all).post(keys::make))
        .route("/keys/{id}", get(keys::show))
        .route("/stats", get(stats::show))
        .route(&hook_path("/{*path}"), post(hook::named));
    if !config.webhook_url.is_empty() {
        salts = salts.route(&config.webhook_url, post(hook::plain));
    }
    if config.sessions {
        salts = salts
            .route("/login", get(login::ask).post(login::open))
            .route("/logout", post(login::close))
            .route("/minions", get(minions::all).post(minions::start))
            .route("/minions/{id}", get(minions::show))
            .route("/jobs", get(minions::jobs))
            .route("/jobs/{id}", get(minions::job));
    }
    if let Some(app) = config.app.clone().filter(|_| !config.app_path.is_empty()) {
        let page = get(move |request: Request| async move { statics::file(&app, request).await });
        salts = salts.route(&config.app_path, page.clone()).route(&format!("{}/{{*rest}}", config.app_path), page);
    }
    if let Some(folder) = config.statics.as_ref().filter(|_| !config.static_path.is_empty()) {
        salts = salts.nest_service(&config.static_path, ServeDir::new(folder).append_index_html_on_directories(false));
    }
    let salts = salts
        .method_not_allowed_fallback(|method: http::Method| async move {
            Fault::new(StatusCode::METHOD_NOT_ALLOWED, format!("Specified method is invalid for this resource: {method}"))
        })
        .with_state(Arc::clone(room));
    let salts = if config.root_prefix.is_empty() { salts } else { Router::new().nest(&config.root_prefix, salts) };
    // A stream is never packed: what waits in a packer has not been told.
    let nowhere = Router::new()
        .fallback(|uri: Uri| async move { Fault::new(StatusCode::NOT_FOUND, format!("The path '{}' was not found.", uri.path())) });
    own_routes(Arc::clone(&room.shared))
        .merge(salts.layer(CompressionLayer::new()).layer(axum::middleware::from_fn(cors::cors)))
        .merge(nowhere.layer(axum::middleware::from_fn(cors::cors)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slash_at_the_end_changes_nothing() {
        for (from, to) in [("/login/", "/login"), ("/", "/"), ("/a//?q=/", "/a?q=/"), ("/minions/x", "/minions/x")] {
            let mut uri: Uri = from.parse().unwrap();
            without_slash(&mut uri);
            assert_eq!(uri, to, "{from}");
        }
    }
}
