//! What became of one chunk.

use sdk::{Applied, Outlook};
use value::{Map, Value};

/// What became of one chunk.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// True: as it should be. False: failed. None: would change.
    pub result: Option<bool>,
    /// What changed, or would.
    pub changes: Value,
    /// In words.
    pub comment: String,
    /// Warnings for the author of the tree.
    pub warnings: Vec<String>,
    /// Further members: `skip_watch`, `skip_req`, `sub_state_run`, …
    pub extra: Map,
    /// The function was called, or its own conditions kept it from that. False when requisites kept it from running.
    pub ran: bool,
    /// The chunk is known to the report by ID and SLS; not so where the function was never found.
    pub known: bool,
    /// Name with slots filled, if that differs.
    pub name: Option<String>,
    /// When it began, `HH:MM:SS.ffffff`.
    pub started: String,
    /// How long it took, in milliseconds.
    pub duration: f64,
}

impl Outcome {
    /// An outcome of a chunk that ran.
    pub(crate) fn new(result: Option<bool>, comment: impl Into<String>, changes: Value) -> Self {
        Self {
            result,
            changes,
            comment: comment.into(),
            warnings: Vec::new(),
            extra: Map::new(),
            ran: true,
            known: true,
            name: None,
            started: String::new(),
            duration: 0.0,
        }
    }

    /// It is as it should be.
    pub(crate) fn ok(comment: impl Into<String>) -> Self {
        Self::new(Some(true), comment, Value::map())
    }

    /// It failed without a change.
    pub(crate) fn failed(comment: impl Into<String>) -> Self {
        Self::new(Some(false), comment, Value::map())
    }

    /// Its requisites kept it from running.
    pub(crate) fn kept(result: bool, comment: impl Into<String>) -> Self {
        Self { ran: false, ..Self::new(Some(result), comment, Value::map()) }
    }

    /// The function cannot be called: no such function, or arguments are missing.
    pub(crate) fn uncallable(comment: impl Into<String>) -> Self {
        Self { known: false, ..Self::failed(comment) }
    }

    /// Something broke. Salt's users know such comments by this beginning, after which it prints a trace; here the message follows.
    pub(crate) fn broken(message: impl std::fmt::Display) -> Self {
        Self::failed(format!("An exception occurred in this state: Traceback (most recent call last):\n{message}\n"))
    }

    pub(crate) fn foreseen(outlook: Outlook) -> Self {
        let Outlook { result, changes, comment, warnings, extra } = outlook;
        Self { warnings, extra, ..Self::new(result, comment, changes) }
    }

    pub(crate) fn applied(applied: Applied) -> Self {
        let Applied { result, changes, comment, warnings, extra } = applied;
        Self { warnings, extra, ..Self::new(Some(result), comment, changes) }
    }

    /// Whether something changed or would.
    #[must_use]
    pub fn has_changes(&self) -> bool {
        self.changes.is_truthy()
    }

    /// Whether dependants may react to the changes.
    #[must_use]
    pub fn triggers(&self) -> bool {
        self.has_changes() && !self.extra.get("skip_req").is_some_and(Value::is_truthy)
    }
}

/// The time of day here, as results show when a state began.
pub(crate) fn clock() -> String {
    jiff::ZonedDateTime::now().strftime("%H:%M:%S%.6f").to_string()
}
