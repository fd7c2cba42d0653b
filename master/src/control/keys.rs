//! Keys: listed, decided about, and their history.

use crate::bus::Keep;
use crate::core::{Core, refusal};
use api::{ChangeKeys, KeyAction, KeyChange, KeyFilter, KeyHistoryFilter, KeysChanged};
use cmdb::{Grant, Offer};
use manager::{Caller, Refusal};
use model::{Glob, Key, KeyState, MinionId, Timestamp};
use tracing::info;
use value::{Map, Value};

/// Keys by id.
///
/// # Errors
/// When the store is away.
pub async fn list(core: &Core, filter: &KeyFilter) -> Result<Vec<Key>, Refusal> {
    let pattern = filter.minion.as_deref().map(Glob::new);
    let stored = cmdb::KeyFilter { state: filter.state, minion: None };
    let mut keys = Vec::new();
    let mut page = cmdb::Page::first(cmdb::Page::MAX);
    loop {
        let part = core.store.keys(&stored, &page).await.map_err(|error| refusal(&error))?;
        keys.extend(part.items.into_iter().filter(|key| pattern.as_ref().is_none_or(|glob| glob.matches(key.minion.as_str()))));
        match part.next {
            Some(cursor) => page = cmdb::Page::after(cursor, cmdb::Page::MAX),
            None => return Ok(keys),
        }
    }
}

/// Accepts, rejects or deletes keys.
///
/// # Errors
/// When the store is away, or a decision stands against another.
pub async fn change(core: &Core, caller: &Caller, change: ChangeKeys) -> Result<KeysChanged, Refusal> {
    let states = match (&change.states[..], change.action) {
        ([], KeyAction::Accept | KeyAction::Reject) => vec![KeyState::Pending],
        ([], KeyAction::Delete) => vec![KeyState::Pending, KeyState::Accepted, KeyState::Rejected, KeyState::Denied],
        (states, _) => states.to_vec(),
    };
    let all = list(core, &KeyFilter::default()).await?;
    let is_meant = |key: &Key| states.contains(&key.state) && change.fingerprint.is_none_or(|fingerprint| fingerprint == key.fingerprint);
    let mut changed = KeysChanged::default();
    let mut meant: Vec<Key> = Vec::new();
    for pattern in &change.minions {
        let glob = Glob::new(pattern);
        let found: Vec<_> = all.iter().filter(|key| glob.matches(key.minion.as_str()) && is_meant(key)).collect();
        if found.is_empty() {
            changed.unmatched.push(pattern.clone());
        }
        for key in found {
            if !meant.iter().any(|known| known.minion == key.minion && known.fingerprint == key.fingerprint) {
                meant.push(key.clone());
            }
        }
    }
    for key in meant {
        if change.dry_run {
            changed.keys.push(key);
        } else if let Some(key) = decide(core, caller, change.action, &key).await? {
            changed.keys.push(key);
        }
    }
    Ok(changed)
}

async fn decide(core: &Core, caller: &Caller, action: KeyAction, key: &Key) -> Result<Option<Key>, Refusal> {
    let now = Timestamp::now();
    let (verb, act, done) = match action {
        KeyAction::Accept => ("key.accept", "accept", "replaced"),
        KeyAction::Reject => ("key.reject", "reject", "rejected"),
        KeyAction::Delete => ("key.delete", "delete", "deleted"),
    };
    let detail = Map::from_iter([("fingerprint", key.fingerprint.to_string()), ("before", key.state.to_string())]);
    core.audit(caller, verb, ("key", key.minion.as_str()), "ok", Value::Map(detail)).await?;
    let by = caller.name.as_str();
    let decided = match action {
        KeyAction::Accept => core.store.set_key_state(&key.minion, &key.fingerprint, KeyState::Accepted, by, now).await,
        KeyAction::Reject => core.store.set_key_state(&key.minion, &key.fingerprint, KeyState::Rejected, by, now).await,
        KeyAction::Delete => core.store.delete_key(&key.minion, &key.fingerprint, by, now).await,
    };
    let Some(decided) = decided.map_err(|error| refusal(&error))? else { return Ok(None) };
    let keys = core.store.keys_of(&key.minion).await.map_err(|error| refusal(&error))?;
    let held = core.keys.get(&key.minion);
    core.keys.set(&key.minion, &keys);
    // The session belongs to the key that held the id; whatever took its right away ends it, and no other.
    let holds_now = core.keys.get(&key.minion).filter(|known| known.state == KeyState::Accepted);
    let was_accepted = held.filter(|known| known.state == KeyState::Accepted);
    if was_accepted.is_some() && holds_now.map(|known| known.fingerprint) != was_accepted.map(|known| known.fingerprint) {
        let reason = format!("its key was {done} by {caller}");
        core.sessions.end(&key.minion, &*reason);
        core.jobs.on_removed(core, &key.minion, &reason, now);
    }
    info!(minion = %key.minion, fingerprint = %key.fingerprint, act, by = %caller, "key decided");
    let mut data = Map::new();
    data.insert("result", true);
    data.insert("act", act);
    data.insert("id", key.minion.as_str());
    data.insert("pub", key.public.as_str());
    core.bus.fire("salt/key", Value::Map(data), now, Keep::Stored);
    Ok(Some(decided))
}

/// Changes of keys, newest first.
///
/// # Errors
/// When the store is away.
pub async fn history(core: &Core, filter: KeyHistoryFilter) -> Result<Vec<KeyChange>, Refusal> {
    let page = cmdb::Page::first(filter.limit.unwrap_or(100));
    let part = core.store.key_history(filter.minion.as_ref(), &page).await.map_err(|error| refusal(&error))?;
    let shown = part.items.into_iter().map(|change| KeyChange {
        at: change.at,
        minion: change.minion,
        fingerprint: change.fingerprint,
        from: change.from,
        to: change.to,
        by: change.by,
    });
    Ok(shown.collect())
}

/// Accepts a key for an id before its minion comes, in place of one that holds the id.
///
/// # Errors
/// When the store is away, or a decision stands against it.
pub async fn enroll(core: &Core, caller: &Caller, minion: &MinionId, key: &proto::PublicKey) -> Result<(), Refusal> {
    let now = Timestamp::now();
    let detail = Map::from_iter([("fingerprint", key.fingerprint().to_string())]);
    core.audit(caller, "key.enroll", ("key", minion.as_str()), "ok", Value::Map(detail)).await?;
    let public = key.to_pem().map_err(|error| Refusal::internal(error.to_string()))?;
    let offer = Offer { minion: minion.clone(), fingerprint: key.fingerprint(), public, address: String::new(), at: now };
    let by = caller.name.as_str();
    core.store.offer_key(&offer, &Grant::Setting(by.to_owned())).await.map_err(|error| refusal(&error))?;
    let key = core.store.set_key_state(minion, &offer.fingerprint, KeyState::Accepted, by, now).await.map_err(|error| refusal(&error))?;
    let keys = core.store.keys_of(minion).await.map_err(|error| refusal(&error))?;
    core.keys.set(minion, &keys);
    match key {
        Some(_) => Ok(()),
        None => Err(Refusal::new(api::ErrorCode::Conflict, format!("the key for `{minion}` could not be accepted"))),
    }
}
