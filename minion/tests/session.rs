//! The agent's session against a master on a wire in memory: jobs run once, returns come until they are acknowledged.

use async_trait::async_trait;
use daemon::Stop;
use minion::config::{Loaded, Place, Unknown};
use minion::core::{Core, Look};
use minion::inbox::Inbox;
use minion::jobs::Jobs;
use minion::session::Session;
use minion::source::Source;
use minion::spool::Spool;
use model::{Call, FunctionName, Job, JobId, JobOptions, MinionId, Return, Target, TargetKind, Timestamp};
use net::{Admission, Claim, DialConfig, Faults, Gate, ListenConfig, MasterIdentity, MemoryWire, Pin, SessionEvent, SessionHandle};
use proto::{FromMinion, PrivateKey, Signal, Stream, ToMinion};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;
use value::{Map, Value};

const SOON: Duration = Duration::from_secs(60);

struct Everybody;

#[async_trait]
impl Gate for Everybody {
    async fn admit(&self, _: Claim) -> Admission {
        Admission::Accepted
    }
}

/// A master that only passes messages on.
struct Master {
    wire: MemoryWire,
    events: mpsc::Receiver<SessionEvent>,
    handle: Option<SessionHandle>,
    stop: Stop,
}

impl Master {
    fn start() -> Self {
        let key = PrivateKey::from_pem(include_str!("../../proto/golden/master.pem")).unwrap();
        let (wire, port) = MemoryWire::new(Faults::default());
        let config = ListenConfig::at("127.0.0.1:0".parse().unwrap());
        let (listener, events) = net::listen_in_memory(port, config, MasterIdentity { key }, Arc::new(Everybody)).unwrap();
        let stop = Stop::new();
        tokio::spawn(listener.run(stop.clone()));
        Self { wire, events, handle: None, stop }
    }

    fn send(&self, message: &ToMinion) {
        self.handle.as_ref().expect("a session").send(message).unwrap();
    }

    fn publish(&self, job: &Job) {
        self.send(&ToMinion::Publish { job: job.clone() });
    }

    /// The next message that `wanted` takes; others are passed over.
    async fn until<T>(&mut self, mut wanted: impl FnMut(FromMinion) -> Option<T>) -> T {
        let search = async {
            loop {
                match self.events.recv().await.expect("a listener") {
                    SessionEvent::Up { handle, .. } => self.handle = Some(handle),
                    SessionEvent::Message { message, .. } => {
                        if let Some(found) = wanted(message) {
                            return found;
                        }
                    }
                    SessionEvent::Down { .. } => {}
                }
            }
        };
        tokio::time::timeout(SOON, search).await.expect("the message comes in time")
    }

    async fn holding(&mut self) -> Vec<JobId> {
        self.until(|message| if let FromMinion::Holding { jobs } = message { Some(jobs) } else { None }).await
    }

    async fn returned(&mut self) -> Return {
        self.until(|message| if let FromMinion::Return { outcome, .. } = message { Some(outcome) } else { None }).await
    }
}

impl Drop for Master {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

struct Agent {
    stop: Stop,
    session: JoinHandle<()>,
    jobs: Arc<Jobs>,
}

impl Agent {
    async fn start(folder: &Path, master: &Master) -> Self {
        let place = Place { folder: folder.to_owned() };
        let set = [
            ("id", Value::from("web01")),
            ("root_dir", Value::from(folder.to_string_lossy())),
            ("file_client", Value::from("local")),
            ("grains_refresh_every", Value::from(0)),
        ];
        let set: Vec<(String, Value)> = set.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        let loaded = Loaded::read(place, &set, Unknown::Refuse).unwrap();
        let source = Source::local(&loaded).unwrap();
        let core = Core::new(loaded, minion::functions::registry(), source, tokio::runtime::Handle::current(), Look::Bare).unwrap();
        let (inbox, recovered) = Inbox::open(&folder.join("spool")).unwrap();
        let spool = Spool::open(&folder.join("spool/returns")).unwrap();
        let minion = MinionId::new("web01").unwrap();
        let key = PrivateKey::from_pem(include_str!("../../proto/golden/minion.pem")).unwrap();
        let dial = DialConfig::new("master", minion.clone(), key, Pin { file: folder.join("master.pub"), finger: None });
        let (dialer, link, events) = net::dial_in_memory(master.wire.clone(), dial);
        let stop = Stop::new();
        tokio::spawn(dialer.run(stop.clone()));
        let jobs = Arc::new(Jobs {
            core,
            inbox: Arc::new(inbox),
            spool: Arc::new(spool),
            link,
            minion,
            places: Arc::new(Semaphore::new(8)),
            own: tokio::sync::Mutex::new(()),
        });
        let session = Session::new(Arc::clone(&jobs), events);
        let ending = stop.clone();
        let session = tokio::spawn(async move { session.run(recovered, ending).await.unwrap() });
        Self { stop, session, jobs }
    }

    /// Ends at once, as if killed: nothing is drained.
    async fn kill(self) {
        self.session.abort();
        let _ = self.session.await;
        self.stop.cancel();
    }

    async fn end(self) {
        self.stop.cancel();
        self.session.await.unwrap();
    }
}

fn job(number: i64, function: &str, args: Vec<Value>) -> Job {
    Job {
        id: JobId::at(Timestamp(1_790_000_000_000_000 + number)),
        target: Target::new(TargetKind::Glob, "*"),
        calls: vec![Call { function: FunctionName::new(function).unwrap(), args, kwargs: Map::new() }],
        user: "root".to_owned(),
        options: JobOptions::default(),
        expected: Vec::new(),
    }
}

#[tokio::test]
async fn a_job_is_acknowledged_then_run_then_returned_until_the_master_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut master = Master::start();
    let agent = Agent::start(folder.path(), &master).await;
    assert_eq!(master.holding().await, []);
    let job = job(1, "test.echo", vec!["hello".into()]);
    master.publish(&job);
    let order = |message: FromMinion| match message {
        FromMinion::Ack { .. } => Some("ack"),
        FromMinion::Started { .. } => Some("started"),
        FromMinion::Return { .. } => Some("return"),
        _ => None,
    };
    assert_eq!([master.until(order).await, master.until(order).await, master.until(order).await], ["ack", "started", "return"]);
    assert!(agent.jobs.spool.holds(job.id));

    // Published again before the acknowledgement: the same return comes, nothing runs.
    master.publish(&job);
    let again = master.returned().await;
    assert_eq!((again.job, again.value), (job.id, Value::from("hello")));
    master.send(&ToMinion::ReturnAck { job: job.id });
    master.publish(&job);
    master.until(|message| matches!(message, FromMinion::Ack { .. }).then_some(())).await;
    assert!(!agent.jobs.spool.holds(job.id) && agent.jobs.inbox.holding().is_empty());
    agent.end().await;
}

#[tokio::test]
async fn a_return_that_was_not_acknowledged_is_sent_by_the_next_agent() {
    let folder = tempfile::tempdir().unwrap();
    let mut master = Master::start();
    let agent = Agent::start(folder.path(), &master).await;
    master.holding().await;
    let job = job(1, "test.echo", vec!["kept".into()]);
    master.publish(&job);
    master.returned().await;
    agent.kill().await;
    let agent = Agent::start(folder.path(), &master).await;
    assert_eq!(master.holding().await, [job.id]);
    assert_eq!(master.returned().await.value, Value::from("kept"));
    agent.end().await;
}

#[tokio::test]
async fn a_job_that_ran_when_the_agent_died_is_reported_and_not_run_again() {
    let folder = tempfile::tempdir().unwrap();
    let mark = folder.path().join("mark");
    let mut master = Master::start();
    let agent = Agent::start(folder.path(), &master).await;
    master.holding().await;
    let job = job(1, "cmd.run", vec![format!("echo x >> {}; sleep 600", mark.display()).into()]);
    master.publish(&job);
    // The shell makes the file before it writes.
    while std::fs::read_to_string(&mark).ok().as_deref() != Some("x\n") {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let _ = agent.jobs.core.running.signal(job.id, 15);
    agent.kill().await;
    // What is on the disk is what a killed process leaves: begun, without a return.
    let _ = std::fs::remove_dir_all(folder.path().join("spool/returns"));
    let agent = Agent::start(folder.path(), &master).await;
    let outcome = master.returned().await;
    assert!(!outcome.success && outcome.value.as_str().unwrap().contains("ended while the job ran"), "{outcome:?}");
    master.publish(&job);
    master.until(|message| matches!(message, FromMinion::Ack { .. }).then_some(())).await;
    assert_eq!(std::fs::read_to_string(&mark).unwrap(), "x\n");
    agent.end().await;
}

#[tokio::test]
async fn a_signal_ends_a_job_and_its_deadline_does_too() {
    let folder = tempfile::tempdir().unwrap();
    let mut master = Master::start();
    let agent = Agent::start(folder.path(), &master).await;
    master.holding().await;
    let long = job(1, "cmd.run", vec!["sleep 600".into()]);
    master.publish(&long);
    master.until(|message| matches!(message, FromMinion::Started { .. }).then_some(())).await;
    while agent.jobs.core.running.find(long.id).is_none() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    master.send(&ToMinion::Signal { job: long.id, signal: Signal::Kill });
    assert!(!master.returned().await.success);

    let mut limited = job(2, "cmd.run", vec!["sleep 600".into()]);
    limited.options.deadline = Some(Duration::from_millis(100));
    master.publish(&limited);
    let outcome = master.returned().await;
    assert!(outcome.value.as_str().unwrap().contains("deadline"), "{outcome:?}");
    agent.end().await;
}

#[tokio::test]
async fn live_output_comes_in_order_and_before_the_return() {
    let folder = tempfile::tempdir().unwrap();
    let mut master = Master::start();
    let agent = Agent::start(folder.path(), &master).await;
    master.holding().await;
    let mut job = job(1, "cmd.run", vec!["echo one; echo two; echo three".into()]);
    job.options.stream = true;
    master.publish(&job);
    let mut seen = Vec::new();
    let mut next = 0;
    master
        .until(|message| match message {
            FromMinion::Output { sequence, stream: Stream::Stdout, bytes, .. } => {
                assert_eq!(sequence, next);
                next += 1;
                seen.extend_from_slice(&bytes);
                None
            }
            FromMinion::Return { .. } => Some(()),
            _ => None,
        })
        .await;
    assert_eq!(String::from_utf8(seen).unwrap(), "one\ntwo\nthree\n");
    agent.end().await;
}

#[tokio::test]
async fn several_calls_of_one_job_return_a_mapping() {
    let folder = tempfile::tempdir().unwrap();
    let mut master = Master::start();
    let agent = Agent::start(folder.path(), &master).await;
    master.holding().await;
    let mut both = job(1, "test.ping", Vec::new());
    both.calls.extend(job(1, "no.such", Vec::new()).calls);
    master.publish(&both);
    let outcome = master.returned().await;
    assert!(!outcome.success);
    assert_eq!(outcome.value.get("test.ping"), Some(&Value::Bool(true)));
    assert!(outcome.value.get("no.such").unwrap().as_str().unwrap().contains("is not available"));
    agent.end().await;
}
