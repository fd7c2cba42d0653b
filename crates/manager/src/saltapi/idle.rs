//! Sessions that nobody uses: after a while they end, as in Salt, whatever time their token has left.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// When each session was used last. Sessions that a restart of the master finds begin anew with their next use.
#[derive(Default)]
pub(crate) struct Idle(Mutex<HashMap<String, Used>>);

struct Used {
    last: Instant,
    /// Streams that are open by it: as long as there is one, it is in use.
    streams: usize,
}

/// A stream that is open by a session.
pub(crate) struct Held {
    idle: Arc<Idle>,
    token: String,
}

impl Idle {
    /// A session is used. Gives those that nobody has used for longer than `most`, which are to end; they are forgotten here. The one that
    /// asks may be among them.
    pub fn visit(&self, token: &str, now: Instant, most: Duration) -> Vec<String> {
        let mut sessions = self.lock();
        let is_over = |used: &Used| used.streams == 0 && now.saturating_duration_since(used.last) > most;
        let over: Vec<String> = sessions.iter().filter(|(_, used)| is_over(used)).map(|(token, _)| token.clone()).collect();
        for token in &over {
            sessions.remove(token);
        }
        if !over.iter().any(|ended| ended == token) {
            sessions.entry(token.to_owned()).or_insert(Used { last: now, streams: 0 }).last = now;
        }
        over
    }

    /// A session is in use for as long as the answer lives.
    pub fn hold(self: &Arc<Self>, token: &str) -> Held {
        self.lock().entry(token.to_owned()).or_insert(Used { last: Instant::now(), streams: 0 }).streams += 1;
        Held { idle: Arc::clone(self), token: token.to_owned() }
    }

    /// A session has ended.
    pub fn forget(&self, token: &str) {
        self.lock().remove(token);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Used>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(used) = self.idle.lock().get_mut(&self.token) {
            used.streams = used.streams.saturating_sub(1);
            used.last = Instant::now();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: Duration = Duration::from_secs(10);

    #[test]
    fn a_session_ends_when_nobody_uses_it_for_too_long() {
        let (idle, begin) = (Idle::default(), Instant::now());
        let at = |seconds| begin + Duration::from_secs(seconds);
        assert!(idle.visit("a", at(0), MOST).is_empty() && idle.visit("b", at(5), MOST).is_empty());
        assert!(idle.visit("a", at(9), MOST).is_empty(), "every use begins the time anew");
        assert_eq!(idle.visit("a", at(16), MOST), ["b"]);
        assert_eq!(idle.visit("a", at(27), MOST), ["a"], "also the one that comes back too late");
    }

    #[test]
    fn an_open_stream_is_use() {
        let idle = Arc::new(Idle::default());
        let far = Instant::now() + Duration::from_secs(3600);
        let held = idle.hold("a");
        assert!(idle.visit("b", far, MOST).is_empty());
        drop(held);
        assert_eq!(idle.visit("b", far, MOST), ["a"]);
    }
}
