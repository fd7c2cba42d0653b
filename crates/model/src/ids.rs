//! Ids as types: what has been parsed once is never checked again.

use crate::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// A text that is no id of the wanted kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no {kind}: {reason}")]
pub struct BadId {
    /// What was wanted.
    pub kind: &'static str,
    /// The refused text, shortened.
    pub text: String,
    /// Why it was refused.
    pub reason: &'static str,
}

impl BadId {
    fn new(kind: &'static str, text: &str, reason: &'static str) -> Self {
        Self { kind, text: text.chars().take(80).collect(), reason }
    }
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $check:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Parses an id.
            ///
            /// # Errors
            /// When the text breaks a rule of this kind of id.
            pub fn new(text: impl AsRef<str>) -> Result<Self, BadId> {
                let text = text.as_ref();
                match $check(text) {
                    None => Ok(Self(text.into())),
                    Some(reason) => Err(BadId::new($kind, text, reason)),
                }
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = BadId;

            fn from_str(text: &str) -> Result<Self, BadId> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadId;

            fn try_from(text: String) -> Result<Self, BadId> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0.as_ref().to_owned()
            }
        }

        impl From<&$name> for value::Value {
            fn from(id: &$name) -> Self {
                Self::from(id.as_str())
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
    };
}

text_id!(
    /// Id of a minion: 1 to 255 bytes, no blank, slash, backslash or control character, not `.` or `..`.
    MinionId,
    "minion id",
    bad_minion_id
);
text_id!(
    /// Name of an environment (`saltenv`): 1 to 255 bytes, no NUL, no path that leaves its folder.
    Env,
    "environment name",
    bad_env
);
text_id!(
    /// Full name of a function: `module.function`.
    FunctionName,
    "function name",
    bad_function
);

fn bad_minion_id(text: &str) -> Option<&'static str> {
    match text {
        "" => Some("it is empty"),
        "." | ".." => Some("it names a folder"),
        _ if text.len() > 255 => Some("it is longer than 255 bytes"),
        _ if text.contains(['/', '\\']) => Some("it has a slash"),
        _ if text.chars().any(|c| c.is_control() || c.is_whitespace()) => Some("it has a blank or a control character"),
        _ => None,
    }
}

fn bad_env(text: &str) -> Option<&'static str> {
    match text {
        "" => Some("it is empty"),
        _ if text.len() > 255 => Some("it is longer than 255 bytes"),
        _ if text.chars().any(char::is_control) => Some("it has a control character"),
        _ if text.starts_with('/') || text.split('/').any(|part| matches!(part, "." | ".." | "")) => {
            Some("it is a path that leaves its folder")
        }
        _ => None,
    }
}

fn bad_function(text: &str) -> Option<&'static str> {
    let is_word = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    match text.split_once('.') {
        _ if text.len() > 255 => Some("it is longer than 255 bytes"),
        Some((module, function)) if is_word(module) && function.split('.').all(is_word) => None,
        _ => Some("it is not of the form `module.function`"),
    }
}

impl Env {
    /// The default environment, `base`.
    #[must_use]
    pub fn base() -> Self {
        Self("base".into())
    }
}

impl Default for Env {
    fn default() -> Self {
        Self::base()
    }
}

impl FunctionName {
    /// What stands before the first dot.
    #[must_use]
    pub fn module(&self) -> &str {
        self.0.split_once('.').map_or("", |(module, _)| module)
    }

    /// What stands after the first dot.
    #[must_use]
    pub fn function(&self) -> &str {
        self.0.split_once('.').map_or("", |(_, function)| function)
    }
}

/// Id of a job (`jid`): the moment of its making in microseconds, printed as 20 digits `YYYYMMDDhhmmssffffff` in UTC. Text order is time
/// order. The master makes each one larger than the last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct JobId(Timestamp);

impl JobId {
    /// The id of a job made at `moment`; unique only if no other job has it.
    #[must_use]
    pub const fn at(moment: Timestamp) -> Self {
        Self(moment)
    }

    /// When the job was made.
    #[must_use]
    pub const fn made(self) -> Timestamp {
        self.0
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [year, month, day, hour, minute, second, micro] = self.0.civil();
        write!(f, "{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}{micro:06}")
    }
}

impl fmt::Debug for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for JobId {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let bad = |reason| BadId::new("job id", text, reason);
        if text.len() != 20 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(bad("it is not 20 digits"));
        }
        let part = |from: usize, to: usize| text.get(from..to).and_then(|digits| digits.parse::<i64>().ok()).unwrap_or(0);
        let civil = [part(0, 4), part(4, 6), part(6, 8), part(8, 10), part(10, 12), part(12, 14), part(14, 20)];
        Timestamp::from_civil(civil).map(Self).ok_or_else(|| bad("it names no moment"))
    }
}

impl TryFrom<String> for JobId {
    type Error = BadId;

    fn try_from(text: String) -> Result<Self, BadId> {
        text.parse()
    }
}

impl From<JobId> for String {
    fn from(id: JobId) -> Self {
        id.to_string()
    }
}

impl From<JobId> for value::Value {
    fn from(id: JobId) -> Self {
        Self::Str(id.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_id_is_twenty_digits_and_reads_back() {
        let id: JobId = "20261123061947179934".parse().unwrap();
        assert_eq!(id.to_string(), "20261123061947179934");
        for bad in ["", "2026112306194717993", "20261323061947179934", "2026112306194717993x"] {
            assert!(bad.parse::<JobId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_minion_id_never_leaves_its_folder() {
        for bad in ["", ".", "..", "a/b", "a\\b", "a b", "a\nb", "a\0b", &"x".repeat(256)] {
            assert!(MinionId::new(bad).is_err(), "{bad:?}");
        }
        for good in ["web01.example.com", "主机1", "a_b-c", "...x"] {
            assert!(MinionId::new(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn a_function_name_has_a_module_and_a_function() {
        let name = FunctionName::new("test.ping").unwrap();
        assert_eq!((name.module(), name.function()), ("test", "ping"));
        for bad in ["ping", ".ping", "test.", "test..x", "te st.ping", "test.ping;rm"] {
            assert!(FunctionName::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_environment_never_leaves_its_folder() {
        for bad in ["", "..", "a/../b", "/etc", "a//b", "a\0"] {
            assert!(Env::new(bad).is_err(), "{bad:?}");
        }
        assert!(Env::new("feature/x").is_ok());
    }
}
