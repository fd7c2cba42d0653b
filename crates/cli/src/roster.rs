//! Who of a job's minions is where: the stream of a job in, an overview out. Pure.

use api::{Absent, JobEvent, Refused, Submitted};
use model::{JobId, MinionId, Progress, Stage};
use std::collections::BTreeMap;

/// The minions of a job as far as the stream has told.
#[derive(Clone, Debug, Default)]
pub(crate) struct Roster {
    pub job: Option<JobId>,
    entries: BTreeMap<MinionId, Entry>,
    pub refused: Vec<Refused>,
    /// How many get the job at a time, when it is sent in batches.
    pub batch: Option<u32>,
}

/// One minion.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entry {
    pub progress: Option<Progress>,
    /// It was away when the job was made.
    pub absent: Option<Absent>,
    /// Exit status of what came back.
    pub retcode: Option<i32>,
}

impl Entry {
    fn is_final(&self) -> bool {
        self.retcode.is_some() || self.progress.as_ref().is_some_and(|progress| progress.stage.is_final())
    }

    /// Working on the job, as far as is known: it has it, and nothing speaks against it; or its turn in a batch will come.
    fn is_live(&self) -> bool {
        let working = |progress: &Progress| matches!(progress.stage, Stage::Delivered | Stage::Running) && progress.reason.is_none();
        let waits = |progress: &Progress| progress.stage == Stage::Queued && progress.reason.as_deref() == Some(api::WAITS_FOR_TURN);
        !self.is_final() && self.progress.as_ref().is_some_and(|progress| working(progress) || waits(progress))
    }
}

impl Roster {
    /// Nobody of a job that exists.
    pub fn of(job: JobId) -> Self {
        Self { job: Some(job), ..Self::default() }
    }

    /// The minions of a job that was just made.
    pub fn submitted(&mut self, submitted: &Submitted) {
        self.job = submitted.job;
        self.refused.clone_from(&submitted.refused);
        self.batch = submitted.batch;
        for minion in &submitted.matched {
            self.entries.entry(minion.clone()).or_default();
        }
        for absent in &submitted.offline {
            self.entries.entry(absent.minion.clone()).or_default().absent = Some(absent.clone());
        }
    }

    /// Takes in what the stream tells.
    pub fn on(&mut self, event: &JobEvent) {
        match event {
            JobEvent::Submitted(submitted) => self.submitted(submitted),
            JobEvent::Stage { minion, progress } => {
                let entry = self.entries.entry(minion.clone()).or_default();
                if !matches!(progress.stage, Stage::Queued) {
                    entry.absent = None;
                }
                entry.progress = Some(progress.clone());
            }
            JobEvent::Returned { returned } => {
                self.entries.entry(returned.minion.clone()).or_default().retcode = Some(returned.retcode);
            }
            JobEvent::Output { .. }
            | JobEvent::Progress { .. }
            | JobEvent::Lagged { .. }
            | JobEvent::Done { .. }
            | JobEvent::Idle { .. } => {}
        }
    }

    /// How many minions the job is for.
    pub fn targeted(&self) -> usize {
        self.entries.len()
    }

    /// How many came back.
    pub fn returned(&self) -> usize {
        self.entries.values().filter(|entry| entry.retcode.is_some()).count()
    }

    /// How many came back with another exit status than 0.
    pub fn failed(&self) -> usize {
        self.entries.values().filter(|entry| entry.retcode.is_some_and(|retcode| retcode != 0)).count()
    }

    /// Whether some minion works on the job.
    pub fn has_live(&self) -> bool {
        self.entries.values().any(Entry::is_live)
    }

    /// Minions that did not come back, by id.
    pub fn missing(&self) -> impl Iterator<Item = (&MinionId, &Entry)> {
        self.entries.iter().filter(|(_, entry)| entry.retcode.is_none())
    }

    /// Whether every minion came back, each with exit status 0, and none was refused.
    pub fn is_fine(&self) -> bool {
        self.failed() == 0 && self.missing().next().is_none() && self.refused.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Timestamp;

    fn stage(minion: &str, stage: Stage, reason: Option<&str>) -> JobEvent {
        let progress = Progress { stage, reason: reason.map(str::to_owned), since: Timestamp(0) };
        JobEvent::Stage { minion: minion.parse().unwrap(), progress }
    }

    #[test]
    fn a_minion_that_went_away_in_the_middle_is_no_longer_live() {
        let mut roster = Roster::default();
        roster.on(&stage("a", Stage::Running, None));
        assert!(roster.has_live());
        roster.on(&stage("a", Stage::Running, Some("offline since …")));
        assert!(!roster.has_live());
        assert_eq!(roster.missing().count(), 1);
    }

    #[test]
    fn a_lost_minion_is_missing_and_not_waited_for() {
        let mut roster = Roster::default();
        roster.on(&stage("a", Stage::Lost, Some("the agent was restarted")));
        assert!(!roster.has_live() && !roster.is_fine());
    }
}
