//! A request that this machine makes of a web service.

use std::fmt;
use std::time::Duration;

/// Whom a server is believed to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    /// Who has a certificate of an authority that this machine trusts.
    #[default]
    Host,
    /// Who has a certificate of these authorities, in PEM.
    Bundle(Vec<u8>),
    /// Anybody.
    Anybody,
}

/// Our own certificate and its key, in PEM.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientCert {
    /// The certificate, and those it needs.
    pub chain: Vec<u8>,
    /// Its key.
    pub key: Vec<u8>,
}

/// The key is not shown.
impl fmt::Debug for ClientCert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientCert")
    }
}

/// What is asked.
#[derive(Clone)]
pub struct HttpRequest {
    /// `GET`, `POST`, …
    pub method: String,
    /// The address.
    pub url: String,
    /// Headers; they may be secrets and are never shown.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Option<Vec<u8>>,
    /// Whom to believe.
    pub trust: Trust,
    /// Who we are.
    pub client: Option<ClientCert>,
    /// Address of a proxy; that of the environment unless given.
    pub proxy: Option<String>,
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// How long all of it may take.
    pub timeout: Duration,
    /// More than so many bytes of an answer are not read.
    pub largest: u64,
}

impl HttpRequest {
    /// A `GET` of an address, with a minute for all of it.
    pub fn get(url: impl Into<String>) -> Self {
        Self {
            method: "GET".to_owned(),
            url: url.into(),
            headers: Vec::new(),
            body: None,
            trust: Trust::Host,
            client: None,
            proxy: None,
            connect_timeout: Duration::from_secs(20),
            timeout: Duration::from_secs(60),
            largest: 1 << 30,
        }
    }
}

/// What came back; any status is an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpAnswer {
    /// The status.
    pub status: u16,
    /// The words that go with it.
    pub reason: String,
    /// Headers, in their order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// No answer.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The request is none.
    #[error("the request cannot be made: {0}")]
    Request(String),
    /// Certificates or keys cannot be used.
    #[error("the certificates cannot be used: {0}")]
    Certificates(String),
    /// No connection, or it broke.
    #[error("{0}")]
    Reach(String),
    /// No answer in time.
    #[error("{0}")]
    Silent(String),
    /// An answer that is too large.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(u64),
    /// A test did not record an answer.
    #[error("no answer is recorded for `{0}`")]
    NotRecorded(String),
}
