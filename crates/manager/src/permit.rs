//! What a route needs of its caller. Administrators may do everything here; others need a rule that lets them call the function of the
//! master that does the same, so that one set of rules is enough for every way in.

use crate::caller::{Anyone, not_administrator};
use crate::serve::Shared;
use crate::{Caller, Rank, Refusal};
use api::ErrorCode;
use value::Value;

/// A function of the master that does the same as a route.
#[derive(Clone, Debug, PartialEq)]
pub struct Need {
    /// It is a wheel function, not a runner.
    pub wheel: bool,
    /// Its name.
    pub function: &'static str,
    /// What it would be given.
    pub args: Vec<Value>,
}

impl Need {
    /// A runner.
    #[must_use]
    pub const fn runner(function: &'static str) -> Self {
        Self { wheel: false, function, args: Vec::new() }
    }

    /// A wheel function.
    #[must_use]
    pub const fn wheel(function: &'static str) -> Self {
        Self { wheel: true, function, args: Vec::new() }
    }

    /// The same with arguments.
    #[must_use]
    pub fn with(mut self, args: impl IntoIterator<Item = Value>) -> Self {
        self.args = args.into_iter().collect();
        self
    }
}

impl Shared {
    /// The caller, when he may.
    pub async fn permit(&self, Anyone(caller): Anyone, need: Need) -> Result<Caller, Refusal> {
        if caller.is_administrator() {
            return Ok(caller);
        }
        match self.control.permits(&caller, need).await {
            Ok(()) => Ok(caller),
            // A user of this host without a rule is told what he lacks, which is another thing than a rule.
            Err(refusal) if refusal.code == ErrorCode::Forbidden && matches!(caller.rank, Rank::User { .. }) => {
                Err(not_administrator(&caller))
            }
            Err(refusal) => Err(refusal),
        }
    }
}
