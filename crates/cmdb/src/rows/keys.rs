//! Rows of keys, their history and join tokens.

use super::{bytes32, minion_id};
use crate::{Error, KeyChange, Result, Token, TokenHash};
use model::{Fingerprint, Key, KeyState, Timestamp};
use std::collections::BTreeMap;

/// Number of a key's state in the store. 3 is denied: the unique index over the other states depends on it.
#[must_use]
pub const fn key_state_number(state: KeyState) -> i16 {
    match state {
        KeyState::Pending => 0,
        KeyState::Accepted => 1,
        KeyState::Rejected => 2,
        KeyState::Denied => 3,
    }
}

fn key_state(number: i16) -> Result<KeyState> {
    [KeyState::Pending, KeyState::Accepted, KeyState::Rejected, KeyState::Denied]
        .into_iter()
        .find(|state| key_state_number(*state) == number)
        .ok_or_else(|| Error::corrupt("the state of a key", format!("`{number}` is no state")))
}

/// minion, fingerprint, public, state, first seen, changed, changed by.
pub type KeyRow = (String, Vec<u8>, String, i16, i64, i64, String);

/// A key.
pub fn key((minion, fingerprint, public, state, first_seen, changed, changed_by): KeyRow) -> Result<Key> {
    Ok(Key {
        minion: minion_id(&minion)?,
        fingerprint: Fingerprint(bytes32("the fingerprint of a key", &fingerprint)?),
        public,
        state: key_state(state)?,
        first_seen: Timestamp(first_seen),
        changed: Timestamp(changed),
        changed_by,
    })
}

/// How many keys there are in each state.
pub fn key_counts(found: Vec<(i16, i64)>) -> Result<BTreeMap<KeyState, u64>> {
    found.into_iter().map(|(state, count)| Ok((key_state(state)?, u64::try_from(count).unwrap_or_default()))).collect()
}

/// row number, minion, fingerprint, from, to, by, at.
pub type KeyChangeRow = (i64, String, Vec<u8>, Option<i16>, Option<i16>, String, i64);

/// A line of a key's history, with its row number.
pub fn key_change((row, minion, fingerprint, from, to, by, at): KeyChangeRow) -> Result<(i64, KeyChange)> {
    let change = KeyChange {
        minion: minion_id(&minion)?,
        fingerprint: Fingerprint(bytes32("the fingerprint of a key", &fingerprint)?),
        from: from.map(key_state).transpose()?,
        to: to.map(key_state).transpose()?,
        by,
        at: Timestamp(at),
    };
    Ok((row, change))
}

/// hash, pattern, made, made by, expires, used by, used at.
pub type TokenRow = (Vec<u8>, String, i64, String, i64, Option<String>, Option<i64>);

/// A join token.
pub fn token((hash, pattern, made, made_by, expires, used_by, used_at): TokenRow) -> Result<Token> {
    let used = match (used_by, used_at) {
        (Some(minion), Some(at)) => Some((minion_id(&minion)?, Timestamp(at))),
        _ => None,
    };
    Ok(Token {
        hash: TokenHash(bytes32("the hash of a join token", &hash)?),
        pattern,
        made: Timestamp(made),
        made_by,
        expires: Timestamp(expires),
        used,
    })
}
