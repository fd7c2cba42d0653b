//! One request, one connection: to open a unix socket takes microseconds, and nothing has to be kept alive.

use crate::lines::Lines;
use crate::{Address, Client, Error};
use api::ErrorBody;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;
use tokio::net::{TcpStream, UnixStream};

/// A master that does not take a connection within this time is away.
const PATIENCE: Duration = Duration::from_secs(10);

/// Nothing to send in the body.
pub(crate) const EMPTY: Option<&()> = None;

impl Client {
    /// Sends a request and reads the answer whole.
    pub(crate) async fn ask<T: DeserializeOwned>(&self, method: Method, path: &str, body: Option<&impl Serialize>) -> Result<T, Error> {
        let response = self.send(method, path, body).await?;
        let status = response.status();
        let bytes = response.into_body().collect().await.map_err(|error| broken("reading its answer", error))?.to_bytes();
        // No content is what a `()` is read from.
        let bytes = if status == StatusCode::NO_CONTENT { Bytes::from_static(b"null") } else { bytes };
        serde_json::from_slice(&bytes).map_err(|error| Error::NotUnderstood { what: error.to_string() })
    }

    /// Sends a request whose answer is a stream.
    pub(crate) async fn follow<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Result<Lines<T>, Error> {
        Ok(Lines::new(self.send(method, path, body).await?.into_body()))
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, Error> {
        let place = match &self.address {
            Address::Local(socket) => {
                let stream = UnixStream::connect(socket).await.map_err(|error| Error::unreachable(socket, &error))?;
                return talk(TokioIo::new(stream)).await;
            }
            Address::Remote(place) => place,
        };
        let away = |source| Error::Away { place: format!("{}:{}", place.host, place.port), source };
        let stream = tokio::time::timeout(PATIENCE, TcpStream::connect((place.host.as_str(), place.port))).await;
        let stream = stream.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into())).map_err(away)?;
        let _ = stream.set_nodelay(true);
        if place.tls {
            talk(TokioIo::new(crate::tls::connect(stream, &place.host, place.fingerprint.as_deref()).await?)).await
        } else {
            talk(TokioIo::new(stream)).await
        }
    }

    async fn send(&self, method: Method, path: &str, body: Option<&impl Serialize>) -> Result<Response<Incoming>, Error> {
        let mut sender = self.connect().await?;
        let mut request = Request::builder().method(method).uri(format!("{}{path}", api::BASE)).header(header::HOST, "sylvite");
        if let Some(user) = &self.sudo_user {
            request = request.header("x-sylvite-sudo-user", user);
        }
        if let Some(token) = &self.token {
            request = request.header("x-auth-token", token);
        }
        let bytes = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Bytes::from(serde_json::to_vec(body).map_err(|error| broken("writing the request", error))?)
            }
            None => Bytes::new(),
        };
        let request = request.body(Full::new(bytes)).map_err(|error| broken("writing the request", error))?;
        let response = sender.send_request(request).await.map_err(|error| broken("waiting for its answer", error))?;
        if response.status().is_success() { Ok(response) } else { Err(refused(response).await) }
    }
}

/// Speaks HTTP over a connection. What goes wrong with it shows where the answer is read; the task ends with the connection.
async fn talk(io: impl hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static) -> Result<SendRequest<Full<Bytes>>, Error> {
    let (sender, connection) = hyper::client::conn::http1::handshake(io).await.map_err(|error| broken("connecting", error))?;
    tokio::spawn(connection);
    Ok(sender)
}

async fn refused(response: Response<Incoming>) -> Error {
    let status = response.status();
    match response.into_body().collect().await {
        Err(error) => broken("reading its answer", error),
        Ok(body) => match serde_json::from_slice::<ErrorBody>(&body.to_bytes()) {
            Ok(body) => Error::Refused(body),
            Err(_) => Error::NotUnderstood { what: format!("HTTP status {status}") },
        },
    }
}

pub(crate) fn broken(doing: &'static str, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::Broken { doing, source: error.into() }
}
