//! `retry`: how often a state is tried, and until when.

use std::time::Duration;
use value::Value;

/// How a state is tried again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Retry {
    /// Attempts in total.
    pub attempts: u64,
    /// The result that ends it.
    pub until: bool,
    /// Wait between attempts.
    pub interval: Duration,
    /// Up to so much is added to each wait.
    pub splay: Duration,
}

const DEFAULT: Retry = Retry { attempts: 2, until: true, interval: Duration::from_secs(30), splay: Duration::ZERO };

impl Retry {
    /// Reads `retry`. A value of the wrong type falls back to its default, as in Salt.
    pub fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Bool(true) => Some(DEFAULT),
            Value::Map(map) => {
                let seconds = |key: &str, default: Duration| match map.get(key) {
                    Some(Value::Int(seconds)) if *seconds >= 0 => Duration::from_secs(seconds.unsigned_abs()),
                    _ => default,
                };
                let attempts = map.get("attempts").and_then(Value::as_int).and_then(|n| u64::try_from(n).ok()).unwrap_or(DEFAULT.attempts);
                let until = map.get("until").and_then(Value::as_bool).unwrap_or(DEFAULT.until);
                Some(Self { attempts, until, interval: seconds("interval", DEFAULT.interval), splay: seconds("splay", DEFAULT.splay) })
            }
            Value::Bool(false) => None,
            _ => Some(DEFAULT),
        }
    }

    /// What test mode says of it.
    pub fn note(&self) -> String {
        format!(
            "  The state would be retried every {} seconds (with a splay of up to {} seconds) a maximum of {} times or until a result of {} is \
             returned",
            self.interval.as_secs(),
            self.splay.as_secs(),
            self.attempts,
            if self.until { "True" } else { "False" }
        )
    }
}

/// What the comment says of an attempt that was not the last.
pub(crate) fn attempt(number: u64, result: Option<bool>, comment: &str) -> String {
    let result = match result {
        Some(true) => "True",
        Some(false) => "False",
        None => "None",
    };
    format!("Attempt {number}: Returned a result of \"{result}\", with the following comment: \"{comment}\"\n")
}
