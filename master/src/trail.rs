//! The audit log: read, exported, checked, and signed. Every so often the end of the chain is signed with a key of the master's own; the
//! notes stand in the CMDB and, so that nobody who owns the database can take them back, in a file beside the key.

use crate::core::{Core, refusal};
use crate::estate::nouns::{require, sight};
use crate::policy::roles::Place;
use api::{AuditEntry, AuditFilter, AuditReport, AuditVerify};
use cmdb::{AuditRecord, Checkpoint, Digest, TrailFault, check_trail};
use daemon::Stop;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use futures_util::StreamExt;
use manager::{Caller, Refusal, Stream};
use model::Timestamp;
use std::convert::Infallible;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tracing::{info, warn};
use value::{Map, Value};

/// How often the end is looked at.
const BEAT: Duration = Duration::from_secs(60);
/// New entries after which it is signed at once; fewer wait for [`PATIENCE`].
const MANY: u64 = 1_000;
/// Entries do not stand unsigned for longer.
const PATIENCE: Duration = Duration::from_secs(600);

/// The key that signs, and the file that keeps what it has signed.
pub struct Seal {
    key: SigningKey,
    kept: PathBuf,
}

impl Seal {
    /// Reads the key `audit.key` in a folder, or makes it.
    ///
    /// # Errors
    /// When the file cannot be used.
    pub fn load_or_create(folder: &Path) -> std::io::Result<Self> {
        let path = folder.join("audit.key");
        let broken = || std::io::Error::other(format!("`{}` holds no key of 64 hexadecimal digits", path.display()));
        let key = match std::fs::read_to_string(&path) {
            Ok(text) => {
                let mut bytes = [0; 32];
                hex::decode_to_slice(text.trim(), &mut bytes).map_err(|_| broken())?;
                SigningKey::from_bytes(&bytes)
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let key = SigningKey::from_bytes(&rand::random());
                let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
                writeln!(file, "{}", hex::encode(key.to_bytes()))?;
                key
            }
            Err(error) => return Err(error),
        };
        Ok(Self { key, kept: folder.join("audit-checkpoints.jsonl") })
    }

    fn sign(&self, sequence: u64, hash: Digest, at: Timestamp) -> Checkpoint {
        let signature = self.key.sign(signed(sequence, &hash, at).as_bytes());
        let key = hex::encode(self.key.verifying_key().to_bytes());
        Checkpoint { sequence, hash, at, key, signature: hex::encode(signature.to_bytes()) }
    }

    /// Whether this master has signed a note.
    fn has_signed(&self, checkpoint: &Checkpoint) -> bool {
        let own = hex::encode(self.key.verifying_key().to_bytes());
        checkpoint.key == own && fits(&self.key.verifying_key(), checkpoint)
    }

    /// The notes in the file. A line that is none is passed over: it proves nothing.
    fn kept(&self) -> Vec<Checkpoint> {
        let text = std::fs::read_to_string(&self.kept).unwrap_or_default();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    fn keep(&self, checkpoint: &Checkpoint) -> std::io::Result<()> {
        let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(&self.kept)?;
        writeln!(file, "{}", serde_json::to_string(checkpoint)?)
    }
}

fn signed(sequence: u64, hash: &Digest, at: Timestamp) -> String {
    format!("sylvite audit {sequence} {hash} {}", at.micros())
}

fn fits(key: &VerifyingKey, checkpoint: &Checkpoint) -> bool {
    let mut bytes = [0; 64];
    if hex::decode_to_slice(&checkpoint.signature, &mut bytes).is_err() {
        return false;
    }
    let text = signed(checkpoint.sequence, &checkpoint.hash, checkpoint.at);
    key.verify_strict(text.as_bytes(), &Signature::from_bytes(&bytes)).is_ok()
}

/// Signs the end of the log from time to time.
pub struct Notary(Arc<Core>);

impl Notary {
    /// For the log of a master.
    #[must_use]
    pub fn new(core: Arc<Core>) -> Self {
        Self(core)
    }

    /// Signs until `stop`, and once more at the end.
    ///
    /// # Errors
    /// Never; a store that is away is asked again later.
    pub async fn run(self, stop: Stop) -> Result<(), Infallible> {
        loop {
            let is_over = tokio::select! {
                () = stop.cancelled() => true,
                () = tokio::time::sleep(BEAT) => false,
            };
            if let Err(error) = self.look(is_over).await {
                warn!(%error, "the end of the audit log is not signed");
            }
            if is_over {
                return Ok(());
            }
        }
    }

    async fn look(&self, is_over: bool) -> Result<(), Refusal> {
        let core = &self.0;
        let head = core.store.audit_head().await.map_err(|error| refusal(&error))?;
        let kept = core.store.checkpoints().await.map_err(|error| refusal(&error))?;
        let (last, at) = kept.last().map_or((0, core.started), |last| (last.sequence, last.at));
        let new = head.sequence.saturating_sub(last);
        let is_due = new >= MANY || Timestamp::now().since(at) >= PATIENCE || is_over;
        if new > 0 && is_due { sign_end(core).await.map(drop) } else { Ok(()) }
    }
}

/// Signs where the log ends now; nothing when it has no entries.
async fn sign_end(core: &Core) -> Result<Option<Checkpoint>, Refusal> {
    let head = core.store.audit_head().await.map_err(|error| refusal(&error))?;
    if head.sequence == 0 {
        return Ok(None);
    }
    let kept = core.store.checkpoints().await.map_err(|error| refusal(&error))?;
    if let Some(last) = kept.into_iter().find(|kept| kept.sequence == head.sequence && kept.hash == head.hash && core.seal.has_signed(kept))
    {
        return Ok(Some(last));
    }
    let checkpoint = core.seal.sign(head.sequence, head.hash, Timestamp::now());
    core.seal.keep(&checkpoint).map_err(|error| Refusal::internal(format!("the checkpoint cannot be kept: {error}")))?;
    core.store.put_checkpoint(&checkpoint).await.map_err(|error| refusal(&error))?;
    info!(sequence = checkpoint.sequence, hash = %checkpoint.hash, signature = checkpoint.signature, "the end of the audit log is signed");
    Ok(Some(checkpoint))
}

/// Notes of where the log ended.
///
/// # Errors
/// When the caller may not see them, or the store is away.
pub async fn checkpoints(core: &Core, caller: &Caller) -> Result<Vec<api::Checkpoint>, Refusal> {
    require(core, caller, "audit", "read", &Place::default(), "").await?;
    let kept = core.store.checkpoints().await.map_err(|error| refusal(&error))?;
    Ok(kept.iter().map(shown).collect())
}

/// Checks the log against its chain, the notes of the CMDB, those of the file, and those that were kept elsewhere.
///
/// # Errors
/// When the caller may not, a note that was given is none of this master's, or the store is away.
pub async fn verify(core: &Core, caller: &Caller, known: AuditVerify) -> Result<AuditReport, Refusal> {
    require(core, caller, "audit", "verify", &Place::default(), "").await?;
    let mut trusted = Vec::new();
    let mut faults = Vec::new();
    for given in known.checkpoints {
        let checkpoint = Checkpoint {
            sequence: given.sequence,
            hash: Digest::try_from(given.hash).map_err(Refusal::invalid)?,
            at: given.at,
            key: given.key,
            signature: given.signature,
        };
        if !core.seal.has_signed(&checkpoint) {
            return Err(Refusal::invalid(format!("the checkpoint of entry {} was not signed by this master", checkpoint.sequence)));
        }
        trusted.push(checkpoint);
    }
    trusted.extend(core.seal.kept().into_iter().filter(|kept| core.seal.has_signed(kept)));
    for kept in core.store.checkpoints().await.map_err(|error| refusal(&error))? {
        if core.seal.has_signed(&kept) {
            trusted.push(kept);
        } else {
            faults.push(format!("the checkpoint of entry {} has no signature of this master", kept.sequence));
        }
    }
    trusted.sort_by_key(|note| (note.sequence, note.hash.0));
    trusted.dedup_by(|a, b| (a.sequence, a.hash) == (b.sequence, b.hash));
    let report = check_trail(&*core.store, &trusted).await.map_err(|error| refusal(&error))?;
    faults.extend(report.faults.iter().map(|fault| match fault {
        TrailFault::Broken { sequence } => {
            format!("entry {sequence} does not fit what stands before it: it was changed or moved, or one before it is gone")
        }
        TrailFault::Cut { end, signed } => format!("the log ends with entry {end}, and entry {signed} was signed: its end was cut off"),
        TrailFault::Replaced { sequence } => format!("entry {sequence} is not the one that was signed: the log was written anew"),
    }));
    // What is broken is not signed again: the note would vouch for it.
    let end = if faults.is_empty() { sign_end(core).await?.as_ref().map(shown) } else { None };
    Ok(AuditReport { whole: faults.is_empty(), checked: report.checked, checkpoints: report.checkpoints, faults, end })
}

/// Entries, newest first. Who may only look at some projects sees what is about them.
///
/// # Errors
/// When the caller may not see any, the cursor is none, or the store is away.
pub async fn list(core: &Core, caller: &Caller, filter: AuditFilter) -> Result<api::Page<AuditEntry>, Refusal> {
    let sight = sight(core, caller).await?;
    require_some(core, caller, &sight).await?;
    let limit = filter.limit.unwrap_or(100).clamp(1, 1000);
    let mut page = cmdb::Page { after: filter.cursor.clone().map(cmdb::Cursor), limit };
    let mut items = Vec::new();
    loop {
        let part = core.store.audit(&stored(&filter), &page).await.map_err(|error| refusal(&error))?;
        let next = part.next;
        items.extend(part.items.into_iter().filter(|record| is_meant(core, &sight, &filter, record)).map(entry));
        match next {
            // Few of many fit: go on until there is something to show.
            Some(cursor) if items.is_empty() => page = cmdb::Page::after(cursor, limit),
            next => return Ok(api::Page { items, next: next.map(|cursor| cursor.0) }),
        }
    }
}

async fn require_some(core: &Core, caller: &Caller, sight: &crate::estate::check::Sight) -> Result<(), Refusal> {
    let is_for_it = sight.scopes.as_ref().is_none_or(|scopes| crate::policy::scopes::permit(scopes, "audit", "read"));
    if sight.is_administrator || (is_for_it && sight.grants.iter().any(|grant| grant.role.permits("audit", "read"))) {
        return Ok(());
    }
    require(core, caller, "audit", "read", &Place::default(), "").await
}

fn stored(filter: &AuditFilter) -> cmdb::AuditFilter {
    cmdb::AuditFilter {
        actor: filter.actor.clone(),
        verb: filter.verb.clone(),
        object_kind: filter.kind.clone(),
        object: filter.object.clone(),
        since: filter.since,
        until: filter.until,
    }
}

fn is_meant(core: &Core, sight: &crate::estate::check::Sight, filter: &AuditFilter, record: &AuditRecord) -> bool {
    if filter.result.as_ref().is_some_and(|result| *result != record.entry.result) {
        return false;
    }
    sight.may("audit", "read", &place(core, record))
}

/// Where the thing of an entry is or was: the project it says, or that of the host.
fn place(core: &Core, record: &AuditRecord) -> Place {
    let of = |side: &str| record.entry.detail.get(side).and_then(|body| body.get("project")).and_then(Value::as_str);
    if let Some(project) = of("after").or_else(|| of("before")) {
        return Place { project: Some(cmdb::ObjectId(project.to_owned())), ..Place::default() };
    }
    let id = || record.entry.detail.get("id").and_then(Value::as_str).map(|id| cmdb::ObjectId(id.to_owned()));
    if record.entry.object_kind == "project" { Place { project: id(), ..Place::default() } } else { of_host(core, record) }
}

fn of_host(core: &Core, record: &AuditRecord) -> Place {
    match (record.entry.object_kind.as_str(), model::MinionId::new(record.entry.object.as_str())) {
        ("host", Ok(id)) => crate::policy::roles::place_of_host(core, &id),
        _ => Place::default(),
    }
}

/// All entries of a time, oldest first.
///
/// # Errors
/// When the caller may not, no time is given, or the store is away.
pub async fn export(core: Arc<Core>, caller: &Caller, filter: AuditFilter) -> Result<Stream<AuditEntry>, Refusal> {
    require(&core, caller, "audit", "export", &Place::default(), "").await?;
    let Some(since) = filter.since else {
        return Err(Refusal::invalid("an export needs a time: give `since`, and `until` where it is to end"));
    };
    let cursor = filter.cursor.as_deref().unwrap_or("0");
    let after: u64 = cursor.parse().map_err(|_| Refusal::invalid(format!("`{cursor}` is no number of an entry")))?;
    let mut detail = Map::new();
    detail.insert("since", since.to_string());
    detail.insert("until", filter.until.map(|until| until.to_string()));
    core.audit(caller, "audit.export", ("audit", ""), "ok", Value::Map(detail)).await?;
    let fits = move |record: &AuditRecord| {
        let entry = &record.entry;
        let is = |wanted: &Option<String>, found: &str| wanted.as_ref().is_none_or(|wanted| wanted == found);
        entry.at >= since
            && filter.until.is_none_or(|until| entry.at < until)
            && is(&filter.actor, &entry.actor)
            && is(&filter.verb, &entry.verb)
            && is(&filter.kind, &entry.object_kind)
            && is(&filter.object, &entry.object)
            && is(&filter.result, &entry.result)
    };
    let parts = futures_util::stream::unfold((core, after), |(core, after)| async move {
        let part = match core.store.audit_after(after, 1_000).await {
            Ok(part) => part,
            Err(error) => {
                warn!(%error, "an export of the audit log ends early");
                return None;
            }
        };
        let last = part.last()?.sequence;
        Some((part, (core, last)))
    });
    Ok(parts.flat_map(futures_util::stream::iter).filter(move |record| std::future::ready(fits(record))).map(entry).boxed())
}

fn entry(record: AuditRecord) -> AuditEntry {
    let AuditRecord { sequence, entry, hash } = record;
    AuditEntry {
        sequence,
        at: entry.at,
        actor: entry.actor,
        origin: entry.origin,
        verb: entry.verb,
        kind: entry.object_kind,
        object: entry.object,
        result: entry.result,
        detail: entry.detail,
        hash: hash.to_string(),
    }
}

fn shown(checkpoint: &Checkpoint) -> api::Checkpoint {
    api::Checkpoint {
        sequence: checkpoint.sequence,
        hash: checkpoint.hash.to_string(),
        at: checkpoint.at,
        key: checkpoint.key.clone(),
        signature: checkpoint.signature.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_that_was_changed_is_not_signed() {
        let folder = tempfile::tempdir().unwrap();
        let seal = Seal::load_or_create(folder.path()).unwrap();
        let note = seal.sign(7, Digest([1; 32]), Timestamp(5));
        assert!(seal.has_signed(&note) && Seal::load_or_create(folder.path()).unwrap().has_signed(&note), "the key stays the same");
        for changed in [
            Checkpoint { sequence: 8, ..note.clone() },
            Checkpoint { hash: Digest([2; 32]), ..note.clone() },
            Checkpoint { at: Timestamp(6), ..note.clone() },
            Checkpoint { signature: "00".repeat(64), ..note.clone() },
            Checkpoint { signature: String::new(), ..note.clone() },
        ] {
            assert!(!seal.has_signed(&changed));
        }
        let other = tempfile::tempdir().unwrap();
        assert!(!Seal::load_or_create(other.path()).unwrap().has_signed(&note));
        seal.keep(&note).unwrap();
        assert_eq!(seal.kept(), [note]);
    }
}
