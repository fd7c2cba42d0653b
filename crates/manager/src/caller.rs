//! Who asks.

use crate::Refusal;
use crate::serve::{Peer, Shared};
use api::ErrorCode;
use axum::extract::{ConnectInfo, FromRequestParts};
use http::request::Parts;
use model::MinionId;
use nix::unistd::{Group, Uid, User};
use std::ffi::CString;
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
    /// From a minion's session: it publishes to others, or asks for a runner.
    Minion,
    /// From the master itself: reactor, schedule, orchestration.
    Master,
}

/// What somebody is to this master, before any rule is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rank {
    /// Root, the user the master runs as, and the master itself.
    Administrator,
    /// Another user of this host: may do what `publisher_acl` allows.
    User {
        /// Groups the user is in.
        groups: Vec<String>,
    },
    /// Somebody who has logged in: may do what `external_auth` allows.
    Login {
        /// The name that was proved.
        user: String,
        /// By which backend.
        backend: String,
        /// Groups that the backend knows of.
        groups: Vec<String>,
        /// What a token may of what its owner may, where it may not all of it.
        scopes: Option<Vec<String>>,
    },
    /// A minion: may do what `peer` and `peer_run` allow.
    Minion,
}

/// Who asks, as it stands in jobs, key changes and the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The name: the login on this host (`root`, `sudo_alice`), later an account.
    pub name: String,
    /// How the request came in.
    pub origin: Origin,
    /// What he is to this master.
    pub rank: Rank,
}

impl Caller {
    /// The master's own parts.
    #[must_use]
    pub fn master() -> Self {
        Self { name: "master".to_owned(), origin: Origin::Master, rank: Rank::Administrator }
    }

    /// A minion that asks for something itself.
    #[must_use]
    pub fn minion(id: &MinionId) -> Self {
        Self { name: id.to_string(), origin: Origin::Minion, rank: Rank::Minion }
    }

    /// Whether he may administer the master: all that no rule speaks of.
    #[must_use]
    pub fn is_administrator(&self) -> bool {
        self.rank == Rank::Administrator
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

/// Header that carries the token of a login.
const TOKEN: &str = "x-auth-token";

/// Somebody whom the master lets in: what he may do is decided request by request, by the daemon. Only routes whose calls are judged there
/// take this; all others take a [`Caller`], which is an administrator.
pub(crate) struct Anyone(pub Caller);

/// Somebody who may be nobody yet: for logging in and out.
pub(crate) struct Stranger {
    /// How the request came in.
    pub origin: Origin,
    /// The token he shows, if he shows one.
    pub token: Option<String>,
    /// Why the cookie that came along is not taken, if one came.
    pub unproved: Option<Refusal>,
    /// What his program says it is.
    pub agent: String,
}

impl FromRequestParts<Arc<Shared>> for Stranger {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Refusal> {
        let peer = peer(parts, shared).await?;
        let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let (token, unproved) = match text(TOKEN).map(str::to_owned) {
            Some(token) => (Some(token), None),
            None => match crate::session::of_browser(&parts.method, &parts.headers) {
                Ok(token) => (token, None),
                Err(refused) => (None, Some(refused)),
            },
        };
        let agent: String = text("user-agent").unwrap_or_default().chars().filter(|c| !c.is_control()).take(200).collect();
        let origin = match peer {
            Peer::Local { uid, pid } => Origin::Local { uid, pid },
            Peer::Remote(address) => Origin::Remote { address: address.to_string() },
        };
        Ok(Self { origin, token, unproved, agent })
    }
}

/// What ends a stream: the login that has opened it, or the master.
pub(crate) struct Ending {
    token: Option<String>,
    shared: Arc<Shared>,
}

impl FromRequestParts<Arc<Shared>> for Ending {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Refusal> {
        let Stranger { token, .. } = Stranger::from_request_parts(parts, shared).await?;
        Ok(Self { token, shared: Arc::clone(shared) })
    }
}

impl Ending {
    /// Comes back when it is time.
    pub async fn come(self) {
        let login = async {
            match &self.token {
                Some(token) => self.shared.control.until_over(token).await,
                // Whoever is known by the system stays so.
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = login => {}
            () = self.shared.stop.cancelled() => {}
        }
    }
}

/// A peer becomes a caller here and nowhere else. A token makes him whom he has logged in as, and nothing else: it gives up the rights of
/// the user who runs the program.
impl FromRequestParts<Arc<Shared>> for Anyone {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Refusal> {
        let stranger = Stranger::from_request_parts(parts, shared).await?;
        if let Some(unproved) = stranger.unproved {
            return Err(unproved);
        }
        if let Some(token) = stranger.token {
            let caller = shared.control.whose(&token, &stranger.origin).await;
            let caller = caller.ok_or_else(|| Refusal::new(ErrorCode::Unauthenticated, "this login is over, or never was"));
            return caller.map(Self);
        }
        // Over TCP nobody is known by the system: only a login counts.
        let Origin::Local { uid, .. } = stranger.origin else {
            return Err(Refusal::new(ErrorCode::Unauthenticated, "nobody is logged in")
                .with_hint("log in by `POST /api/v1/login`, and show the token in the header X-Auth-Token"));
        };
        let sudo = parts.headers.get(SUDO_USER).and_then(|name| name.to_str().ok()).filter(|name| is_login(name));
        let is_administrator = uid == 0 || shared.administrators.contains(&uid);
        let name = user_name(uid);
        let caller = if is_administrator {
            let name = sudo.map_or(name, |name| format!("sudo_{name}"));
            Caller { name, origin: stranger.origin, rank: Rank::Administrator }
        } else {
            Caller { name, origin: stranger.origin, rank: Rank::User { groups: groups_of(uid) } }
        };
        if shared.control.admits(&caller) { Ok(Self(caller)) } else { Err(not_administrator(&caller)) }
    }
}

/// Only an administrator is a caller of a route that no rule speaks of.
impl FromRequestParts<Arc<Shared>> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Refusal> {
        let Anyone(caller) = Anyone::from_request_parts(parts, shared).await?;
        if caller.is_administrator() { Ok(caller) } else { Err(not_administrator(&caller)) }
    }
}

async fn peer(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Peer, Refusal> {
    let ConnectInfo(peer) =
        ConnectInfo::<Peer>::from_request_parts(parts, shared).await.map_err(|_| Refusal::internal("this connection has no known peer"))?;
    Ok(peer)
}

pub(crate) fn not_administrator(caller: &Caller) -> Refusal {
    Refusal::new(ErrorCode::Forbidden, format!("user {caller} may not administer this master"))
        .with_hint("run this as root or as the user the master runs as")
}

fn groups_of(uid: u32) -> Vec<String> {
    let Ok(Some(user)) = User::from_uid(Uid::from_raw(uid)) else { return Vec::new() };
    let Ok(name) = CString::new(user.name) else { return Vec::new() };
    let groups = nix::unistd::getgrouplist(&name, user.gid).unwrap_or_default();
    groups.into_iter().filter_map(|group| Group::from_gid(group).ok().flatten()).map(|group| group.name).collect()
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
    fn a_name_behind_sudo_is_a_login_or_nothing() {
        assert!(is_login("alice") && is_login("DOM\\alice") && is_login("a.b@c"));
        assert!(!is_login("") && !is_login("a b") && !is_login("a\u{1b}[0m"));
    }
}
