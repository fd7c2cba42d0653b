//! Minions and their grains.

use crate::{Absent, Refused, schema};
use model::{KeyState, MinionId, Presence, Target, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use value::{Map, Value};

/// Which minions to list: query of `GET /minions`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MinionFilter {
    /// Target expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Kind of the target expression; `glob` when missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub kind: Option<model::TargetKind>,
    /// Only those that are there (`true`) or away (`false`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub online: Option<bool>,
    /// Where an earlier answer ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// At most this many, by id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

impl MinionFilter {
    /// The target as a whole.
    #[must_use]
    pub fn as_target(&self) -> Option<Target> {
        self.target.as_ref().map(|expression| Target::new(self.kind.unwrap_or_default(), expression.as_str()))
    }
}

/// A minion in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MinionSummary {
    /// Its id.
    #[schema(value_type = String)]
    pub id: MinionId,
    /// Whether it is there.
    #[schema(value_type = schema::Presence)]
    pub presence: Presence,
    /// State of its key.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub key: Option<KeyState>,
    /// Version of the agent.
    #[serde(default)]
    pub version: String,
    /// Operating system, as the grain `osfinger` or `os` has it.
    #[serde(default)]
    pub os: String,
    /// When the grains were last pushed.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub grains_at: Option<Timestamp>,
}

/// A minion with its grains.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MinionView {
    /// The minion.
    pub minion: MinionSummary,
    /// Its grains as last pushed.
    #[schema(value_type = Object)]
    pub grains: Map,
}

/// Which changes of grains to tell: query of `GET /minions/{id}/grains/history`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GrainFilter {
    /// At or below this path (`ip4_interfaces:eth0`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// At most this many, newest first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// One change of a grain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GrainChange {
    /// When it was pushed.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Where, segments joined with colons.
    pub path: String,
    /// What was there; missing when it is new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub old: Option<Value>,
    /// What is there; missing when it is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub new: Option<Value>,
}

/// Whom a target means now: answer of `POST /targets/preview`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Preview {
    /// Minions that a job would be for, those that are away included.
    #[schema(value_type = Vec<String>)]
    pub matched: Vec<MinionId>,
    /// Those of `matched` that are away.
    #[serde(default)]
    pub offline: Vec<Absent>,
    /// Minions that are meant but would not get a job.
    #[serde(default)]
    pub refused: Vec<Refused>,
}
