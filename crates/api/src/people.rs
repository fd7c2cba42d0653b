//! Logins of people: providers elsewhere, browsers, command lines that ask a browser, the second factor.

use crate::OpenLogin;
use model::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use value::Secret;

/// Somebody elsewhere who knows the people: GitLab, or another provider of OpenID Connect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Provider {
    /// Its name in addresses and rules.
    #[schema(example = "gitlab")]
    pub name: String,
    /// What people read.
    pub title: String,
    /// Where a browser begins to log in.
    pub login: String,
    /// Why nobody can log in there now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

/// Who asks: `GET /me`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Me {
    /// The name in the log.
    pub name: String,
    /// The login name.
    pub user: String,
    /// By which backend.
    pub eauth: String,
    /// They may everything.
    pub administrator: bool,
    /// The roles they have now, with where.
    pub roles: Vec<String>,
    /// The word that a page adds to its requests as `X-CSRF-Token`; for sessions of browsers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub csrf: Option<String>,
}

/// A login that begins at a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BeginLogin {
    /// The provider.
    pub provider: String,
    /// The page to come back to: a path of this master.
    pub return_to: String,
    /// Where this master is reached from the browser: `https://host:port`.
    pub origin: String,
}

/// What a browser gets of a login that has begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    /// Where it goes now.
    pub url: String,
    /// What it keeps until it comes back, so that no other browser can finish the login.
    pub secret: String,
}

/// A browser that comes back from a provider.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FinishLogin {
    /// The provider.
    pub provider: String,
    /// What the browser kept.
    pub secret: String,
    /// The parameters `state`, `code`, `iss`, `error` as they came.
    pub state: String,
    /// The code.
    pub code: Option<String>,
    /// Who says it is the provider.
    pub iss: Option<String>,
    /// Why the provider refused.
    pub error: Option<String>,
    /// What the browser says it is.
    pub agent: String,
}

/// A command line asks for a login that somebody gives it in a browser: `POST /login/device`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceAsk {
    /// What it calls itself, for the person who is asked.
    #[serde(default)]
    pub name: String,
}

/// The answer: what the person types, and what the command line asks with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeviceStart {
    /// What the command line asks with; a secret.
    pub device_code: String,
    /// What the person compares and types.
    #[schema(example = "BCDF-GHJK")]
    pub user_code: String,
    /// The page for it, a path of this master.
    pub page: String,
    /// How long it is good, in seconds.
    pub expires_in: u64,
    /// How often to ask, in seconds.
    pub interval: u64,
}

/// Ask whether it was given: `POST /login/device/token`.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DevicePoll {
    /// From [`DeviceStart`].
    #[schema(value_type = String, format = Password)]
    pub device_code: Secret<String>,
}

/// How it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum DeviceState {
    /// Nobody has answered yet.
    Pending,
    /// It was refused.
    Denied,
    /// It was given: this is the login.
    Given {
        /// The login.
        login: OpenLogin,
    },
}

/// What the person is shown: `GET /login/device/{id}`, by the code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeviceView {
    /// The code.
    pub user_code: String,
    /// What the command line calls itself.
    pub name: String,
    /// From where it asks.
    pub origin: String,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub made: Timestamp,
}

/// Give a command line a login, or refuse it: `POST /login/device/answer`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceAnswer {
    /// The code.
    pub user_code: String,
    /// Whether it is given.
    pub give: bool,
}

/// A second factor that was made now: `POST /accounts/{id}/otp`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SecondFactor {
    /// For the app: `otpauth://totp/…`. It is told this once.
    pub url: String,
}

/// What the mappings of a provider give somebody: `GET /mappings/preview/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MeasuredMapping {
    /// The role.
    pub role: String,
    /// Where.
    pub scope: String,
    /// Because of which group or project there.
    pub because: String,
}
