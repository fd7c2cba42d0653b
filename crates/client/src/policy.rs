//! Logins, and why somebody may or may not do something.

use crate::connection::EMPTY;
use crate::{Client, Error};
use api::{Explain, Explained, OpenLogin};
use http::Method;
use serde_json::json;

impl Client {
    /// Logs in by a backend of `external_auth`.
    ///
    /// # Errors
    /// When the master is away, or the login fails.
    pub async fn login(&self, user: &str, password: &str, backend: &str) -> Result<OpenLogin, Error> {
        self.login_with(user, password, backend, None).await
    }

    /// The same with the code of a second factor.
    ///
    /// # Errors
    /// As [`Client::login`].
    pub async fn login_with(&self, user: &str, password: &str, backend: &str, otp: Option<&str>) -> Result<OpenLogin, Error> {
        let mut body = json!({"username": user, "password": password, "eauth": backend});
        if let (Some(otp), Some(body)) = (otp, body.as_object_mut()) {
            body.insert("otp".to_owned(), otp.into());
        }
        self.ask(Method::POST, "/login", Some(&body)).await
    }

    /// Ends the login that this client acts by.
    ///
    /// # Errors
    /// When the master is away.
    pub async fn logout(&self) -> Result<(), Error> {
        self.ask(Method::POST, "/logout", EMPTY).await
    }

    /// Why somebody may or may not do something.
    ///
    /// # Errors
    /// When the master is away or the question makes no sense.
    pub async fn explain(&self, question: &Explain) -> Result<Explained, Error> {
        self.ask(Method::POST, "/policy/explain", Some(question)).await
    }
}
