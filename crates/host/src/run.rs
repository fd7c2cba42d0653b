//! Running a command on the real machine.

use crate::command::{Command, Ended, LiveOutput, Output, Stream};
use crate::real::AGENT;
use crate::{Look, Processes, RealHost, RunError, keeper, sys};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::pipe;
use tokio::process::Child;

/// Between the polite signal and the one that cannot be refused.
const GRACE: Duration = Duration::from_secs(2);

/// How long output is still waited for once the command itself is gone: a daemon it left behind may hold the pipe for ever.
const LINGER: Duration = Duration::from_secs(5);

pub(crate) async fn run(host: &RealHost, command: Command) -> Result<Output, RunError> {
    let name = command.name();
    let start = |source| RunError::Start { program: name.clone(), source };
    let mut process = prepare(host, &command)?;
    if command.background {
        let child = process.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().map_err(start)?;
        return Ok(Output { pid: child.id().unwrap_or(0), ended: Ended::Background, stdout: Vec::new(), stderr: Vec::new() });
    }
    let (out_read, out_write) = io::pipe().map_err(start)?;
    let err_read = if command.merge {
        process.stderr(out_write.try_clone().map_err(start)?);
        None
    } else {
        let (read, write) = io::pipe().map_err(start)?;
        process.stderr(write);
        Some(read)
    };
    process.stdout(out_write);
    process.stdin(if command.stdin.is_some() { Stdio::piped() } else { Stdio::null() });
    let spawned = process.spawn();
    // The builder holds our copies of the pipes' writing ends; while they live, reading never ends.
    drop(process);
    let mut child = spawned.map_err(start)?;
    let pid = child.id().unwrap_or(0);
    let guard = GroupGuard::new(pid, command.processes.clone());
    let feed = child.stdin.take().zip(command.stdin.clone());
    let feeding = async move {
        if let Some((mut pipe, bytes)) = feed {
            // A command that does not read to the end closes the pipe; that is its right.
            let _ = pipe.write_all(&bytes).await;
        }
    };
    let reading = |source| RunError::Output { program: name.clone(), source };
    let out = receiver(out_read.into()).map_err(reading)?;
    let err = err_read.map(|read| receiver(read.into())).transpose().map_err(reading)?;
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let ended = {
        let both = async {
            tokio::join!(
                drain(Some(out), &mut stdout, Stream::Out, command.live.as_ref()),
                drain(err, &mut stderr, Stream::Err, command.live.as_ref()),
                feeding
            );
        };
        tokio::pin!(both);
        let waiting = wait(&mut child, pid, &command);
        tokio::pin!(waiting);
        tokio::select! {
            ended = &mut waiting => {
                let ended = ended.map_err(reading)?;
                let _ = tokio::time::timeout(LINGER, &mut both).await;
                ended
            }
            () = &mut both => waiting.await.map_err(reading)?,
        }
    };
    guard.done();
    Ok(Output { pid, ended, stdout, stderr })
}

/// Ends the process group when the caller goes away before the command does, also when that is the whole process.
struct GroupGuard {
    group: Option<Pid>,
    processes: Option<Processes>,
    is_done: bool,
}

impl GroupGuard {
    fn new(pid: u32, processes: Option<Processes>) -> Self {
        let group = i32::try_from(pid).ok().filter(|pid| *pid > 1).map(Pid::from_raw);
        if let Some(group) = group {
            keeper::watch(group);
            processes.iter().for_each(|processes| processes.begin(group));
        }
        Self { group, processes, is_done: false }
    }

    fn done(mut self) {
        self.is_done = true;
    }
}

impl Drop for GroupGuard {
    fn drop(&mut self) {
        let Some(group) = self.group else { return };
        if !self.is_done {
            let _ = killpg(group, Signal::SIGKILL);
        }
        self.processes.iter().for_each(|processes| processes.end(group));
        keeper::forget(group);
    }
}

fn prepare(host: &RealHost, command: &Command) -> Result<tokio::process::Command, RunError> {
    let argv = command.argv();
    let (program, arguments) = argv.split_first().ok_or_else(|| RunError::Start {
        program: String::new(),
        source: io::Error::new(io::ErrorKind::InvalidInput, "the command is empty"),
    })?;
    let mut process = tokio::process::Command::new(program);
    process.args(arguments).process_group(0);
    if let Some(cwd) = &command.cwd {
        if !host.is_dir(cwd) {
            return Err(RunError::NoDirectory { cwd: cwd.clone() });
        }
        process.current_dir(cwd);
    }
    if command.clean_env {
        process.env_clear();
    }
    for (name, value) in AGENT.all().into_iter().filter(|_| !command.clean_env) {
        match value {
            Some(value) => process.env(name, value),
            None => process.env_remove(name),
        };
    }
    let identity = identity(host, command, &mut process)?;
    for (name, value) in &command.env {
        match value {
            Some(value) => process.env(name, value),
            None => process.env_remove(name),
        };
    }
    sys::in_child(&mut process, command.umask, identity);
    Ok(process)
}

fn identity(host: &RealHost, command: &Command, process: &mut tokio::process::Command) -> Result<Option<sys::Identity>, RunError> {
    if command.user.is_none() && command.group.is_none() {
        return Ok(None);
    }
    let accounts = host.accounts();
    let (own_uid, own_gid) = host.identity();
    let user = match &command.user {
        Some(name) => {
            let found = accounts.user(name).or_else(|| accounts.user_of(name.parse().ok()?));
            Some(found.ok_or_else(|| RunError::NoUser { user: name.clone() })?)
        }
        None => None,
    };
    let group = match &command.group {
        Some(name) => Some(accounts.gid(name).ok_or_else(|| RunError::NoGroup { group: name.clone() })?),
        None => None,
    };
    if let Some(user) = user {
        process.env("HOME", &user.home).env("USER", &user.name).env("LOGNAME", &user.name).env("SHELL", &user.shell);
    }
    let uid = user.map_or(own_uid, |user| user.uid);
    let gid = group.or_else(|| user.map(|user| user.gid)).unwrap_or(own_gid);
    if uid == own_uid && (group.is_none() || gid == own_gid) {
        return Ok(None);
    }
    let mut groups = user.map(|user| accounts.group_ids_of(user)).unwrap_or_default();
    groups.extend(group);
    Ok(Some(sys::Identity { uid, gid, groups }))
}

fn receiver(fd: OwnedFd) -> io::Result<pipe::Receiver> {
    pipe::Receiver::from_owned_fd(fd)
}

async fn drain(pipe: Option<pipe::Receiver>, into: &mut Vec<u8>, stream: Stream, live: Option<&LiveOutput>) {
    let Some(mut pipe) = pipe else { return };
    let mut buffer = vec![0; 16 * 1024];
    // A broken pipe ends the output as an end of file does: what came so far counts.
    while let Ok(count) = pipe.read(&mut buffer).await {
        let Some(piece) = buffer.get(..count).filter(|piece| !piece.is_empty()) else { break };
        into.extend_from_slice(piece);
        if let Some(live) = live {
            live(stream, piece);
        }
    }
}

async fn wait(child: &mut Child, pid: u32, command: &Command) -> io::Result<Ended> {
    let timeout = async {
        match command.timeout {
            Some(timeout) => tokio::time::sleep(timeout).await,
            None => std::future::pending().await,
        }
    };
    let cancelled = async {
        match &command.cancel {
            Some(cancel) => cancel.cancelled().await,
            None => std::future::pending().await,
        }
    };
    let ended = tokio::select! {
        biased;
        // First: a job that is ended by a signal to its processes was ended, however its command took the signal.
        () = cancelled => Ended::Cancelled,
        status = child.wait() => return status.map(ended),
        () = timeout => Ended::TimedOut,
    };
    end_group(child, pid, command.kill_after.unwrap_or(GRACE)).await?;
    Ok(ended)
}

/// Ends the whole process group: politely, then for good.
async fn end_group(child: &mut Child, pid: u32, grace: Duration) -> io::Result<()> {
    let Ok(group) = i32::try_from(pid).map(Pid::from_raw) else { return Ok(()) };
    let _ = killpg(group, Signal::SIGTERM);
    let gone = tokio::time::timeout(grace, child.wait()).await;
    let _ = killpg(group, Signal::SIGKILL);
    if gone.is_err() {
        child.wait().await?;
    }
    Ok(())
}

fn ended(status: ExitStatus) -> Ended {
    match (status.code(), status.signal()) {
        (Some(code), _) => Ended::Status(code),
        (None, Some(signal)) => Ended::Signal(signal),
        (None, None) => Ended::Status(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};
    use std::time::Instant;

    async fn sh(script: &str, change: impl FnOnce(Command) -> Command) -> Output {
        RealHost::new().run(change(Command::shell("/bin/sh", script))).await.unwrap()
    }

    #[tokio::test]
    async fn output_and_status_come_back() {
        let seen = sh("echo out; echo err >&2; exit 3", |c| c).await;
        assert_eq!((seen.out().as_str(), seen.err().as_str(), seen.retcode()), ("out\n", "err\n", 3));
    }

    #[tokio::test]
    async fn both_outputs_can_be_one_in_order() {
        let seen = sh("echo a; echo b >&2; echo c", |c| Command { merge: true, ..c }).await;
        assert_eq!(seen.out(), "a\nb\nc\n");
    }

    #[tokio::test]
    async fn a_timeout_ends_the_whole_process_group() {
        let before = Instant::now();
        let seen = sh("sleep 30 & sleep 30", |c| c.timeout(Duration::from_millis(100))).await;
        assert_eq!(seen.ended, Ended::TimedOut);
        assert!(before.elapsed() < Duration::from_secs(4), "{:?}", before.elapsed());
    }

    #[tokio::test]
    async fn stdin_env_cwd_and_umask_reach_the_command() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().to_str().unwrap();
        let seen = sh("cat; echo $X; pwd; umask", |c| Command { umask: Some(0o027), ..c.stdin("in\n").env("X", "y").cwd(path) }).await;
        assert_eq!(seen.out(), format!("in\ny\n{path}\n0027\n"));
    }

    #[tokio::test]
    async fn output_is_seen_while_it_comes() {
        let pieces = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&pieces);
        let live: LiveOutput = Arc::new(move |_, piece| sink.lock().unwrap().extend_from_slice(piece));
        sh("echo hi", |c| Command { live: Some(live), ..c }).await;
        assert_eq!(*pieces.lock().unwrap(), b"hi\n");
    }

    #[tokio::test]
    async fn an_unknown_program_or_directory_is_told_apart() {
        let host = RealHost::new();
        assert!(matches!(host.run(Command::new(["/no/such"])).await, Err(RunError::Start { .. })));
        assert!(matches!(host.run(Command::new(["true"]).cwd("/no/such")).await, Err(RunError::NoDirectory { .. })));
        assert!(matches!(host.run(Command::new(["true"]).user("no-such-user")).await, Err(RunError::NoUser { .. })));
    }
}
