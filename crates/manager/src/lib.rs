//! The HTTP side of the master: routes, callers, streams. What the daemon does stands behind the trait [`Control`], which the master
//! implements; this room never imports the master.
//!
//! A request passes three stations: `serve` knows the peer, `caller` makes a [`Caller`] of it or refuses, a route reads the request and
//! calls `Control` once. A route holds no state of its own, so every route may run on any connection at any time.

mod agentless;
mod caller;
mod control;
mod estate;
mod extract;
mod people;
mod permit;
mod refusal;
mod routes;
mod saltapi;
mod serve;
mod session;
mod stream;
mod written;

pub use agentless::{Errand, HostSaid, HostsBy, OverSsh};
pub use caller::{Caller, Origin, Rank};
pub use control::{Control, Refusal, Stream};
pub use estate::{Estate, Extent, How, ListQuery, Listed};
pub use people::People;
pub use permit::Need;
pub use saltapi::{ApiConfig, ApiError, ApiServer, BadApi, RawShell};
pub use serve::{ServeError, Server};
pub use written::{Followed, Written};
