//! One provider: what it tells of itself, its keys, and what is asked of it. Everything it says is looked at before it is believed.

use super::config::{ProviderConfig, ProviderKind, is_safe};
use super::token::{BadToken, Claims, Wanted, check};
use crate::http::{Answer, Http, form};
use jsonwebtoken::jwk::JwkSet;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tracing::warn;
use value::Secret;

/// What it told of itself is believed for so long.
const FRESH: Duration = Duration::from_secs(3600);
/// For a key that nobody knows its keys are asked for again, but not more often.
const AGAIN: Duration = Duration::from_secs(10);
/// One answer may take so long; a person waits for it.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why the provider cannot be used now, or does not want somebody.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// It is away, slow or broken: later it may be well.
    #[error("{0}")]
    Away(String),
    /// It says no.
    #[error("{0}")]
    Refused(String),
    /// What it says cannot be true.
    #[error("{0}")]
    Lies(String),
}

/// What it tells of itself.
#[derive(Clone, Debug, Deserialize)]
pub struct Description {
    issuer: String,
    /// Where a browser goes.
    pub authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    #[serde(default)]
    userinfo_endpoint: Option<String>,
    #[serde(default)]
    revocation_endpoint: Option<String>,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
}

/// Tokens of somebody.
#[derive(Clone, Debug, Deserialize)]
pub struct Tokens {
    /// For asking in his name.
    pub access_token: Secret<String>,
    /// For new ones.
    #[serde(default)]
    pub refresh_token: Option<Secret<String>>,
    /// Who he is.
    #[serde(default)]
    pub id_token: Option<String>,
}

struct Kept<T> {
    value: Arc<T>,
    at: Instant,
}

/// A provider.
pub struct Provider {
    /// Its name here.
    pub name: String,
    /// As it is configured.
    pub config: ProviderConfig,
    description: Mutex<Option<Kept<Description>>>,
    keys: Mutex<Option<Kept<JwkSet>>>,
    trouble: Mutex<Option<String>>,
}

impl Provider {
    /// One that nothing has been asked yet.
    #[must_use]
    pub const fn new(name: String, config: ProviderConfig) -> Self {
        Self { name, config, description: Mutex::new(None), keys: Mutex::new(None), trouble: Mutex::new(None) }
    }

    /// Whether it is GitLab.
    #[must_use]
    pub fn is_gitlab(&self) -> bool {
        self.config.kind == ProviderKind::Gitlab
    }

    /// What went wrong the last time it was asked, if something did.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, trouble: Option<&Trouble>) {
        let away = trouble.filter(|trouble| !matches!(trouble, Trouble::Refused(_))).map(ToString::to_string);
        let before = std::mem::replace(&mut *self.trouble.lock().unwrap_or_else(PoisonError::into_inner), away.clone());
        if let (None, Some(trouble)) = (before, away) {
            warn!(provider = self.name, trouble, "a provider of logins cannot be asked");
        }
    }

    /// What it tells of itself.
    ///
    /// # Errors
    /// When it is away, or tells what cannot be true.
    pub async fn description(&self) -> Result<Arc<Description>, Trouble> {
        let known = kept(&self.description, FRESH);
        if let Some(known) = known {
            return Ok(known);
        }
        let url = format!("{}/.well-known/openid-configuration", self.config.issuer.trim_end_matches('/'));
        let told = self.get::<Description>(&url, None).await;
        self.note(told.as_ref().err());
        let told = told?;
        if told.issuer != self.config.issuer {
            let lie = Trouble::Lies(format!("`{url}` says that it is `{}`, not `{}`", told.issuer, self.config.issuer));
            self.note(Some(&lie));
            return Err(lie);
        }
        let places = [&told.authorization_endpoint, &told.token_endpoint, &told.jwks_uri];
        let more = told.userinfo_endpoint.iter().chain(&told.revocation_endpoint);
        if let Some(open) = places.into_iter().chain(more).find(|place| !is_safe(place)) {
            return Err(Trouble::Lies(format!("`{url}` names `{open}`, where secrets would go unencrypted")));
        }
        Ok(keep(&self.description, told))
    }

    /// Checks who an ID token says somebody is.
    ///
    /// # Errors
    /// When it is none, or the keys cannot be had.
    pub async fn identity(&self, token: &str, nonce: &str) -> Result<Claims, Trouble> {
        let wanted = Wanted { issuer: &self.config.issuer, client: &self.config.client_id, nonce };
        let lie = |error: BadToken| Trouble::Lies(format!("the ID token is none: {error}"));
        let keys = match kept(&self.keys, FRESH) {
            Some(keys) => keys,
            None => self.new_keys().await?,
        };
        match check(token, &keys, &wanted) {
            // It may have new keys since.
            Err(BadToken::UnknownKey) if kept(&self.keys, AGAIN).is_none() => check(token, &*self.new_keys().await?, &wanted).map_err(lie),
            other => other.map_err(lie),
        }
    }

    async fn new_keys(&self) -> Result<Arc<JwkSet>, Trouble> {
        let description = self.description().await?;
        // A key of a kind that nobody here knows must not hide the others.
        let all: Value = self.get(&description.jwks_uri, None).await?;
        let keys = all.get("keys").and_then(Value::as_array).into_iter().flatten();
        let keys = keys.filter_map(|key| serde_json::from_value(key.clone()).ok()).collect();
        Ok(keep(&self.keys, JwkSet { keys }))
    }

    /// Gives a code for tokens.
    ///
    /// # Errors
    /// When it does not take the code, or is away.
    pub async fn exchange(&self, code: &str, verifier: &str, redirect: &str) -> Result<Tokens, Trouble> {
        let fields = [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirect), ("code_verifier", verifier)];
        self.tokens(&fields).await
    }

    /// Gives a token for new ones.
    ///
    /// # Errors
    /// When it does not take the token any more, or is away.
    pub async fn refresh(&self, token: &Secret<String>) -> Result<Tokens, Trouble> {
        self.tokens(&[("grant_type", "refresh_token"), ("refresh_token", token.reveal())]).await
    }

    async fn tokens(&self, fields: &[(&str, &str)]) -> Result<Tokens, Trouble> {
        let given = self.ask_tokens(fields).await;
        self.note(given.as_ref().err());
        given
    }

    async fn ask_tokens(&self, fields: &[(&str, &str)]) -> Result<Tokens, Trouble> {
        let endpoint = self.description().await?.token_endpoint.clone();
        let answer = self.post(&endpoint, fields).await?;
        match answer.status {
            200 => serde_json::from_slice(&answer.body).map_err(|_| Trouble::Lies(format!("`{endpoint}` answers with no tokens"))),
            400 | 401 | 403 => {
                let why: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
                let why = why.get("error").and_then(Value::as_str).unwrap_or("no reason").to_owned();
                // Only these speak of the person. That this master is not known there, or that a proxy is ill, does not.
                match why.as_str() {
                    "invalid_grant" | "access_denied" => Err(Trouble::Refused(format!("`{endpoint}` refuses: {why}"))),
                    _ => Err(Trouble::Away(format!("`{endpoint}` answers with status {}: {why}", answer.status))),
                }
            }
            status => Err(Trouble::Away(format!("`{endpoint}` answers with status {status}"))),
        }
    }

    /// Gives a token back.
    ///
    /// # Errors
    /// When it is away.
    pub async fn revoke(&self, token: &Secret<String>) -> Result<(), Trouble> {
        let Some(endpoint) = self.description().await?.revocation_endpoint.clone() else { return Ok(()) };
        self.post(&endpoint, &[("token", token.reveal()), ("token_type_hint", "refresh_token")]).await.map(drop)
    }

    /// What it says of somebody besides who he is.
    ///
    /// # Errors
    /// When it is away, or speaks of somebody else.
    pub async fn person(&self, sub: &str, access: &Secret<String>) -> Result<Map<String, Value>, Trouble> {
        let Some(endpoint) = self.description().await?.userinfo_endpoint.clone() else { return Ok(Map::new()) };
        let said: Map<String, Value> = self.get(&endpoint, Some(access)).await?;
        match said.get("sub").and_then(Value::as_str) {
            Some(of) if of == sub => Ok(said),
            other => Err(Trouble::Lies(format!("`{endpoint}` speaks of `{}`, not of `{sub}`", other.unwrap_or("nobody")))),
        }
    }

    /// A question, whose answer is JSON.
    ///
    /// # Errors
    /// When there is no good answer.
    pub async fn get<T: DeserializeOwned>(&self, url: &str, access: Option<&Secret<String>>) -> Result<T, Trouble> {
        let mut asking = http()?.request(url).map_err(|error| away(&error))?.get();
        asking = asking.header("accept", "application/json").map_err(|error| away(&error))?;
        if let Some(access) = access {
            asking = asking.header("authorization", &format!("Bearer {}", access.reveal())).map_err(|error| away(&error))?;
        }
        let answer = in_time(url, asking.send()).await?;
        match answer.status {
            200 => {
                serde_json::from_slice(&answer.body).map_err(|error| Trouble::Lies(format!("`{url}` answers with no JSON of use: {error}")))
            }
            401 | 403 | 404 | 410 => Err(Trouble::Refused(format!("`{url}` answers with status {}", answer.status))),
            status => Err(Trouble::Away(format!("`{url}` answers with status {status}"))),
        }
    }

    async fn post(&self, url: &str, fields: &[(&str, &str)]) -> Result<Answer, Trouble> {
        let methods = &self.description().await?.token_endpoint_auth_methods_supported;
        let (id, secret) = (self.config.client_id.as_str(), self.config.client_secret.reveal().as_str());
        let asking = http()?.request(url).map_err(|error| away(&error))?;
        let by_header = methods.is_empty() || methods.iter().any(|method| method == "client_secret_basic");
        let asking = if by_header {
            let escaped = |text: &str| {
                let mut out = String::new();
                crate::http::escape(text, &mut out);
                out
            };
            asking.login(&escaped(id), &escaped(secret)).form(form(fields))
        } else {
            asking.form(form(&[fields, &[("client_id", id), ("client_secret", secret)]].concat()))
        };
        in_time(url, asking.send()).await
    }
}

fn http() -> Result<Http, Trouble> {
    Http::new().map_err(|error| away(&error))
}

fn away(error: &(dyn std::error::Error + 'static)) -> Trouble {
    Trouble::Away(output::chain(error))
}

async fn in_time(url: &str, asking: impl Future<Output = Result<Answer, crate::http::HttpError>>) -> Result<Answer, Trouble> {
    let answer = tokio::time::timeout(PATIENCE, asking).await;
    answer.map_err(|_| Trouble::Away(format!("`{url}` does not answer")))?.map_err(|error| away(&error))
}

fn kept<T>(place: &Mutex<Option<Kept<T>>>, fresh: Duration) -> Option<Arc<T>> {
    let place = place.lock().unwrap_or_else(PoisonError::into_inner);
    place.as_ref().filter(|kept| kept.at.elapsed() < fresh).map(|kept| Arc::clone(&kept.value))
}

fn keep<T>(place: &Mutex<Option<Kept<T>>>, value: T) -> Arc<T> {
    let value = Arc::new(value);
    *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(Kept { value: Arc::clone(&value), at: Instant::now() });
    value
}
