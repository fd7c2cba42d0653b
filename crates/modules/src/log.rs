//! Lines in the minion's log, written from templates and states.

use sdk::{Args, Failure, Query, Read};

sdk::module!(log, [Debug, Info, Warning, Error, Critical, Exception]);

macro_rules! log_function {
    ($name:ident, $level:ident, $words:literal, $function:literal) => {
        #[doc = concat!("Write a line to the minion's log at level ", $words, ".\n\n```salt\nsalt '*' log.", $function, " 'some text'\n```")]
        #[derive(Args)]
        pub struct $name {
            /// The line.
            message: String,
        }

        impl Query for $name {
            type Output = bool;
            async fn call(self, _read: &Read) -> Result<bool, Failure> {
                tracing::$level!(target: "tree", "{}", self.message);
                Ok(true)
            }
        }
    };
}

log_function!(Debug, debug, "debug", "debug");
log_function!(Info, info, "info", "info");
log_function!(Warning, warn, "warning", "warning");
log_function!(Error, error, "error", "error");
log_function!(Critical, error, "error, for what is beyond repair", "critical");
log_function!(Exception, error, "error, for what was not expected", "exception");
