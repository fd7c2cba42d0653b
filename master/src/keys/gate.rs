//! Who may come in: asked once for every session, after the handshake has proved the key.

use crate::bus::Keep;
use crate::core::Core;
use crate::keys::Autosign;
use async_trait::async_trait;
use cmdb::{AuditEntry, Grant, Offer, TokenHash, TokenUse};
use model::{Key, KeyState, Timestamp};
use net::{Admission, Claim, Gate};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tracing::{info, warn};
use value::{Map, Value};

/// A waiting minion asks again after this (`acceptance_wait_time`).
const ASK_AGAIN: Duration = Duration::from_secs(10);
/// One that has just been installed asks more often: an operator is about to look.
const ASK_SOON: Duration = Duration::from_secs(1);
/// For so long a minion counts as just installed.
const FRESH: Duration = Duration::from_secs(120);

/// The gate. The listener needs it before the rest of the master stands, so the core is put in afterwards.
#[derive(Clone, Default)]
pub struct KeyGate {
    core: Arc<OnceLock<Arc<Core>>>,
}

impl KeyGate {
    /// Opens the gate.
    pub fn open(&self, core: Arc<Core>) {
        let _ = self.core.set(core);
    }
}

#[async_trait]
impl Gate for KeyGate {
    async fn admit(&self, claim: Claim) -> Admission {
        let Some(core) = self.core.get() else { return Admission::Busy { retry_after: Duration::from_secs(1) } };
        let known = core.keys.get(&claim.minion);
        if let Some(known) = known.filter(|known| known.fingerprint == claim.fingerprint && known.state == KeyState::Accepted) {
            return admission(core, known.state, ASK_AGAIN);
        }
        let is_stranger = known.is_none();
        if is_stranger && core.keys.count(KeyState::Pending) >= core.settings().config.max_pending_keys {
            warn!(minion = %claim.minion, address = %claim.address, "as many keys as `max_pending_keys` allows wait for a decision");
            return Admission::Busy { retry_after: ASK_AGAIN };
        }
        match offer(core, &claim).await {
            Ok(key) => {
                let is_fresh = Timestamp::now().since(key.first_seen) < FRESH;
                admission(core, key.state, if is_fresh { ASK_SOON } else { ASK_AGAIN })
            }
            Err(error) => {
                warn!(minion = %claim.minion, error = %output::chain(&error), "the store cannot say whether this key is accepted");
                Admission::Busy { retry_after: ASK_AGAIN }
            }
        }
    }
}

fn admission(core: &Core, state: KeyState, retry: Duration) -> Admission {
    match state {
        KeyState::Accepted => Admission::Accepted,
        KeyState::Pending => Admission::Pending { retry },
        KeyState::Rejected => Admission::Rejected(format!("the operator of master {} has rejected this key", core.id)),
        KeyState::Denied => Admission::Denied,
    }
}

/// Stores the offered key with what speaks for it, and tells the bus and the log what became of it.
async fn offer(core: &Core, claim: &Claim) -> cmdb::Result<Key> {
    let now = Timestamp::now();
    let offer = Offer {
        minion: claim.minion.clone(),
        fingerprint: claim.fingerprint,
        public: claim.public_key.clone(),
        address: claim.address.ip().to_string(),
        at: now,
    };
    let known = core.keys.get(&claim.minion);
    let offered = core.store.offer_key(&offer, &grant(core, claim)).await?;
    if let Some(reason) = offered.token.and_then(token_trouble) {
        warn!(minion = %claim.minion, reason, "a join token did not help");
    }
    let mut key = offered.key;
    if offered.is_new
        && key.state == KeyState::Pending
        && Autosign::new(core.settings().config.autoreject_file.clone()).names(&claim.minion)
    {
        let rejected = core.store.set_key_state(&claim.minion, &claim.fingerprint, KeyState::Rejected, "autoreject_file", now).await?;
        key = rejected.unwrap_or(key);
    }
    core.keys.set(&claim.minion, &core.store.keys_of(&claim.minion).await?);
    let is_changed = offered.is_new || known.is_none_or(|known| known.fingerprint == key.fingerprint && known.state != key.state);
    if is_changed {
        info!(minion = %claim.minion, fingerprint = %claim.fingerprint, state = %key.state, by = %key.changed_by, "a key was offered");
        core.bus.fire("salt/auth", auth_event(&key), now, Keep::Stored);
        let entry = AuditEntry {
            at: now,
            actor: format!("minion:{}", claim.minion),
            origin: claim.address.to_string(),
            verb: "key.offer".to_owned(),
            object_kind: "key".to_owned(),
            object: claim.minion.to_string(),
            result: key.state.to_string(),
            detail: Value::Map(Map::from_iter([("fingerprint", claim.fingerprint.to_string()), ("by", key.changed_by.clone())])),
        };
        core.store.append_audit(&[entry]).await?;
    }
    Ok(key)
}

fn grant(core: &Core, claim: &Claim) -> Grant {
    let most = core.settings().config.max_minions;
    if most > 0 && core.keys.count(KeyState::Accepted) >= most {
        warn!(minion = %claim.minion, most, "as many minions as `max_minions` allows are accepted, an operator must decide");
        return Grant::None;
    }
    if let Some(token) = &claim.join_token {
        return Grant::Token(TokenHash::of(token.reveal()));
    }
    if core.settings().config.auto_accept {
        return Grant::Setting("auto_accept".to_owned());
    }
    if Autosign::new(core.settings().config.autosign_file.clone()).names(&claim.minion) {
        return Grant::Setting("autosign_file".to_owned());
    }
    Grant::None
}

fn token_trouble(outcome: TokenUse) -> Option<&'static str> {
    match outcome {
        TokenUse::Used | TokenUse::Kept => None,
        TokenUse::Unknown => Some("no such token"),
        TokenUse::Spent => Some("it has been used before"),
        TokenUse::Expired => Some("its time is over"),
        TokenUse::OtherId => Some("it is for other ids"),
    }
}

/// Data of `salt/auth`.
fn auth_event(key: &Key) -> Value {
    let act = match key.state {
        KeyState::Accepted => "accept",
        KeyState::Pending => "pend",
        KeyState::Rejected => "reject",
        KeyState::Denied => "denied",
    };
    let mut data = Map::new();
    data.insert("result", key.state != KeyState::Rejected && key.state != KeyState::Denied);
    data.insert("act", act);
    data.insert("id", key.minion.as_str());
    data.insert("pub", key.public.as_str());
    Value::Map(data)
}
