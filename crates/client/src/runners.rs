//! Runners and wheel functions.

use crate::{Client, Error};
use api::{RunFunction, RunResult};
use http::Method;

impl Client {
    /// Calls a runner.
    ///
    /// # Errors
    /// When the master is away or refuses; a runner that fails is no error.
    pub async fn runner(&self, request: &RunFunction) -> Result<RunResult, Error> {
        self.ask(Method::POST, "/runners", Some(request)).await
    }

    /// Calls a wheel function.
    ///
    /// # Errors
    /// When the master is away or refuses; a function that fails is no error.
    pub async fn wheel(&self, request: &RunFunction) -> Result<RunResult, Error> {
        self.ask(Method::POST, "/wheel", Some(request)).await
    }
}
