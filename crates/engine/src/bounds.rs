//! What every state may ask for around its function: a user and a umask for what it does, and a time limit.

use crate::Outcome;
use sdk::{Cx, Facts, StateEntry};
use sls::ENGINE_WORDS;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use value::{Map, Value, text};

/// How long a command has after the polite signal, unless `kill_after` says so; then the state itself is given up soon after.
const GRACE: Duration = Duration::from_secs(2);

/// Words that mean something around every state here and nothing in Salt: a function that hands on whatever it is given gets them.
const NEW_WORDS: [&str; 2] = ["timeout", "kill_after"];

/// Whether a word is for the engine, and not for the function.
pub(crate) fn is_of_engine(word: &str, entry: &StateEntry) -> bool {
    let is_handed_on = entry.signature.extra && NEW_WORDS.contains(&word);
    ENGINE_WORDS.contains(&word) && !entry.takes(word) && !is_handed_on
}

/// What a state asks for around its function.
#[derive(Debug, Default)]
pub(crate) struct Bounds {
    user: Option<String>,
    umask: Option<u32>,
    timeout: Option<Duration>,
    kill_after: Option<Duration>,
}

impl Bounds {
    /// Reads them. A function that has an argument of such a name means it in its own way.
    ///
    /// # Errors
    /// A value that cannot be meant.
    pub fn read(args: &Map, entry: &StateEntry) -> Result<Self, String> {
        let own = |word: &str| args.get(word).filter(|value| !value.is_null() && is_of_engine(word, entry));
        let umask = own("umask").map(|value| {
            u32::from_str_radix(&text::str(value), 8)
                .ok()
                .filter(|umask| *umask <= 0o777)
                .ok_or_else(|| format!("Invalid umask: {}\n", text::str(value)))
        });
        Ok(Self {
            user: own("runas").map(text::str),
            umask: umask.transpose()?,
            timeout: own("timeout").map(|value| span("timeout", value)).transpose()?,
            kill_after: own("kill_after").map(|value| span("kill_after", value)).transpose()?,
        })
    }

    /// The right to act inside of them, and what ends the work.
    pub fn over(&self, cx: &Cx) -> (Cx, CancellationToken) {
        let mut read = cx.read().clone();
        let cancel = cx.facts().cancel.clone();
        if self.user.is_some() || self.umask.is_some() || self.kill_after.is_some() {
            read = read.within(self.user.clone(), self.umask, self.kill_after);
        }
        if self.timeout.is_none() {
            return (Cx::grant(read, cx.output().cloned()), cancel);
        }
        let cancel = cancel.child_token();
        let facts = Facts { cancel: cancel.clone(), ..(**cx.facts()).clone() };
        (Cx::grant(read.with_facts(Arc::new(facts)), cx.output().cloned()), cancel)
    }

    /// Waits for the work, and ends it when its time is up.
    pub async fn wait(&self, work: impl Future<Output = Outcome>, cancel: &CancellationToken) -> Outcome {
        let Some(timeout) = self.timeout else { return work.await };
        tokio::pin!(work);
        let grace = self.kill_after.unwrap_or(GRACE) + GRACE;
        tokio::select! {
            outcome = &mut work => return outcome,
            () = tokio::time::sleep(timeout) => cancel.cancel(),
        }
        // Commands are being ended, and what they said is wanted; a function that waits for something else is given up.
        let said = tokio::time::timeout(grace, work).await.ok();
        let seconds = timeout.as_secs_f64();
        let mut outcome = Outcome::failed(format!("The state was ended: it has not come to an end within {seconds} seconds"));
        if let Some(said) = said {
            // A function that was torn from its command has nothing to add.
            if !said.comment.is_empty() && !said.comment.starts_with("An exception occurred") {
                outcome.comment = format!("{}\n{}", outcome.comment, said.comment);
            }
            outcome.changes = said.changes;
        }
        outcome
    }
}

fn span(word: &str, value: &Value) -> Result<Duration, String> {
    let seconds = value.as_float().or_else(|| value.as_str()?.trim().parse().ok());
    let span = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    span.ok_or_else(|| format!("Invalid {word}: {}; it is a number of seconds\n", text::str(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(seconds: f64) -> Bounds {
        Bounds { timeout: Some(Duration::from_secs_f64(seconds)), ..Bounds::default() }
    }

    #[tokio::test(start_paused = true)]
    async fn a_state_that_takes_too_long_is_ended_and_may_say_why() {
        let cancel = CancellationToken::new();
        let polite = async {
            cancel.cancelled().await;
            Outcome::new(Some(true), "half of it is done", Value::from("half"))
        };
        let outcome = limit(1.5).wait(polite, &cancel).await;
        let comment = "The state was ended: it has not come to an end within 1.5 seconds\nhalf of it is done";
        assert_eq!((outcome.result, outcome.comment.as_str(), outcome.changes), (Some(false), comment, Value::from("half")));
    }

    #[tokio::test(start_paused = true)]
    async fn a_state_that_does_not_listen_is_given_up() {
        let outcome = limit(1.0).wait(std::future::pending(), &CancellationToken::new()).await;
        assert_eq!(outcome.comment, "The state was ended: it has not come to an end within 1 seconds");
    }

    #[tokio::test(start_paused = true)]
    async fn a_state_in_time_is_left_alone() {
        let cancel = CancellationToken::new();
        let outcome = limit(1.0).wait(async { Outcome::ok("done") }, &cancel).await;
        assert!(outcome.result == Some(true) && !cancel.is_cancelled());
    }
}
