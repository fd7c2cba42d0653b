//! What comes in from minions: sessions that begin and end, and their messages, each handed to the room that it is for.

use crate::bus::Keep;
use crate::core::Core;
use crate::facts::Facts;
use crate::jobs::Arrived;
use crate::roster::Seat;
use crate::service;
use api::{JobEvent, OutputStream};
use cmdb::PresenceChange;
use daemon::Stop;
use model::{JobId, MinionId, Presence, Timestamp};
use net::{SessionEvent, SessionId};
use proto::{FromMinion, Stream};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tracing::{debug, info, warn};
use value::{Map, Value};

/// When the master stops and no session has anything to say for so long, all have ended.
const QUIET: Duration = Duration::from_millis(300);

/// Tags that the master alone may fire.
const RESERVED: [&str; 10] = [
    "salt/job/",
    "salt/key",
    "salt/auth",
    "salt/run/",
    "salt/wheel/",
    "salt/cluster/",
    "salt/cloud/",
    "salt/presence/",
    "salt/stats/",
    "salt/netapi/",
];

/// Beginnings of tags after which the id of the minion follows that the event is about.
const OF_MINION: [&str; 4] = ["salt/minion/", "salt/beacon/", "minion/refresh/", "syndic/"];

/// Hands on what comes in.
pub struct Sessions {
    core: Arc<Core>,
    facts: Facts,
    events: mpsc::Receiver<SessionEvent>,
}

impl Sessions {
    /// The part for a listener's events.
    #[must_use]
    pub fn new(core: Arc<Core>, facts: Facts, events: mpsc::Receiver<SessionEvent>) -> Self {
        Self { core, facts, events }
    }

    /// Works until `stop`, and then until the sessions have ended.
    ///
    /// # Errors
    /// Never.
    pub async fn run(mut self, stop: Stop) -> Result<(), Infallible> {
        loop {
            let event = tokio::select! {
                event = self.events.recv() => event,
                () = stop.cancelled() => break,
            };
            let Some(event) = event else { break };
            self.event(event, &stop);
        }
        // The listener says goodbye to everybody; what still comes is taken, and when nothing comes any more, it is over.
        while let Ok(Some(event)) = tokio::time::timeout(QUIET, self.events.recv()).await {
            self.event(event, &stop);
        }
        stop.cancelled().await;
        Ok(())
    }

    fn event(&self, event: SessionEvent, stop: &Stop) {
        match event {
            SessionEvent::Up { minion, session, handle, address, version, resumed } => {
                let seat = Seat { session, handle, address, since: Timestamp::now() };
                self.up(minion, seat, version, resumed);
            }
            SessionEvent::Message { minion, session, message, weight } => {
                self.message(minion, session, message);
                drop(weight);
            }
            SessionEvent::Down { minion, session, reason } => self.down(&minion, session, &reason.to_string(), stop),
        }
    }

    fn up(&self, minion: MinionId, seat: Seat, version: String, resumed: bool) {
        let (now, address) = (seat.since, seat.address.to_string());
        info!(%minion, %address, resumed, "session began");
        self.core.roster.seat(minion.clone(), seat);
        let presence = Presence::Online { since: now, address };
        self.facts.presence(PresenceChange { minion: minion.clone(), presence, version: Some(version) });
        self.core.jobs.on_up(&self.core, &minion, now);
    }

    fn down(&self, minion: &MinionId, session: SessionId, reason: &str, stop: &Stop) {
        if !self.core.roster.leave(minion, session) {
            return;
        }
        let now = Timestamp::now();
        info!(%minion, reason, "session ended");
        let presence = Presence::Offline { since: now, reason: reason.to_owned() };
        self.facts.presence(PresenceChange { minion: minion.clone(), presence, version: None });
        // A master that stops has not lost its minions: their jobs go on, and they come back to the next start.
        if !stop.is_cancelled() {
            self.core.jobs.on_down(&self.core, minion, reason, now);
        }
    }

    fn message(&self, minion: MinionId, session: SessionId, message: FromMinion) {
        let Some(seat) = self.core.roster.get(&minion).filter(|seat| seat.session == session) else {
            debug!(%minion, "a message of a session that is over");
            return;
        };
        let now = Timestamp::now();
        let jobs = &self.core.jobs;
        match message {
            FromMinion::Facts { grains, version } => self.facts.grains(minion, grains, version, now),
            FromMinion::Holding { jobs: held } => jobs.on_holding(&self.core, &minion, &held, now),
            FromMinion::Ack { job } => jobs.on_delivered(&self.core, job, &minion, now),
            FromMinion::Started { job, pid } => jobs.on_started(&self.core, job, &minion, pid, now),
            FromMinion::Output { job, sequence, stream, bytes } => {
                if jobs.tracker().expects(job, &minion) != Some(true) {
                    return;
                }
                jobs.watchers.tell(job, || JobEvent::Output {
                    minion: minion.clone(),
                    seq: sequence,
                    stream: match stream {
                        Stream::Stdout => OutputStream::Stdout,
                        Stream::Stderr => OutputStream::Stderr,
                    },
                    text: String::from_utf8_lossy(&bytes).into_owned(),
                });
            }
            FromMinion::Progress { job, data } => {
                if jobs.tracker().expects(job, &minion) == Some(true) {
                    jobs.watchers.tell(job, || JobEvent::Progress { minion: minion.clone(), data: data.clone() });
                    // A minion whose own configuration asks for it tells also what nobody follows.
                    let is_asked_for =
                        self.core.settings().config.state_events || !jobs.tracker().job(job).is_some_and(|job| job.options.stream);
                    if is_asked_for && self.core.is_heard() {
                        let (tag, event) = progress_event(job, minion.as_str(), data, now);
                        self.core.bus.fire(tag, event, now, Keep::LiveOnly);
                    }
                }
            }
            FromMinion::Return { mut outcome, .. } => {
                outcome.minion = minion;
                jobs.on_arrived(Arrived { outcome, handle: seat.handle, since: Instant::now() });
            }
            FromMinion::Event { tag, data } => {
                let begin = Instant::now();
                self.fire(&minion, tag, data, now);
                self.core.stats.count("_minion_event", begin.elapsed());
            }
            FromMinion::Request { id, body } => service::answer(Arc::clone(&self.core), minion, seat.handle, id, body),
        }
    }

    /// A minion fires an event: what it says of itself carries its id, and what only the master may say is not said.
    fn fire(&self, minion: &MinionId, tag: String, data: Value, now: Timestamp) {
        let about = OF_MINION.iter().find_map(|beginning| tag.strip_prefix(beginning));
        let is_of_another = about.is_some_and(|rest| rest.split('/').next() != Some(minion.as_str()));
        if tag.is_empty() || is_of_another || RESERVED.iter().any(|reserved| tag.starts_with(reserved)) {
            warn!(%minion, tag, "a minion may not fire an event of this tag");
            return;
        }
        let mut fired = match data {
            Value::Map(map) => map,
            Value::Null => Map::new(),
            other => Map::from_iter([("data", other)]),
        };
        fired.insert("id", minion.as_str());
        self.core.bus.fire(tag, Value::Map(fired), now, Keep::Stored);
    }
}

/// Tag and data of `salt/job/<jid>/prog/<id>/<number>`.
pub fn progress_event(job: JobId, minion: &str, data: Value, now: Timestamp) -> (String, Value) {
    let number = data.get("ret").and_then(|ret| ret.get("__run_num__")).map(value::text::str).unwrap_or_default();
    let tag = format!("salt/job/{job}/prog/{minion}/{number}");
    let mut event = Map::new();
    event.insert("id", minion);
    event.insert("tag", tag.as_str());
    event.insert("jid", job.to_string());
    event.insert("cmd", "_minion_event");
    event.insert("data", data);
    event.insert("ts", now.micros() / 1_000_000);
    (tag, Value::Map(event))
}
