//! What is configured of a provider: the key `oidc`, a name with its fields.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;
use value::{Map, Secret, Value, text};

/// What kind of provider it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProviderKind {
    /// GitLab: groups and projects with levels are asked for by its API.
    Gitlab,
    /// Another one: groups stand in a claim.
    #[default]
    Oidc,
}

/// A provider.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderConfig {
    /// What kind of provider it is.
    #[serde(default)]
    pub kind: ProviderKind,
    /// What people read.
    #[serde(default)]
    pub title: String,
    /// Who it says it is; its description is found below.
    pub issuer: String,
    /// The id of this master there.
    pub client_id: String,
    /// The secret to it.
    pub client_secret: Secret<String>,
    /// What is asked for.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// GitLab's API; below the issuer unless told otherwise.
    #[serde(default)]
    pub api: Option<String>,
    /// A token for that API that may read, of the master's own: by it people are looked at who have no session.
    #[serde(default)]
    pub api_token: Option<Secret<String>>,
    /// The claim with the login name.
    #[serde(default = "preferred_username")]
    pub name_claim: String,
    /// The claim with groups.
    #[serde(default = "groups")]
    pub groups_claim: String,
    /// The group whose members administer this master.
    #[serde(default)]
    pub administrators: Option<String>,
    /// Seconds between two looks at everybody; 300 at most.
    #[serde(default = "every")]
    pub every: u64,
    /// Seconds for which logins go on while it does not answer.
    #[serde(default = "grace")]
    pub grace: u64,
    /// Whom to ask who has no role.
    #[serde(default)]
    pub ask: String,
}

fn preferred_username() -> String {
    "preferred_username".to_owned()
}

fn groups() -> String {
    "groups".to_owned()
}

const fn every() -> u64 {
    240
}

const fn grace() -> u64 {
    8 * 3600
}

/// A provider that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`oidc:{name}`: {why}")]
pub struct BadProvider {
    name: String,
    why: String,
}

impl ProviderConfig {
    /// Reads the key `oidc`.
    ///
    /// # Errors
    /// With the first provider that cannot be used.
    pub fn read(section: &Map) -> Result<BTreeMap<String, Self>, BadProvider> {
        section.iter().map(|(name, value)| Self::one(text::str(name), value)).collect()
    }

    fn one(name: String, value: &Value) -> Result<(String, Self), BadProvider> {
        let bad = |why: String| BadProvider { name: name.clone(), why };
        let json = serde_json::to_value(value).map_err(|error| bad(error.to_string()))?;
        let mut config: Self = serde_json::from_value(json).map_err(|error| bad(error.to_string()))?;
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.is_empty() || !name.chars().all(fits) || ["password", "logout", "device"].contains(&name.as_str()) {
            return Err(bad("the name stands in addresses: small letters, digits and `-`".to_owned()));
        }
        for url in std::iter::once(&config.issuer).chain(&config.api) {
            if !is_safe(url) {
                return Err(bad(format!("`{url}` is not https://; plain http:// is for this host alone")));
            }
        }
        if !(1..=300).contains(&config.every) {
            return Err(bad("`every` is from 1 to 300: who is removed there is out of here within five minutes".to_owned()));
        }
        if config.scopes.is_empty() {
            let usual: &[&str] = match config.kind {
                ProviderKind::Gitlab => &["openid", "profile", "email", "read_api"],
                ProviderKind::Oidc => &["openid", "profile", "email"],
            };
            config.scopes = usual.iter().map(ToString::to_string).collect();
        }
        if !config.scopes.iter().any(|scope| scope == "openid") {
            return Err(bad("`scopes` lacks `openid`".to_owned()));
        }
        if config.title.is_empty() {
            config.title.clone_from(&name);
        }
        Ok((name, config))
    }

    /// The pause between two looks.
    #[must_use]
    pub const fn every(&self) -> Duration {
        Duration::from_secs(self.every)
    }

    /// Where GitLab's API is.
    #[must_use]
    pub fn api(&self) -> String {
        self.api.clone().unwrap_or_else(|| format!("{}/api/v4", self.issuer)).trim_end_matches('/').to_owned()
    }
}

/// Whether an address may carry secrets: encrypted, or not leaving this host.
#[must_use]
pub fn is_safe(url: &str) -> bool {
    let local = |rest: &str| {
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        matches!(name, "127.0.0.1" | "localhost" | "[::1]")
    };
    url.strip_prefix("https://").is_some_and(|rest| !rest.is_empty()) || url.strip_prefix("http://").is_some_and(local)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<BTreeMap<String, ProviderConfig>, BadProvider> {
        ProviderConfig::read(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn gitlab_needs_an_issuer_and_an_application_and_nothing_else() {
        let all = read(r#"{"gitlab": {"kind": "gitlab", "issuer": "https://git.example.com", "client_id": "a", "client_secret": "b"}}"#);
        let gitlab = &all.unwrap()["gitlab"];
        assert_eq!(gitlab.scopes, ["openid", "profile", "email", "read_api"]);
        assert_eq!(gitlab.api(), "https://git.example.com/api/v4");
        assert!(!format!("{gitlab:?}").contains("\"b\""), "{gitlab:?}");
    }

    #[test]
    fn secrets_leave_the_host_encrypted_only() {
        for (url, safe) in [
            ("https://git.example.com", true),
            ("http://127.0.0.1:8080/x", true),
            ("http://git.example.com", false),
            ("http://127.0.0.1.evil.example", false),
            ("http://localhost@evil.example", false),
            ("ftp://x", false),
        ] {
            assert_eq!(is_safe(url), safe, "{url}");
        }
        let bad = read(r#"{"x": {"issuer": "http://git.example.com", "client_id": "a", "client_secret": "b"}}"#).unwrap_err();
        assert!(bad.to_string().contains("oidc:x"), "{bad}");
        let late = r#"{"x": {"issuer": "https://g", "client_id": "a", "client_secret": "b", "every": 900}}"#;
        assert!(read(late).unwrap_err().to_string().contains("five minutes"));
    }
}
