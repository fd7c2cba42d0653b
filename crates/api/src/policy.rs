//! Logins, and why somebody may or may not do something.

use crate::schema;
use model::{Call, Target, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use value::{Secret, Value};

/// Log in by a backend of `external_auth`: `POST /login`.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// Login name.
    pub username: String,
    /// Password, or the shared secret.
    #[schema(value_type = String, format = Password)]
    pub password: Secret<String>,
    /// Backend, such as `file` or `ldap`.
    pub eauth: String,
    /// How long the login is to last, in seconds; no longer than `token_expire`.
    #[serde(default)]
    pub token_expire: Option<f64>,
    /// The code of the moment, for accounts with a second factor.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub otp: Option<Secret<String>>,
    /// What the program says it is; taken from the header `User-Agent`.
    #[serde(skip)]
    pub agent: String,
}

/// An open login. Requests show its token in the header `X-Auth-Token`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OpenLogin {
    /// The token.
    pub token: String,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub start: Timestamp,
    /// Until when.
    #[schema(value_type = String, format = DateTime)]
    pub expire: Timestamp,
    /// Who.
    pub user: String,
    /// By which backend.
    pub eauth: String,
    /// What they may do, as it stands in the configuration.
    #[schema(value_type = Vec<Object>)]
    pub perms: Vec<Value>,
}

/// May somebody do this? `POST /policy/explain`. With `target` it is about minions, otherwise about a runner, or a wheel function.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Explain {
    /// Who: a user of the master's host, a login, or a minion.
    pub user: String,
    /// The backend of a login; `minion` for a minion. Otherwise a user of the master's host is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eauth: Option<String>,
    /// Groups that they are in.
    #[serde(default)]
    pub groups: Vec<String>,
    /// What they would call.
    #[schema(value_type = schema::Call)]
    pub call: Call,
    /// On which minions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Target>)]
    pub target: Option<Target>,
    /// Without `target`: a wheel function is meant, not a runner.
    #[serde(default)]
    pub wheel: bool,
}

/// What the policy would say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Explained {
    /// Whether they may.
    pub allowed: bool,
    /// The rule that decides, or what is missing.
    pub reason: String,
    /// How many minions it would be for.
    pub minions: u64,
}
