//! Commands of the shell on hosts, with nothing put there.

use super::failure;
use super::way::other;
use crate::printer::Printer;
use crate::{Console, Error};
use ssh::{Connection, Host, Output, Stream, Ways};
use std::collections::BTreeMap;
use tokio::sync::mpsc;
use value::{Map, Value};

/// Lines that wait to be printed; more of them hold the hosts up, and nothing is lost.
const WAITING: usize = 1024;

/// What came from a host.
enum Said {
    Line(String, Stream, String),
    Ended(String, Result<Output, ssh::Error>),
}

/// Runs a command on every host and prints what it said, by host as it comes; line by line when `live`.
pub(super) async fn run(hosts: &[Host], ways: &Ways, command: &str, live: bool, printer: &mut Printer<'_>) -> Result<u8, Error> {
    let (tell, mut told) = mpsc::channel(WAITING);
    for host in hosts {
        let (host, ways, command, tell) = (host.clone(), ways.clone(), command.to_owned(), tell.clone());
        tokio::spawn(async move {
            let id = host.id.clone();
            let lines = live.then_some((id.as_str(), &tell));
            let ended = on(host.clone(), ways, &command, lines).await;
            let _ = tell.send(Said::Ended(id, ended)).await;
        });
    }
    drop(tell);
    let mut worst = 0;
    while let Some(said) = told.recv().await {
        let (id, ended) = match said {
            Said::Line(id, stream, line) => {
                let palette = printer.palette();
                let line = if stream == Stream::Error { palette.red(&line) } else { line };
                printer.text(&format!("{} | {line}", palette.cyan(&id)))?;
                continue;
            }
            Said::Ended(id, ended) => (id, ended),
        };
        let (value, status) = match ended {
            // What was seen line by line need not be seen again.
            Ok(output) if live => {
                worst = worst.max(u8::from(output.status != 0));
                let palette = printer.palette();
                let text = format!("exit status {}", output.status);
                let text = if output.status == 0 { palette.green(&text) } else { palette.red(&text) };
                printer.text(&format!("{} | {text}", palette.cyan(&id)))?;
                continue;
            }
            Ok(output) => (shown(&output), output.status),
            Err(error) => (failure(&output::chain(&error)), 255),
        };
        worst = worst.max(u8::from(status != 0));
        let data: Map = [(id.as_str(), value)].into_iter().collect();
        printer.minions(&data, None, status)?;
    }
    Ok(worst)
}

async fn on(host: Host, ways: Ways, command: &str, lines: Option<(&str, &mpsc::Sender<Said>)>) -> Result<Output, ssh::Error> {
    let connection = Connection::to(host, ways)?;
    let output = match lines {
        None => connection.run_as_guest(command, &[]).await?,
        Some((id, tell)) => {
            let (lines, mut came) = mpsc::channel(WAITING);
            let pass_on = async {
                while let Some((stream, line)) = came.recv().await {
                    let _ = tell.send(Said::Line(id.to_owned(), stream, line)).await;
                }
            };
            let (status, ()) = tokio::join!(connection.follow_as_guest(command, lines), pass_on);
            Output { status: status?, ..Output::default() }
        }
    };
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
        let connection = Connection::to(host.clone(), ways.clone());
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
