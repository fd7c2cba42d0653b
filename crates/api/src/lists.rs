//! The query of lists, and what all objects of the catalogue have.

use model::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What part of a list is wanted: query of the lists that take it. All three are JSON, as `ra-data-simple-rest` sends it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListParams {
    /// Conditions that hold together: `{"name":"web*","rank_gte":2,"label.team":"web","id":["a","b"],"q":"words"}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// Field and direction: `["name","ASC"]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<String>,
    /// First and last: `[0,24]`. `Content-Range` in the answer tells how many there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<String>,
}

/// How a change is to be made: query of the routes that change something.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeParams {
    /// `1`: change nothing, and say what would come of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dry_run: Option<u8>,
}

/// What every object has beside its own fields. A request may hold these fields too; they are passed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ObjectHead {
    /// Its identity, which outlives a change of name.
    pub id: String,
    /// How often it was written; `If-Match` compares with it.
    pub version: u64,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub made: Timestamp,
    /// Who made it.
    pub made_by: String,
    /// When it was last written.
    #[schema(value_type = String, format = DateTime)]
    pub changed: Timestamp,
    /// Who wrote it.
    pub changed_by: String,
    /// It comes with this program and cannot be changed.
    pub builtin: bool,
}
