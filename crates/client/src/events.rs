//! The event bus.

use crate::connection::EMPTY;
use crate::query::with_query;
use crate::{Client, Error, Lines};
use api::{EventFilter, EventItem, FireEvent, Fired};
use http::Method;

impl Client {
    /// Follows the bus.
    ///
    /// # Errors
    /// When the master is away or refuses.
    pub async fn events(&self, filter: &EventFilter) -> Result<Lines<EventItem>, Error> {
        self.follow(Method::GET, &with_query("/events", filter), EMPTY).await
    }

    /// Fires an event.
    ///
    /// # Errors
    /// When the master is away or refuses.
    pub async fn fire(&self, event: &FireEvent) -> Result<Fired, Error> {
        self.ask(Method::POST, "/events", Some(event)).await
    }
}
