//! `sh`: what is run in the login shells of this host, seen by `strace`.

use crate::beacons::{Beacon, Finding};
use async_trait::async_trait;
use host::Command;
use sdk::{Failure, Map, Read, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;

/// Most shells that are watched at the same time.
const MOST: usize = 64;

/// One shell that is watched.
struct Watched {
    user: String,
    /// What `strace` writes.
    file: PathBuf,
    /// How much of it was read.
    read: usize,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Watched {
    /// The program ends with the command that waits for it.
    fn drop(&mut self) {
        self.task.abort();
        let _ = std::fs::remove_file(&self.file);
    }
}

/// Watches shells.
#[derive(Default)]
pub struct Shells {
    /// A folder of our own, for what `strace` writes; made when it is first needed.
    folder: Option<PathBuf>,
    watched: BTreeMap<u32, Watched>,
}

impl Shells {
    /// A folder that nobody else can have made or looks into.
    fn folder(&mut self) -> Result<PathBuf, Failure> {
        if let Some(folder) = &self.folder {
            return Ok(folder.clone());
        }
        let folder = std::env::temp_dir().join(format!("sylvite-sh-{:016x}", rand::random::<u64>()));
        let made = std::fs::DirBuilder::new().mode(0o700).create(&folder);
        made.map_err(|error| Failure::failed(format!("no folder for what `strace` says: {error}")))?;
        Ok(self.folder.insert(folder).clone())
    }
}

impl Drop for Shells {
    fn drop(&mut self) {
        self.watched.clear();
        if let Some(folder) = &self.folder {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

/// A line of `strace`: the program and its arguments, of a call that succeeded or not.
fn parse(line: &str) -> Option<(String, Vec<Value>)> {
    let (_, call) = line.split_once("execve(")?;
    let mut texts = call.split('"').skip(1).step_by(2);
    let program = texts.next()?.to_owned();
    Some((program, texts.map(Value::from).collect()))
}

#[async_trait]
impl Beacon for Shells {
    async fn look(&mut self, read: &Read) -> Result<Vec<Finding>, Failure> {
        let host = read.host();
        let text = |path: &str| host.read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        if !["/usr/bin/strace", "/bin/strace", "/usr/local/bin/strace"].iter().any(|path| host.stat(path).is_ok_and(|stat| stat.is_some()))
        {
            return Err(Failure::unavailable("this beacon needs `strace`, which is not installed"));
        }
        let lines = text("/etc/shells");
        let shells: BTreeSet<&str> = lines.lines().filter_map(|line| line.trim().strip_prefix('/')?.rsplit('/').next()).collect();
        let ids = host.list("/proc").map_err(|error| Failure::failed(output::chain(&error)))?;
        let running: BTreeMap<u32, String> = ids
            .iter()
            .filter_map(|id| Some((id.parse().ok()?, text(&format!("/proc/{id}/comm")).trim().trim_start_matches('-').to_owned())))
            .filter(|(_, name)| shells.contains(name.as_str()))
            .collect();
        for pid in running.keys().take(MOST).collect::<Vec<_>>() {
            if self.watched.contains_key(pid) {
                continue;
            }
            // A shell without a terminal runs a script of ours or of a service, and one of ours would watch itself.
            let status = text(&format!("/proc/{pid}/stat"));
            let has_terminal = status.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(4)).is_some_and(|tty| tty != "0");
            if !has_terminal {
                continue;
            }
            let uid = text(&format!("/proc/{pid}/loginuid")).trim().parse().unwrap_or(u32::MAX);
            let user = host.accounts().user_name(uid);
            let file = self.folder()?.join(pid.to_string());
            let (path, id) = (file.to_string_lossy().into_owned(), pid.to_string());
            let command = Command::new(["strace", "-f", "-qq", "-e", "trace=execve", "-o", &path, "-p", &id]);
            let read = read.clone();
            let task = tokio::spawn(async move {
                if let Err(failure) = read.run_command(command).await {
                    tracing::warn!(%failure, "a shell cannot be watched");
                }
            });
            self.watched.insert(*pid, Watched { user, file, read: 0, task });
        }
        let mut findings = Vec::new();
        for (pid, watched) in &mut self.watched {
            let said = std::fs::read(&watched.file).unwrap_or_default();
            let fresh = said.get(watched.read..).unwrap_or_default();
            // A line that is not whole is read the next time.
            let whole = fresh.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
            for line in String::from_utf8_lossy(fresh.get(..whole).unwrap_or_default()).lines() {
                let Some((program, args)) = parse(line) else { continue };
                let mut data = Map::new();
                data.insert("cmd", program);
                data.insert("args", args);
                data.insert("user", watched.user.as_str());
                findings.push(Finding { tag: pid.to_string(), data });
            }
            watched.read += whole;
        }
        self.watched.retain(|pid, _| running.contains_key(pid));
        Ok(findings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sdk::Facts;
    use std::io::Write;
    use std::process::Stdio;
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_run_in_a_shell_on_a_terminal_is_told() {
        let read = sdk::testing::context(Arc::new(host::RealHost::new()), Facts::default()).read().clone();
        let mut beacon = Shells::default();
        // A shell on a terminal of its own, which `script` makes; what it is told stands in a pipe.
        let mut command = std::process::Command::new("script");
        command.args(["-q", "-f", "-c", "/bin/sh", "/dev/null"]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut shell = command.spawn().expect("`script` belongs to every Linux (Debian: bsdutils)");
        let mut pipe = shell.stdin.take().unwrap();
        let end = Instant::now() + Duration::from_secs(30);
        let found = loop {
            // Said again and again: the first words come before anybody watches.
            pipe.write_all(b"/usr/bin/env true watched\n").unwrap();
            let found = beacon.look(&read).await;
            let found = found.unwrap_or_else(|failure| panic!("{failure}; Debian's package of it is `strace`"));
            let ours: Vec<_> =
                found.into_iter().filter(|one| value::text::str(one.data.get("args").unwrap()).contains("watched")).collect();
            if !ours.is_empty() {
                break ours;
            }
            assert!(Instant::now() < end, "nothing of the shell was seen; may this user trace processes (kernel.yama.ptrace_scope)?");
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        drop(pipe);
        let _ = shell.kill();
        shell.wait().unwrap();
        assert!(value::text::str(found[0].data.get("cmd").unwrap()).ends_with("/env"), "{:?}", found[0].data);
    }

    #[test]
    fn calls_of_strace_are_read() {
        let (program, args) = parse(r#"4242 execve("/usr/bin/ls", ["ls", "-l", "/tmp"], 0x55d /* 23 vars */) = 0"#).unwrap();
        assert_eq!((program.as_str(), args), ("/usr/bin/ls", vec!["ls".into(), "-l".into(), "/tmp".into()]));
        assert_eq!(parse("4242 +++ exited with 0 +++"), None);
    }
}
