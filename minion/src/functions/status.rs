//! The way to a master, as it is now.

use crate::doctor::greets;
use sdk::{Args, Failure, Query, Read, Value};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

sdk::module!(status, [Master, PingMaster]);

/// Longer nobody is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// Tell whether this machine has a connection to a master. The agent sees to its connection by itself.
///
/// ```salt
/// salt '*' status.master salt.example.org
/// ```
#[derive(Args)]
pub struct Master {
    /// The master: `host` or `host:port`.
    master: Option<String>,
    /// Known for compatibility: what is wished for.
    #[arg(default = true, ignored)]
    connected: bool,
}

impl Query for Master {
    type Output = Value;

    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let Some(master) = self.master else { return Ok(Value::Null) };
        let wanted = addresses(&master, read).await;
        if wanted.is_empty() {
            return Ok(Value::Null);
        }
        let plain = |address: SocketAddr| SocketAddr::new(bare(address.ip()), address.port());
        let open: Vec<SocketAddr> = modules::network::connected_to(read).into_iter().map(plain).collect();
        Ok(wanted.into_iter().any(|address| open.contains(&plain(address))).into())
    }
}

/// An address of IPv4 that is written as one of IPv6 is the same one.
fn bare(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(address, IpAddr::V4),
        IpAddr::V4(_) => address,
    }
}

/// Where a master listens.
async fn addresses(master: &str, read: &Read) -> Vec<SocketAddr> {
    let usual = read.opt("master_port").and_then(Value::as_int).and_then(|port| u16::try_from(port).ok()).unwrap_or(4515);
    let is_whole =
        master.rsplit_once(':').is_some_and(|(host, port)| port.parse::<u16>().is_ok() && (!host.contains(':') || host.ends_with(']')));
    let place = match (is_whole, master.contains(':')) {
        (true, _) => master.to_owned(),
        (false, true) => format!("[{master}]:{usual}"),
        (false, false) => format!("{master}:{usual}"),
    };
    match tokio::time::timeout(PATIENCE, tokio::net::lookup_host(place)).await {
        Ok(Ok(found)) => found.collect(),
        Ok(Err(_)) | Err(_) => Vec::new(),
    }
}

/// Tell whether a master answers.
///
/// ```salt
/// salt '*' status.ping_master localhost
/// ```
#[derive(Args)]
pub struct PingMaster {
    /// The master: `host` or `host:port`.
    master: Option<String>,
}

impl Query for PingMaster {
    type Output = bool;

    async fn call(self, read: &Read) -> Result<bool, Failure> {
        let Some(master) = self.master.filter(|master| !master.is_empty()) else { return Ok(false) };
        for address in addresses(&master, read).await {
            if let Ok(Ok(true)) = tokio::time::timeout(PATIENCE, greets(address)).await {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
