//! Keys of minions and join tokens.

use crate::connection::EMPTY;
use crate::query::{segment, with_query};
use crate::{Client, Error};
use api::{ChangeKeys, CreateToken, JoinToken, KeyChange, KeyFilter, KeyHistoryFilter, KeysChanged, MasterKey, NewToken};
use http::Method;
use model::Key;

impl Client {
    /// Keys, by id.
    ///
    /// # Errors
    /// When the master is away or refuses.
    pub async fn keys(&self, filter: &KeyFilter) -> Result<Vec<Key>, Error> {
        self.ask(Method::GET, &with_query("/keys", filter), EMPTY).await
    }

    /// Accepts, rejects or deletes keys.
    ///
    /// # Errors
    /// When the master is away or refuses.
    pub async fn change_keys(&self, change: &ChangeKeys) -> Result<KeysChanged, Error> {
        self.ask(Method::POST, "/keys/change", Some(change)).await
    }

    /// Changes of keys, newest first.
    ///
    /// # Errors
    /// When the master is away or refuses.
    pub async fn key_history(&self, filter: &KeyHistoryFilter) -> Result<Vec<KeyChange>, Error> {
        self.ask(Method::GET, &with_query("/keys/history", filter), EMPTY).await
    }

    /// The master's own key.
    ///
    /// # Errors
    /// When the master is away or refuses.
    pub async fn master_key(&self) -> Result<MasterKey, Error> {
        self.ask(Method::GET, "/keys/master", EMPTY).await
    }

    /// Join tokens that still live.
    ///
    /// # Errors
    /// When the master is away or refuses.
    pub async fn join_tokens(&self) -> Result<Vec<JoinToken>, Error> {
        self.ask(Method::GET, "/join-tokens", EMPTY).await
    }

    /// Makes a join token.
    ///
    /// # Errors
    /// When the master is away or refuses.
    pub async fn create_join_token(&self, request: &CreateToken) -> Result<NewToken, Error> {
        self.ask(Method::POST, "/join-tokens", Some(request)).await
    }

    /// Ends a join token.
    ///
    /// # Errors
    /// When the master is away or does not know it.
    pub async fn delete_join_token(&self, id: &str) -> Result<(), Error> {
        self.ask(Method::DELETE, &format!("/join-tokens/{}", segment(id)), EMPTY).await
    }
}
