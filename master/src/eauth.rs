//! External authentication: who proves to be whom, by the backends that `external_auth` names. What they may then do is policy's business.
//!
//! An unknown backend, an unknown user and a wrong password look the same from outside and take the same time at least.

mod file;
mod ldap;
pub mod own;
mod pam;
mod rest;

use crate::core::Core;
use crate::settings::Settings;
use manager::{Caller, Origin, Rank, Refusal};
use std::time::Duration;
use subtle::ConstantTimeEq;
use tokio::time::Instant;
use tracing::{info, warn};
use value::{Map, Secret, Value, text};

/// No answer to a login that fails comes sooner.
const AT_LEAST: Duration = Duration::from_secs(1);
/// A backend that says nothing for so long has refused.
const AT_MOST: Duration = Duration::from_secs(15);

/// A name with its proof.
pub struct Credentials {
    /// Login name.
    pub user: String,
    /// Password, or the shared secret.
    pub password: Secret<String>,
    /// Backend.
    pub backend: String,
}

/// The groups of somebody who has proved to be himself; `None` when he has not.
type Proved = Result<Option<Vec<String>>, Trouble>;

/// A backend that could not do its work. It is told in the log only.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Trouble(String);

impl Trouble {
    fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

/// Checks a login.
///
/// # Errors
/// When it fails, whatever the reason.
pub async fn authenticate(core: &Core, asked: &Credentials, origin: Origin) -> Result<Caller, Refusal> {
    let begun = Instant::now();
    let settings = core.settings();
    let proved = match tokio::time::timeout(AT_MOST, prove(core, &settings, asked)).await {
        Ok(proved) => proved,
        Err(_) => Err(Trouble::new("it did not answer in time")),
    };
    let groups = proved.unwrap_or_else(|trouble| {
        warn!(backend = asked.backend, %trouble, "a backend of logins has trouble");
        None
    });
    let Some(groups) = groups else {
        warn!(user = asked.user, backend = asked.backend, ?origin, "a login failed");
        tokio::time::sleep_until(begun + AT_LEAST).await;
        return Err(Refusal::new(api::ErrorCode::Unauthenticated, "could not authenticate using provided credentials"));
    };
    info!(user = asked.user, backend = asked.backend, "a login");
    let rank = Rank::Login { user: asked.user.clone(), backend: asked.backend.clone(), groups, scopes: None };
    // A login is another person than a user of this host of the same name.
    Ok(Caller { name: format!("{}@{}", asked.user, asked.backend), origin, rank })
}

async fn prove(core: &Core, settings: &Settings, asked: &Credentials) -> Proved {
    // Turns, so that guessing does not take the master's time from everybody else.
    let _turn = core.logins.turn().await.map_err(|_| Trouble::new("the master stops"))?;
    let none = Map::new();
    let options = match settings.config.external_auth.get(asked.backend.as_str()) {
        Some(Value::Map(options)) => options,
        // Accounts of this system need no rule to log in: their roles say what they may do, and without one that is nothing.
        None if asked.backend == own::NAME => &none,
        _ => return Ok(None),
    };
    if !is_login(&asked.user) {
        return Ok(None);
    }
    match asked.backend.as_str() {
        own::NAME => own::prove(core, asked).await,
        "file" => file::prove(options, asked).await,
        "pam" => pam::prove(asked).await,
        "ldap" => ldap::prove(&settings.config, asked).await,
        "rest" => rest::prove(options, asked).await,
        "auto" => {
            warn!(user = asked.user, "`auto` lets everybody in under any name: it is for tests alone");
            Ok(Some(Vec::new()))
        }
        "sharedsecret" => {
            let Some(secret) = &settings.config.sharedsecret else { return Err(Trouble::new("`sharedsecret` is not configured")) };
            Ok(same(secret.reveal(), asked.password.reveal()).then(Vec::new))
        }
        other => {
            Err(Trouble::new(format!("`external_auth` names `{other}`; sylvite, file, pam, sharedsecret, ldap, rest and auto are there")))
        }
    }
}

/// Whether two secrets are the same, in a time that tells nothing of where they differ. An empty one never is.
fn same(wanted: &str, given: &str) -> bool {
    !wanted.is_empty() && bool::from(wanted.as_bytes().ct_eq(given.as_bytes()))
}

/// A name that may stand in files, commands and queries.
fn is_login(user: &str) -> bool {
    !user.is_empty() && user.len() <= 256 && !user.starts_with('-') && !user.chars().any(|c| c.is_control() || c == ':')
}

/// An option of a backend, `^name`.
fn option(options: &Map, name: &str) -> Option<String> {
    options.get(&format!("^{name}")).filter(|value| !value.is_null()).map(text::str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_secret_opens_nothing() {
        assert!(same("x", "x") && !same("x", "y") && !same("", "") && !same("x", ""));
    }

    #[test]
    fn names_that_would_mean_something_to_a_file_or_a_command_are_none() {
        assert!(is_login("fred") && is_login("DOM\\fred") && is_login("f@x"));
        for bad in ["", "-h", "a:b", "a\nb", "a\0b"] {
            assert!(!is_login(bad), "{bad:?}");
        }
    }
}
