//! Hosts: what people say of machines, and how their facts have changed.

use model::{MinionId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;
use value::{Map, Value};

/// State of a host's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HostState {
    /// In use.
    Active,
    /// Somebody works at it: no jobs, no alarms.
    Maintenance,
    /// Out of use, and kept for the record.
    Retired,
}

/// A host.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Host {
    /// Id of its minion.
    #[schema(value_type = String)]
    pub id: MinionId,
    /// State of its life.
    pub state: HostState,
    /// When maintenance ends by itself.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
    /// Why it is in its state.
    pub reason: String,
    /// Id of the project it belongs to.
    pub project: Option<String>,
    /// Its name.
    pub project_name: Option<String>,
    /// Id of the environment it stands in.
    pub environment: Option<String>,
    /// Its name.
    pub environment_name: Option<String>,
    /// Ids of the services on it.
    pub services: Vec<String>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Tags.
    pub tags: Vec<String>,
    /// Values of custom fields.
    #[schema(value_type = Object)]
    pub custom: Map,
    /// Free text.
    pub notes: String,
    /// Facts that it has told of itself, the few that lists show.
    #[schema(value_type = Object)]
    pub facts: Map,
    /// Whether it has a connection.
    pub online: bool,
    /// State of its key.
    pub key: Option<String>,
    /// How it is: `green`, `red`, `blue` (maintenance), `grey` (retired).
    pub status: String,
    /// Why it is so.
    pub why: String,
    /// How often people have changed it.
    pub version: u64,
    /// When it appeared.
    #[schema(value_type = String, format = DateTime)]
    pub made: Timestamp,
    /// When people last changed it.
    #[schema(value_type = String, format = DateTime)]
    pub changed: Timestamp,
    /// Who changed it.
    pub changed_by: String,
}

/// What to change of what is said of hosts; what is missing stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HostPatch {
    /// State of their life.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<HostState>,
    /// When maintenance ends by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Id or name of the project; empty for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// Id or name of the environment; empty for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// Ids or names of services, all of them from now on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub services: Option<BTreeSet<String>>,
    /// Labels to set; `null` takes one away.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, Option<String>>,
    /// Tags to add.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub add_tags: BTreeSet<String>,
    /// Tags to take away.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub remove_tags: BTreeSet<String>,
    /// Values of custom fields to set; `null` takes one away.
    #[serde(skip_serializing_if = "Map::is_empty")]
    #[schema(value_type = Object)]
    pub custom: Map,
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
}

/// Change hosts: `POST /hosts/change`. They are named, or found by a compound target.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ChangeHosts {
    /// Ids.
    #[schema(value_type = Vec<String>)]
    pub hosts: BTreeSet<MinionId>,
    /// A compound target; all that match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// What to change.
    pub patch: HostPatch,
}

/// What became of a change of hosts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HostsChanged {
    /// Hosts that were meant.
    pub matched: u64,
    /// Ids of those that are different now, or would be.
    #[schema(value_type = Vec<String>)]
    pub changed: Vec<MinionId>,
}

/// Which changes of facts: query of `GET /facts/history`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FactHistory {
    /// Of this host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub host: Option<MinionId>,
    /// Of this fact and what lies below it: `kernelrelease`, `ip4_interfaces:eth0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// At this moment or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Timestamp>,
    /// Before this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
    /// Where an earlier answer ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// At most this many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// That a fact of a host has changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FactChange {
    /// Whose.
    #[schema(value_type = String)]
    pub host: MinionId,
    /// When it was told.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Where it stands among the facts.
    pub path: String,
    /// What it was; missing when it was not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub old: Option<Value>,
    /// What it is; missing when it is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub new: Option<Value>,
}

/// Hosts as a table: comma-separated values in UTF-8 with a mark that Excel knows.
///
/// Columns: `id`, `state`, `until`, `reason`, `project`, `environment`, `services`, `tags` (both separated by `;`), `notes`, `label.NAME`,
/// `custom.NAME`; `fact.NAME` is for people to read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HostTable {
    /// The table.
    pub table: String,
}

/// A row of a table that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RowFault {
    /// Its number, the heading is 1.
    pub row: u64,
    /// The host it is about.
    pub id: String,
    /// What is wrong.
    pub fault: String,
}

/// What became of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HostsImported {
    /// Rows that were read.
    pub rows: u64,
    /// Ids of hosts that are different now, or would be. Nothing is changed where a row is at fault.
    #[schema(value_type = Vec<String>)]
    pub changed: Vec<MinionId>,
    /// Rows at fault.
    pub faults: Vec<RowFault>,
}
