//! What the manager asks about the estate.

use super::Daemon;
use crate::estate::{hosts, nouns, tables};
use crate::trail;
use api::nouns::Kind;
use api::{
    AuditEntry, AuditFilter, AuditReport, AuditVerify, ChangeHosts, Checkpoint, FactChange, FactHistory, HostTable, HostsChanged,
    HostsImported, Page,
};
use async_trait::async_trait;
use manager::{Caller, Estate, Extent, How, ListQuery, Listed, Refusal, Stream};
use model::MinionId;
use serde_json::Value;
use std::sync::Arc;

#[async_trait]
impl Estate for Daemon {
    async fn objects(&self, caller: &Caller, kind: Kind, query: ListQuery) -> Result<Listed, Refusal> {
        nouns::objects(&self.0, caller, kind, &query).await
    }

    async fn object(&self, caller: &Caller, kind: Kind, id: &str) -> Result<Value, Refusal> {
        nouns::object(&self.0, caller, kind, id).await
    }

    async fn make_object(&self, caller: &Caller, kind: Kind, body: Value, how: How) -> Result<Value, Refusal> {
        nouns::make(&self.0, caller, kind, body, &how).await
    }

    async fn change_object(&self, caller: &Caller, kind: Kind, id: &str, body: Value, extent: Extent, how: How) -> Result<Value, Refusal> {
        nouns::change(&self.0, caller, kind, id, body, extent, &how).await
    }

    async fn delete_object(&self, caller: &Caller, kind: Kind, id: &str, how: How) -> Result<Value, Refusal> {
        nouns::delete(&self.0, caller, kind, id, &how).await
    }

    async fn hosts(&self, caller: &Caller, query: ListQuery) -> Result<Listed, Refusal> {
        hosts::hosts(&self.0, caller, query).await
    }

    async fn host(&self, caller: &Caller, id: &MinionId) -> Result<Value, Refusal> {
        hosts::host(&self.0, caller, id).await
    }

    async fn change_hosts(&self, caller: &Caller, change: ChangeHosts, how: How) -> Result<HostsChanged, Refusal> {
        hosts::change(&self.0, caller, change, &how).await
    }

    async fn export_hosts(&self, caller: &Caller) -> Result<HostTable, Refusal> {
        tables::export(&self.0, caller).await
    }

    async fn import_hosts(&self, caller: &Caller, table: HostTable, how: How) -> Result<HostsImported, Refusal> {
        tables::import(&self.0, caller, &table, &how).await
    }

    async fn delete_host(&self, caller: &Caller, id: &MinionId, how: How) -> Result<(), Refusal> {
        hosts::forget(&self.0, caller, id, &how).await
    }

    async fn fact_history(&self, caller: &Caller, ask: FactHistory) -> Result<Page<FactChange>, Refusal> {
        hosts::history(&self.0, caller, ask).await
    }

    async fn audit(&self, caller: &Caller, filter: AuditFilter) -> Result<Page<AuditEntry>, Refusal> {
        trail::list(&self.0, caller, filter).await
    }

    async fn export_audit(&self, caller: &Caller, filter: AuditFilter) -> Result<Stream<AuditEntry>, Refusal> {
        trail::export(Arc::clone(&self.0), caller, filter).await
    }

    async fn verify_audit(&self, caller: &Caller, known: AuditVerify) -> Result<AuditReport, Refusal> {
        trail::verify(&self.0, caller, known).await
    }

    async fn checkpoints(&self, caller: &Caller) -> Result<Vec<Checkpoint>, Refusal> {
        trail::checkpoints(&self.0, caller).await
    }
}
