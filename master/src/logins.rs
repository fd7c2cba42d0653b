//! Logins that are open: a token for each, valid until its time is over, it is given back or it is taken away. Only the hash of a token is
//! kept. They stand in memory, where every request looks, and in the CMDB, so that a restart of the master ends none.

use cmdb::{AccountId, LoginKind, Store, TokenHash};
use ipnet::{IpNet, Ipv4Net};
use manager::{Caller, Origin, Rank};
use model::Timestamp;
use rand::RngExt;
use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{AcquireError, Semaphore, SemaphorePermit};
use tokio_util::sync::CancellationToken;

/// Logins that are checked at the same time.
const AT_ONCE: usize = 8;
/// Logins that may be open; the one that ends first goes when there are more.
const MOST: usize = 10_000;

/// An open login.
#[derive(Clone, Debug)]
struct Open {
    login: cmdb::Login,
    /// Cancelled when it ends before its time.
    over: CancellationToken,
    /// Networks that it is taken from.
    networks: Vec<IpNet>,
    /// It was shown since that was last written down.
    is_fresh: bool,
}

impl Open {
    fn new(login: cmdb::Login) -> Self {
        // What is no network lets nobody in: the list is not empty by it.
        let networks = login.networks.iter().map(|text| text.parse().unwrap_or(NOWHERE)).collect();
        Self { login, over: CancellationToken::new(), networks, is_fresh: false }
    }

    /// Whether it is taken from where the request comes.
    fn is_taken_from(&self, origin: &Origin) -> bool {
        let of = |address: &str| address.parse::<SocketAddr>().ok().map(|address| address.ip().to_canonical());
        match origin {
            _ if self.networks.is_empty() => true,
            Origin::Remote { address } => of(address).is_some_and(|ip| self.networks.iter().any(|network| network.contains(&ip))),
            Origin::Local { .. } | Origin::Minion | Origin::Master => self.networks.iter().any(|network| network.addr().is_loopback()),
        }
    }
}

/// A network without an address that anybody could come from.
const NOWHERE: IpNet = IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::UNSPECIFIED, 32));

/// Open logins.
pub struct Logins {
    open: Mutex<HashMap<TokenHash, Open>>,
    store: Arc<dyn Store>,
    turns: Semaphore,
}

/// What is to be opened.
pub struct Opening {
    /// Who has proved to be himself.
    pub caller: Caller,
    /// The account, where the backend is our own.
    pub account: Option<AccountId>,
    /// What for.
    pub kind: LoginKind,
    /// How long.
    pub lifetime: Duration,
    /// What a token of a program is for.
    pub name: String,
    /// Networks that it is taken from; any where there is none.
    pub networks: Vec<String>,
    /// With what program somebody logs in, as it says itself.
    pub agent: String,
}

impl Logins {
    /// The logins that were open when the master ended.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn load(store: Arc<dyn Store>, now: Timestamp) -> Result<Self, cmdb::Error> {
        let kept = store.logins(now).await?.into_iter();
        let open = kept.map(|login| (login.hash, Open::new(login))).collect();
        Ok(Self { open: Mutex::new(open), store, turns: Semaphore::new(AT_ONCE) })
    }

    /// A turn of checking a login.
    ///
    /// # Errors
    /// Never while the master runs.
    pub async fn turn(&self) -> Result<SemaphorePermit<'_>, AcquireError> {
        self.turns.acquire().await
    }

    /// Opens a login and gives its token: 40 hexadecimal digits for a session, 64 for a program.
    ///
    /// # Errors
    /// When the store is away: a login that a restart would end is none.
    pub async fn open(&self, asked: Opening, now: Timestamp) -> Result<(String, cmdb::Login), cmdb::Error> {
        let token = match asked.kind {
            LoginKind::Session => hex::encode(rand::rng().random::<[u8; 20]>()),
            LoginKind::Token => hex::encode(rand::rng().random::<[u8; 32]>()),
        };
        let (user, backend, groups, scopes) = match asked.caller.rank {
            Rank::Login { user, backend, groups, scopes } => (user, backend, groups, scopes),
            Rank::Administrator | Rank::User { .. } | Rank::Minion => (asked.caller.name, String::new(), Vec::new(), None),
        };
        let login = cmdb::Login {
            hash: TokenHash::of(&token),
            kind: asked.kind,
            account: asked.account,
            user,
            backend,
            groups,
            name: asked.name,
            scopes,
            networks: asked.networks,
            origin: origin(&asked.caller.origin),
            agent: asked.agent,
            used: None,
            made: now,
            expires: now.plus(asked.lifetime),
        };
        let too_many: Vec<TokenHash> = {
            let mut open = self.lock();
            open.retain(|_, open| open.login.expires > now);
            let surplus = (open.len() + 1).saturating_sub(MOST);
            let mut by_end: Vec<_> = open.values().map(|open| (open.login.expires, open.login.hash)).collect();
            by_end.sort_unstable();
            by_end.into_iter().take(surplus).map(|(_, hash)| hash).collect()
        };
        self.end(&too_many).await?;
        self.store.insert_login(&login).await?;
        self.lock().insert(login.hash, Open::new(login.clone()));
        Ok((token, login))
    }

    /// Whose token it is, if it is one, its time is not over, and it is taken from there.
    #[must_use]
    pub fn find(&self, token: &str, origin: &Origin, now: Timestamp) -> Option<Caller> {
        let mut open = self.lock();
        let open = open.get_mut(&TokenHash::of(token)).filter(|open| open.login.expires > now && open.is_taken_from(origin))?;
        (open.login.used, open.is_fresh) = (Some(now), true);
        let login = &open.login;
        let rank = Rank::Login {
            user: login.user.clone(),
            backend: login.backend.clone(),
            groups: login.groups.clone(),
            scopes: login.scopes.clone(),
        };
        Some(Caller { name: format!("{}@{}", login.user, login.backend), origin: origin.clone(), rank })
    }

    /// Writes down when logins were last shown, of those that were since the last time.
    ///
    /// # Errors
    /// When the store is away; then it is written the next time.
    pub async fn note_used(&self) -> Result<(), cmdb::Error> {
        let used: Vec<_> = {
            let mut open = self.lock();
            let fresh = open.values_mut().filter(|open| open.is_fresh);
            fresh
                .filter_map(|open| {
                    open.is_fresh = false;
                    Some((open.login.hash, open.login.used?))
                })
                .collect()
        };
        if used.is_empty() {
            return Ok(());
        }
        let noted = self.store.note_used(&used).await;
        if noted.is_err() {
            let mut open = self.lock();
            for (hash, _) in &used {
                if let Some(open) = open.get_mut(hash) {
                    open.is_fresh = true;
                }
            }
        }
        noted
    }

    /// Comes back when the login of a token is over, for whatever reason; at once when there is none.
    pub async fn over(&self, token: &str) {
        let Some(open) = self.lock().get(&TokenHash::of(token)).cloned() else { return };
        let left = open.login.expires.since(Timestamp::now());
        tokio::select! {
            () = open.over.cancelled() => {}
            () = tokio::time::sleep(left) => {}
        }
    }

    /// Ends the login of a token; says whether there was one.
    ///
    /// # Errors
    /// When the store is away: it is over now, and would be open again after a restart.
    pub async fn close(&self, token: &str) -> Result<bool, cmdb::Error> {
        let hash = TokenHash::of(token);
        let was_open = self.lock().contains_key(&hash);
        if was_open {
            self.end(&[hash]).await?;
        }
        Ok(was_open)
    }

    /// Ends the logins that fit; says how many.
    ///
    /// # Errors
    /// As [`Logins::close`].
    pub async fn close_where(&self, fits: impl Fn(&cmdb::Login) -> bool) -> Result<usize, cmdb::Error> {
        let hashes: Vec<_> = self.lock().values().filter(|open| fits(&open.login)).map(|open| open.login.hash).collect();
        self.end(&hashes).await?;
        Ok(hashes.len())
    }

    /// Logins that are open, oldest first.
    #[must_use]
    pub fn list(&self, now: Timestamp) -> Vec<cmdb::Login> {
        let mut logins: Vec<_> = self.lock().values().filter(|open| open.login.expires > now).map(|open| open.login.clone()).collect();
        logins.sort_by_key(|login| (login.made, login.hash));
        logins
    }

    /// They are over at once, whatever the store says.
    async fn end(&self, hashes: &[TokenHash]) -> Result<(), cmdb::Error> {
        if hashes.is_empty() {
            return Ok(());
        }
        {
            let mut open = self.lock();
            for ended in hashes.iter().filter_map(|hash| open.remove(hash)) {
                ended.over.cancel();
            }
        }
        self.store.delete_logins(hashes).await.map(|_| ())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TokenHash, Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn origin(origin: &Origin) -> String {
    match origin {
        Origin::Local { .. } => "unix".to_owned(),
        Origin::Remote { address } => address.clone(),
        Origin::Minion => "session".to_owned(),
        Origin::Master => "master".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cmdb::Retention;

    fn opening(user: &str, kind: LoginKind) -> Opening {
        let rank = Rank::Login { user: user.to_owned(), backend: "file".to_owned(), groups: vec!["ops".to_owned()], scopes: None };
        let origin = Origin::Remote { address: "192.0.2.1:9".to_owned() };
        Opening {
            caller: Caller { name: String::new(), origin, rank },
            account: None,
            kind,
            lifetime: Duration::from_secs(10),
            name: String::new(),
            networks: Vec::new(),
            agent: String::new(),
        }
    }

    async fn logins(folder: &tempfile::TempDir, now: Timestamp) -> Logins {
        let store = cmdb_sqlite::SqliteStore::open(&folder.path().join("cmdb.db"), Retention::default()).await.unwrap();
        Logins::load(Arc::new(store), now).await.unwrap()
    }

    #[tokio::test]
    async fn a_token_is_good_until_its_time_is_over_or_it_is_given_back() {
        let folder = tempfile::tempdir().unwrap();
        let open = logins(&folder, Timestamp(0)).await;
        let (token, _) = open.open(opening("fred", LoginKind::Session), Timestamp(0)).await.unwrap();
        let (other, _) = open.open(opening("fred", LoginKind::Token), Timestamp(0)).await.unwrap();
        assert!(token.len() == 40 && other.len() == 64);
        assert!(
            open.find(&token, &Origin::Master, Timestamp(9_000_000)).is_some()
                && open.find(&token, &Origin::Master, Timestamp(10_000_000)).is_none()
        );
        // Another start of the master knows both, and only their hashes are written down.
        let again = logins(&folder, Timestamp(1)).await;
        assert_eq!(again.find(&token, &Origin::Master, Timestamp(1)).map(|caller| caller.name), Some("fred@file".to_owned()));
        assert!(again.close(&token).await.unwrap() && again.find(&token, &Origin::Master, Timestamp(1)).is_none());
        assert!(!again.close(&token).await.unwrap() && again.find("", &Origin::Master, Timestamp(1)).is_none());
        assert_eq!(logins(&folder, Timestamp(1)).await.list(Timestamp(1)).len(), 1);
        let file = std::fs::read(folder.path().join("cmdb.db-wal")).unwrap_or_default();
        assert!(!file.windows(other.len()).any(|bytes| bytes == other.as_bytes()));
    }

    #[tokio::test]
    async fn whoever_waits_for_the_end_of_a_login_is_told_when_it_is_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        let open = logins(&folder, Timestamp(0)).await;
        let asked = Opening { lifetime: Duration::from_secs(3600), ..opening("fred", LoginKind::Session) };
        let (token, _) = open.open(asked, Timestamp::now()).await.unwrap();
        let end = open.over(&token);
        let close = open.close_where(|login| login.user == "fred");
        let ((), closed) = tokio::join!(end, close);
        assert_eq!(closed.unwrap(), 1);
        open.over(&token).await;
    }
}
