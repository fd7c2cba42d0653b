//! Logins that are open: a token for each, valid until its time is over or it is given back. Only the hash of a token is kept, and only in
//! memory: after a restart of the master one logs in again.

use manager::Caller;
use model::Timestamp;
use rand::RngExt;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{AcquireError, Semaphore, SemaphorePermit};

/// Logins that are checked at the same time.
const AT_ONCE: usize = 8;
/// Logins that may be open; the one that ends first goes when there are more.
const MOST: usize = 10_000;

/// An open login.
#[derive(Clone, Debug)]
pub struct Login {
    /// Whose.
    pub caller: Caller,
    /// Until when.
    pub expires: Timestamp,
}

/// Open logins.
pub struct Logins {
    open: Mutex<HashMap<[u8; 32], Login>>,
    turns: Semaphore,
}

impl Default for Logins {
    fn default() -> Self {
        Self { open: Mutex::default(), turns: Semaphore::new(AT_ONCE) }
    }
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

impl Logins {
    /// A turn of checking a login.
    ///
    /// # Errors
    /// Never while the master runs.
    pub async fn turn(&self) -> Result<SemaphorePermit<'_>, AcquireError> {
        self.turns.acquire().await
    }

    /// Opens a login and gives its token.
    pub fn open(&self, caller: Caller, lifetime: Duration, now: Timestamp) -> (String, Login) {
        let token = hex::encode(rand::rng().random::<[u8; 20]>());
        let login = Login { caller, expires: now.plus(lifetime) };
        let mut open = self.lock();
        open.retain(|_, login| login.expires > now);
        if open.len() >= MOST
            && let Some(first) = open.iter().min_by_key(|(_, login)| login.expires).map(|(hash, _)| *hash)
        {
            open.remove(&first);
        }
        open.insert(hash(&token), login.clone());
        (token, login)
    }

    /// Whose token it is, if it is one and its time is not over.
    #[must_use]
    pub fn find(&self, token: &str, now: Timestamp) -> Option<Caller> {
        self.lock().get(&hash(token)).filter(|login| login.expires > now).map(|login| login.caller.clone())
    }

    /// Ends a login; says whether there was one.
    pub fn close(&self, token: &str) -> bool {
        self.lock().remove(&hash(token)).is_some()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], Login>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_until_its_time_is_over_or_it_is_given_back() {
        let logins = Logins::default();
        let (token, _) = logins.open(Caller::master(), Duration::from_secs(10), Timestamp(0));
        let (other, _) = logins.open(Caller::master(), Duration::from_secs(10), Timestamp(0));
        assert!(token.len() == 40 && token != other);
        assert!(logins.find(&token, Timestamp(9_000_000)).is_some() && logins.find(&token, Timestamp(10_000_000)).is_none());
        assert!(logins.close(&token) && logins.find(&token, Timestamp(0)).is_none());
        assert!(logins.find("", Timestamp(0)).is_none() && logins.find(&other, Timestamp(0)).is_some());
    }
}
