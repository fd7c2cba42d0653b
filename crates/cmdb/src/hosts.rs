//! Hosts as the estate knows them: what people say of a machine (state of life, project, labels), and the few facts that lists show. The
//! wide row of all facts is the grains'.

use crate::{AuditEntry, AuditHead, ObjectId, Page, Paged, Result};
use async_trait::async_trait;
use model::{MinionId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use value::Map;

/// State of a host's life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HostState {
    /// In use.
    #[default]
    Active,
    /// Somebody works at it: no jobs, no alarms.
    Maintenance,
    /// Out of use, and kept for the record.
    Retired,
}

/// A host.
#[derive(Clone, Debug, PartialEq)]
pub struct Host {
    /// Its minion.
    pub id: MinionId,
    /// State of its life.
    pub state: HostState,
    /// When maintenance ends by itself.
    pub until: Option<Timestamp>,
    /// The project it belongs to.
    pub project: Option<ObjectId>,
    /// The environment it stands in.
    pub environment: Option<ObjectId>,
    /// The rest of what people say of it.
    pub about: About,
    /// Facts that lists show and searches look through, taken out of the grains.
    pub facts: Map,
    /// How often people have changed it.
    pub version: u64,
    /// When it appeared.
    pub made: Timestamp,
    /// When people last changed it.
    pub changed: Timestamp,
    /// Who changed it.
    pub changed_by: String,
}

/// What people say of a host beyond its place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct About {
    /// Why it is in its state.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Services that run on it.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub services: BTreeSet<ObjectId>,
    /// Labels.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Tags.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub tags: BTreeSet<String>,
    /// Values of custom fields.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub custom: Map,
    /// Free text.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub notes: String,
}

/// Hosts.
#[async_trait]
pub trait Hosts: Send + Sync {
    /// Writes hosts, each in place of the one with its id, and appends what is to be said of it to the audit log: all of it, or nothing.
    async fn put_hosts(&self, hosts: &[Host], entries: &[AuditEntry]) -> Result<AuditHead>;

    /// Hosts in the byte order of their ids.
    async fn hosts(&self, page: &Page) -> Result<Paged<Host>>;

    /// Removes hosts. Their grains, jobs and keys are the other rooms'. Answers how many there were.
    async fn delete_hosts(&self, ids: &[MinionId], entries: &[AuditEntry]) -> Result<u64>;
}
