//! Why a minion did not come back, in words. Pure.

use crate::columns::moment;
use crate::roster::Entry;
use model::{JobId, Stage};

/// The plain truth, on one line.
pub(crate) fn truth(entry: &Entry) -> String {
    let Some(progress) = &entry.progress else {
        return away(entry).unwrap_or_else(|| "has not taken the job yet".to_owned());
    };
    let since = moment(progress.since);
    let reason = progress.reason.as_deref();
    match (progress.stage, reason) {
        (Stage::Queued, Some(reason)) => reason.to_owned(),
        (Stage::Queued, None) => away(entry).unwrap_or_else(|| "has not taken the job yet".to_owned()),
        (Stage::Delivered, None) => format!("has had the job since {since}, not begun yet"),
        (Stage::Delivered, Some(reason)) => format!("has had the job since {since}, {reason}"),
        (Stage::Running, None) => format!("still running, since {since}"),
        (Stage::Running, Some(reason)) => format!("running since {since}, {reason}"),
        (Stage::Lost | Stage::Expired, Some(reason)) => format!("{}: {reason}", progress.stage),
        (Stage::Lost | Stage::Expired | Stage::Returned | Stage::Failed, _) => format!("{} since {since}", progress.stage),
    }
}

fn away(entry: &Entry) -> Option<String> {
    let absent = entry.absent.as_ref()?;
    Some(match (absent.since, &absent.reason) {
        (Some(since), Some(reason)) => format!("offline since {} ({reason})", moment(since)),
        (Some(since), None) => format!("offline since {}", moment(since)),
        (None, _) => "never seen".to_owned(),
    })
}

/// Whether it is known to be away, rather than silent. A job that is not kept for minions that are away is lost to them at once.
fn is_away(entry: &Entry) -> bool {
    match &entry.progress {
        Some(progress) => match (progress.stage, &progress.reason) {
            (Stage::Queued, reason) => reason.is_some() || entry.absent.is_some(),
            (Stage::Lost | Stage::Expired, Some(reason)) => reason.starts_with("offline"),
            (Stage::Delivered | Stage::Running | Stage::Returned | Stage::Failed | Stage::Lost | Stage::Expired, _) => false,
        },
        None => entry.absent.is_some(),
    }
}

/// The words that Salt's users know, with the truth on the second line, and how to get what may still come.
pub(crate) fn salt_text(entry: &Entry, job: Option<JobId>) -> String {
    let truth = truth(entry);
    if is_away(entry) {
        return format!("Minion did not return. [Not connected]\n{truth}");
    }
    let may_come = entry.progress.as_ref().is_none_or(|progress| !progress.stage.is_final());
    match job.filter(|_| may_come) {
        Some(job) => format!("Minion did not return. [No response]\n{truth}\n{}", later(job)),
        None => format!("Minion did not return. [No response]\n{truth}"),
    }
}

/// How to get what comes back later.
pub(crate) fn later(job: JobId) -> String {
    format!(
        "The minions may not have all finished running and any remaining minions will return upon completion. To look up the return data \
         for this job later, run the following command:\n\nsalt-run jobs.lookup_jid {job}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::Absent;
    use model::{Progress, Timestamp};

    fn at(stage: Stage, reason: Option<&str>) -> Entry {
        let since = Timestamp::from_civil([2026, 11, 24, 5, 0, 12, 0]).unwrap();
        Entry { progress: Some(Progress { stage, reason: reason.map(str::to_owned), since }), ..Entry::default() }
    }

    #[test]
    fn every_missing_minion_is_told_why() {
        assert_eq!(truth(&at(Stage::Queued, Some("offline since 2026-11-24 04:00:00"))), "offline since 2026-11-24 04:00:00");
        assert_eq!(truth(&at(Stage::Running, None)), "still running, since 2026-11-24 05:00:12");
        assert_eq!(truth(&at(Stage::Lost, Some("the agent was restarted"))), "lost: the agent was restarted");
        assert_eq!(truth(&Entry::default()), "has not taken the job yet");
    }

    #[test]
    fn a_minion_that_is_away_is_not_connected_and_a_silent_one_gives_no_response() {
        let absent = Absent { minion: "a".parse().unwrap(), since: Some(Timestamp(0)), reason: Some("timed out".to_owned()) };
        let away = Entry { absent: Some(absent), ..Entry::default() };
        assert_eq!(salt_text(&away, None), "Minion did not return. [Not connected]\noffline since 1970-01-01 00:00:00 (timed out)");
        let lost = salt_text(&at(Stage::Lost, Some("offline since 2026-11-24 04:00:00")), None);
        assert_eq!(lost, "Minion did not return. [Not connected]\nlost: offline since 2026-11-24 04:00:00");
        assert!(salt_text(&at(Stage::Running, None), None).starts_with("Minion did not return. [No response]\nstill running"));
    }
}
