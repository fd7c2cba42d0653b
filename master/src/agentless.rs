//! Hosts without an agent, for the API's client `ssh`: guests come to this master through a connection that it opens itself.
//!
//! `sylvite ssh` does the same from the outside; what both share stands in the crate `ssh`. Everything a guest runs is a job like any
//! other, so permissions, returns and the record are those of jobs.

use crate::control::create_token;
use crate::core::Core;
use crate::policy::{self, Ask};
use crate::settings::Settings;
use api::{ChangeKeys, CreateToken, JobEvent, KeyAction, RunJob, WatchJob};
use futures_util::StreamExt;
use manager::{Caller, Errand, HostSaid, HostsBy, OverSsh, Refusal};
use model::{Call, FunctionName, MinionId, Target, TargetKind};
use ssh::party::{self, PATIENCE, Reception, Visit};
use ssh::roster::{self, Format, Pick};
use ssh::{Connection, Guest, Host, HostKeys, Keep, Program, Stay, Ways};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use value::{Map, Value};

/// Hosts that are worked on at a time.
const AT_ONCE: usize = 25;

/// How long connections wait for the next request.
const KEPT: Duration = Duration::from_secs(60);

/// Runs something on hosts; what each of them said.
///
/// # Errors
/// When it may not be run there, or the roster cannot be used. A host that is not reached is an answer.
pub async fn run(core: &Arc<Core>, caller: &Caller, request: OverSsh) -> Result<Vec<(String, HostSaid)>, Refusal> {
    let settings = core.settings();
    let hosts = hosts(&settings, &request)?;
    let calls = match &request.errand {
        Errand::Calls(calls) => calls.clone(),
        Errand::Shell(command) => vec![shell(command)?],
    };
    let ids = hosts.iter().map(|host| MinionId::new(host.id.as_str())).collect::<Result<Vec<_>, _>>();
    let ids = ids.map_err(|error| Refusal::invalid(error.to_string()))?;
    policy::require(core, caller, Ask::Job { calls: &calls, minions: &ids }).await?;
    let mut detail = Map::new();
    detail.insert("hosts", ids.iter().map(MinionId::as_str).collect::<Value>());
    detail.insert("functions", calls.iter().map(|call| call.function.as_str()).collect::<Value>());
    core.audit(caller, "ssh.run", ("ssh", &request.expression), "ok", Value::Map(detail)).await?;
    let ways = ways(&settings, &request);
    let mut said = Vec::new();
    for wave in hosts.chunks(AT_ONCE) {
        said.extend(match &request.errand {
            Errand::Shell(command) => raw(wave, &ways, command).await,
            Errand::Calls(calls) => by_guests(core, caller, wave, &ways, calls, request.wipe).await?,
        });
    }
    Ok(said)
}

/// A command of the shell, as the function that the rules know it by.
fn shell(command: &str) -> Result<Call, Refusal> {
    let function = FunctionName::new("cmd.run").map_err(|error| Refusal::internal(error.to_string()))?;
    Ok(Call { function, args: vec![command.into()], kwargs: Map::new() })
}

/// The hosts that are meant.
fn hosts(settings: &Settings, request: &OverSsh) -> Result<Vec<Host>, Refusal> {
    let format = request.roster.as_deref().unwrap_or(&settings.config.roster);
    let format = match format {
        "flat" => Format::Flat,
        "ansible" => Format::Ansible,
        "sshconfig" => Format::SshConfig,
        other => return Err(Refusal::invalid(format!("no roster is written as `{other}`: flat, ansible, sshconfig"))),
    };
    let path = match &request.roster_file {
        Some(path) => inside(&settings.folder, path)?,
        None => settings.config.roster_file.clone().unwrap_or_else(|| settings.folder.join("roster")),
    };
    let (is_list, is_there) = (request.by == HostsBy::List, path.exists());
    // A list may name hosts that stand nowhere.
    let hosts = if is_list && !is_there { Vec::new() } else { roster::read(format, &path).map_err(|error| unusable(&error))? };
    let pick = match request.by {
        HostsBy::Glob => Pick::Glob,
        HostsBy::Pcre => Pick::Pcre,
        HostsBy::List => Pick::List,
        HostsBy::Group => Pick::Group,
    };
    let mut hosts = roster::pick(hosts, pick, &request.expression).map_err(|error| unusable(&error))?;
    for host in &mut hosts {
        host.configuration.extend(request.minion_opts.clone());
        // The address goes to `ssh` as a word of its own; an id of a list is one too.
        if host.address.starts_with('-') {
            return Err(Refusal::invalid(format!("`{}` is no address of a host", host.address)));
        }
    }
    Ok(hosts)
}

fn unusable(error: &ssh::Error) -> Refusal {
    Refusal::invalid(output::chain(error))
}

/// A roster that a request names lies in the folder of the configuration: a request reads no other file of this machine.
fn inside(folder: &Path, path: &Path) -> Result<PathBuf, Refusal> {
    let whole = folder.join(path).canonicalize();
    let whole = whole.ok().filter(|whole| folder.canonicalize().is_ok_and(|folder| whole.starts_with(folder)));
    whole.ok_or_else(|| {
        Refusal::invalid(format!("a request may name rosters in `{}` only, and `{}` is none", folder.display(), path.display()))
    })
}

fn ways(settings: &Settings, request: &OverSsh) -> Ways {
    let usual = Ways::default();
    // The key that `sylvite ssh --key-deploy` puts on hosts.
    let own = settings.config.pki_dir.join("ssh/sylvite_ssh_key");
    Ways {
        host_keys: if request.ignore_host_keys { HostKeys::Any } else { HostKeys::Known },
        user: request.user.clone(),
        port: request.port,
        password: request.password.as_ref().map(|password| password.reveal().clone()),
        key: own.exists().then_some(own),
        timeout: request.timeout.unwrap_or(usual.timeout),
        sudo: request.sudo,
        keep: (!request.wipe).then(|| Keep { folder: settings.config.cachedir.join("ssh"), idle: KEPT }),
        ..usual
    }
}

/// A host that was not reached, as Salt shows it.
fn failed(error: &ssh::Error) -> HostSaid {
    HostSaid::Words { retcode: 255, stdout: String::new(), stderr: output::chain(error) }
}

/// A command of the shell on every host, with nothing put there.
async fn raw(hosts: &[Host], ways: &Ways, command: &str) -> Vec<(String, HostSaid)> {
    let mut running = JoinSet::new();
    for host in hosts {
        let (host, ways, command) = (host.clone(), ways.clone(), command.to_owned());
        running.spawn(async move {
            let id = host.id.clone();
            let said = async {
                let connection = Connection::to(host, ways)?;
                let output = connection.run_as_guest(&command, &[]).await;
                connection.close().await;
                output
            };
            let said = said.await.map_or_else(
                |error| failed(&error),
                |output| HostSaid::Words { retcode: output.status, stdout: output.stdout, stderr: output.stderr },
            );
            (id, said)
        });
    }
    running.join_all().await
}

/// Functions on every host, by guests.
async fn by_guests(
    core: &Arc<Core>,
    caller: &Caller,
    hosts: &[Host],
    ways: &Ways,
    calls: &[Call],
    wipe: bool,
) -> Result<Vec<(String, HostSaid)>, Refusal> {
    let notes = ways.keep.as_ref().map(|keep| keep.folder.clone());
    let program = tokio::task::spawn_blocking(move || Program::read(&program()?, notes.as_deref()).map_err(|error| unusable(&error)));
    let program = program.await.map_err(|error| Refusal::internal(error.to_string()))??;
    let mut master = core.address;
    if master.ip().is_unspecified() {
        master.set_ip(if master.is_ipv4() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { IpAddr::V6(Ipv6Addr::LOCALHOST) });
    }
    let fingerprint = core.key.fingerprint().to_string();
    let stay = if wipe { Stay::Nothing } else { Stay::Program };
    let visit = Visit { ways, program: &program, master, fingerprint: &fingerprint, stay };
    let desk = Desk { core, caller };
    let started = party::start(&desk, hosts, &visit).await?;
    let mut said: Vec<_> = started.failed.iter().map(|(id, error)| (id.clone(), failed(error))).collect();
    if started.guests.is_empty() {
        return Ok(said);
    }
    let ids: Vec<String> = started.guests.iter().map(|guest| Guest::id(guest).to_owned()).collect();
    let done = job(core, caller, &ids, calls).await;
    let (left, forgotten) = party::end(&desk, started.guests).await;
    for (id, error) in left {
        tracing::warn!(host = id, error = output::chain(&error), "a guest did not end in good order");
    }
    if let Err(refusal) = forgotten {
        tracing::warn!(%refusal, "the keys of guests stay");
    }
    said.extend(done?);
    Ok(said)
}

/// The program of minions: beside this one.
fn program() -> Result<PathBuf, Refusal> {
    let here = std::env::current_exe().map_err(|error| Refusal::internal(format!("this program does not know its own path: {error}")))?;
    let beside = here.with_file_name("sylvite-minion");
    if beside.is_file() {
        return Ok(beside);
    }
    Err(Refusal::internal(format!("there is no `{}` to put on hosts", beside.display())).with_hint("install the minion beside the master"))
}

/// Runs a job on guests and waits for it.
async fn job(core: &Arc<Core>, caller: &Caller, ids: &[String], calls: &[Call]) -> Result<Vec<(String, HostSaid)>, Refusal> {
    let first = calls.first().cloned().ok_or_else(|| Refusal::invalid("a job needs at least one function"))?;
    let mut request = RunJob::new(Target::new(TargetKind::List, ids.join(",")), first);
    request.calls = calls.to_vec();
    let submitted = crate::jobs::submit(core, caller, request).await?;
    let mut said = Vec::new();
    if let Some(id) = submitted.job {
        let mut events = crate::jobs::watch(Arc::clone(core), id, WatchJob { until_done: false }).await?;
        while let Some(event) = events.next().await {
            match event {
                JobEvent::Returned { returned } => said.push((returned.minion.to_string(), HostSaid::Returned(returned))),
                JobEvent::Done { .. } | JobEvent::Idle { .. } => break,
                JobEvent::Submitted(_)
                | JobEvent::Stage { .. }
                | JobEvent::Output { .. }
                | JobEvent::Progress { .. }
                | JobEvent::Lagged { .. } => {}
            }
        }
    }
    let lost: Vec<_> = ids.iter().filter(|id| !said.iter().any(|(known, _)| known == *id)).cloned().collect();
    said.extend(lost.into_iter().map(|id| (id, failed(&ssh::Error::Unfit("the guest went away before it returned".to_owned())))));
    Ok(said)
}

/// What guests need of this master.
struct Desk<'a> {
    core: &'a Arc<Core>,
    caller: &'a Caller,
}

impl Reception for Desk<'_> {
    type Refusal = Refusal;

    async fn online(&self, ids: &[&str]) -> Result<Vec<String>, Refusal> {
        let is_there = |id: &str| MinionId::new(id).is_ok_and(|id| self.core.roster.is_online(&id));
        Ok(ids.iter().filter(|id| is_there(id)).map(|id| (*id).to_owned()).collect())
    }

    async fn let_in(&self, id: &str) -> Result<String, Refusal> {
        let lifetime = PATIENCE.saturating_mul(2).into();
        let token = CreateToken { pattern: ssh::literal(id), uses: 1, lifetime, note: "ssh".to_owned() };
        Ok(create_token(self.core, self.caller, token).await?.secret)
    }

    async fn forget(&self, ids: &[&str]) -> Result<(), Refusal> {
        let minions = ids.iter().map(|id| ssh::literal(id)).collect();
        let delete = ChangeKeys { action: KeyAction::Delete, minions, states: Vec::new(), fingerprint: None, dry_run: false };
        crate::control::keys::change(self.core, self.caller, delete).await.map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_reads_no_file_outside_of_the_configuration() {
        let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::fs::write(folder.path().join("roster"), "a: 192.0.2.1\n").unwrap();
        std::fs::write(other.path().join("secret"), "x").unwrap();
        std::os::unix::fs::symlink(other.path().join("secret"), folder.path().join("link")).unwrap();
        assert!(inside(folder.path(), Path::new("roster")).is_ok());
        for bad in ["link", "nothing", "../x", "/etc/passwd"] {
            assert!(inside(folder.path(), Path::new(bad)).unwrap_err().message.contains("only"), "{bad}");
        }
    }
}
