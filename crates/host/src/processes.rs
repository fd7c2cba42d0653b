//! The process groups that one job has started and that still run, so that the job can be signalled from outside.

use crate::sys;
use nix::unistd::Pid;
use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The process groups of a job. Clones share one table.
#[derive(Clone, Debug, Default)]
pub struct Processes(Arc<Mutex<BTreeSet<i32>>>);

impl Processes {
    fn lock(&self) -> MutexGuard<'_, BTreeSet<i32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn begin(&self, group: Pid) {
        self.lock().insert(group.as_raw());
    }

    pub(crate) fn end(&self, group: Pid) {
        self.lock().remove(&group.as_raw());
    }

    /// Sends a signal to every process of every group, and gives the groups that got it.
    ///
    /// # Errors
    /// When there is no such signal, or it may not be sent. A group that has gone meanwhile is no error.
    pub fn signal(&self, number: i32) -> io::Result<Vec<i32>> {
        // The table stays locked: a number that is in it is not given to other processes yet.
        let groups = self.lock();
        let mut reached = Vec::new();
        for group in groups.iter() {
            match sys::signal_group(Pid::from_raw(*group), number) {
                Ok(()) => reached.push(*group),
                Err(error) if error.raw_os_error() == Some(libc::ESRCH) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(reached)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Command, Ended, Look, RealHost};

    #[tokio::test]
    async fn a_signal_reaches_every_process_of_a_command_and_none_that_has_ended() {
        let processes = Processes::default();
        let command = Command {
            processes: Some(processes.clone()),
            ..Command::shell("/bin/sh", "trap 'echo got it; exit 7' USR1; echo ready; while :; do sleep 0.05; done")
        };
        let (ready, is_ready) = tokio::sync::oneshot::channel();
        let ready = Mutex::new(Some(ready));
        let live: crate::LiveOutput = Arc::new(move |_, _| {
            if let Some(ready) = ready.lock().unwrap().take() {
                let _ = ready.send(());
            }
        });
        let host = RealHost::new();
        let (output, reached) = tokio::join!(host.run(Command { live: Some(live), ..command }), async {
            is_ready.await.unwrap();
            processes.signal(libc::SIGUSR1).unwrap()
        });
        let output = output.unwrap();
        assert_eq!((output.ended, output.out().as_str(), reached.len()), (Ended::Status(7), "ready\ngot it\n", 1));
        assert!(processes.signal(libc::SIGUSR1).unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_number_that_is_no_signal_is_refused() {
        let processes = Processes::default();
        processes.begin(nix::unistd::getpgrp());
        assert!(processes.signal(1000).is_err());
    }
}
