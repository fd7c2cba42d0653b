//! Commands of the shell on hosts, with nothing put there.

use super::failure;
use super::way::other;
use crate::printer::Printer;
use crate::{Console, Error};
use ssh::{Connection, Host, Output, Ways};
use std::collections::BTreeMap;
use tokio::task::JoinSet;
use value::{Map, Value};

/// Runs a command on every host and prints what it said, by host as it comes.
pub(super) async fn run(hosts: &[Host], ways: &Ways, command: &str, printer: &mut Printer<'_>) -> Result<u8, Error> {
    let mut running = JoinSet::new();
    for host in hosts {
        let (host, ways, command) = (host.clone(), ways.clone(), command.to_owned());
        running.spawn(async move {
            let id = host.id.clone();
            (id, on(host, ways, &command).await)
        });
    }
    let mut worst = 0;
    while let Some(ended) = running.join_next().await {
        let Ok((id, said)) = ended else { continue };
        let (value, status) = match said {
            Ok(output) => (shown(&output), output.status),
            Err(error) => (failure(&output::chain(&error)), 255),
        };
        worst = worst.max(u8::from(status != 0));
        let data: Map = [(id.as_str(), value)].into_iter().collect();
        printer.minions(&data, None, status)?;
    }
    Ok(worst)
}

async fn on(host: Host, ways: Ways, command: &str) -> Result<Output, ssh::Error> {
    let connection = Connection::open(host, ways).await?;
    let output = connection.run_as_guest(command, &[]).await?;
    connection.close().await;
    Ok(output)
}

/// As Salt shows raw output: the three things a command leaves.
fn shown(output: &Output) -> Value {
    let entries = [
        ("retcode", Value::from(output.status)),
        ("stderr", Value::from(output.stderr.as_str())),
        ("stdout", Value::from(output.stdout.as_str())),
    ];
    Value::Map(entries.into_iter().collect())
}

/// Puts a public key on every host, once.
pub(super) async fn deploy_key(hosts: &[Host], ways: &Ways, public: &str, console: &mut Console) -> Result<u8, Error> {
    // The key comes by standard input, so that no shell reads it.
    let script = "umask 077; mkdir -p ~/.ssh && touch ~/.ssh/authorized_keys && read -r key && \
                  { grep -qxF -- \"$key\" ~/.ssh/authorized_keys || printf '%s\\n' \"$key\" >> ~/.ssh/authorized_keys; }";
    let mut outcomes = BTreeMap::new();
    for host in hosts {
        let connection = Connection::open(host.clone(), ways.clone()).await;
        let said = match connection {
            Ok(connection) => connection.run(script, format!("{public}\n").as_bytes()).await.map_err(other),
            Err(error) => Err(other(error)),
        };
        outcomes.insert(host.id.clone(), said);
    }
    let mut worst = 0;
    for (id, said) in outcomes {
        match said {
            Ok(output) if output.status == 0 => console.complain(&format!("{id}: the key is there")),
            Ok(output) => {
                worst = 1;
                console.complain(&format!("{id}: the key was not put there: {}", output.stderr.trim()));
            }
            Err(error) => {
                worst = 1;
                console.complain(&format!("{id}: the key was not put there: {error}"));
            }
        }
    }
    Ok(worst)
}
