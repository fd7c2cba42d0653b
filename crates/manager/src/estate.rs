//! What the manager asks of the daemon about the estate: the catalogue, hosts, the audit log. Every call is judged by the daemon, by the
//! one policy for all ways in; no route decides anything.

use crate::{Caller, Refusal, Stream};
use api::nouns::Kind;
use api::{
    AuditEntry, AuditFilter, AuditReport, AuditVerify, ChangeHosts, Checkpoint, FactChange, FactHistory, HostTable, HostsChanged,
    HostsImported, Page,
};
use async_trait::async_trait;
use model::MinionId;
use serde_json::Value;

/// What part of a list is asked for, as `ra-data-simple-rest` asks: JSON each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListQuery {
    /// `{"name":"web*"}`.
    pub filter: Option<String>,
    /// `["name","ASC"]`.
    pub sort: Option<String>,
    /// `[0,24]`.
    pub range: Option<String>,
    /// Most rows of the answer, where it is not the usual.
    pub most: Option<usize>,
}

/// A part of a list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listed {
    /// The rows.
    pub items: Vec<Value>,
    /// Place of the first of them.
    pub first: usize,
    /// How many there are in all.
    pub total: usize,
}

/// How a change is to be made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct How {
    /// Only if it is at this version.
    pub version: Option<u64>,
    /// Only say what would come of it.
    pub dry_run: bool,
    /// The same request again has this key again, and changes nothing.
    pub idempotency: Option<String>,
}

/// How much of an object a request says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All of it: what is missing is as if it were new.
    Whole,
    /// What is to change: what is missing stays, `null` goes.
    Part,
}

fn none<T>() -> Result<T, Refusal> {
    Err(Refusal::unsupported("this master keeps no estate"))
}

/// The estate as the manager sees it.
///
/// Law: what somebody may not see is as if it were not there. Law: a refused attempt stands in the audit log, and so does every change,
/// with what was before and after it, in the same commit.
#[async_trait]
pub trait Estate: Send + Sync + 'static {
    /// Objects of a kind.
    async fn objects(&self, caller: &Caller, kind: Kind, query: ListQuery) -> Result<Listed, Refusal> {
        let _ = (caller, kind, query);
        none()
    }

    /// One object, by its id or its name.
    async fn object(&self, caller: &Caller, kind: Kind, id: &str) -> Result<Value, Refusal> {
        let _ = (caller, kind, id);
        none()
    }

    /// Makes an object.
    async fn make_object(&self, caller: &Caller, kind: Kind, body: Value, how: How) -> Result<Value, Refusal> {
        let _ = (caller, kind, body, how);
        none()
    }

    /// Changes an object.
    async fn change_object(&self, caller: &Caller, kind: Kind, id: &str, body: Value, extent: Extent, how: How) -> Result<Value, Refusal> {
        let _ = (caller, kind, id, body, extent, how);
        none()
    }

    /// Deletes an object; answers what it was.
    async fn delete_object(&self, caller: &Caller, kind: Kind, id: &str, how: How) -> Result<Value, Refusal> {
        let _ = (caller, kind, id, how);
        none()
    }

    /// Hosts.
    async fn hosts(&self, caller: &Caller, query: ListQuery) -> Result<Listed, Refusal> {
        let _ = (caller, query);
        none()
    }

    /// One host.
    async fn host(&self, caller: &Caller, id: &MinionId) -> Result<Value, Refusal> {
        let _ = (caller, id);
        none()
    }

    /// Changes what is said of hosts.
    async fn change_hosts(&self, caller: &Caller, change: ChangeHosts, how: How) -> Result<HostsChanged, Refusal> {
        let _ = (caller, change, how);
        none()
    }

    /// Hosts as a table.
    async fn export_hosts(&self, caller: &Caller) -> Result<HostTable, Refusal> {
        let _ = caller;
        none()
    }

    /// Changes hosts by a table: all of its rows, or none.
    async fn import_hosts(&self, caller: &Caller, table: HostTable, how: How) -> Result<HostsImported, Refusal> {
        let _ = (caller, table, how);
        none()
    }

    /// Forgets a host.
    async fn delete_host(&self, caller: &Caller, id: &MinionId, how: How) -> Result<(), Refusal> {
        let _ = (caller, id, how);
        none()
    }

    /// How facts of hosts have changed, newest first.
    async fn fact_history(&self, caller: &Caller, ask: FactHistory) -> Result<Page<FactChange>, Refusal> {
        let _ = (caller, ask);
        none()
    }

    /// Entries of the audit log, newest first.
    async fn audit(&self, caller: &Caller, filter: AuditFilter) -> Result<Page<AuditEntry>, Refusal> {
        let _ = (caller, filter);
        none()
    }

    /// Entries of the audit log, oldest first, all of them.
    async fn export_audit(&self, caller: &Caller, filter: AuditFilter) -> Result<Stream<AuditEntry>, Refusal> {
        let _ = (caller, filter);
        none()
    }

    /// Whether the audit log is whole.
    async fn verify_audit(&self, caller: &Caller, known: AuditVerify) -> Result<AuditReport, Refusal> {
        let _ = (caller, known);
        none()
    }

    /// Signed notes of where the audit log ended.
    async fn checkpoints(&self, caller: &Caller) -> Result<Vec<Checkpoint>, Refusal> {
        let _ = caller;
        none()
    }
}
