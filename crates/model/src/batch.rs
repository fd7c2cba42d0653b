//! How a job is sent to a part of its minions at a time.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// How many minions have the job at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchSize {
    /// So many.
    Count(u32),
    /// This part of them, in percent.
    Percent(f64),
}

impl BatchSize {
    /// How many that is of so many minions; one at least.
    #[must_use]
    pub fn of(self, minions: usize) -> usize {
        match self {
            Self::Count(count) => count as usize,
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of a number of minions, never negative")]
            Self::Percent(percent) => (minions as f64 * percent / 100.0) as usize,
        }
        .max(1)
    }
}

impl FromStr for BatchSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no size of a batch; give a number such as 10, or a part such as 25%");
        match text.trim().strip_suffix('%') {
            Some(percent) => match percent.trim().parse::<f64>() {
                Ok(percent) if percent > 0.0 && percent <= 100.0 => Ok(Self::Percent(percent)),
                _ => Err(wrong()),
            },
            None => match text.trim().parse::<u32>() {
                Ok(count) if count > 0 => Ok(Self::Count(count)),
                _ => Err(wrong()),
            },
        }
    }
}

impl fmt::Display for BatchSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(f, "{count}"),
            Self::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

/// How a job is sent to a part of its minions at a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    /// How many at a time.
    pub size: BatchSize,
    /// How long the place of a minion that came back stays empty.
    #[serde(default)]
    pub wait: Option<Duration>,
    /// Nobody else is sent the job after the first failure.
    #[serde(default)]
    pub failhard: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_numbers_or_parts_and_never_nothing() {
        let of = |text: &str, minions| text.parse::<BatchSize>().unwrap().of(minions);
        assert_eq!((of("3", 10), of("25%", 10), of("1%", 10), of("100%", 7)), (3, 2, 1, 7));
        for bad in ["0", "-1", "0%", "101%", "half", ""] {
            assert!(bad.parse::<BatchSize>().is_err(), "{bad}");
        }
    }
}
