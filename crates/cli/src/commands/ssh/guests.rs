//! What guests of a command need of the master, asked over its API.

use crate::Error;
use api::{ChangeKeys, CreateToken, KeyAction, MinionFilter};
use client::{Address, Client};
use model::{Presence, TargetKind};
use ssh::party::{PATIENCE, Reception};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use value::Value;

/// The master, as guests need it.
pub(super) struct Desk<'a>(pub &'a Client);

impl Reception for Desk<'_> {
    type Refusal = Error;

    async fn online(&self, ids: &[&str]) -> Result<Vec<String>, Error> {
        online(self.0, ids).await
    }

    async fn let_in(&self, id: &str) -> Result<String, Error> {
        let lifetime = PATIENCE.saturating_mul(2).into();
        let token = CreateToken { pattern: ssh::literal(id), uses: 1, lifetime, note: "sylvite ssh".to_owned() };
        Ok(self.0.create_join_token(&token).await?.secret)
    }

    async fn forget(&self, ids: &[&str]) -> Result<(), Error> {
        let minions = ids.iter().map(|id| ssh::literal(id)).collect();
        let delete = ChangeKeys { action: KeyAction::Delete, minions, states: Vec::new(), fingerprint: None, dry_run: false };
        self.0.change_keys(&delete).await?;
        Ok(())
    }
}

/// The master's port and fingerprint, for minions that this command lets in.
pub(crate) async fn master_of(client: &Client) -> Result<(SocketAddr, String), Error> {
    let listen = client.status().await?.listen;
    let mut address: SocketAddr =
        listen.parse().map_err(|_| Error::Other(format!("the master listens on `{listen}`, which is no address")))?;
    // A master that listens on every address is where its API is.
    if address.ip().is_unspecified() {
        address.set_ip(match client.address() {
            Address::Local(_) if address.is_ipv4() => IpAddr::V4(Ipv4Addr::LOCALHOST),
            Address::Local(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
            Address::Remote(place) => {
                let found = tokio::net::lookup_host((place.host.as_str(), place.port)).await.ok().and_then(|mut found| found.next());
                found.ok_or_else(|| Error::Other(format!("`{}` has no address any more", place.host)))?.ip()
            }
        });
    }
    Ok((address, client.master_key().await?.fingerprint.to_string()))
}

/// What is shown of a host that was not reached, as Salt shows it.
pub(super) fn failure(message: &str) -> Value {
    let entries = [("retcode", Value::from(255)), ("stderr", Value::from(message)), ("stdout", Value::from(""))];
    Value::Map(entries.into_iter().collect())
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
