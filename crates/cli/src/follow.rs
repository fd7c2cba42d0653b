//! Follows a job until it is done, or until nothing more can be expected in the time that the caller has.

use crate::Error;
use crate::roster::Roster;
use api::JobEvent;
use client::Lines;
use std::io;
use std::pin::pin;
use std::time::Duration;
use tokio::time::Instant;

/// How long to wait. Neither bounds the job, only the waiting for it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Patience {
    /// For minions of which nothing is heard; one that works on the job is waited for as long as it takes.
    pub silent: Option<Duration>,
    /// For the whole.
    pub whole: Option<Duration>,
}

/// How the waiting ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Nothing more is to come.
    Done,
    /// The time was up.
    TimedOut,
    /// The user broke it off.
    Interrupted,
}

/// Who is told what comes.
pub(crate) trait Sink {
    /// An item of the stream; the roster has it already.
    fn on(&mut self, event: &JobEvent, roster: &Roster) -> io::Result<()>;
}

/// Follows a stream.
pub(crate) async fn follow(
    lines: &mut Lines<JobEvent>,
    roster: &mut Roster,
    patience: Patience,
    sink: &mut dyn Sink,
) -> Result<End, Error> {
    let mut interrupt = pin!(tokio::signal::ctrl_c());
    let begun = Instant::now();
    let mut heard = begun;
    loop {
        let silent = patience.silent.map(|silent| heard + silent);
        let whole = patience.whole.map(|whole| begun + whole);
        let until = silent.into_iter().chain(whole).min();
        tokio::select! {
            item = lines.next() => match item? {
                None => return Ok(End::Done),
                Some(event) => {
                    heard = Instant::now();
                    roster.on(&event);
                    sink.on(&event, roster)?;
                    if matches!(event, JobEvent::Done { .. } | JobEvent::Idle { .. }) {
                        return Ok(End::Done);
                    }
                }
            },
            () = sleep_until(until) => {
                let is_over = whole.is_some_and(|whole| whole <= Instant::now());
                if is_over || !roster.has_live() {
                    return Ok(End::TimedOut);
                }
                heard = Instant::now();
            }
            _ = &mut interrupt => return Ok(End::Interrupted),
        }
    }
}

async fn sleep_until(until: Option<Instant>) {
    match until {
        Some(until) => tokio::time::sleep_until(until).await,
        None => std::future::pending().await,
    }
}
