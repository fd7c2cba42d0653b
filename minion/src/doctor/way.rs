//! The way to the master: names, ports, keys, and the agent that goes it.

use super::Finding;
use crate::agent;
use crate::config::Loaded;
use crate::socket::{self, Ask};
use daemon::Stop;
use model::{Call, FunctionName, JobId, MinionId, Timestamp};
use net::{DialError, DialEvent, Refusal, RequestError};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use value::{Map, Value};

/// Longer nobody is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// How a peer that speaks the transport of minions begins, and how it is greeted.
const GREETING: [u8; 11] = [0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3];

/// Looks at every master, then at the agent.
pub(super) async fn look(loaded: &Loaded, masters: &[String]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut is_open = false;
    for master in masters {
        let found = port(master).await;
        is_open |= found.is_ok();
        findings.push(found.unwrap_or_else(|finding| finding));
    }
    let agent = agent_version(loaded).await;
    findings.push(match &agent {
        None => Finding::error(
            "agent",
            "no agent runs with this configuration",
            "start it: `systemctl start sylvite-minion`; `journalctl -u sylvite-minion` says why it ended",
        ),
        Some(version) => self::version(version),
    });
    let is_connected = agent.is_some() && is_connected(loaded).await;
    if is_connected {
        findings.push(Finding::fine("key", "the master has accepted it, and the agent is connected"));
    } else if is_open {
        findings.push(admission(loaded).await);
    }
    findings
}

/// Name and port of a master.
async fn port(master: &str) -> Result<Finding, Finding> {
    let host = master.rsplit_once(':').map_or(master, |(host, _)| host);
    let found = tokio::time::timeout(PATIENCE, tokio::net::lookup_host(master)).await;
    let addresses: Vec<SocketAddr> = match found {
        Ok(Ok(addresses)) => addresses.collect(),
        Ok(Err(error)) => {
            let hint = format!("correct `master` in the configuration, or make `{host}` known (DNS, /etc/hosts)");
            return Err(Finding::error("name", format!("the master `{host}` has no address: {error}"), hint));
        }
        Err(_) => {
            let hint = "look at /etc/resolv.conf and the name server it names";
            return Err(Finding::error("name", format!("nobody says within {} s which address `{host}` has", PATIENCE.as_secs()), hint));
        }
    };
    let mut why = format!("`{host}` has no address");
    for address in addresses {
        match tokio::time::timeout(PATIENCE, greets(address)).await {
            Ok(Ok(true)) => return Ok(Finding::fine("port", format!("a master answers at {master} ({address})"))),
            Ok(Ok(false)) => {
                let hint = "`master_port` is the port that minions connect to (4515), not the API's";
                return Err(Finding::error("port", format!("something that is no master answers at {master} ({address})"), hint));
            }
            Ok(Err(error)) => why = format!("{address}: {error}"),
            Err(_) => why = format!("{address}: no answer within {} s", PATIENCE.as_secs()),
        }
    }
    let hint = "is the master running, and does a firewall between let this port through? `master_port` names another one";
    Err(Finding::error("port", format!("the master at {master} does not answer: {why}"), hint))
}

/// Whether the peer at an address begins as a master does.
pub(crate) async fn greets(address: SocketAddr) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(&GREETING).await?;
    let mut begin = [0; 10];
    match stream.read_exact(&mut begin).await {
        Ok(_) => Ok(begin.first() == Some(&0xff) && begin.last() == Some(&0x7f)),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// Asks the running agent a function; `None` when there is no agent.
async fn ask(loaded: &Loaded, function: &str) -> Option<Result<Value, String>> {
    let call = Call { function: FunctionName::new(function).ok()?, args: Vec::new(), kwargs: Map::new() };
    let question = Ask { calls: vec![call], job: JobId::at(Timestamp::now()) };
    match tokio::time::timeout(PATIENCE, socket::ask(&socket::path(&loaded.config), &question)).await {
        Ok(Ok(outcome)) if outcome.success => Some(Ok(outcome.value)),
        Ok(Ok(outcome)) => Some(Err(value::text::str(&outcome.value))),
        Ok(Err(socket::Error::NoAgent { .. })) => None,
        Ok(Err(error)) => Some(Err(output::chain(&error))),
        Err(_) => Some(Err("the agent does not answer".to_owned())),
    }
}

/// Whether the agent has a session: the master is asked for something that nobody else has. An agent with one is not dialled past, since
/// a second session of its id would end the first.
async fn is_connected(loaded: &Loaded) -> bool {
    match ask(loaded, "pillar.obfuscate").await {
        Some(Ok(_)) => true,
        Some(Err(why)) => !why.contains(&RequestError::NotConnected.to_string()),
        None => false,
    }
}

/// The version of the agent that runs, if one does.
async fn agent_version(loaded: &Loaded) -> Option<String> {
    let grains = ask(loaded, "grains.items").await?;
    let version = grains.ok().and_then(|grains| grains.get("sylviteversion").map(value::text::str));
    Some(version.unwrap_or_default())
}

fn version(running: &str) -> Finding {
    let own = env!("CARGO_PKG_VERSION");
    if running == own {
        return Finding::fine("version", format!("the agent that runs is {own}, as this program"));
    }
    Finding::warning(
        "version",
        format!("the agent that runs is {running}, and this program is {own}"),
        "restart it to run what is installed: `systemctl restart sylvite-minion`",
    )
}

/// What the masters say to this minion's key.
async fn admission(loaded: &Loaded) -> Finding {
    if !loaded.config.pki_dir.join("minion.pem").exists() {
        return Finding::warning("key", "this minion has no key yet", "start the agent: it makes one and offers it to the master");
    }
    let id = match MinionId::new(&loaded.config.id) {
        Ok(id) => id,
        Err(error) => return Finding::error("key", output::chain(&error), "set `id` in the configuration"),
    };
    let mut connection = match agent::connect(loaded, id.clone()).await {
        Ok(connection) => connection,
        Err(error) => {
            return Finding::error("key", output::chain(&error), "mend the file, or remove it and let the agent make another key");
        }
    };
    let stop = Stop::new();
    let dialing = tokio::spawn(connection.dialer.run(stop.clone()));
    let answer = tokio::time::timeout(PATIENCE, async {
        let mut why = "no master answers".to_owned();
        loop {
            match connection.events.recv().await {
                Some(DialEvent::Connected { .. }) => {
                    return Finding::warning(
                        "key",
                        "the master has accepted it, and the agent is not connected",
                        "it may be about to: look again, or at its log (`journalctl -u sylvite-minion`)",
                    );
                }
                Some(DialEvent::Waiting { refusal, .. }) => return refused(&id, refusal),
                Some(DialEvent::Failed { reason, .. } | DialEvent::Disconnected { reason }) => why = reason,
                Some(DialEvent::Message(_)) => {}
                None => return Finding::error("key", why, "look at the master's log"),
            }
        }
    });
    let answer = answer.await;
    stop.cancel();
    match tokio::time::timeout(Duration::from_secs(2), dialing).await {
        Ok(Ok(Err(
            error @ (DialError::MasterChanged { .. } | DialError::WrongFinger { .. } | DialError::Pin(_) | DialError::NoMaster),
        ))) => Finding::error("key", output::chain(&error), "never take a master's new key before its fingerprint was compared"),
        _ => answer.unwrap_or_else(|_| {
            Finding::error("key", format!("no master has answered within {} s", PATIENCE.as_secs()), "look at the master's log")
        }),
    }
}

fn refused(id: &MinionId, refusal: Refusal) -> Finding {
    match refusal {
        Refusal::Pending => Finding::error(
            "key",
            "the master has this minion's key and nobody has accepted it yet",
            format!(
                "compare fingerprints (`salt-call --local key.finger` here, `sylvite key finger {id}` there), then `sylvite key accept {id}`"
            ),
        ),
        Refusal::Rejected(reason) => Finding::error(
            "key",
            format!("the master has rejected this minion's key: {reason}"),
            format!("on the master: `sylvite key delete {id}`, and accept it when it comes again"),
        ),
        Refusal::Denied => Finding::error(
            "key",
            format!("the master knows another key as `{id}`: two machines have one name, or this one was set up anew"),
            format!("give one of them another `id`; or, if this is the same machine, `sylvite key delete {id}` on the master"),
        ),
        Refusal::Busy => Finding::warning("key", "the master has too much to do to answer", "look again in a minute"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;

    #[test]
    fn an_agent_of_another_version_is_to_be_restarted() {
        assert_eq!(version(env!("CARGO_PKG_VERSION")).level, Level::Fine);
        assert!(version("0.0.1").hint.unwrap().contains("restart"));
    }

    #[tokio::test]
    async fn a_port_with_something_else_behind_it_is_no_master() {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(b"SSH-2.0-x\r\n").await.unwrap();
        });
        assert!(port(&address.to_string()).await.unwrap_err().message.contains("something that is no master"));
        // Nobody listens there any more.
        let gone = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap().local_addr().unwrap();
        let refused = port(&gone.to_string()).await.unwrap_err();
        assert!(refused.message.contains("does not answer") && refused.hint.unwrap().contains("firewall"));
        assert!(port("nosuch.invalid:4515").await.unwrap_err().message.contains("has no address"));
    }
}
