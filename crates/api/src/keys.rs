//! Keys of minions and join tokens.

use crate::{Span, schema};
use model::{Fingerprint, Key, KeyState, MinionId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Which keys to list: query of `GET /keys`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyFilter {
    /// Pattern over the ids.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minion: Option<String>,
    /// Keys in this state only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub state: Option<KeyState>,
}

/// What to do with keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyAction {
    /// Let the minion in.
    Accept,
    /// Keep it out.
    Reject,
    /// Forget the key; an open session of it ends.
    Delete,
}

/// Change keys: `POST /keys/change`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeKeys {
    /// What to do.
    pub action: KeyAction,
    /// Patterns over the ids; a key is meant when one of them matches.
    pub minions: Vec<String>,
    /// Only keys in one of these states. Empty means the states that the action is for: pending for accept and reject, all for delete.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub states: Vec<KeyState>,
    /// Only the key with this fingerprint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub fingerprint: Option<Fingerprint>,
    /// Only tell which keys are meant.
    #[serde(default)]
    pub dry_run: bool,
}

/// Which keys were changed (or would be).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeysChanged {
    /// The keys: as they are now, deleted ones as they were, and for a dry run as they are.
    #[schema(value_type = Vec<schema::Key>)]
    pub keys: Vec<Key>,
    /// Patterns that no key matched.
    #[serde(default)]
    pub unmatched: Vec<String>,
}

/// Which changes of keys to tell: query of `GET /keys/history`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyHistoryFilter {
    /// Of this id only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub minion: Option<MinionId>,
    /// At most this many, newest first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// One change in the life of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeyChange {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The id that it was offered for.
    #[schema(value_type = String)]
    pub minion: MinionId,
    /// Which key.
    #[schema(value_type = String)]
    pub fingerprint: Fingerprint,
    /// State before; missing when it was first seen.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub from: Option<KeyState>,
    /// State after; missing when it was deleted.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub to: Option<KeyState>,
    /// Who or what did it.
    pub by: String,
}

/// The master's own key: `GET /keys/master`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MasterKey {
    /// What minions check as `master_finger`.
    #[schema(value_type = String)]
    pub fingerprint: Fingerprint,
    /// The public key, PEM.
    pub public: String,
}

/// Make a join token: `POST /join-tokens`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateToken {
    /// Pattern over the ids that it lets in.
    #[serde(default = "any")]
    pub pattern: String,
    /// How many minions it lets in.
    #[serde(default = "one")]
    pub uses: u32,
    /// How long it lives.
    #[serde(default = "day")]
    #[schema(value_type = f64)]
    pub lifetime: Span,
    /// What it is for.
    #[serde(default)]
    pub note: String,
}

fn any() -> String {
    "*".to_owned()
}

const fn one() -> u32 {
    1
}

const fn day() -> Span {
    Span::seconds(86_400)
}

/// A join token, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JoinToken {
    /// Names it in lists and for deleting; no secret.
    pub id: String,
    /// Pattern over the ids that it lets in.
    pub pattern: String,
    /// How many minions it still lets in.
    pub uses_left: u32,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub made: Timestamp,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    pub expires: Timestamp,
    /// Who made it.
    pub made_by: String,
    /// What it is for.
    #[serde(default)]
    pub note: String,
}

/// A new join token; the only answer that ever holds the secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NewToken {
    /// What stands in the minion's configuration as `join_token`.
    pub secret: String,
    /// The token.
    pub token: JoinToken,
}
