//! `cache.store` and its kin: values that runners and orchestrations keep for themselves, in banks of the CMDB.

use super::{Done, Run, Runner, plain};
use crate::core::refusal;
use cmdb::{Document, Page};
use manager::Refusal;
use model::Timestamp;
use value::Value;

/// The runners of this module.
pub const RUNNERS: &[Runner] = &[
    Runner {
        name: "cache.store",
        arguments: &["bank", "key", "data", "cachedir"],
        doc: "Keep a value under a key of a bank.",
        body: |run| Box::pin(store(run)),
    },
    Runner {
        name: "cache.fetch",
        arguments: &["bank", "key", "cachedir"],
        doc: "The value under a key of a bank; an empty mapping where there is none.",
        body: |run| Box::pin(fetch(run)),
    },
    Runner { name: "cache.list", arguments: &["bank", "cachedir"], doc: "Keys of a bank.", body: |run| Box::pin(list(run)) },
    Runner {
        name: "cache.flush",
        arguments: &["bank", "key", "cachedir"],
        doc: "Forget a key of a bank, or all of them.",
        body: |run| Box::pin(flush(run)),
    },
];

fn room(run: &Run) -> Result<String, Refusal> {
    Ok(format!("cache/{}", run.arguments.text("bank")?))
}

async fn store(run: Run) -> Result<Done, Refusal> {
    let value = run.arguments.get("data").cloned().unwrap_or_default();
    let document = Document { name: run.arguments.text("key")?, value, at: Timestamp::now() };
    run.core.store.put_documents(&room(&run)?, &[document]).await.map_err(|error| refusal(&error))?;
    plain(true)
}

async fn fetch(run: Run) -> Result<Done, Refusal> {
    let found = run.core.store.document(&room(&run)?, &run.arguments.text("key")?).await.map_err(|error| refusal(&error))?;
    plain(found.map_or_else(Value::map, |document| document.value))
}

async fn keys(run: &Run) -> Result<Vec<String>, Refusal> {
    let (room, mut names) = (room(run)?, Vec::<String>::new());
    loop {
        let after = names.last().cloned().unwrap_or_default();
        let part = run.core.store.documents(&room, &after, Page::MAX).await.map_err(|error| refusal(&error))?;
        if part.is_empty() {
            return Ok(names);
        }
        names.extend(part.into_iter().map(|document| document.name));
    }
}

async fn list(run: Run) -> Result<Done, Refusal> {
    plain(keys(&run).await?.into_iter().collect::<Value>())
}

async fn flush(run: Run) -> Result<Done, Refusal> {
    let names = match run.arguments.optional_text("key") {
        Some(key) => vec![key],
        None => keys(&run).await?,
    };
    let gone = run.core.store.delete_documents(&room(&run)?, &names).await.map_err(|error| refusal(&error))?;
    plain(gone > 0)
}
