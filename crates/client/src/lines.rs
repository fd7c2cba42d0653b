//! A stream of JSON lines.

use crate::Error;
use crate::connection::broken;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde::de::DeserializeOwned;
use std::collections::VecDeque;
use std::marker::PhantomData;

/// Items of a stream, as they come. Dropping it ends the stream.
pub struct Lines<T> {
    body: Incoming,
    /// Bytes of a line that is not whole yet.
    rest: Vec<u8>,
    ready: VecDeque<Vec<u8>>,
    item: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> Lines<T> {
    pub(crate) fn new(body: Incoming) -> Self {
        Self { body, rest: Vec::new(), ready: VecDeque::new(), item: PhantomData }
    }

    /// The next item; `None` at the end. It may be dropped while it waits without losing anything.
    ///
    /// # Errors
    /// When the connection breaks, or an item is not understood.
    pub async fn next(&mut self) -> Result<Option<T>, Error> {
        let Some(line) = self.next_line().await? else { return Ok(None) };
        serde_json::from_slice(&line).map(Some).map_err(|error| Error::NotUnderstood { what: error.to_string() })
    }

    /// The next item as the JSON that was sent, for those who hand it on or only count; `None` at the end.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn next_line(&mut self) -> Result<Option<Vec<u8>>, Error> {
        loop {
            if let Some(line) = self.ready.pop_front() {
                return Ok(Some(line));
            }
            match self.body.frame().await {
                None => return Ok(None),
                Some(Err(error)) => return Err(broken("following a stream", error)),
                Some(Ok(frame)) => {
                    if let Some(bytes) = frame.data_ref() {
                        self.take(bytes);
                    }
                }
            }
        }
    }

    /// Cuts lines; empty ones are heartbeats.
    fn take(&mut self, bytes: &[u8]) {
        let mut parts = bytes.split(|byte| *byte == b'\n').peekable();
        while let Some(part) = parts.next() {
            self.rest.extend_from_slice(part);
            if parts.peek().is_some() && !self.rest.is_empty() {
                self.ready.push_back(std::mem::take(&mut self.rest));
            }
        }
    }
}
