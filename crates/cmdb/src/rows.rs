//! Rows as both databases give them, and back into nouns. JSON comes and goes as text: what a column holds beyond that is the backend's.

use crate::{
    AuditEntry, AuditHead, AuditRecord, Digest, Error, GrainChange, JobSummary, KeyChange, MinionSummary, Outstanding, PresenceChange,
    ProgressChange, Result, Token, TokenHash,
};
use model::{
    Event, Fingerprint, Job, JobId, JobOptions, Key, KeyState, MinionId, Presence, Progress, Return, Stage, Target, TargetKind, Timestamp,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use value::Value;

/// A noun as JSON text.
pub fn to_json<T: Serialize + ?Sized>(what: &str, value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::conflict(format!("{what} cannot be written as JSON: {error}")))
}

/// JSON text as a noun.
pub fn from_json<T: DeserializeOwned>(what: impl FnOnce() -> String, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::corrupt(what(), error))
}

/// A stored id.
pub fn minion_id(text: &str) -> Result<MinionId> {
    MinionId::new(text).map_err(|error| Error::corrupt("the id of a minion", error))
}

/// A stored job id.
#[must_use]
pub fn job_id(number: i64) -> JobId {
    JobId::at(Timestamp(number))
}

/// Number of a stage in the store: the order of its making.
#[must_use]
pub const fn stage_number(stage: Stage) -> i16 {
    match stage {
        Stage::Queued => 0,
        Stage::Delivered => 1,
        Stage::Running => 2,
        Stage::Returned => 3,
        Stage::Failed => 4,
        Stage::Lost => 5,
        Stage::Expired => 6,
    }
}

fn stage(number: i16) -> Result<Stage> {
    [Stage::Queued, Stage::Delivered, Stage::Running, Stage::Returned, Stage::Failed, Stage::Lost, Stage::Expired]
        .into_iter()
        .find(|stage| stage_number(*stage) == number)
        .ok_or_else(|| Error::corrupt("the stage of a job", format!("`{number}` is no stage")))
}

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

fn bytes32(what: &'static str, bytes: &[u8]) -> Result<[u8; 32]> {
    bytes.try_into().map_err(|_| Error::corrupt(what, format!("{} bytes where 32 belong", bytes.len())))
}

/// Presence as its columns: state (0 never, 1 online, 2 offline), since, address or reason.
#[must_use]
pub fn presence_columns(presence: &Presence) -> (i16, i64, &str) {
    match presence {
        Presence::Never => (0, 0, ""),
        Presence::Online { since, address } => (1, since.micros(), address),
        Presence::Offline { since, reason } => (2, since.micros(), reason),
    }
}

/// Presence from its columns.
#[must_use]
pub fn presence(state: i16, since: i64, detail: String) -> Presence {
    let since = Timestamp(since);
    match state {
        1 => Presence::Online { since, address: detail },
        2 => Presence::Offline { since, reason: detail },
        _ => Presence::Never,
    }
}

/// Of several changes of one minion only what they come to counts.
#[must_use]
pub fn last_presence(changes: &[PresenceChange]) -> BTreeMap<&MinionId, PresenceChange> {
    let mut last: BTreeMap<&MinionId, PresenceChange> = BTreeMap::new();
    for change in changes {
        let Some(known) = last.get_mut(&change.minion) else {
            last.insert(&change.minion, change.clone());
            continue;
        };
        let is_stale = match (&known.presence, &change.presence) {
            (Presence::Online { since: known, .. }, Presence::Offline { since, .. }) => since < known,
            _ => false,
        };
        if !is_stale {
            known.presence = change.presence.clone();
            known.version = change.version.clone().or(known.version.take());
        }
    }
    last
}

/// id, state, since, detail, version, last seen, grains at.
pub type MinionRow = (String, i16, i64, String, Option<String>, Option<i64>, Option<i64>);

/// A minion of a listing.
pub fn minion_summary((id, state, since, detail, version, seen, grains_at): MinionRow) -> Result<MinionSummary> {
    Ok(MinionSummary {
        id: minion_id(&id)?,
        presence: presence(state, since, detail),
        version: version.unwrap_or_default(),
        last_seen: seen.map(Timestamp),
        grains_at: grains_at.map(Timestamp),
    })
}

/// row number, minion, path, old, new, at.
pub type GrainChangeRow = (i64, String, String, Option<String>, Option<String>, i64);

/// A change of a grain, with its row number.
pub fn grain_change((row, minion, path, old, new, at): GrainChangeRow) -> Result<(i64, GrainChange)> {
    let side = |text: Option<String>| text.map(|text| from_json(|| format!("a past grain of `{minion}`"), &text)).transpose();
    let (old, new) = (side(old)?, side(new)?);
    Ok((row, GrainChange { minion: minion_id(&minion)?, path, old, new, at: Timestamp(at) }))
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

/// id, target kind, target, delimiter, calls, asked by, options.
pub type JobRow = (i64, String, String, Option<String>, String, String, Option<String>);

fn target(kind: &str, expression: String, delimiter: Option<String>) -> Result<Target> {
    let kind: TargetKind = kind.parse().map_err(|error: String| Error::corrupt("the kind of a target", error))?;
    let mut target = Target::new(kind, expression);
    if let Some(delimiter) = delimiter {
        target.delimiter = delimiter;
    }
    Ok(target)
}

fn options(id: JobId, text: Option<String>) -> Result<JobOptions> {
    text.map_or_else(|| Ok(JobOptions::default()), |text| from_json(|| format!("the options of job {id}"), &text))
}

/// A job without its expected set.
pub fn job((id, kind, expression, delimiter, calls, user, option_text): JobRow) -> Result<Job> {
    let id = job_id(id);
    Ok(Job {
        id,
        target: target(&kind, expression, delimiter)?,
        calls: from_json(|| format!("the calls of job {id}"), &calls)?,
        user,
        options: options(id, option_text)?,
        expected: Vec::new(),
    })
}

/// What a job's row holds beyond its id: target kind, target, delimiter where it is not the usual one, function, calls, options where they
/// are not the usual ones.
pub struct JobColumns {
    /// Kind of the target.
    pub kind: &'static str,
    /// Delimiter, if it is not `:`.
    pub delimiter: Option<String>,
    /// Function names, joined with commas.
    pub function: String,
    /// The calls as JSON.
    pub calls: String,
    /// The options as JSON, if they are not the defaults.
    pub options: Option<String>,
}

/// The columns of a job.
pub fn job_columns(job: &Job) -> Result<JobColumns> {
    let usual = job.options == JobOptions::default();
    Ok(JobColumns {
        kind: job.target.kind.name(),
        delimiter: (job.target.delimiter != value::DELIMITER).then(|| job.target.delimiter.clone()),
        function: job.function_text(),
        calls: to_json("a job's calls", &job.calls)?,
        options: if usual { None } else { Some(to_json("a job's options", &job.options)?) },
    })
}

/// Jobs of a listing, with the counts (job, stage, minions, latest change) that belong to them.
pub fn job_summaries(rows: Vec<JobRow>, counts: Vec<(i64, i16, i64, i64)>) -> Result<Vec<JobSummary>> {
    let mut stages: BTreeMap<i64, (BTreeMap<Stage, u32>, i64)> = BTreeMap::new();
    for (job, number, count, since) in counts {
        let (of_job, latest) = stages.entry(job).or_default();
        of_job.insert(stage(number)?, u32::try_from(count).unwrap_or(u32::MAX));
        *latest = since.max(*latest);
    }
    rows.into_iter()
        .map(|row| {
            let number = row.0;
            let Job { id, target, calls, user, options, .. } = job(row)?;
            let (stages, latest) = stages.remove(&number).unwrap_or((BTreeMap::new(), number));
            let finished = stages.keys().all(|stage| stage.is_final()).then_some(Timestamp(latest));
            Ok(JobSummary { id, calls, target, user, metadata: options.metadata, stages, finished })
        })
        .collect()
}

/// stage, reason, since.
pub fn progress(number: i16, reason: Option<String>, since: i64) -> Result<Progress> {
    Ok(Progress { stage: stage(number)?, reason, since: Timestamp(since) })
}

/// job, minion, stage, reason, since.
pub type ProgressRow = (i64, String, i16, Option<String>, i64);

/// Where a job stands on a minion.
pub fn progress_change((job, minion, number, reason, since): ProgressRow) -> Result<ProgressChange> {
    Ok(ProgressChange { job: job_id(job), minion: minion_id(&minion)?, progress: progress(number, reason, since)? })
}

/// As [`JobRow`], then stage, reason, since.
pub type OutstandingRow = (i64, String, String, Option<String>, String, String, Option<String>, i16, Option<String>, i64);

/// A job that a minion has not finished.
pub fn outstanding((id, kind, text, delimiter, calls, user, options, number, reason, since): OutstandingRow) -> Result<Outstanding> {
    Ok(Outstanding { job: job((id, kind, text, delimiter, calls, user, options))?, progress: progress(number, reason, since)? })
}

/// Of several changes of one pair only the furthest counts; of equally far ones the last, but of ends the first.
#[must_use]
pub fn furthest(changes: &[ProgressChange]) -> Vec<&ProgressChange> {
    let mut chosen: BTreeMap<(JobId, &MinionId), &ProgressChange> = BTreeMap::new();
    for change in changes {
        let slot = chosen.entry((change.job, &change.minion)).or_insert(change);
        let (old, new) = (slot.progress.stage, change.progress.stage);
        if !old.is_final() && stage_number(new) >= stage_number(old) {
            *slot = change;
        }
    }
    chosen.into_values().collect()
}

/// Where each expected minion of a new job stands: queued since its making, unless said otherwise.
#[must_use]
pub fn first_progress<'a>(job: &'a Job, unlike: &'a [(MinionId, Progress)]) -> BTreeMap<&'a MinionId, Progress> {
    let queued = Progress { stage: Stage::Queued, reason: None, since: job.made() };
    let mut expected: BTreeMap<_, _> = job.expected.iter().map(|minion| (minion, queued.clone())).collect();
    for (minion, progress) in unlike {
        if let Some(slot) = expected.get_mut(minion) {
            let reason = progress.reason.as_deref().map(|reason| crate::clean_text(reason).into_owned());
            *slot = Progress { reason, ..progress.clone() };
        }
    }
    expected
}

/// The first return of each pair of job and minion, in the order of the pairs: two masters that write overlapping batches take the rows in
/// the same order and cannot block each other.
#[must_use]
pub fn firsts(returns: &[Return]) -> Vec<&Return> {
    let mut firsts: BTreeMap<(JobId, &MinionId), &Return> = BTreeMap::new();
    for one in returns {
        firsts.entry((one.job, &one.minion)).or_insert(one);
    }
    firsts.into_values().collect()
}

/// The stage that a return ends a job with.
#[must_use]
pub const fn end(one: &Return) -> Stage {
    if one.success { Stage::Returned } else { Stage::Failed }
}

/// job, minion, function, value, retcode, success, outputter, started, finished.
pub type ReturnRow = (i64, String, String, String, i32, i16, Option<String>, i64, i64);

/// A return.
pub fn job_return((job, minion, function, value, retcode, success, out, started, finished): ReturnRow) -> Result<Return> {
    let job = job_id(job);
    Ok(Return {
        job,
        value: from_json(|| format!("the return of `{minion}` for job {job}"), &value)?,
        minion: minion_id(&minion)?,
        function,
        retcode,
        success: success != 0,
        out,
        started: Timestamp(started),
        finished: Timestamp(finished),
    })
}

/// sequence, at, tag, data.
pub type EventRow = (i64, i64, String, String);

/// An event.
pub fn event((sequence, at, tag, data): EventRow) -> Result<Event> {
    Ok(Event {
        sequence: u64::try_from(sequence).unwrap_or_default(),
        data: from_json::<Value>(|| format!("the data of event {sequence}"), &data)?,
        tag,
        at: Timestamp(at),
    })
}

/// sequence, at, actor, verb, kind, object, body, hash.
pub type AuditRow = (i64, i64, String, String, String, String, String, Vec<u8>);

/// An entry of the audit log.
pub fn audit_record((sequence, _, _, _, _, _, body, hash): AuditRow) -> Result<AuditRecord> {
    Ok(AuditRecord {
        sequence: u64::try_from(sequence).unwrap_or_default(),
        entry: from_json(|| format!("entry {sequence} of the audit log"), &body)?,
        hash: Digest(bytes32("a hash of the audit log", &hash)?),
    })
}

/// The end of the chain, from its last row.
pub fn audit_head(last: Option<(i64, Vec<u8>)>) -> Result<AuditHead> {
    let Some((sequence, hash)) = last else { return Ok(AuditHead { sequence: 0, hash: Digest::default() }) };
    Ok(AuditHead { sequence: u64::try_from(sequence).unwrap_or_default(), hash: Digest(bytes32("a hash of the audit log", &hash)?) })
}

/// An entry as both databases can hold it.
#[must_use]
pub fn clean_entry(entry: &AuditEntry) -> AuditEntry {
    let clean = |text: &str| crate::clean_text(text).into_owned();
    AuditEntry {
        at: entry.at,
        actor: clean(&entry.actor),
        origin: clean(&entry.origin),
        verb: clean(&entry.verb),
        object_kind: clean(&entry.object_kind),
        object: clean(&entry.object),
        result: clean(&entry.result),
        detail: entry.detail.clone(),
    }
}

/// Whether a row of the audit log is what was hashed: its number follows, its hash fits, its columns say what its body says.
#[must_use]
pub fn audit_fits(previous: &Digest, number: u64, row: &AuditRow) -> Option<Digest> {
    let (sequence, at, actor, verb, kind, object, body, hash) = row;
    let entry: AuditEntry = serde_json::from_str(body).ok()?;
    let expected = crate::link(previous, number, body);
    let columns = (entry.at.micros(), &entry.actor, &entry.verb, &entry.object_kind, &entry.object);
    let fits = u64::try_from(*sequence).ok()? == number && hash.as_slice() == expected.0 && columns == (*at, actor, verb, kind, object);
    fits.then_some(expected)
}
