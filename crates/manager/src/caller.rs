//! Who asks.

use crate::Refusal;
use crate::serve::{Peer, Shared};
use api::ErrorCode;
use axum::extract::{ConnectInfo, FromRequestParts};
use http::request::Parts;
use nix::unistd::{Uid, User};
use std::fmt;
use std::sync::Arc;

/// How a request came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Over the unix socket, from a process of a user who may administer this master.
    Local {
        /// The user's number.
        uid: u32,
        /// The process, where the system tells.
        pid: Option<i32>,
    },
    /// Over TCP.
    Remote {
        /// From where, `address:port`.
        address: String,
    },
    /// From the master itself: reactor, schedule, orchestration.
    Master,
}

/// Who asks, as it stands in jobs, key changes and the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The name: the login on this host (`root`, `sudo_alice`), later an account.
    pub name: String,
    /// How the request came in.
    pub origin: Origin,
}

impl Caller {
    /// The master's own parts.
    #[must_use]
    pub fn master() -> Self {
        Self { name: "master".to_owned(), origin: Origin::Master }
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name)
    }
}

/// Header by which a command line run under `sudo` names the user behind it. Only an administrator's word is taken for it, and an
/// administrator could act under any name anyway: it is for the record, not for permission.
const SUDO_USER: &str = "x-sylvite-sudo-user";

/// A peer becomes a caller here and nowhere else: root and the user the master runs as administer it, everybody else is refused.
impl FromRequestParts<Arc<Shared>> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Refusal> {
        let ConnectInfo(peer) = ConnectInfo::<Peer>::from_request_parts(parts, shared)
            .await
            .map_err(|_| Refusal::internal("this connection has no known peer"))?;
        admit(peer, &shared.administrators)?;
        let sudo = parts.headers.get(SUDO_USER).and_then(|name| name.to_str().ok()).filter(|name| is_login(name));
        let name = sudo.map_or_else(|| user_name(peer.uid), |name| format!("sudo_{name}"));
        Ok(Self { name, origin: Origin::Local { uid: peer.uid, pid: peer.pid } })
    }
}

fn admit(peer: Peer, administrators: &[u32]) -> Result<(), Refusal> {
    if peer.uid == 0 || administrators.contains(&peer.uid) {
        return Ok(());
    }
    Err(Refusal::new(ErrorCode::Forbidden, format!("user {} may not administer this master", user_name(peer.uid)))
        .with_hint("run this as root or as the user the master runs as"))
}

fn user_name(uid: u32) -> String {
    match User::from_uid(Uid::from_raw(uid)) {
        Ok(Some(user)) => user.name,
        Ok(None) | Err(_) => uid.to_string(),
    }
}

fn is_login(name: &str) -> bool {
    !name.is_empty() && name.len() <= 64 && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '@' | '\\'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_root_and_the_administrators_may_come_in() {
        let peer = |uid| Peer { uid, pid: None };
        assert!(admit(peer(0), &[]).is_ok());
        assert!(admit(peer(1000), &[1000]).is_ok());
        let refusal = admit(peer(u32::MAX), &[1000]).unwrap_err();
        assert_eq!(refusal.code, ErrorCode::Forbidden);
        assert_eq!(
            refusal.to_string(),
            "user 4294967295 may not administer this master; run this as root or as the user the master runs as"
        );
    }

    #[test]
    fn a_name_behind_sudo_is_a_login_or_nothing() {
        assert!(is_login("alice") && is_login("DOM\\alice") && is_login("a.b@c"));
        assert!(!is_login("") && !is_login("a b") && !is_login("a\u{1b}[0m"));
    }
}
