//! `doc.*`: what the master can be asked.

use super::{Done, Runner, plain};
use crate::policy::Side;
use manager::Refusal;
use value::Value;

/// The runners of this module.
pub const RUNNERS: &[Runner] = &[
    Runner { name: "doc.runner", arguments: &[], doc: "The runners with their arguments.", body: |_| Box::pin(docs(Side::Runner)) },
    Runner { name: "doc.wheel", arguments: &[], doc: "The wheel functions with their arguments.", body: |_| Box::pin(docs(Side::Wheel)) },
];

async fn docs(side: Side) -> Result<Done, Refusal> {
    let doc = |runner: &Runner| {
        (runner.name, format!("{}\n\nsalt-run {} {}", runner.doc, runner.name, runner.arguments.join(" ")).trim_end().to_owned())
    };
    let mut functions: Vec<_> = super::all(side).collect();
    functions.sort_by_key(|function| function.name);
    plain(Value::Map(functions.into_iter().map(doc).collect()))
}
