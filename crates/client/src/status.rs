//! The master itself.

use crate::connection::EMPTY;
use crate::{Client, Error};
use api::{Finding, Status};
use http::Method;

impl Client {
    /// The master at a glance.
    ///
    /// # Errors
    /// When the master is away.
    pub async fn status(&self) -> Result<Status, Error> {
        self.ask(Method::GET, "/status", EMPTY).await
    }

    /// What the master finds when it looks at the usual faults.
    ///
    /// # Errors
    /// When the master is away.
    pub async fn doctor(&self) -> Result<Vec<Finding>, Error> {
        self.ask(Method::GET, "/doctor", EMPTY).await
    }

    /// The document of the API.
    ///
    /// # Errors
    /// When the master is away.
    pub async fn openapi(&self) -> Result<serde_json::Value, Error> {
        self.ask(Method::GET, "/openapi.json", EMPTY).await
    }
}
