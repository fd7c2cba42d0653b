//! What the parts of the master share. Each field has one owner who changes it; the others only ask.

use crate::bus::Bus;
use crate::clocks::Clocks;
use crate::estate::Estate;
use crate::estate::groups::Worked;
use crate::estate::once::Once;
use crate::jobs::Desk;
use crate::keys::KeyRing;
use crate::logins::Logins;
use crate::pillars::Pillars;
use crate::returners::Couriers;
use crate::roster::Roster;
use crate::runners::Runs;
use crate::settings::{Live, Settings};
use crate::stats::Stats;
use crate::trail::Seal;
use cmdb::{AuditEntry, Store};
use manager::{Caller, Origin, Refusal};
use model::Timestamp;
use rand::RngExt;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock, Weak};
use tokio::sync::Semaphore;
use value::Value;

/// The shared parts of a running master.
pub struct Core {
    /// Itself, for parts that outlive a borrow; set once it is built.
    pub me: OnceLock<Weak<Core>>,
    /// Its configuration.
    pub live: Live,
    /// Its id in jobs and events.
    pub id: String,
    /// Fingerprint and PEM of its key.
    pub key: proto::PublicKey,
    /// When it started.
    pub started: Timestamp,
    /// Where minions reach it.
    pub address: SocketAddr,
    /// The CMDB.
    pub store: Arc<dyn Store>,
    /// What people have written down, and the hosts.
    pub estate: Arc<Estate>,
    /// Members of groups as they were worked out last.
    pub members: Worked,
    /// Providers of logins, and logins there that have begun.
    pub oidc: crate::oidc::Oidc,
    /// Command lines that wait for a login.
    pub devices: crate::people::Devices,
    /// Locks up secrets that must be read again.
    pub vault: crate::vault::Vault,
    /// Requests that are done once.
    pub once: Once,
    /// Signs where the audit log ends.
    pub seal: Seal,
    /// Who has a session.
    pub roster: Roster,
    /// Ends sessions whose key has lost its right.
    pub sessions: net::Sessions,
    /// Keys of minions.
    pub keys: KeyRing,
    /// Events.
    pub bus: Bus,
    /// The last pillar of each minion.
    pub pillars: Pillars,
    /// What operators keep for pillars.
    pub variables: Arc<crate::variables::Variables>,
    /// Brings returns to where they go besides the CMDB.
    pub couriers: Couriers,
    /// Runs of runners and wheel functions that are not done.
    pub runs: Runs,
    /// Logins that are open.
    pub logins: Logins,
    /// Jobs.
    pub jobs: Desk,
    /// Functions that pillar templates call.
    pub functions: Arc<sdk::Registry>,
    /// Orchestrations that are to wait or to end.
    pub pauses: engine::Pauses,
    /// Told to ask the remotes of the file service now.
    pub refetch: tokio::sync::Notify,
    /// What is asked of this master.
    pub stats: Stats,
    /// Clocks of minions that are wrong.
    pub clocks: Clocks,
    /// Turns of rendering pillar.
    pub rendering: Semaphore,
}

impl Core {
    /// Itself, to be kept. `None` only while it is being built or taken down.
    #[must_use]
    pub fn arc(&self) -> Option<Arc<Self>> {
        self.me.get().and_then(Weak::upgrade)
    }

    /// The configuration of now.
    #[must_use]
    pub fn settings(&self) -> Arc<Settings> {
        self.live.get()
    }

    /// Whether anybody hears what goes over the bus: whoever makes costly events asks first. A reactor without rules listens to nothing.
    #[must_use]
    pub fn is_heard(&self) -> bool {
        self.bus.listeners() > usize::from(self.settings().reactor.is_empty())
    }

    /// Writes a decision into the audit log.
    ///
    /// # Errors
    /// When the log cannot be written: then nothing is done either.
    pub async fn audit(&self, caller: &Caller, verb: &str, object: (&str, &str), result: &str, detail: Value) -> Result<(), Refusal> {
        let entry = self.entry(caller, verb, object, result, detail);
        self.store.append_audit(&[entry]).await.map(|_| ()).map_err(|error| refusal(&error))
    }

    /// An entry of the audit log, for those who write it together with what it speaks of.
    #[must_use]
    pub fn entry(&self, caller: &Caller, verb: &str, object: (&str, &str), result: &str, detail: Value) -> AuditEntry {
        let (actor, origin) = match &caller.origin {
            Origin::Local { .. } => (format!("local:{}", caller.name), "unix".to_owned()),
            Origin::Minion => (format!("minion:{}", caller.name), "session".to_owned()),
            Origin::Remote { address } => (format!("user:{}", caller.name), address.clone()),
            Origin::Master => ("master".to_owned(), "master".to_owned()),
        };
        AuditEntry {
            at: Timestamp::now(),
            actor,
            origin,
            verb: verb.to_owned(),
            object_kind: object.0.to_owned(),
            object: object.1.to_owned(),
            result: result.to_owned(),
            detail,
        }
    }
}

/// What a caller is told when the store does not do its part.
#[must_use]
pub fn refusal(error: &cmdb::Error) -> Refusal {
    let text = output::chain(error);
    match error {
        error if error.is_temporary() => Refusal::unavailable(text),
        cmdb::Error::Conflict { .. } => Refusal::new(api::ErrorCode::Conflict, text),
        _ => Refusal::internal(text),
    }
}

/// A UUID of version 7: in the order of time, and not to be guessed.
#[must_use]
pub fn new_id(now: Timestamp) -> String {
    let mut bytes: [u8; 16] = rand::rng().random();
    let millis = u64::try_from(now.micros() / 1000).unwrap_or_default().to_be_bytes();
    for (to, from) in bytes.iter_mut().zip(millis.into_iter().skip(2)) {
        *to = from;
    }
    bytes[6] = 0x70 | (bytes[6] & 0x0f);
    bytes[8] = 0x80 | (bytes[8] & 0x3f);
    let text = hex::encode(bytes);
    let mut parts = Vec::new();
    let mut rest = text.as_str();
    for width in [8, 4, 4, 4, 12] {
        let (part, after) = rest.split_at(width);
        parts.push(part);
        rest = after;
    }
    parts.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_a_uuid_in_the_order_of_time() {
        let (first, second) = (new_id(Timestamp(1_790_000_000_000_000)), new_id(Timestamp(1_790_000_000_001_000)));
        assert!(first < second && first.len() == 36 && first.as_bytes()[14] == b'7', "{first}");
        assert_ne!(new_id(Timestamp(0)), new_id(Timestamp(0)));
    }
}
