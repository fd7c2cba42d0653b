//! Brings noted returns to their returners: a queue and a task for each, tried again for as long as it takes.

use super::{Record, Returner, Returners, Trouble};
use crate::core::Core;
use crate::retry::until_stored;
use cmdb::Document;
use daemon::Stop;
use model::{JobId, MinionId, Return, Timestamp};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tracing::{info, warn};
use value::{Map, Value};

/// A returner that takes longer than this for one delivery is away.
const LIMIT: Duration = Duration::from_secs(60);
/// Pauses after a failed delivery, growing.
const PAUSES: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(60));
/// How often a queue is looked at without being told of something new.
const LOOK: Duration = Duration::from_secs(30);

/// Wakes the couriers, and knows how they are.
#[derive(Default)]
pub struct Couriers {
    returners: Returners,
    wake: BTreeMap<String, Notify>,
    trouble: Mutex<BTreeMap<String, String>>,
}

/// Where a returner's notes stand in the store.
fn room(name: &str) -> String {
    format!("returner/{name}")
}

/// Where those stand that it refused.
fn refused_room(name: &str) -> String {
    format!("returner-refused/{name}")
}

fn note(outcome: &Return, at: Timestamp) -> Document {
    Document { name: format!("{}/{}", outcome.job, outcome.minion), value: Value::Null, at }
}

fn parse(name: &str) -> Option<(JobId, MinionId)> {
    let (job, minion) = name.split_once('/')?;
    Some((job.parse().ok()?, minion.parse().ok()?))
}

impl Couriers {
    /// Couriers for these returners.
    #[must_use]
    pub fn new(returners: Returners) -> Self {
        let wake = returners.all.keys().map(|name| (name.clone(), Notify::new())).collect();
        Self { returners, wake, trouble: Mutex::default() }
    }

    /// The returners.
    #[must_use]
    pub fn returners(&self) -> &Returners {
        &self.returners
    }

    /// Notes returns for their returners. Before a return is acknowledged: then none of it gets lost.
    pub async fn note(&self, core: &Core, returns: &[Return], stop: &Stop) {
        if self.returners.all.is_empty() {
            return;
        }
        let now = Timestamp::now();
        let mut notes: BTreeMap<String, Vec<Document>> = BTreeMap::new();
        for outcome in returns {
            let open = {
                let tracker = core.jobs.tracker();
                tracker.job(outcome.job).map(|job| (job, tracker.expects(outcome.job, &outcome.minion)))
            };
            let named = match open {
                Some((job, Some(true))) => job.options.returners.to_vec(),
                // A return that the job was not for is not stored either.
                Some(_) => continue,
                None => match core.store.job(outcome.job).await {
                    Ok(Some(job)) if job.expected.contains(&outcome.minion) => job.options.returners.to_vec(),
                    Ok(_) => continue,
                    Err(_) => Vec::new(),
                },
            };
            for name in self.returners.of(&named) {
                notes.entry(name).or_default().push(note(outcome, now));
            }
        }
        for (name, documents) in notes {
            let room = room(&name);
            until_stored("notes for a returner", stop, || core.store.put_documents(&room, &documents)).await;
        }
    }

    /// Notes the return of a function of the master itself for some returners and for those that get every job's.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn note_for(&self, core: &Core, named: &[String], outcome: &Return) -> cmdb::Result<()> {
        for name in self.returners.of(named) {
            core.store.put_documents(&room(&name), &[note(outcome, Timestamp::now())]).await?;
        }
        Ok(())
    }

    /// The noted returns are in the store now.
    pub fn wake(&self) {
        self.wake.values().for_each(Notify::notify_one);
    }

    /// What troubles each returner now.
    #[must_use]
    pub fn trouble(&self) -> BTreeMap<String, String> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_trouble(&self, name: &str, trouble: Option<&Trouble>) {
        let mut all = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        match trouble {
            Some(trouble) => all.insert(name.to_owned(), trouble.to_string()),
            None => all.remove(name),
        };
    }

    /// Brings returns until `stop`.
    ///
    /// # Errors
    /// Never; what was not brought stays noted.
    pub async fn run(core: Arc<Core>, stop: Stop) -> Result<(), Infallible> {
        let mut tasks = JoinSet::new();
        for (name, returner) in core.couriers.returners.all.clone() {
            tasks.spawn(Courier { core: Arc::clone(&core), name, returner }.run(stop.clone()));
        }
        stop.cancelled().await;
        while tasks.join_next().await.is_some() {}
        Ok(())
    }
}

/// Brings returns to one returner.
struct Courier {
    core: Arc<Core>,
    name: String,
    returner: Arc<dyn Returner>,
}

impl Courier {
    async fn run(self, stop: Stop) {
        let mut pause = PAUSES.0;
        loop {
            let done = tokio::select! {
                done = self.round(&stop) => done,
                () = stop.cancelled() => return,
            };
            let wait = match done {
                Ok(0) => {
                    pause = PAUSES.0;
                    LOOK
                }
                Ok(_) => {
                    if pause != PAUSES.0 {
                        info!(returner = self.name, "the returner takes returns again");
                    }
                    pause = PAUSES.0;
                    self.core.couriers.set_trouble(&self.name, None);
                    continue;
                }
                Err(trouble) => {
                    if pause == PAUSES.0 {
                        warn!(returner = self.name, %trouble, "the returner is in trouble, its returns wait");
                    }
                    self.core.couriers.set_trouble(&self.name, Some(&trouble));
                    let wait = pause;
                    pause = (pause * 2).min(PAUSES.1);
                    wait
                }
            };
            let is_fine = wait == LOOK;
            let woken = async {
                match self.core.couriers.wake.get(&self.name).filter(|_| is_fine) {
                    Some(wake) => wake.notified().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = woken => {}
                () = tokio::time::sleep(wait) => {}
                () = stop.cancelled() => return,
            }
        }
    }

    /// One delivery; says how many notes it took.
    async fn round(&self, stop: &Stop) -> Result<usize, Trouble> {
        let store = &self.core.store;
        let away = |error: cmdb::Error| Trouble::away(&error);
        let room = room(&self.name);
        let notes = store.documents(&room, "", self.returner.at_once()).await.map_err(away)?;
        let mut records = Vec::new();
        let mut names: Vec<String> = Vec::new();
        for note in &notes {
            names.push(note.name.clone());
            let Some((job, minion)) = parse(&note.name) else { continue };
            let (returned, job) = (store.return_of(job, &minion).await.map_err(away)?, store.job(job).await.map_err(away)?);
            match (returned, job) {
                (Some(returned), Some(job)) => records.push(Record { returned, job }),
                // Not committed yet, while its note is: the collector is about to.
                _ if Timestamp::now().since(note.at) < LIMIT => {
                    names.pop();
                }
                _ => warn!(returner = self.name, note = note.name, "a return is gone that was still to be brought"),
            }
        }
        if !records.is_empty() {
            match self.deliver(&records).await {
                Err(Trouble::Refused(_)) if records.len() > 1 => {
                    for record in &records {
                        self.single(record).await?;
                    }
                }
                Err(Trouble::Refused(why)) => self.put_aside(&records, &why).await?,
                other => other?,
            }
        }
        let taken = names.len();
        until_stored("what a returner has taken", stop, || store.delete_documents(&room, &names)).await;
        Ok(taken)
    }

    async fn deliver(&self, records: &[Record]) -> Result<(), Trouble> {
        match tokio::time::timeout(LIMIT, self.returner.deliver(records)).await {
            Ok(done) => done,
            Err(_) => Err(Trouble::Away(format!("it took longer than {} s", LIMIT.as_secs()))),
        }
    }

    async fn single(&self, record: &Record) -> Result<(), Trouble> {
        match self.deliver(std::slice::from_ref(record)).await {
            Err(Trouble::Refused(why)) => self.put_aside(std::slice::from_ref(record), &why).await,
            other => other,
        }
    }

    async fn put_aside(&self, records: &[Record], why: &str) -> Result<(), Trouble> {
        let now = Timestamp::now();
        let aside: Vec<_> = records
            .iter()
            .map(|record| {
                warn!(returner = self.name, job = %record.returned.job, minion = %record.returned.minion, why, "the returner refuses a return");
                Document { value: Value::Map(Map::from_iter([("why", why)])), ..note(&record.returned, now) }
            })
            .collect();
        self.core.store.put_documents(&refused_room(&self.name), &aside).await.map_err(|error| Trouble::away(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_names_job_and_minion() {
        let (job, minion) = parse("20261123061947179934/web-01.example").unwrap();
        assert_eq!((job.to_string().as_str(), minion.as_str()), ("20261123061947179934", "web-01.example"));
        assert!(parse("x").is_none() && parse("20261123061947179934/").is_none());
    }
}
