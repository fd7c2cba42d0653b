//! `queue.*`: lists of things to be done later, kept in the CMDB.
//!
//! Items come out in the order they went in, each once. What is to be done with them is told by an event (`process_queue`), or they are
//! runners that are run then, with the rights of whoever has them run.

use super::{Done, Run, Runner, plain};
use crate::bus::Keep;
use crate::core::{Core, refusal};
use crate::policy::Side;
use api::RunFunction;
use cmdb::{Document, Page};
use manager::Refusal;
use model::Timestamp;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::Mutex;
use value::{Map, Value, text};

/// The runners of this module.
pub const RUNNERS: &[Runner] = &[
    Runner {
        name: "queue.insert",
        arguments: &["queue", "items", "backend"],
        doc: "Put an item or a list of items at the end of a queue.",
        body: |run| Box::pin(insert(run)),
    },
    Runner {
        name: "queue.delete",
        arguments: &["queue", "items", "backend"],
        doc: "Take items out of a queue by their content.",
        body: |run| Box::pin(delete(run)),
    },
    Runner { name: "queue.list_queues", arguments: &["backend"], doc: "Names of queues.", body: |run| Box::pin(list_queues(run)) },
    Runner {
        name: "queue.list_items",
        arguments: &["queue", "backend"],
        doc: "What is in a queue, the oldest first.",
        body: |run| Box::pin(async move { plain(values(items(&run.core, &name(&run)?, None).await?)) }),
    },
    Runner {
        name: "queue.list_length",
        arguments: &["queue", "backend"],
        doc: "How much is in a queue.",
        body: |run| Box::pin(async move { plain(items(&run.core, &name(&run)?, None).await?.len() as i64) }),
    },
    Runner {
        name: "queue.pop",
        arguments: &["queue", "quantity", "backend", "is_runner"],
        doc: "Take the oldest items out of a queue: a number of them, or `all`.",
        body: |run| Box::pin(async move { plain(values(pop(&run, &name(&run)?).await?)) }),
    },
    Runner {
        name: "queue.process_queue",
        arguments: &["queue", "quantity", "backend", "is_runner"],
        doc: "Take items out of a queue and tell of them in the event `salt/queue/QUEUE/process`, for the reactor.",
        body: |run| Box::pin(process_queue(run)),
    },
    Runner {
        name: "queue.insert_runner",
        arguments: &["fun", "args", "kwargs", "queue", "backend"],
        doc: "Put a runner into a queue, to be run later.",
        body: |run| Box::pin(insert_runner(run)),
    },
    Runner {
        name: "queue.process_runner",
        arguments: &["quantity", "queue", "backend"],
        doc: "Run the oldest runners of a queue.",
        body: |run| Box::pin(process_runner(run)),
    },
];

/// Room of the names of queues; the items of each have one of their own.
const QUEUES: &str = "queue";
/// Queue of runners where none is named.
const USUAL: &str = "runners";
/// Two who take at the same time get different items.
static TURN: Mutex<()> = Mutex::const_new(());

fn room(queue: &str) -> String {
    format!("queue/{queue}")
}

fn checked(queue: String) -> Result<String, Refusal> {
    let is_plain = !queue.is_empty() && queue.len() <= 128 && queue.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
    if is_plain { Ok(queue) } else { Err(Refusal::invalid(format!("`{queue}` is no name of a queue: letters, digits, `_`, `-` and `.`"))) }
}

fn name(run: &Run) -> Result<String, Refusal> {
    checked(run.arguments.text("queue")?)
}

fn values(items: Vec<Document>) -> Value {
    items.into_iter().map(|item| item.value).collect()
}

/// Items of a queue, the oldest first.
async fn items(core: &Core, queue: &str, most: Option<usize>) -> Result<Vec<Document>, Refusal> {
    let (room, mut found) = (room(queue), Vec::<Document>::new());
    loop {
        let after = found.last().map(|item| item.name.clone()).unwrap_or_default();
        let left = most.map_or(Page::MAX, |most| u32::try_from(most - found.len()).unwrap_or(Page::MAX).min(Page::MAX));
        if left == 0 {
            return Ok(found);
        }
        let part = core.store.documents(&room, &after, left).await.map_err(|error| refusal(&error))?;
        if part.is_empty() {
            return Ok(found);
        }
        found.extend(part);
    }
}

async fn put(core: &Core, queue: &str, values: Vec<Value>) -> Result<(), Refusal> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let at = Timestamp::now();
    let item = |value| {
        // Their names are their order.
        let name = format!("{:020}-{:010}", at.micros(), COUNT.fetch_add(1, Ordering::Relaxed));
        Document { name, value, at }
    };
    let items: Vec<Document> = values.into_iter().map(item).collect();
    let known = Document { name: queue.to_owned(), value: Value::Bool(true), at };
    core.store.put_documents(QUEUES, &[known]).await.map_err(|error| refusal(&error))?;
    core.store.put_documents(&room(queue), &items).await.map_err(|error| refusal(&error))
}

fn given(run: &Run) -> Result<Vec<Value>, Refusal> {
    match run.arguments.get("items") {
        Some(Value::List(items)) => Ok(items.clone()),
        Some(one) => Ok(vec![one.clone()]),
        None => Err(Refusal::invalid("`items` are missing")),
    }
}

async fn insert(run: Run) -> Result<Done, Refusal> {
    put(&run.core, &name(&run)?, given(&run)?).await?;
    plain(true)
}

async fn delete(run: Run) -> Result<Done, Refusal> {
    let (queue, given) = (name(&run)?, given(&run)?);
    let _turn = TURN.lock().await;
    let found = items(&run.core, &queue, None).await?;
    let gone: Vec<String> = found.into_iter().filter(|item| given.contains(&item.value)).map(|item| item.name).collect();
    run.core.store.delete_documents(&room(&queue), &gone).await.map_err(|error| refusal(&error))?;
    plain(!gone.is_empty())
}

async fn list_queues(run: Run) -> Result<Done, Refusal> {
    let found = run.core.store.documents(QUEUES, "", Page::MAX).await.map_err(|error| refusal(&error))?;
    plain(found.into_iter().map(|queue| queue.name).collect::<Value>())
}

/// How many are wanted; `None` is all of them.
fn quantity(run: &Run) -> Result<Option<usize>, Refusal> {
    let wrong = |value: &Value| Refusal::invalid(format!("`quantity` is `{}`, and a number or `all` is wanted", text::str(value)));
    match run.arguments.get("quantity") {
        None => Ok(Some(1)),
        Some(value) if value.as_str() == Some("all") => Ok(None),
        Some(value) => {
            let number = value.as_int().or_else(|| value.as_str()?.parse().ok()).and_then(|number| usize::try_from(number).ok());
            number.map(Some).ok_or_else(|| wrong(value))
        }
    }
}

async fn pop(run: &Run, queue: &str) -> Result<Vec<Document>, Refusal> {
    let most = quantity(run)?;
    let _turn = TURN.lock().await;
    let found = items(&run.core, queue, most).await?;
    let names: Vec<String> = found.iter().map(|item| item.name.clone()).collect();
    run.core.store.delete_documents(&room(queue), &names).await.map_err(|error| refusal(&error))?;
    Ok(found)
}

async fn process_queue(run: Run) -> Result<Done, Refusal> {
    let queue = name(&run)?;
    let mut data = Map::new();
    data.insert("items", values(pop(&run, &queue).await?));
    data.insert("backend", "cmdb");
    data.insert("queue", queue.as_str());
    run.core.bus.fire(format!("salt/queue/{queue}/process"), Value::Map(data.clone()), Timestamp::now(), Keep::Stored);
    plain(Value::Map(data))
}

fn runner_queue(run: &Run) -> Result<String, Refusal> {
    checked(run.arguments.optional_text("queue").unwrap_or_else(|| USUAL.to_owned()))
}

async fn insert_runner(run: Run) -> Result<Done, Refusal> {
    let mut item = Map::new();
    item.insert("fun", run.arguments.text("fun")?);
    let args = match run.arguments.get("args") {
        Some(Value::List(args)) => args.clone(),
        Some(one) => text::str(one).split(',').map(|word| Value::from(word.trim())).collect(),
        None => Vec::new(),
    };
    item.insert("args", args);
    item.insert("kwargs", run.arguments.get("kwargs").and_then(Value::as_map).cloned().unwrap_or_default());
    put(&run.core, &runner_queue(&run)?, vec![Value::Map(item)]).await?;
    plain(true)
}

async fn process_runner(run: Run) -> Result<Done, Refusal> {
    let queue = runner_queue(&run)?;
    let mut results = Vec::new();
    for item in pop(&run, &queue).await? {
        let request = RunFunction {
            function: item.value.get("fun").map(text::str).unwrap_or_default(),
            args: item.value.get("args").and_then(Value::as_list).unwrap_or_default().to_vec(),
            kwargs: item.value.get("kwargs").and_then(Value::as_map).cloned().unwrap_or_default(),
            detached: false,
        };
        // Who may have the queue run may not thereby run what is not allowed otherwise.
        match super::run(&run.core, &run.caller, Side::Runner, request).await {
            Ok(result) => results.push(result.value),
            Err(refusal) => results.push(Value::from(refusal.to_string())),
        }
    }
    plain(Value::List(results))
}
