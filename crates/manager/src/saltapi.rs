//! The REST API that clients of Salt speak (`rest_cherrypy`), over TCP and TLS, beside the API of our own.
//!
//! Its shapes, statuses and texts are Salt's, because the clients compare them; what it does goes through [`crate::Control`] and so
//! through the same policy as everything else. Left out on purpose: anonymous sessions (a cookie is set for a login only), the token in
//! the query (off unless asked for, never logged), and the stack traces of the master.

mod body;
mod chunk;
mod config;
mod cors;
mod events;
mod fault;
mod hook;
mod idle;
mod keys;
mod listen;
mod local;
mod login;
mod lowstate;
mod minions;
mod of_master;
mod rate;
mod reply;
mod request;
mod room;
mod ssh;
mod statics;
mod stats;
mod tls;
mod watched;
mod ws;

pub use config::{ApiConfig, BadApi, RawShell};
pub use listen::{ApiError, ApiServer};
