//! Ends the commands of an agent that is killed itself.
//!
//! A process that gets SIGKILL cannot end what it has started, and a command that goes on alone would do its work twice when the job is asked
//! for again. So a small shell stands beside the agent and is told each process group that begins or ends; when the agent is gone the pipe to
//! it closes, and it ends what is left. The kernel's own way, a death signal of the parent, was refused: it follows the thread that started
//! the command, reaches only one process of a group, and is lost when a program changes its user.

use nix::unistd::Pid;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Politely first, then for good; the groups that are left are the words of one line.
const SCRIPT: &str = r#"
trap '' HUP INT TERM
groups=' '
while read -r word group; do
    case $word in
    +) groups="$groups$group " ;;
    -) case $groups in *" $group "*) groups="${groups%%" $group "*} ${groups#*" $group "}" ;; esac ;;
    esac
done
[ -n "${groups# }" ] || exit 0
for group in $groups; do kill -s TERM -- "-$group"; done 2>/dev/null
sleep 2
for group in $groups; do kill -s KILL -- "-$group"; done 2>/dev/null
"#;

static KEEPER: Mutex<State> = Mutex::new(State { child: None, groups: BTreeSet::new() });

struct State {
    child: Option<Child>,
    groups: BTreeSet<i32>,
}

fn state() -> MutexGuard<'static, State> {
    KEEPER.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A process group has begun.
pub(crate) fn watch(group: Pid) {
    let mut state = state();
    state.groups.insert(group.as_raw());
    state.tell(&format!("+ {group}\n"));
}

/// A process group has ended, or nobody waits for it any more.
pub(crate) fn forget(group: Pid) {
    let mut state = state();
    state.groups.remove(&group.as_raw());
    state.tell(&format!("- {group}\n"));
}

impl State {
    /// Tells the shell; one that is not there, or not any more, is started and told everything. Where there is no shell, nothing is watched.
    fn tell(&mut self, word: &str) {
        let told = self.child.as_mut().and_then(|child| child.stdin.as_mut()).map(|pipe| pipe.write_all(word.as_bytes()));
        if matches!(told, Some(Ok(()))) {
            return;
        }
        if let Some(mut gone) = self.child.take() {
            let _ = gone.wait();
        }
        self.child = start().ok();
        let all: String = self.groups.iter().map(|group| format!("+ {group}\n")).collect();
        if let Some(pipe) = self.child.as_mut().and_then(|child| child.stdin.as_mut()) {
            let _ = pipe.write_all(all.as_bytes());
        }
    }
}

fn start() -> io::Result<Child> {
    Command::new("/bin/sh")
        .args(["-c", SCRIPT, "sylvite-keeper"])
        // A group of its own: what ends the agent's group must not end it.
        .process_group(0)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Another shell of the same kind, whose pipe is closed as that of a killed agent is.
    #[test]
    fn what_is_left_is_ended_and_what_was_forgotten_is_not() {
        let begin = || Command::new("/bin/sh").args(["-c", "sleep 600 & wait"]).process_group(0).spawn().unwrap();
        let (mut left, mut forgotten) = (begin(), begin());
        let mut keeper = start().unwrap();
        let mut pipe = keeper.stdin.take().unwrap();
        pipe.write_all(format!("+ {}\n+ {}\n- {}\n", forgotten.id(), left.id(), forgotten.id()).as_bytes()).unwrap();
        drop(pipe);
        assert!(!left.wait().unwrap().success());
        keeper.wait().unwrap();
        assert!(forgotten.try_wait().unwrap().is_none(), "a group that ended by itself may belong to somebody else by now");
        let group = Pid::from_raw(i32::try_from(forgotten.id()).unwrap());
        nix::sys::signal::killpg(group, nix::sys::signal::Signal::SIGKILL).unwrap();
        forgotten.wait().unwrap();
    }
}
