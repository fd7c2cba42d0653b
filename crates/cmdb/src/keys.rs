//! Keys of minions: what was offered, what was decided, by whom, and all of it in a history.

use crate::{Page, Paged, Result, TokenHash};
use async_trait::async_trait;
use model::{Fingerprint, Key, KeyState, MinionId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A key that a minion offers at its first contact, or again.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// The id it claims.
    pub minion: MinionId,
    /// The key's fingerprint.
    pub fingerprint: Fingerprint,
    /// The public key, PEM.
    pub public: String,
    /// From where.
    pub address: String,
    /// When.
    pub at: Timestamp,
}

/// What speaks for accepting an offered key at once.
#[derive(Clone, Debug, PartialEq)]
pub enum Grant {
    /// Nothing: an operator decides.
    None,
    /// A setting of the master, such as `auto_accept`; the text says which.
    Setting(String),
    /// A join token.
    Token(TokenHash),
}

/// What became of a token that came with an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenUse {
    /// It has accepted the key and is used up.
    Used,
    /// It was not needed, or could not help: the key had been decided about before. It can still be used.
    Kept,
    /// No such token.
    Unknown,
    /// It has been used before.
    Spent,
    /// Its time is over.
    Expired,
    /// It is for other ids.
    OtherId,
}

/// What became of an offer.
#[derive(Clone, Debug, PartialEq)]
pub struct Offered {
    /// The key as it is stored now.
    pub key: Key,
    /// Whether it was not known before.
    pub is_new: bool,
    /// What became of the token, if one came with it.
    pub token: Option<TokenUse>,
}

/// Which keys.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct KeyFilter {
    /// In this state.
    #[serde(default)]
    pub state: Option<KeyState>,
    /// Offered for this id.
    #[serde(default)]
    pub minion: Option<MinionId>,
}

/// One line of the history of an id's keys.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeyChange {
    /// The id.
    pub minion: MinionId,
    /// The key.
    pub fingerprint: Fingerprint,
    /// State before; `None` when the key was new.
    pub from: Option<KeyState>,
    /// State after; `None` when the key was deleted.
    pub to: Option<KeyState>,
    /// Who or what did it.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// Keys and their history.
#[async_trait]
pub trait Keys: Send + Sync {
    /// Stores an offered key.
    ///
    /// - An id whose keys are all denied (or that has none) takes the key: pending, or accepted if the grant says so.
    /// - The known key again changes nothing, except that a grant accepts a pending one.
    /// - Another key for a taken id is stored as denied, whatever the grant; the first key is not disturbed.
    /// - Of the keys for a taken id at most [`crate::decide::MOST_DENIED`] are kept; a further one is denied without being stored.
    /// - A rejected key stays rejected, whatever the grant.
    /// - A token is used up only by the acceptance it brings about, in the same transaction.
    async fn offer_key(&self, offer: &Offer, grant: &Grant) -> Result<Offered>;

    /// Keys that were offered for an id: the one that holds it first, then denied ones by first seen.
    async fn keys_of(&self, minion: &MinionId) -> Result<Vec<Key>>;

    /// Keys in the byte order of ids.
    async fn keys(&self, filter: &KeyFilter, page: &Page) -> Result<Paged<Key>>;

    /// How many keys there are in each state; states without any are left out. A master that counts no further than this can refuse to
    /// keep ever more pending ones.
    async fn key_counts(&self) -> Result<BTreeMap<KeyState, u64>>;

    /// Decides about a key. `None` when there is no such key. To accept a denied key turns the key that held the id into a denied one; to
    /// set a denied key to another state while another holds the id is a conflict. Setting the state it has changes nothing.
    async fn set_key_state(
        &self,
        minion: &MinionId,
        fingerprint: &Fingerprint,
        state: KeyState,
        by: &str,
        at: Timestamp,
    ) -> Result<Option<Key>>;

    /// Deletes a key; its history stays. Answers the key as it was.
    async fn delete_key(&self, minion: &MinionId, fingerprint: &Fingerprint, by: &str, at: Timestamp) -> Result<Option<Key>>;

    /// Everything that ever happened to the keys of an id (or of all), newest first.
    async fn key_history(&self, minion: Option<&MinionId>, page: &Page) -> Result<Paged<KeyChange>>;
}
