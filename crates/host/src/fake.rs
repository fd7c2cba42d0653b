//! A machine that lives in memory: files as they are told, commands answered from a record. For tests and case files.

use crate::command::{Command, Ended, Output};
use crate::files::{FileKind, Owner, Stat, Write, join, parent};
use crate::{Accounts, Error, Host, HttpAnswer, HttpError, HttpRequest, Lasting, Look, RunError, Source};
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

/// A machine in memory.
///
/// Every change and every command is kept in order, in one line each (`write /etc/x`, `run systemctl start nginx`), for a test to compare.
#[derive(Debug, Default)]
pub struct FakeHost(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    nodes: BTreeMap<String, Node>,
    answers: Vec<Answer>,
    actions: Vec<String>,
    env: BTreeMap<String, String>,
    web: Vec<(String, HttpAnswer)>,
}

#[derive(Clone, Debug)]
struct Node {
    kind: FileKind,
    content: Vec<u8>,
    mode: u32,
    uid: u32,
    gid: u32,
}

#[derive(Clone, Debug)]
struct Answer {
    command: String,
    output: Output,
    /// A command asked again gets its next answer; the last one stays.
    used: bool,
}

impl FakeHost {
    /// An empty machine with a root folder and a root user.
    #[must_use]
    pub fn new() -> Self {
        let host = Self::default();
        host.dir("/", 0o755);
        host.file("/etc/passwd", "root:x:0:0:root:/root:/bin/bash\n");
        host.file("/etc/group", "root:x:0:\n");
        host
    }

    /// Puts a file there, with the folders above it.
    pub fn file(&self, path: &str, content: &str) {
        self.put(path, Node { kind: FileKind::File, content: content.as_bytes().to_vec(), mode: 0o644, uid: 0, gid: 0 });
    }

    /// Puts a program there that may be executed.
    pub fn program(&self, path: &str) {
        self.put(path, Node { kind: FileKind::File, content: Vec::new(), mode: 0o755, uid: 0, gid: 0 });
    }

    /// Puts a folder there, with the folders above it.
    pub fn dir(&self, path: &str, mode: u32) {
        self.put(path, Node { kind: FileKind::Dir, content: Vec::new(), mode, uid: 0, gid: 0 });
    }

    /// Records the answer to a command: its words joined with blanks, exit status, standard output and error.
    pub fn answer(&self, command: &str, status: i32, stdout: &str, stderr: &str) {
        let output = Output { pid: 4711, ended: Ended::Status(status), stdout: stdout.into(), stderr: stderr.into() };
        self.state().answers.push(Answer { command: command.to_owned(), output, used: false });
    }

    /// Sets a variable of the environment.
    pub fn set_env(&self, name: &str, value: &str) {
        self.state().env.insert(name.to_owned(), value.to_owned());
    }

    /// Records the answer of a web service: `GET http://example.org/`.
    pub fn answer_http(&self, asked: &str, status: u16, headers: &[(&str, &str)], body: &str) {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let answer = HttpAnswer { status, reason: "As recorded".to_owned(), headers, body: body.into() };
        self.state().web.push((asked.to_owned(), answer));
    }

    /// What was changed and run so far, in order.
    #[must_use]
    pub fn actions(&self) -> Vec<String> {
        self.state().actions.clone()
    }

    fn put(&self, path: &str, node: Node) {
        let mut state = self.state();
        let mut up = parent(path);
        while let Some(folder) = up {
            let made = || Node { kind: FileKind::Dir, content: Vec::new(), mode: 0o755, uid: 0, gid: 0 };
            state.nodes.entry(folder.to_owned()).or_insert_with(made);
            up = if folder == "/" { None } else { parent(folder) };
        }
        state.nodes.insert(path.to_owned(), node);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn act(&self, action: &'static str, path: &str, change: impl FnOnce(&mut State) -> io::Result<()>) -> Result<(), Error> {
        let mut state = self.state();
        change(&mut state).map_err(|error| Error::new(action, path, error))?;
        state.actions.push(format!("{action} {path}"));
        Ok(())
    }
}

impl State {
    fn node(&mut self, path: &str) -> io::Result<&mut Node> {
        self.nodes.get_mut(path).ok_or_else(missing)
    }

    /// Follows links, a bounded number of times.
    fn follow(&self, path: &str) -> io::Result<String> {
        let mut here = path.to_owned();
        for _ in 0..16 {
            match self.nodes.get(&here) {
                Some(node) if node.kind == FileKind::Link => {
                    let target = String::from_utf8_lossy(&node.content).into_owned();
                    here = join(parent(&here).unwrap_or("/"), &target);
                }
                Some(_) => return Ok(here),
                None => return Err(missing()),
            }
        }
        Err(io::Error::from_raw_os_error(nix::libc::ELOOP))
    }

    fn needs_folder(&self, path: &str) -> io::Result<()> {
        let up = parent(path).unwrap_or("/");
        if self.nodes.get(up).is_some_and(|node| node.kind == FileKind::Dir) { Ok(()) } else { Err(missing()) }
    }

    fn under(&self, path: &str) -> Vec<String> {
        let start = if path.ends_with('/') { path.to_owned() } else { format!("{path}/") };
        self.nodes.keys().filter(|key| key.starts_with(&start) && key.len() > start.len()).cloned().collect()
    }
}

fn missing() -> io::Error {
    io::Error::from_raw_os_error(nix::libc::ENOENT)
}

fn stat_of(node: &Node) -> Stat {
    let (size, mode) = (node.content.len() as u64, node.mode);
    let (uid, gid) = (node.uid, node.gid);
    Stat { kind: node.kind, mode, uid, gid, size, inode: 1, links: 1, device: 0, accessed: 0.0, modified: 0.0, changed: 0.0 }
}

#[async_trait]
impl Look for FakeHost {
    async fn run(&self, command: Command) -> Result<Output, RunError> {
        let words = command.to_string();
        let mut state = self.state();
        state.actions.push(format!("run {words}"));
        let fresh = state.answers.iter().position(|answer| answer.command == words && !answer.used);
        let known = fresh.or_else(|| state.answers.iter().rposition(|answer| answer.command == words));
        match known.and_then(|index| state.answers.get_mut(index)) {
            Some(answer) => {
                answer.used = true;
                Ok(answer.output.clone())
            }
            None => Err(RunError::NotRecorded { command: words }),
        }
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, Error> {
        let state = self.state();
        let found = state.follow(path).and_then(|real| match state.nodes.get(&real) {
            Some(node) if node.kind == FileKind::Dir => Err(io::Error::from_raw_os_error(nix::libc::EISDIR)),
            Some(node) => Ok(node.content.clone()),
            None => Err(missing()),
        });
        found.map_err(|error| Error::new("read", path, error))
    }

    fn open(&self, path: &str) -> Result<Box<dyn Source>, Error> {
        self.read(path).map(|content| Box::new(io::Cursor::new(content)) as Box<dyn Source>)
    }

    fn stat(&self, path: &str) -> Result<Option<Stat>, Error> {
        let state = self.state();
        Ok(state.follow(path).ok().and_then(|real| state.nodes.get(&real).map(stat_of)))
    }

    fn link_stat(&self, path: &str) -> Result<Option<Stat>, Error> {
        Ok(self.state().nodes.get(path).map(stat_of))
    }

    fn list(&self, path: &str) -> Result<Vec<String>, Error> {
        let state = self.state();
        if state.nodes.get(path).is_none_or(|node| node.kind != FileKind::Dir) {
            return Err(Error::new("list", path, missing()));
        }
        let start = if path == "/" { 1 } else { path.len() + 1 };
        let names = state.under(path).into_iter().filter_map(|full| full.get(start..).map(str::to_owned));
        Ok(names.filter(|name| !name.contains('/')).collect())
    }

    fn read_link(&self, path: &str) -> Result<String, Error> {
        match self.state().nodes.get(path) {
            Some(node) if node.kind == FileKind::Link => Ok(String::from_utf8_lossy(&node.content).into_owned()),
            _ => Err(Error::new("read the link", path, io::Error::from_raw_os_error(nix::libc::EINVAL))),
        }
    }

    fn real_path(&self, path: &str) -> Result<String, Error> {
        self.state().follow(path).map_err(|error| Error::new("resolve", path, error))
    }

    fn accounts(&self) -> Accounts {
        Accounts::parse(&self.read_text("/etc/passwd").unwrap_or_default(), &self.read_text("/etc/group").unwrap_or_default())
    }

    fn env(&self, name: &str) -> Option<String> {
        self.state().env.get(name).cloned()
    }

    fn environ(&self) -> BTreeMap<String, String> {
        self.state().env.clone()
    }

    async fn http(&self, request: HttpRequest) -> Result<HttpAnswer, HttpError> {
        let asked = format!("{} {}", request.method, request.url);
        let mut state = self.state();
        let headers: String = request.headers.iter().map(|(name, value)| format!(" {name}: {value}")).collect();
        let body = request.body.map(|body| format!(" {}", String::from_utf8_lossy(&body))).unwrap_or_default();
        state.actions.push(format!("ask {asked}{headers}{body}"));
        let found = state.web.iter().find(|(known, _)| *known == asked).map(|(_, answer)| answer.clone());
        found.ok_or(HttpError::NotRecorded(asked))
    }

    fn identity(&self) -> (u32, u32) {
        (0, 0)
    }

    fn may_execute(&self, path: &str) -> bool {
        matches!(self.stat(path), Ok(Some(stat)) if stat.kind == FileKind::File && stat.mode & 0o111 != 0)
    }

    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)
    }
}

impl Host for FakeHost {
    fn write(&self, path: &str, content: &[u8], how: &Write) -> Result<(), Error> {
        self.act("write", path, |state| {
            state.needs_folder(path)?;
            let new = Node { kind: FileKind::File, content: Vec::new(), mode: 0o644, uid: 0, gid: 0 };
            let mut node = state.nodes.get(path).filter(|node| node.kind == FileKind::File).cloned().unwrap_or(new);
            node.content = content.to_vec();
            node.mode = how.mode.unwrap_or(node.mode);
            node.uid = how.owner.uid.unwrap_or(node.uid);
            node.gid = how.owner.gid.unwrap_or(node.gid);
            state.nodes.insert(path.to_owned(), node);
            Ok(())
        })
    }

    fn copy(&self, from: &str, to: &str, how: &Write) -> Result<(), Error> {
        self.write(to, &self.read(from)?, how)
    }

    fn write_from(&self, path: &str, content: &mut dyn io::Read, how: &Write) -> Result<(), Error> {
        let mut whole = Vec::new();
        content.read_to_end(&mut whole).map_err(|error| Error::new("write", path, error))?;
        self.write(path, &whole, how)
    }

    fn append(&self, path: &str, content: &[u8]) -> Result<(), Error> {
        let mut whole = self.read(path).unwrap_or_default();
        whole.extend_from_slice(content);
        self.write(path, &whole, &Write::default())
    }

    fn make_dir(&self, path: &str, mode: Option<u32>) -> Result<(), Error> {
        self.act("make the folder", path, |state| {
            state.needs_folder(path)?;
            let node = Node { kind: FileKind::Dir, content: Vec::new(), mode: mode.unwrap_or(0o755), uid: 0, gid: 0 };
            state.nodes.insert(path.to_owned(), node);
            Ok(())
        })
    }

    fn remove_file(&self, path: &str) -> Result<(), Error> {
        self.act("remove", path, |state| state.nodes.remove(path).map(drop).ok_or_else(missing))
    }

    fn remove_dir(&self, path: &str) -> Result<(), Error> {
        self.act("remove the folder", path, |state| state.nodes.remove(path).map(drop).ok_or_else(missing))
    }

    fn remove_all(&self, path: &str) -> Result<(), Error> {
        self.act("remove", path, |state| {
            for below in state.under(path) {
                state.nodes.remove(&below);
            }
            state.nodes.remove(path).map(drop).ok_or_else(missing)
        })
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), Error> {
        self.act("rename", from, |state| {
            state.needs_folder(to)?;
            for below in state.under(from) {
                if let (Some(node), Some(rest)) = (state.nodes.remove(&below), below.get(from.len()..)) {
                    state.nodes.insert(format!("{to}{rest}"), node);
                }
            }
            let node = state.nodes.remove(from).ok_or_else(missing)?;
            state.nodes.insert(to.to_owned(), node);
            Ok(())
        })
    }

    fn symlink(&self, target: &str, link: &str) -> Result<(), Error> {
        self.act("make the link", link, |state| {
            state.needs_folder(link)?;
            let node = Node { kind: FileKind::Link, content: target.as_bytes().to_vec(), mode: 0o777, uid: 0, gid: 0 };
            state.nodes.insert(link.to_owned(), node);
            Ok(())
        })
    }

    fn hard_link(&self, target: &str, link: &str) -> Result<(), Error> {
        self.act("make the link", link, |state| {
            let node = state.node(target)?.clone();
            state.nodes.insert(link.to_owned(), node);
            Ok(())
        })
    }

    fn set_mode(&self, path: &str, mode: u32) -> Result<(), Error> {
        self.act("set the mode of", path, |state| state.node(path).map(|node| node.mode = mode))
    }

    fn set_owner(&self, path: &str, owner: Owner, _follow: bool) -> Result<(), Error> {
        self.act("set the owner of", path, |state| {
            let node = state.node(path)?;
            node.uid = owner.uid.unwrap_or(node.uid);
            node.gid = owner.gid.unwrap_or(node.gid);
            Ok(())
        })
    }

    fn set_times(&self, path: &str, _accessed: f64, _modified: f64) -> Result<(), Error> {
        self.act("set the times of", path, |state| state.node(path).map(drop))
    }

    fn set_env(&self, name: &str, value: Option<&str>, lasting: Lasting) {
        let mut state = self.state();
        state.actions.push(format!("set {name} for the {lasting:?}"));
        match value {
            Some(value) => state.env.insert(name.to_owned(), value.to_owned()),
            None => state.env.remove(name),
        };
    }

    fn make_node(&self, path: &str, kind: FileKind, _device: u64, mode: u32) -> Result<(), Error> {
        self.act("make the node", path, |state| {
            state.nodes.insert(path.to_owned(), Node { kind, content: Vec::new(), mode, uid: 0, gid: 0 });
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_command_asked_twice_gets_its_answers_in_order() {
        let host = FakeHost::new();
        host.answer("date", 0, "one\n", "");
        host.answer("date", 1, "two\n", "");
        let mut seen = Vec::new();
        for _ in 0..3 {
            seen.push(host.run(Command::new(["date"])).await.unwrap().out());
        }
        assert_eq!(seen, ["one\n", "two\n", "two\n"]);
        assert!(matches!(host.run(Command::new(["who"])).await, Err(RunError::NotRecorded { .. })));
    }

    #[test]
    fn files_behave_as_on_a_disk() {
        let host = FakeHost::new();
        assert!(host.write("/no/folder", b"", &Write::default()).is_err());
        host.make_dirs("/a/b", None).unwrap();
        host.write("/a/b/f", b"x", &Write::mode(0o600)).unwrap();
        host.symlink("b/f", "/a/l").unwrap();
        assert_eq!(host.read("/a/l").unwrap(), b"x");
        assert_eq!(host.list("/a").unwrap(), ["b", "l"]);
        host.remove_all("/a").unwrap();
        assert!(!host.exists("/a/b/f"));
    }
}
