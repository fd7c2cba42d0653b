//! Requests that bear a key are done once: the same again gets what the first made, and changes nothing.

use api::ErrorCode;
use api::nouns::Kind;
use manager::{Caller, How, Refusal};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use value::Map;

/// Requests that are remembered; the oldest goes when there are more. They end with the master: then a repeated request meets the name that
/// its first one has taken.
const MOST: usize = 10_000;

/// Requests with a key.
#[derive(Default)]
pub struct Once(Mutex<Remembered>);

#[derive(Default)]
struct Remembered {
    made: BTreeMap<(String, String), (Kind, Map, String)>,
    order: VecDeque<(String, String)>,
}

impl Once {
    /// What the same request has made before; nothing when there was none.
    ///
    /// # Errors
    /// When another request had the key.
    pub fn known(&self, caller: &Caller, how: &How, kind: Kind, body: &Map) -> Result<Option<String>, Refusal> {
        let Some(key) = &how.idempotency else { return Ok(None) };
        let remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match remembered.made.get(&(caller.name.clone(), key.clone())) {
            None => Ok(None),
            Some((of, was, id)) if *of == kind && was == body => Ok(Some(id.clone())),
            Some(_) => Err(Refusal::new(ErrorCode::Conflict, format!("another request had the key `{key}`"))
                .with_hint("`Idempotency-Key` is new for each thing that is to be made")),
        }
    }

    /// Remembers what a request has made.
    pub fn remember(&self, caller: &Caller, how: &How, kind: Kind, body: &Map, id: &str) {
        let Some(key) = &how.idempotency else { return };
        let key = (caller.name.clone(), key.clone());
        let mut remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.made.insert(key.clone(), (kind, body.clone(), id.to_owned()));
        remembered.order.push_back(key);
        if remembered.order.len() > MOST
            && let Some(oldest) = remembered.order.pop_front()
        {
            remembered.made.remove(&oldest);
        }
    }
}
