//! Typed client of the API: over the unix socket of a master on this machine, or over the network in TLS.
//!
//! ```no_run
//! # async fn example() -> Result<(), client::Error> {
//! let master = client::Client::local("/run/sylvite/master.sock");
//! println!("{} minions are there", master.status().await?.online);
//! # Ok(())
//! # }
//! ```
//!
//! Over the network one logs in first. A master that made its own certificate is known by the fingerprint that its log tells:
//!
//! ```no_run
//! # async fn example() -> Result<(), client::Error> {
//! use client::{Client, Remote};
//!
//! let place = Remote { fingerprint: Some("3f:1a:…".to_owned()), ..Remote::new("https://master.example.com:8000")? };
//! let master = Client::remote(place);
//! let login = master.login("anna", "correct horse", "sylvite").await?;
//! let master = master.with_token(Some(login.token));
//! # Ok(())
//! # }
//! ```
//!
//! A job is run and followed in one request; its returns come as they are made:
//!
//! ```no_run
//! # async fn example(master: client::Client) -> Result<(), client::Error> {
//! use api::{JobEvent, RunJob};
//! use model::{Call, FunctionName, Target, TargetKind};
//!
//! let call = Call { function: FunctionName::new("test.ping").unwrap(), args: vec![], kwargs: value::Map::new() };
//! let job = RunJob::new(Target::new(TargetKind::Glob, "web*"), call);
//! let mut events = master.run(&job, false).await?;
//! while let Some(event) = events.next().await? {
//!     match event {
//!         JobEvent::Returned { returned } => println!("{}: {:?}", returned.minion, returned.value),
//!         JobEvent::Idle { .. } => break, // the others are away
//!         _ => {}
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Keys, minions, runners and events have methods of the same names:
//!
//! ```no_run
//! # async fn example(master: client::Client) -> Result<(), client::Error> {
//! let filter = api::EventFilter { after: None, tag: Some("salt/minion/*/start".to_owned()) };
//! let mut events = master.events(&filter).await?;
//! while let Some(api::EventItem::Event { event }) = events.next().await? {
//!     println!("{} {}", event.sequence, event.tag);
//! }
//! # Ok(())
//! # }
//! ```

mod accounts;
mod connection;
mod error;
mod estate;
mod events;
mod jobs;
mod keys;
mod lines;
mod minions;
mod policy;
mod query;
mod runners;
mod status;
mod tls;

pub use accounts::AccountChange;
pub use error::Error;
pub use lines::Lines;

use std::path::PathBuf;

/// Where the master listens for local administrators unless configured otherwise.
pub const DEFAULT_SOCKET: &str = "/run/sylvite/master.sock";

/// Where a master is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// On this machine, at a unix socket.
    Local(PathBuf),
    /// Over the network.
    Remote(Remote),
}

/// A master over the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remote {
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Whether it speaks TLS; without it only this machine is spoken to.
    pub tls: bool,
    /// SHA-256 of the one certificate that is taken, hex pairs joined with colons; otherwise those that this system knows count.
    pub fingerprint: Option<String>,
}

impl Remote {
    /// Reads an address such as `https://master.example.com:8000`.
    ///
    /// # Errors
    /// When it is none, or would send a token over the network unencrypted.
    pub fn new(url: &str) -> Result<Self, Error> {
        let bad = |why: &'static str| Error::Address { url: url.to_owned(), why };
        let uri: http::Uri = url.parse().map_err(|_| bad("it is no address"))?;
        let tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(bad("it begins with https://")),
        };
        let host = uri.host().ok_or_else(|| bad("it names no host"))?.trim_matches(['[', ']']).to_owned();
        let is_here = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
        if !tls && !is_here {
            return Err(bad("without TLS anybody on the way reads the token; use https://"));
        }
        Ok(Self { host, port: uri.port_u16().unwrap_or(if tls { 443 } else { 80 }), tls, fingerprint: None })
    }
}

/// A client of one master. It holds no connection between requests.
#[derive(Clone, Debug)]
pub struct Client {
    address: Address,
    sudo_user: Option<String>,
    token: Option<String>,
}

impl Client {
    /// A client of the master on this machine.
    pub fn local(socket: impl Into<PathBuf>) -> Self {
        Self { address: Address::Local(socket.into()), sudo_user: None, token: None }
    }

    /// A client of a master over the network; it acts by a login ([`Client::login`], [`Client::with_token`]).
    #[must_use]
    pub const fn remote(place: Remote) -> Self {
        Self { address: Address::Remote(place), sudo_user: None, token: None }
    }

    /// The same, naming the user behind `sudo` for the record.
    #[must_use]
    pub fn on_behalf_of(mut self, sudo_user: Option<String>) -> Self {
        self.sudo_user = sudo_user.filter(|user| user != "root");
        self
    }

    /// The same, acting by a login.
    #[must_use]
    pub fn with_token(mut self, token: Option<String>) -> Self {
        self.token = token;
        self
    }

    /// Where the master is.
    #[must_use]
    pub const fn address(&self) -> &Address {
        &self.address
    }
}
