//! The mine. Its functions are here by name, so that a tree that uses them is told what is missing.

use sdk::{Args, Failure, Map, Query, Read, Value};

sdk::module!(mine, [Get, Update, Send, Delete, Flush, Valid]);

fn missing(function: &str) -> Failure {
    Failure::unavailable(format!("`{function}` needs the mine, which this version does not have yet"))
        .with_hint("use pillar, or a function on the minion concerned")
}

macro_rules! refused {
    ($(#[$doc:meta])* $name:ident $function:literal) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Arguments.
            #[arg(rest, ignored)]
            arguments: Vec<Value>,
            /// Named arguments.
            #[arg(extra, ignored)]
            named: Map,
        }

        impl Query for $name {
            type Output = Value;

            async fn call(self, _: &Read) -> Result<Value, Failure> {
                Err(missing($function))
            }
        }
    };
}

/// Ask what other minions have put into the mine; without a master there is nothing in it.
#[derive(Args)]
pub struct Get {
    /// Arguments.
    #[arg(rest, ignored)]
    arguments: Vec<Value>,
    /// Named arguments.
    #[arg(extra, ignored)]
    named: Map,
}

impl Query for Get {
    type Output = Value;

    async fn call(self, read: &Read) -> Result<Value, Failure> {
        if read.opt("file_client").is_some_and(|client| client.as_str() == Some("local")) {
            return Ok(Value::Map(Map::new()));
        }
        Err(missing("mine.get"))
    }
}

refused! {
    /// Put the configured functions' answers into the mine; not there yet.
    Update "mine.update"
}
refused! {
    /// Put the answer of a function into the mine; not there yet.
    Send "mine.send"
}
refused! {
    /// Take an answer out of the mine; not there yet.
    Delete "mine.delete"
}
refused! {
    /// Take everything of this minion out of the mine; not there yet.
    Flush "mine.flush"
}
refused! {
    /// List the functions that are configured for the mine; not there yet.
    Valid "mine.valid"
}
