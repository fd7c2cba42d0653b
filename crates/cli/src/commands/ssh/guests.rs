//! Guests of one command: started, let in by the master, and seen off.

use crate::Error;
use api::{ChangeKeys, CreateToken, KeyAction, MinionFilter};
use client::Client;
use model::{Presence, TargetKind};
use ssh::{Connection, Guest, Host, Program, Ways};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use value::{Map, Value};

/// How long a guest may take from its start until the master sees it.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often the master is asked whether they are there.
const LOOK: Duration = Duration::from_millis(50);

/// Guests that are there, and hosts that have none, with the reason.
pub(super) struct Started {
    pub guests: Vec<Guest>,
    pub failed: Vec<(String, String)>,
}

/// The master's port and fingerprint, for minions that this command lets in.
pub(crate) async fn master_of(client: &Client) -> Result<(SocketAddr, String), Error> {
    let listen = client.status().await?.listen;
    let mut address: SocketAddr =
        listen.parse().map_err(|_| Error::Other(format!("the master listens on `{listen}`, which is no address")))?;
    // A master that listens on every address is here as well.
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { IpAddr::V6(Ipv6Addr::LOCALHOST) });
    }
    Ok((address, client.master_key().await?.fingerprint.to_string()))
}

/// What is shown of a host that was not reached, as Salt shows it.
pub(super) fn failure(message: &str) -> Value {
    let entries = [("retcode", Value::from(255)), ("stderr", Value::from(message)), ("stdout", Value::from(""))];
    Value::Map(entries.into_iter().collect())
}

/// Starts a guest on every host and waits until the master sees them.
pub(super) async fn start(client: &Client, hosts: &[Host], ways: &Ways, program: &Arc<Program>, wipe: bool) -> Result<Started, Error> {
    let (master, fingerprint) = master_of(client).await?;
    let ids: Vec<&str> = hosts.iter().map(|host| host.id.as_str()).collect();
    let agents = online(client, &ids).await?;
    let mut failed = Vec::new();
    let mut starting = JoinSet::new();
    for host in hosts {
        if agents.contains(&host.id) {
            failed.push((host.id.clone(), format!("it has an agent that is there; `sylvite run {} …` reaches it, or use -r", host.id)));
            continue;
        }
        let token = CreateToken {
            pattern: literal(&host.id),
            uses: 1,
            lifetime: PATIENCE.saturating_mul(2).into(),
            note: "sylvite ssh".to_owned(),
        };
        let secret = client.create_join_token(&token).await?.secret;
        let configuration = configuration(host, &secret, &fingerprint);
        let (host, ways, program) = (host.clone(), ways.clone(), Arc::clone(program));
        let of: String = fingerprint.chars().filter(char::is_ascii_alphanumeric).take(8).collect();
        starting.spawn(async move {
            let id = host.id.clone();
            let start = async {
                let connection = Connection::open(host, ways).await?;
                let place = program.put(&connection, &of).await?;
                Guest::start(connection, place, &configuration, master, wipe).await
            };
            (id, start.await)
        });
    }
    let mut guests = Vec::new();
    while let Some(ended) = starting.join_next().await {
        match ended {
            Ok((_, Ok(guest))) => guests.push(guest),
            Ok((id, Err(error))) => failed.push((id, output::chain(&error))),
            Err(error) => return Err(Error::Other(format!("starting a guest broke off: {error}"))),
        }
    }
    let guests = wait(client, guests, &mut failed).await?;
    Ok(Started { guests, failed })
}

/// What a guest is told: what the roster says, and how it is let in.
fn configuration(host: &Host, token: &str, fingerprint: &str) -> Map {
    let mut configuration = host.configuration.clone();
    configuration.insert("id", host.id.as_str());
    configuration.insert("join_token", token);
    configuration.insert("master_finger", fingerprint);
    configuration
}

/// Waits until the master sees the guests; those that end before, or never come, are told with what they said.
async fn wait(client: &Client, mut waiting: Vec<Guest>, failed: &mut Vec<(String, String)>) -> Result<Vec<Guest>, Error> {
    let end = Instant::now() + PATIENCE;
    let mut there = Vec::new();
    while !waiting.is_empty() {
        let ids: Vec<&str> = waiting.iter().map(Guest::id).collect();
        let online = online(client, &ids).await?;
        let is_over = Instant::now() > end;
        let mut rest = Vec::new();
        for mut guest in waiting {
            if online.contains(&guest.id().to_owned()) {
                there.push(guest);
            } else if guest.has_ended() || is_over {
                let words = guest.words();
                let last = words.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("the guest ended without a word");
                failed.push((guest.id().to_owned(), format!("the guest did not come to the master: {}", last.trim())));
                let _ = guest.end(false).await;
            } else {
                rest.push(guest);
            }
        }
        waiting = rest;
        if !waiting.is_empty() {
            tokio::time::sleep(LOOK).await;
        }
    }
    Ok(there)
}

/// Which of these ids have a session.
pub(crate) async fn online(client: &Client, ids: &[&str]) -> Result<Vec<String>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let filter = MinionFilter {
        target: Some(ids.join(",")),
        kind: Some(TargetKind::List),
        online: Some(true),
        limit: Some(1000),
        ..MinionFilter::default()
    };
    let page = client.minions(&filter).await?;
    let online = page.items.into_iter().filter(|minion| matches!(minion.presence, Presence::Online { .. }));
    Ok(online.map(|minion| minion.id.to_string()).collect())
}

/// Ends the guests and takes their keys out of the master, which knows only machines that come back by themselves. Gives those that did not end well.
pub(super) async fn end(client: &Client, guests: Vec<Guest>, wipe: bool) -> Vec<(String, String)> {
    let ids: Vec<String> = guests.iter().map(|guest| literal(guest.id())).collect();
    let mut ending = JoinSet::new();
    for guest in guests {
        ending.spawn(async move {
            let id = guest.id().to_owned();
            (id, guest.end(wipe).await)
        });
    }
    let mut left = Vec::new();
    while let Some(ended) = ending.join_next().await {
        if let Ok((id, Err(error))) = ended {
            left.push((id, output::chain(&error)));
        }
    }
    let delete = ChangeKeys { action: KeyAction::Delete, minions: ids, states: Vec::new(), fingerprint: None, dry_run: false };
    if let Err(error) = client.change_keys(&delete).await {
        left.push(("master".to_owned(), format!("the keys of the guests stay there: {}", output::chain(&error))));
    }
    left
}

/// A pattern that fits this id alone.
pub(crate) fn literal(id: &str) -> String {
    id.chars().map(|letter| if matches!(letter, '*' | '?' | '[') { format!("[{letter}]") } else { letter.to_string() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_of_an_id_fits_it_alone() {
        assert_eq!(literal("web1.example"), "web1.example");
        assert_eq!(literal("a*b"), "a[*]b");
    }
}
