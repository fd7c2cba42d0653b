//! Rows of minions, their presence and the history of their grains.

use super::{from_json, minion_id};
use crate::{GrainChange, MinionSummary, PresenceChange, Result};
use model::{MinionId, Presence, Timestamp};
use std::collections::BTreeMap;

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
