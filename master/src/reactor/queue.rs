//! Reactions that wait, on the disk of the CMDB.

use cmdb::{Document, Error, Store};
use manager::Written;
use model::{Event, Timestamp};
use std::sync::Arc;
use value::{Map, Value};

/// Room of the reactions that wait, and of how far the bus was followed.
const ROOM: &str = "reaction";
/// Room of the reactions that were given up.
const DEAD: &str = "reaction_dead";
/// How far the bus was followed; stands after all numbers.
const CURSOR: &str = "cursor";
/// Most that are looked at together.
const PART: u32 = 500;

/// A reaction that waits.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    /// Its name: number of the event, place among the reactions to it.
    pub name: String,
    /// Tag of the event.
    pub tag: String,
    /// Data of the event.
    pub data: Value,
    /// File of the reaction.
    pub sls: String,
    /// How often it was tried.
    pub attempts: u32,
    /// It is not tried before.
    pub not_before: Timestamp,
    /// Why the last attempt failed.
    pub error: Option<String>,
    /// Steps of it that are done, so that another attempt does not do them again.
    pub done: Vec<String>,
}

impl Waiting {
    /// As the queue keeps it and `reactor.dead` shows it.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut map = Map::new();
        map.insert("tag", self.tag.as_str());
        map.insert("data", self.data.clone());
        map.insert("sls", self.sls.as_str());
        map.insert("attempts", self.attempts);
        map.insert("not_before", self.not_before.micros());
        map.insert("error", self.error.clone());
        map.insert("done", self.done.clone());
        Value::Map(map)
    }

    fn of(document: Document) -> Self {
        let text = |key: &str| document.value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        Self {
            tag: text("tag"),
            data: document.value.get("data").cloned().unwrap_or_default(),
            sls: text("sls"),
            attempts: document.value.get("attempts").and_then(Value::as_int).and_then(|number| u32::try_from(number).ok()).unwrap_or(0),
            not_before: Timestamp(document.value.get("not_before").and_then(Value::as_int).unwrap_or(0)),
            error: document.value.get("error").and_then(Value::as_str).map(str::to_owned),
            done: document.value.get("done").and_then(Value::as_list).unwrap_or_default().iter().map(value::text::str).collect(),
            name: document.name,
        }
    }
}

/// The queue.
#[derive(Clone)]
pub struct Queue(Arc<dyn Store>);

impl Queue {
    /// The queue in a store.
    #[must_use]
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self(store)
    }

    /// Number of the last event that was looked at; `None` before the first.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn cursor(&self) -> Result<Option<u64>, Error> {
        let found = self.0.document(ROOM, CURSOR).await?;
        Ok(found.and_then(|document| document.value.as_int()).and_then(|number| u64::try_from(number).ok()))
    }

    /// Notes that events up to a number were looked at, together with what they lead to: both or none.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn put(&self, events: &[(Arc<Written>, Vec<String>)], seen: u64, now: Timestamp) -> Result<(), Error> {
        let mut documents = Vec::new();
        for (event, files) in events {
            for (place, sls) in files.iter().enumerate() {
                let waiting = Waiting {
                    name: format!("{:020}-{place:03}", event.sequence),
                    tag: event.tag.clone(),
                    data: stamped(event),
                    sls: sls.clone(),
                    attempts: 0,
                    not_before: now,
                    error: None,
                    done: Vec::new(),
                };
                documents.push(Document { name: waiting.name.clone(), value: waiting.to_value(), at: now });
            }
        }
        let number = Value::Int(i64::try_from(seen).unwrap_or(i64::MAX));
        documents.push(Document { name: CURSOR.to_owned(), value: number, at: now });
        self.0.put_documents(ROOM, &documents).await
    }

    /// Reactions that wait, oldest first.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn waiting(&self) -> Result<Vec<Waiting>, Error> {
        let found = self.0.documents(ROOM, "", PART).await?;
        Ok(found.into_iter().filter(|document| document.name != CURSOR).map(Waiting::of).collect())
    }

    /// A reaction is done.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn done(&self, name: &str) -> Result<(), Error> {
        self.0.delete_documents(ROOM, &[name.to_owned()]).await.map(drop)
    }

    /// A reaction is to be tried again.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn again(&self, waiting: &Waiting, now: Timestamp) -> Result<(), Error> {
        let document = Document { name: waiting.name.clone(), value: waiting.to_value(), at: now };
        self.0.put_documents(ROOM, &[document]).await
    }

    /// A reaction is given up.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn bury(&self, waiting: &Waiting, now: Timestamp) -> Result<(), Error> {
        let document = Document { name: waiting.name.clone(), value: waiting.to_value(), at: now };
        self.0.put_documents(DEAD, &[document]).await?;
        self.done(&waiting.name).await
    }

    /// Reactions that were given up, oldest first.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn dead(&self) -> Result<Vec<(Waiting, Timestamp)>, Error> {
        let found = self.0.documents(DEAD, "", PART).await?;
        Ok(found.into_iter().map(|document| (document.at, document)).map(|(at, document)| (Waiting::of(document), at)).collect())
    }

    /// Tries reactions that were given up once more. Answers how many there were.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn raise(&self, names: &[String], now: Timestamp) -> Result<usize, Error> {
        let mut count = 0;
        for (mut waiting, _) in self.dead().await? {
            if names.is_empty() || names.contains(&waiting.name) {
                waiting.attempts = 0;
                waiting.not_before = now;
                self.again(&waiting, now).await?;
                self.0.delete_documents(DEAD, std::slice::from_ref(&waiting.name)).await?;
                count += 1;
            }
        }
        Ok(count)
    }

    /// Forgets reactions that were given up. Answers how many there were.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn forget(&self, names: &[String]) -> Result<u64, Error> {
        let dead: Vec<String> = self.dead().await?.into_iter().map(|(waiting, _)| waiting.name).collect();
        let meant: Vec<String> = dead.into_iter().filter(|name| names.is_empty() || names.contains(name)).collect();
        self.0.delete_documents(DEAD, &meant).await
    }
}

/// Data of an event with the moment of its firing.
fn stamped(event: &Event) -> Value {
    let mut data = event.data.clone();
    if let Some(map) = data.as_map_mut() {
        map.entry_or_insert_with("_stamp", || Value::from(event.at.to_string()));
    }
    data
}
