//! `test.*`, `error.*` and `config.get`: for trying out callers and templates.

use super::{Done, Run, Runner, plain};
use manager::Refusal;
use std::time::Duration;
use value::{Map, Value, traverse};

/// The runners of this module.
pub const RUNNERS: &[Runner] = &[
    Runner {
        name: "test.arg",
        arguments: &["*args", "**kwargs"],
        doc: "The arguments that were given.",
        body: |run| Box::pin(async move { plain(arguments(&run)) }),
    },
    Runner {
        name: "test.raw_arg",
        arguments: &["*args", "**kwargs"],
        doc: "The arguments that were given.",
        body: |run| Box::pin(async move { plain(arguments(&run)) }),
    },
    Runner { name: "test.sleep", arguments: &["s_time"], doc: "Wait for some seconds, at most an hour.", body: |run| Box::pin(sleep(run)) },
    Runner {
        name: "test.stream",
        arguments: &[],
        doc: "Tell the bus each tenth of a second how far this is, for ten seconds.",
        body: |run| Box::pin(stream(run)),
    },
    Runner {
        name: "test.metasyntactic",
        arguments: &["locality"],
        doc: "Words that stand for any word.",
        body: |run| Box::pin(metasyntactic(run)),
    },
    Runner {
        name: "test.get_opts",
        arguments: &[],
        doc: "The master's configuration, secrets left out.",
        body: |run| Box::pin(async move { plain(crate::wheels::config::visible(&run.core)) }),
    },
    Runner { name: "error.error", arguments: &["name", "message"], doc: "Fail with a message.", body: |run| Box::pin(fail(run)) },
    Runner {
        name: "config.get",
        arguments: &["key", "default", "delimiter"],
        doc: "A value of the master's configuration by its path, secrets left out.",
        body: |run| Box::pin(get(run)),
    },
];

fn arguments(run: &Run) -> Value {
    let mut map = Map::new();
    map.insert("args", run.arguments.rest().to_vec());
    map.insert("kwargs", run.arguments.extra().clone());
    Value::Map(map)
}

async fn sleep(run: Run) -> Result<Done, Refusal> {
    let span = run.arguments.seconds("s_time")?.unwrap_or(Duration::from_secs(10));
    tokio::time::sleep(span.min(Duration::from_secs(3600))).await;
    plain(true)
}

async fn stream(run: Run) -> Result<Done, Refusal> {
    for percent in 1..100 {
        run.progress(Map::from_iter([("message", format!("Runner is {percent}% done"))]));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    plain(true)
}

async fn metasyntactic(run: Run) -> Result<Done, Refusal> {
    let words: &[&str] = match run.arguments.optional_text("locality").as_deref().unwrap_or("us") {
        "uk" => &["wibble", "wobble", "wubble", "flob"],
        "us" => &["foo", "bar", "baz", "qux", "quux", "quuz", "corge", "grault", "garply", "waldo", "fred", "plugh", "xyzzy", "thud"],
        _ => return plain(Value::Null),
    };
    plain(words.iter().copied().collect::<Value>())
}

/// Fails, as it is asked to.
pub async fn fail(run: Run) -> Result<Done, Refusal> {
    let name = run.arguments.optional_text("name").unwrap_or_else(|| "Exception".to_owned());
    Err(Refusal::invalid(format!("{name}: {}", run.arguments.optional_text("message").unwrap_or_default())))
}

async fn get(run: Run) -> Result<Done, Refusal> {
    let delimiter = run.arguments.optional_text("delimiter").unwrap_or_else(|| ":".to_owned());
    let values = crate::wheels::config::visible(&run.core);
    let found = traverse(&values, &run.arguments.text("key")?, &delimiter).cloned();
    plain(found.or_else(|| run.arguments.get("default").cloned()).unwrap_or_else(|| Value::from("")))
}
