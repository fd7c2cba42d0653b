//! What a command says on standard error, and what `ssh` means by it.

use crate::Stream;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::process::ChildStderr;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// What is kept of them at most; of more, the end.
const MOST: usize = 4 << 20;

/// How long the end is waited for once the command has ended: older versions of `ssh` hold standard error open in a connection that waits.
pub(crate) const REST: Duration = Duration::from_millis(250);

/// What a command says on standard error, as far as it has come.
pub(crate) struct Words {
    kept: Arc<Mutex<Kept>>,
    /// How many bytes have come; closed when no more will.
    come: watch::Receiver<usize>,
    listening: JoinHandle<()>,
}

#[derive(Default)]
struct Kept {
    bytes: Vec<u8>,
    /// How many were there before them.
    dropped: usize,
}

impl Kept {
    fn add(&mut self, piece: &[u8]) -> usize {
        self.bytes.extend_from_slice(piece);
        let over = self.bytes.len().saturating_sub(MOST);
        self.bytes.drain(..over);
        self.dropped += over;
        self.dropped + self.bytes.len()
    }

    /// What came after the first `told` bytes, up to the last line break unless `is_last`; and how many bytes that makes in all.
    fn after(&self, told: usize, is_last: bool) -> (String, usize) {
        let new = self.bytes.get(told.saturating_sub(self.dropped)..).unwrap_or_default();
        let end = if is_last { new.len() } else { new.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1) };
        let text = String::from_utf8_lossy(new.get(..end).unwrap_or_default()).into_owned();
        (text, told.max(self.dropped) + end)
    }
}

impl Words {
    /// Listens to a command.
    pub fn of(mut stderr: ChildStderr) -> Self {
        let kept = Arc::new(Mutex::new(Kept::default()));
        let (tell, come) = watch::channel(0);
        let keeper = Arc::clone(&kept);
        let listening = tokio::spawn(async move {
            let mut buffer = vec![0_u8; 4096];
            while let Ok(count @ 1..) = stderr.read(&mut buffer).await {
                let all = keeper.lock().unwrap_or_else(PoisonError::into_inner).add(buffer.get(..count).unwrap_or_default());
                let _ = tell.send(all);
            }
        });
        Self { kept, come, listening }
    }

    /// What has come so far.
    pub fn so_far(&self) -> String {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).after(0, true).0
    }

    /// All of it, of a command that has ended.
    pub async fn whole(&mut self) -> String {
        let _ = tokio::time::timeout(REST, &mut self.listening).await;
        self.so_far()
    }

    /// Passes on each line as it comes, to the last.
    pub async fn lines(&self, tell: &mpsc::Sender<(Stream, String)>) {
        let (mut told, mut come) = (0, self.come.clone());
        loop {
            let is_last = come.changed().await.is_err();
            let (text, all) = self.kept.lock().unwrap_or_else(PoisonError::into_inner).after(told, is_last);
            told = all;
            for line in text.lines() {
                // Nobody who reads any more does not end the command.
                let _ = tell.send((Stream::Error, line.to_owned())).await;
            }
            if is_last {
                return;
            }
        }
    }
}

/// What `ssh` said, with the way out where there is one.
pub(crate) fn explained(words: &str) -> String {
    let hint = [
        (
            "Host key verification failed",
            "its key is not known here; `ssh` to it once and look at its fingerprint, or take new keys with --accept-new-host-keys",
        ),
        (
            "REMOTE HOST IDENTIFICATION HAS CHANGED",
            "its key is another one than before; if that is right, remove the old one with `ssh-keygen -R`",
        ),
        ("Permission denied", "give a key (--priv), a password (--askpass), or put a key there with --key-deploy"),
    ];
    // The last line says what happened; lines before it are banners.
    let last = words.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("ssh ended without a word");
    match hint.iter().find(|(said, _)| words.contains(said)) {
        Some((_, hint)) => format!("{last}; {hint}"),
        None => last.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ssh_says_comes_with_a_way_out() {
        assert!(explained("banner\nHost key verification failed.\n").ends_with("--accept-new-host-keys"));
        assert!(explained("x@y: Permission denied (publickey).").contains("--key-deploy"));
        assert_eq!(explained("ssh: connect to host y port 22: Connection refused"), "ssh: connect to host y port 22: Connection refused");
        assert_eq!(explained(""), "ssh ended without a word");
    }

    #[test]
    fn lines_are_told_once_and_the_last_one_also_without_an_end() {
        let mut kept = Kept::default();
        kept.add(b"one\ntw");
        let (text, told) = kept.after(0, false);
        assert_eq!((text.as_str(), told), ("one\n", 4));
        kept.add(b"o\nthree");
        let (text, told) = kept.after(told, false);
        assert_eq!(text, "two\n");
        assert_eq!(kept.after(told, true).0, "three");
    }

    #[test]
    fn of_too_many_words_the_end_is_kept() {
        let mut kept = Kept::default();
        kept.add(&vec![b'x'; MOST]);
        let all = kept.add(b"\nend");
        assert_eq!((all, kept.bytes.len(), kept.dropped), (MOST + 4, MOST, 4));
        assert!(kept.after(0, true).0.ends_with("\nend"));
    }
}
