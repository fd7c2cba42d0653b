//! Guests of one command: started on many hosts at once, seen by the master, and seen off.

use crate::guest::Entry;
use crate::{Error, Guest, Host, Program, Stay, Ways};
use futures_util::future::try_join_all;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// How long a guest may take from its start until the master sees it.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// How soon the master is asked for the second time whether they are there.
const FIRST_LOOK: Duration = Duration::from_millis(5);

/// How often it is asked at least.
const LOOK: Duration = Duration::from_millis(50);

/// What guests need of the master: the command line asks for it over the API, the master itself has it at hand.
pub trait Reception: Sync {
    /// Why the master did not do its part.
    type Refusal;

    /// Which of these ids have a session.
    fn online(&self, ids: &[&str]) -> impl Future<Output = Result<Vec<String>, Self::Refusal>> + Send;

    /// A secret that lets in this id, once, within twice [`PATIENCE`].
    fn let_in(&self, id: &str) -> impl Future<Output = Result<String, Self::Refusal>> + Send;

    /// Takes the keys of these ids out of the master, which knows only machines that come back by themselves.
    fn forget(&self, ids: &[&str]) -> impl Future<Output = Result<(), Self::Refusal>> + Send;
}

/// How guests are made.
pub struct Visit<'a> {
    /// How hosts are reached.
    pub ways: &'a Ways,
    /// The program that they run.
    pub program: &'a Arc<Program>,
    /// Where the master takes minions, as seen from here.
    pub master: SocketAddr,
    /// Fingerprint of its key.
    pub fingerprint: &'a str,
    /// What stays on the hosts.
    pub stay: Stay,
}

/// Guests that are there, and hosts that have none, with the reason.
pub struct Started {
    /// Guests that the master sees.
    pub guests: Vec<Guest>,
    /// Hosts without one.
    pub failed: Vec<(String, Error)>,
}

/// Starts a guest on every host and waits until the master sees them.
///
/// # Errors
/// When the master refuses.
pub async fn start<R: Reception>(reception: &R, hosts: &[Host], visit: &Visit<'_>) -> Result<Started, R::Refusal> {
    let ids: Vec<&str> = hosts.iter().map(|host| host.id.as_str()).collect();
    let agents = reception.online(&ids).await?;
    let (there, away): (Vec<&Host>, Vec<&Host>) = hosts.iter().partition(|host| agents.contains(&host.id));
    let reached = |host: &Host| {
        let why = format!("it has an agent that is there; `sylvite run {} …` reaches it, or use -r", host.id);
        (host.id.clone(), Error::Unfit(why))
    };
    let mut failed: Vec<_> = there.into_iter().map(reached).collect();
    let mut asking = Vec::new();
    for host in &away {
        asking.push(reception.let_in(&host.id));
    }
    let tokens = try_join_all(asking).await?;
    // Folders of different masters are told apart.
    let of: String = visit.fingerprint.chars().filter(char::is_ascii_alphanumeric).take(8).collect();
    let entry = Entry { program: Arc::clone(visit.program), master: visit.master, of, stay: visit.stay };
    let mut starting = JoinSet::new();
    for (host, token) in away.into_iter().zip(tokens) {
        let mut configuration = host.configuration.clone();
        configuration.insert("id", host.id.as_str());
        configuration.insert("join_token", token);
        configuration.insert("master_finger", visit.fingerprint);
        let (host, ways, entry) = (host.clone(), visit.ways.clone(), entry.clone());
        starting.spawn(async move { (host.id.clone(), Guest::start(host, ways, &configuration, &entry).await) });
    }
    let mut guests = Vec::new();
    while let Some(ended) = starting.join_next().await {
        match ended {
            Ok((_, Ok(guest))) => guests.push(guest),
            Ok((id, Err(error))) => failed.push((id, error)),
            Err(error) => failed.push(("?".to_owned(), Error::Unfit(format!("starting a guest broke off: {error}")))),
        }
    }
    let guests = wait(reception, guests, &mut failed).await?;
    Ok(Started { guests, failed })
}

/// Waits until the master sees the guests; those that end before, or never come, are told with what they said.
async fn wait<R: Reception>(reception: &R, mut waiting: Vec<Guest>, failed: &mut Vec<(String, Error)>) -> Result<Vec<Guest>, R::Refusal> {
    let end = Instant::now() + PATIENCE;
    let (mut there, mut look) = (Vec::new(), FIRST_LOOK);
    while !waiting.is_empty() {
        let ids: Vec<&str> = waiting.iter().map(Guest::id).collect();
        let online = reception.online(&ids).await?;
        let is_over = Instant::now() > end;
        let mut rest = Vec::new();
        for mut guest in waiting {
            if online.contains(&guest.id().to_owned()) {
                there.push(guest);
            } else if guest.has_ended() || is_over {
                let words = guest.words().await;
                let last = words.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("the guest ended without a word");
                failed.push((guest.id().to_owned(), Error::Unfit(format!("the guest did not come to the master: {}", last.trim()))));
                // What was put there goes as it would have gone at the end.
                let _ = guest.end().await;
            } else {
                rest.push(guest);
            }
        }
        waiting = rest;
        if !waiting.is_empty() {
            tokio::time::sleep(look).await;
            look = (look * 2).min(LOOK);
        }
    }
    Ok(there)
}

/// Guests that did not end in good order, with the reason.
pub type Left = Vec<(String, Error)>;

/// Ends the guests and takes their keys out of the master.
///
/// # Errors
/// With those that did not end well, and why the keys stay, if they do.
pub async fn end<R: Reception>(reception: &R, guests: Vec<Guest>) -> (Left, Result<(), R::Refusal>) {
    let ids: Vec<String> = guests.iter().map(|guest| guest.id().to_owned()).collect();
    let mut ending = JoinSet::new();
    for guest in guests {
        ending.spawn(async move {
            let id = guest.id().to_owned();
            (id, guest.end().await)
        });
    }
    let mut left = Vec::new();
    while let Some(ended) = ending.join_next().await {
        if let Ok((id, Err(error))) = ended {
            left.push((id, error));
        }
    }
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    (left, reception.forget(&ids).await)
}
