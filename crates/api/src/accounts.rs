//! Accounts of this system's own, and logins that are open.

use model::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use value::Secret;

/// Whether an account may log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccountState {
    /// It may.
    Active,
    /// It may not.
    Disabled,
}

/// An account; its password is never told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Account {
    /// Its identity, which outlives a change of name.
    pub id: String,
    /// Login name.
    pub name: String,
    /// A program's, not a person's.
    #[serde(default)]
    pub service: bool,
    /// Whether it may log in.
    pub state: AccountState,
    /// Who keeps it: `local`, or what it was imported from.
    pub source: String,
    /// Name of the person.
    #[serde(default)]
    pub full_name: String,
    /// Where to write to them.
    #[serde(default)]
    pub email: String,
    /// Groups, which rules name as `group%`.
    pub groups: Vec<String>,
    /// Whether it has a password.
    pub has_password: bool,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub made: Timestamp,
    /// Who made it.
    pub made_by: String,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub changed: Timestamp,
    /// When somebody last logged in with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_login: Option<Timestamp>,
}

/// Make an account: `POST /accounts`.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddAccount {
    /// Login name.
    pub name: String,
    /// Password; without one nobody can log in by password.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Password)]
    pub password: Option<Secret<String>>,
    /// A program's, not a person's.
    #[serde(default)]
    pub service: bool,
    /// Name of the person.
    #[serde(default)]
    pub full_name: String,
    /// Where to write to them.
    #[serde(default)]
    pub email: String,
    /// Groups.
    #[serde(default)]
    pub groups: Vec<String>,
}

/// Change an account: `PATCH /accounts/{name}`. What is missing stays. A new password, new groups and another state end its logins.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeAccount {
    /// The new password.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Password)]
    pub password: Option<Secret<String>>,
    /// All groups from now on.
    #[serde(default)]
    pub groups: Option<Vec<String>>,
    /// Whether it may log in from now on.
    #[serde(default)]
    pub state: Option<AccountState>,
    /// Name of the person.
    #[serde(default)]
    pub full_name: Option<String>,
    /// Where to write to them.
    #[serde(default)]
    pub email: Option<String>,
}

/// An open login, without its token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LoginView {
    /// Names it in lists and for ending it; no secret.
    pub id: String,
    /// Who.
    pub user: String,
    /// By which backend.
    pub eauth: String,
    /// Groups that the backend knew of.
    pub groups: Vec<String>,
    /// From where.
    pub origin: String,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub made: Timestamp,
    /// With what program, as it said itself.
    #[serde(default)]
    pub agent: String,
    /// When it was last shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub seen: Option<Timestamp>,
    /// Until when.
    #[schema(value_type = String, format = DateTime)]
    pub expires: Timestamp,
}
