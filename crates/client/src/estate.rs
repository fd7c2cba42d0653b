//! The catalogue, hosts and the audit log.

use crate::connection::EMPTY;
use crate::query::{segment, with_query};
use crate::{Client, Error, Lines};
use api::nouns::Kind;
use api::{
    ApiToken, AuditEntry, AuditFilter, AuditReport, AuditVerify, ChangeHosts, ChangeParams, Checkpoint, FactChange, FactHistory, HostTable,
    HostsChanged, HostsImported, ListParams, MadeApiToken, MakeApiToken, Page,
};
use http::Method;
use model::MinionId;
use serde_json::Value;

/// A change for real, or one that is only told.
#[must_use]
const fn params(dry_run: bool) -> ChangeParams {
    ChangeParams { dry_run: if dry_run { Some(1) } else { None } }
}

impl Client {
    /// Objects of a kind.
    ///
    /// # Errors
    /// When the master is away or refuses.
    pub async fn objects(&self, kind: Kind, params: &ListParams) -> Result<Vec<Value>, Error> {
        self.ask(Method::GET, &with_query(&format!("/{}", kind.plural()), params), EMPTY).await
    }

    /// An object, by its id or name.
    ///
    /// # Errors
    /// When the master is away or does not know it.
    pub async fn object(&self, kind: Kind, id: &str) -> Result<Value, Error> {
        self.ask(Method::GET, &format!("/{}/{}", kind.plural(), segment(id)), EMPTY).await
    }

    /// Makes an object.
    ///
    /// # Errors
    /// When the master is away or refuses.
    pub async fn make_object(&self, kind: Kind, body: &Value, dry_run: bool) -> Result<Value, Error> {
        self.ask(Method::POST, &with_query(&format!("/{}", kind.plural()), &params(dry_run)), Some(body)).await
    }

    /// Changes fields of an object.
    ///
    /// # Errors
    /// When the master is away or refuses.
    pub async fn change_object(&self, kind: Kind, id: &str, patch: &Value, dry_run: bool) -> Result<Value, Error> {
        let path = format!("/{}/{}", kind.plural(), segment(id));
        self.ask(Method::PATCH, &with_query(&path, &params(dry_run)), Some(patch)).await
    }

    /// Deletes an object.
    ///
    /// # Errors
    /// When the master is away or refuses, such as an object that is in use.
    pub async fn delete_object(&self, kind: Kind, id: &str) -> Result<(), Error> {
        self.ask(Method::DELETE, &format!("/{}/{}", kind.plural(), segment(id)), EMPTY).await
    }

    /// Hosts.
    ///
    /// # Errors
    /// When the master is away or refuses.
    pub async fn hosts(&self, params: &ListParams) -> Result<Vec<Value>, Error> {
        self.ask(Method::GET, &with_query("/hosts", params), EMPTY).await
    }

    /// A host.
    ///
    /// # Errors
    /// When the master is away or does not know it.
    pub async fn host(&self, id: &MinionId) -> Result<Value, Error> {
        self.ask(Method::GET, &format!("/hosts/{}", segment(id.as_str())), EMPTY).await
    }

    /// Changes hosts.
    ///
    /// # Errors
    /// When the master is away or refuses.
    pub async fn change_hosts(&self, change: &ChangeHosts, dry_run: bool) -> Result<HostsChanged, Error> {
        self.ask(Method::POST, &with_query("/hosts/change", &params(dry_run)), Some(change)).await
    }

    /// All hosts as a table.
    ///
    /// # Errors
    /// When the master is away or refuses.
    pub async fn export_hosts(&self) -> Result<HostTable, Error> {
        self.ask(Method::GET, "/hosts/export", EMPTY).await
    }

    /// Changes hosts by a table.
    ///
    /// # Errors
    /// When the master is away or refuses.
    pub async fn import_hosts(&self, table: &HostTable, dry_run: bool) -> Result<HostsImported, Error> {
        self.ask(Method::POST, &with_query("/hosts/import", &params(dry_run)), Some(table)).await
    }

    /// Forgets a host.
    ///
    /// # Errors
    /// When the master is away or refuses.
    pub async fn forget_host(&self, id: &MinionId) -> Result<(), Error> {
        self.ask(Method::DELETE, &format!("/hosts/{}", segment(id.as_str())), EMPTY).await
    }

    /// How facts of hosts have changed.
    ///
    /// # Errors
    /// When the master is away or refuses.
    pub async fn fact_history(&self, ask: &FactHistory) -> Result<Page<FactChange>, Error> {
        self.ask(Method::GET, &with_query("/facts/history", ask), EMPTY).await
    }

    /// Tokens that programs show.
    ///
    /// # Errors
    /// When the master is away or refuses.
    pub async fn api_tokens(&self) -> Result<Vec<ApiToken>, Error> {
        self.ask(Method::GET, "/tokens", EMPTY).await
    }

    /// Makes a token.
    ///
    /// # Errors
    /// When the master is away or refuses.
    pub async fn make_api_token(&self, request: &MakeApiToken) -> Result<MadeApiToken, Error> {
        self.ask(Method::POST, "/tokens", Some(request)).await
    }

    /// Ends a token.
    ///
    /// # Errors
    /// When the master is away or does not know it.
    pub async fn delete_api_token(&self, id: &str) -> Result<(), Error> {
        self.ask(Method::DELETE, &format!("/tokens/{}", segment(id)), EMPTY).await
    }

    /// Entries of the audit log, newest first.
    ///
    /// # Errors
    /// When the master is away or refuses.
    pub async fn audit(&self, filter: &AuditFilter) -> Result<Page<AuditEntry>, Error> {
        self.ask(Method::GET, &with_query("/audit", filter), EMPTY).await
    }

    /// All entries of a time, oldest first.
    ///
    /// # Errors
    /// When the master is away or refuses.
    pub async fn export_audit(&self, filter: &AuditFilter) -> Result<Lines<AuditEntry>, Error> {
        self.follow(Method::GET, &with_query("/audit/export", filter), EMPTY).await
    }

    /// Whether the audit log is whole.
    ///
    /// # Errors
    /// When the master is away or refuses.
    pub async fn verify_audit(&self, known: &AuditVerify) -> Result<AuditReport, Error> {
        self.ask(Method::POST, "/audit/verify", Some(known)).await
    }

    /// Signed notes of where the audit log ended.
    ///
    /// # Errors
    /// When the master is away or refuses.
    pub async fn checkpoints(&self) -> Result<Vec<Checkpoint>, Error> {
        self.ask(Method::GET, "/audit/checkpoints", EMPTY).await
    }
}
