//! `manage.bootstrap` and `manage.safe_accept`: new minions by way of SSH.
//!
//! The master's own user logs in, by its keys and the roster in the master's folder. What a caller gives is never an option of `ssh` and
//! never a file of the master that would leave it.

use super::{Done, Run, Runner};
use crate::control::{Daemon, tokens};
use api::{ChangeKeys, CreateToken, KeyAction};
use futures_util::StreamExt;
use manager::{Control, Refusal};
use model::{Fingerprint, KeyState, MinionId};
use ssh::roster::{self, Format, Pick};
use ssh::{Connection, Host, HostKeys, Installation, Program, Ways, literal};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use value::{Map, Value, text};

/// Hosts at a time.
const AT_ONCE: usize = 25;
/// How long a new minion may take until it has a session.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often it is looked for.
const LOOK: Duration = Duration::from_millis(100);
/// Where agents keep their public key.
const KEY_FILE: &str = "/etc/sylvite/pki/minion/minion.pub";

/// The runners of this module.
pub const RUNNERS: &[Runner] = &[
    Runner {
        name: "manage.bootstrap",
        arguments: &["hosts", "roster", "ssh_user", "ssh_password", "ssh_priv_key", "master", "sudo", "force", "accept_new_host_keys"],
        doc: "Install minions on hosts of the roster over SSH and let them in.",
        body: |run| Box::pin(bootstrap(run)),
    },
    Runner {
        name: "manage.safe_accept",
        arguments: &["target", "tgt_type", "roster", "key_file", "ssh_user", "ssh_password", "ssh_priv_key", "sudo"],
        doc: "Accept pending keys that are, seen over SSH, those of the hosts that they name.",
        body: |run| Box::pin(safe_accept(run)),
    },
];

/// The hosts that the master's roster knows.
fn known(run: &Run) -> Result<Vec<Host>, Refusal> {
    let format = match run.arguments.optional_text("roster").as_deref() {
        None | Some("flat") => Format::Flat,
        Some("ansible") => Format::Ansible,
        Some("sshconfig" | "ssh_config") => Format::SshConfig,
        Some(other) => return Err(Refusal::invalid(format!("`{other}` is no kind of roster; there are flat, ansible and sshconfig"))),
    };
    let path = run.core.settings().folder.join("roster");
    if !path.exists() {
        return Ok(Vec::new());
    }
    roster::read(format, &path).map_err(|error| Refusal::invalid(output::chain(&error)))
}

fn ways(run: &Run) -> Ways {
    let keys = if run.arguments.flag("accept_new_host_keys") { HostKeys::New } else { HostKeys::Known };
    Ways {
        host_keys: keys,
        user: run.arguments.optional_text("ssh_user"),
        password: run.arguments.optional_text("ssh_password"),
        key: run.arguments.optional_text("ssh_priv_key").map(Into::into),
        sudo: run.arguments.flag("sudo"),
        ..Ways::default()
    }
}

/// Words joined by commas, or a list.
fn list(value: &Value) -> String {
    match value {
        Value::List(items) => items.iter().map(text::str).collect::<Vec<_>>().join(","),
        one => text::str(one),
    }
}

/// What was done by host, and a status that says whether all went well.
fn told(done: Vec<(String, Result<String, String>)>) -> Done {
    let retcode = i64::from(done.iter().any(|(_, result)| result.is_err()));
    let lines: Map = done.into_iter().map(|(id, result)| (id, result.unwrap_or_else(|why| why))).collect();
    let entries = [("data", Value::Map(lines)), ("outputter", "nested".into()), ("retcode", retcode.into())];
    (Value::Map(Map::from_iter(entries)), None)
}

async fn bootstrap(run: Run) -> Result<Done, Refusal> {
    let known = known(&run)?;
    let hosts = match run.arguments.get("hosts") {
        Some(hosts) => roster::pick(known, Pick::List, &list(hosts)).map_err(|error| Refusal::invalid(error.to_string()))?,
        None => known,
    };
    if hosts.is_empty() {
        return Err(
            Refusal::invalid("there are no hosts").with_hint("name them as `hosts`, or write them into `roster` in the master's folder")
        );
    }
    let program = program().await?;
    let ways = ways(&run);
    let run = Arc::new(run);
    let installing = futures_util::stream::iter(hosts).map(|host| {
        let (run, ways, program) = (Arc::clone(&run), ways.clone(), Arc::clone(&program));
        async move {
            let id = host.id.clone();
            let done = install(&run, host, ways, &program).await;
            (id, done.map(|()| "installed, started and let in".to_owned()))
        }
    });
    Ok(told(installing.buffer_unordered(AT_ONCE).collect().await))
}

/// The minion's program lies beside the master's.
async fn program() -> Result<Arc<Program>, Refusal> {
    let beside = std::env::current_exe().map(|here| here.with_file_name("sylvite-minion"));
    let path = beside.map_err(|error| Refusal::internal(format!("where this program lies is not known: {error}")))?;
    let read = tokio::task::spawn_blocking(move || Program::read(&path, None)).await;
    let read = read.map_err(|error| Refusal::internal(error.to_string()))?;
    read.map_err(|error| Refusal::unavailable(output::chain(&error)))
}

async fn install(run: &Run, host: Host, ways: Ways, program: &Arc<Program>) -> Result<(), String> {
    let id = MinionId::new(host.id.as_str()).map_err(|error| error.to_string())?;
    let lifetime = PATIENCE.saturating_mul(10).into();
    let token = CreateToken { pattern: literal(id.as_str()), uses: 1, lifetime, note: "manage.bootstrap".to_owned() };
    let token = tokens::create(&run.core, &run.caller, token).await.map_err(|refusal| refusal.to_string())?;
    let installation = Installation {
        master: run.arguments.optional_text("master"),
        port: run.core.address.port(),
        fingerprint: run.core.key.fingerprint().to_string(),
        token: token.secret,
        force: run.arguments.flag("force"),
    };
    installation.put(host, ways, program).await.map_err(|error| output::chain(&error))?;
    let end = Instant::now() + PATIENCE;
    while !run.core.roster.is_online(&id) {
        if Instant::now() > end {
            return Err(format!(
                "installed, and without a session after {} s; `journalctl -u sylvite-minion` there says why",
                PATIENCE.as_secs()
            ));
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(())
}

async fn safe_accept(run: Run) -> Result<Done, Refusal> {
    let kind = match run.arguments.optional_text("tgt_type").as_deref() {
        None | Some("glob") => Pick::Glob,
        Some("list") => Pick::List,
        Some("pcre") => Pick::Pcre,
        Some(other) => {
            return Err(Refusal::invalid(format!("`{other}` cannot be asked of minions that are not let in yet"))
                .with_hint("they are known by their ids alone: glob, list or pcre"));
        }
    };
    let target =
        run.arguments.get("target").map(list).ok_or_else(|| Refusal::invalid("`manage.safe_accept` needs the argument `target`"))?;
    let pending: Vec<(MinionId, Fingerprint)> = {
        let ids = run.core.keys.in_state(KeyState::Pending).into_iter();
        ids.filter_map(|id| run.core.keys.get(&id).map(|known| (id, known.fingerprint))).collect()
    };
    let roster = known(&run)?;
    let of = |id: &MinionId| roster.iter().find(|host| host.id == id.as_str()).cloned().unwrap_or_else(|| Host::named(id.as_str()));
    let all: Vec<Host> = pending.iter().map(|(id, _)| of(id)).collect();
    let picked = roster::pick(all, kind, &target).map_err(|error| Refusal::invalid(error.to_string()))?;
    let meant: Vec<(Host, Option<Fingerprint>)> = picked
        .into_iter()
        .map(|host| {
            let print = pending.iter().find(|(id, _)| id.as_str() == host.id).map(|(_, print)| *print);
            (host, print)
        })
        .collect();
    if meant.is_empty() {
        return Err(Refusal::not_found("no pending key fits the target").with_hint("`salt-key -L` lists them"));
    }
    let file = run.arguments.optional_text("key_file").unwrap_or_else(|| KEY_FILE.to_owned());
    let ways = ways(&run);
    let run = Arc::new(run);
    let accepting = futures_util::stream::iter(meant).map(|(host, print)| {
        let (run, ways, file) = (Arc::clone(&run), ways.clone(), file.clone());
        async move {
            let id = host.id.clone();
            (id, accept(&run, host, print, ways, Path::new(&file)).await)
        }
    });
    Ok(told(accepting.buffer_unordered(AT_ONCE).collect().await))
}

/// Accepts a pending key if the host of that name has it.
async fn accept(run: &Run, host: Host, pending: Option<Fingerprint>, ways: Ways, file: &Path) -> Result<String, String> {
    let id = host.id.clone();
    let pending = pending.ok_or("no pending key has this id")?;
    let there = key_of(host, ways, file).await?;
    if there != pending {
        return Err(format!("not accepted: the pending key is {pending}, and the host has {there}"));
    }
    let change = ChangeKeys {
        action: KeyAction::Accept,
        minions: vec![literal(&id)],
        states: vec![KeyState::Pending],
        fingerprint: Some(pending),
        dry_run: false,
    };
    Daemon(Arc::clone(&run.core)).change_keys(&run.caller, change).await.map_err(|refusal| refusal.to_string())?;
    Ok(format!("accepted: the host has the key {pending}"))
}

/// The fingerprint of the key that a host keeps.
async fn key_of(host: Host, ways: Ways, file: &Path) -> Result<Fingerprint, String> {
    let connection = Connection::to(host, ways).map_err(|error| output::chain(&error))?;
    let said = connection.run_as_guest(&format!("cat -- {}", ssh::quoted(&file.to_string_lossy())), &[]).await;
    connection.close().await;
    let said = said.map_err(|error| output::chain(&error))?;
    if said.status != 0 {
        return Err(format!("its key cannot be read: {}", said.stderr.trim()));
    }
    let key = proto::PublicKey::from_pem(&said.stdout).map_err(|_| format!("`{}` there holds no public key", file.display()))?;
    Ok(key.fingerprint())
}
