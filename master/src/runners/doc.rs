//! `doc.*`: what the master can be asked.

use super::{Run, Runner, plain};
use value::Value;

/// The runners of this module.
pub const RUNNERS: &[Runner] =
    &[Runner { name: "doc.runner", arguments: &[], doc: "The runners with their arguments.", body: |run| Box::pin(runner(run)) }];

async fn runner(_: Run) -> Result<super::Done, manager::Refusal> {
    let doc = |runner: &Runner| {
        (runner.name, format!("{}\n\nsalt-run {} {}", runner.doc, runner.name, runner.arguments.join(" ")).trim_end().to_owned())
    };
    let mut runners: Vec<_> = super::all().collect();
    runners.sort_by_key(|runner| runner.name);
    plain(Value::Map(runners.into_iter().map(doc).collect()))
}
