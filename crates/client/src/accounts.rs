//! Accounts, and logins that are open.

use crate::connection::EMPTY;
use crate::query::segment;
use crate::{Client, Error};
use api::{Account, AccountState, DeviceStart, DeviceState, LoginView, Me, MeasuredMapping, SecondFactor};
use http::Method;
use serde_json::json;

/// What to change about an account; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct AccountChange {
    /// The new password.
    pub password: Option<String>,
    /// All groups from now on.
    pub groups: Option<Vec<String>>,
    /// Whether it may log in from now on.
    pub state: Option<AccountState>,
    /// Name of the person.
    pub full_name: Option<String>,
    /// Where to write to them.
    pub email: Option<String>,
}

impl Client {
    /// Accounts, by name.
    ///
    /// # Errors
    /// When the master is away or refuses.
    pub async fn accounts(&self) -> Result<Vec<Account>, Error> {
        self.ask(Method::GET, "/accounts", EMPTY).await
    }

    /// An account.
    ///
    /// # Errors
    /// When the master is away or does not know it.
    pub async fn account(&self, name: &str) -> Result<Account, Error> {
        self.ask(Method::GET, &format!("/accounts/{}", segment(name)), EMPTY).await
    }

    /// Makes an account.
    ///
    /// # Errors
    /// When the master is away or refuses, such as a name that is taken.
    pub async fn add_account(&self, name: &str, service: bool, first: &AccountChange) -> Result<Account, Error> {
        let body = json!({
            "name": name,
            "service": service,
            "password": first.password,
            "groups": first.groups.clone().unwrap_or_default(),
            "full_name": first.full_name.clone().unwrap_or_default(),
            "email": first.email.clone().unwrap_or_default(),
        });
        self.ask(Method::POST, "/accounts", Some(&body)).await
    }

    /// Changes an account.
    ///
    /// # Errors
    /// When the master is away or does not know it.
    pub async fn change_account(&self, name: &str, change: &AccountChange) -> Result<Account, Error> {
        let body = json!({
            "password": change.password,
            "groups": change.groups,
            "state": change.state,
            "full_name": change.full_name,
            "email": change.email,
        });
        self.ask(Method::PATCH, &format!("/accounts/{}", segment(name)), Some(&body)).await
    }

    /// Deletes an account and ends its logins.
    ///
    /// # Errors
    /// When the master is away or does not know it.
    pub async fn delete_account(&self, name: &str) -> Result<(), Error> {
        self.ask(Method::DELETE, &format!("/accounts/{}", segment(name)), EMPTY).await
    }

    /// Logins that are open.
    ///
    /// # Errors
    /// When the master is away or refuses.
    pub async fn logins(&self) -> Result<Vec<LoginView>, Error> {
        self.ask(Method::GET, "/logins", EMPTY).await
    }

    /// Ends a login.
    ///
    /// # Errors
    /// When the master is away or does not know it.
    pub async fn end_login(&self, id: &str) -> Result<(), Error> {
        self.ask(Method::DELETE, &format!("/logins/{}", segment(id)), EMPTY).await
    }

    /// Who asks.
    ///
    /// # Errors
    /// When the master is away or refuses.
    pub async fn me(&self) -> Result<Me, Error> {
        self.ask(Method::GET, "/me", EMPTY).await
    }

    /// One's own open logins.
    ///
    /// # Errors
    /// When the master is away or refuses.
    pub async fn own_logins(&self) -> Result<Vec<LoginView>, Error> {
        self.ask(Method::GET, "/me/logins", EMPTY).await
    }

    /// Ends one of one's own logins.
    ///
    /// # Errors
    /// When the master is away or does not know it.
    pub async fn end_own_login(&self, id: &str) -> Result<(), Error> {
        self.ask(Method::DELETE, &format!("/me/logins/{}", segment(id)), EMPTY).await
    }

    /// Ends one's own logins, but for the one that asks.
    ///
    /// # Errors
    /// When the master is away or refuses.
    pub async fn end_other_logins(&self) -> Result<(), Error> {
        self.ask(Method::DELETE, "/me/logins", EMPTY).await
    }

    /// Asks for a login that a person gives with a browser.
    ///
    /// # Errors
    /// When the master is away or refuses.
    pub async fn begin_device(&self, name: &str) -> Result<DeviceStart, Error> {
        self.ask(Method::POST, "/login/device", Some(&json!({"name": name}))).await
    }

    /// Asks whether it was given.
    ///
    /// # Errors
    /// When the master is away, or the request is over.
    pub async fn poll_device(&self, code: &str) -> Result<DeviceState, Error> {
        self.ask(Method::POST, "/login/device/token", Some(&json!({"device_code": code}))).await
    }

    /// Makes a second factor for an account; gives what an app reads.
    ///
    /// # Errors
    /// When the master is away or refuses.
    pub async fn make_second_factor(&self, name: &str) -> Result<SecondFactor, Error> {
        self.ask(Method::POST, &format!("/accounts/{}/otp", segment(name)), Some(&json!({}))).await
    }

    /// Takes it away.
    ///
    /// # Errors
    /// When the master is away or there is none.
    pub async fn drop_second_factor(&self, name: &str) -> Result<(), Error> {
        self.ask(Method::DELETE, &format!("/accounts/{}/otp", segment(name)), EMPTY).await
    }

    /// What the mappings of its provider give an account now.
    ///
    /// # Errors
    /// When the master or the provider is away, or refuses.
    pub async fn preview_mappings(&self, name: &str) -> Result<Vec<MeasuredMapping>, Error> {
        self.ask(Method::GET, &format!("/mappings/preview/{}", segment(name)), EMPTY).await
    }
}
