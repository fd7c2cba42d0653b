//! Keys of the API: Salt's names where the meaning is the same, a few of our own.

use model::nearest;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;
use value::{Map, Value, text};

/// Clients of the lowstate.
pub(crate) const CLIENTS: [&str; 9] =
    ["local", "local_async", "local_batch", "local_subset", "runner", "runner_async", "ssh", "wheel", "wheel_async"];

/// Keys of Salt that are taken and mean nothing here: threads, queues and log files of its own server.
const WITHOUT_MEANING: [&str; 10] = [
    "collect_stats",
    "debug",
    "expire_responses",
    "favicon",
    "log_access_file",
    "log_error_file",
    "socket_queue_size",
    "thread_pool",
    "shutdown_timeout",
    "max_upload_size",
];

/// Requests a minute of one login or address, unless configured: many more than a person or a usual script makes.
const USUAL_RATE: u32 = 6_000;

/// Where certificate and key are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tls {
    /// Nothing is encrypted: for a proxy in front, or for tests.
    Off,
    /// Files of the configuration; the chain may stand in a file of its own.
    Files {
        /// Certificate.
        certificate: PathBuf,
        /// Key.
        key: PathBuf,
        /// Further certificates up to a known one.
        chain: Option<PathBuf>,
    },
    /// A pair of the master's own, made when it is not there.
    Own {
        /// Folder that it lies in.
        folder: PathBuf,
    },
}

/// How the API is served.
#[derive(Clone, Debug)]
pub struct ApiConfig {
    /// Address to listen on.
    pub host: IpAddr,
    /// Port to listen on; 0 takes any free one.
    pub port: u16,
    /// Encryption.
    pub tls: Tls,
    /// Clients that are open.
    pub clients: BTreeSet<String>,
    /// Path that everything is below, without a slash at its end.
    pub root_prefix: String,
    /// Page that a browser gets.
    pub app: Option<PathBuf>,
    /// Path of that page.
    pub app_path: String,
    /// Folder of static files.
    pub statics: Option<PathBuf>,
    /// Path of the static files.
    pub static_path: String,
    /// Path of webhooks.
    pub webhook_url: String,
    /// Webhooks need no login.
    pub webhook_open: bool,
    /// The counters need no login.
    pub stats_open: bool,
    /// Whether there are sessions at all.
    pub sessions: bool,
    /// Largest body.
    pub largest_body: usize,
    /// Addresses that may ask; all when there is none.
    pub authorized: Vec<IpAddr>,
    /// Addresses that users may log in from; all when there is none.
    pub login_from: BTreeMap<String, Vec<String>>,
    /// How long a runner is waited for.
    pub patience: Duration,
    /// How long head and body of a request may take.
    pub slowest: Duration,
    /// Most chunks of a lowstate.
    pub chunks: usize,
    /// Most connections.
    pub connections: usize,
    /// Take the token of `/events` from the query too.
    pub token_in_query: bool,
    /// How long a session may go unused.
    pub idle: Duration,
    /// Where people reach this from outside, where a name or a proxy is before it.
    pub public_url: Option<String>,
    /// Requests a minute that one login, or one address without a login, may make; no limit where there is none.
    pub rate: Option<u32>,
    /// Commands of the shell may be run by the client `ssh`.
    pub raw_shell: RawShell,
}

/// Whether the client `ssh` takes commands of the shell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RawShell {
    /// It refuses them.
    #[default]
    Refused,
    /// It runs them (`netapi_allow_raw_shell`).
    Allowed,
}

/// A key of the API that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadApi {
    /// Nobody knows the key.
    #[error("`{section}` has no key `{key}`{hint}")]
    Unknown {
        /// Where it stands.
        section: &'static str,
        /// The key.
        key: String,
        /// The nearest known one.
        hint: String,
    },
    /// The value does not fit.
    #[error("`{key}` of `rest_cherrypy` is `{value}`; {wanted}")]
    Unfit {
        /// The key.
        key: &'static str,
        /// What stands there.
        value: String,
        /// What is wanted.
        wanted: &'static str,
    },
    /// Half of a pair.
    #[error("`rest_cherrypy` names only one of `ssl_crt` and `ssl_key`; name both, or none and the master makes a pair of its own")]
    HalfPair,
}

/// Every key with a meaning.
const KNOWN: [&str; 25] = [
    "port",
    "host",
    "ssl_crt",
    "ssl_key",
    "ssl_chain",
    "disable_ssl",
    "app",
    "app_path",
    "static",
    "static_path",
    "root_prefix",
    "webhook_url",
    "webhook_disable_auth",
    "stats_disable_auth",
    "enable_sessions",
    "max_request_body_size",
    "api_acl",
    "authorized_ips",
    "slowest_request",
    "lowstate_limit",
    "max_connections",
    "session_idle",
    "token_in_query",
    "public_url",
    "rate_limit",
];

impl ApiConfig {
    /// Reads the sections: `rest_cherrypy`, and `api` of our own over it. `None` when no port is named: then nothing is served over TCP.
    ///
    /// # Errors
    /// With the first key that is not known or does not fit.
    pub fn read(salts: &Map, ours: &Map, clients: &[String], patience: Duration, pki: &std::path::Path) -> Result<Option<Self>, BadApi> {
        for (section, map) in [("rest_cherrypy", salts), ("api", ours)] {
            for key in map.keys().map(text::str) {
                if !KNOWN.contains(&key.as_str()) && !WITHOUT_MEANING.contains(&key.as_str()) {
                    let near = nearest(&key, KNOWN.iter().copied());
                    let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
                    return Err(BadApi::Unknown { section, key, hint });
                }
            }
        }
        let keys = Keys { salts, ours };
        let Some(port) = keys.get("port") else { return Ok(None) };
        let port = port.as_int().and_then(|port| u16::try_from(port).ok());
        let port = port.ok_or_else(|| keys.unfit("port", "a number from 0 to 65535 is wanted"))?;
        let (certificate, key) = (keys.path("ssl_crt"), keys.path("ssl_key"));
        let tls = match (keys.flag("disable_ssl", false), certificate, key) {
            (true, _, _) => Tls::Off,
            (false, Some(certificate), Some(key)) => Tls::Files { certificate, key, chain: keys.path("ssl_chain") },
            (false, None, None) => Tls::Own { folder: pki.to_owned() },
            (false, _, _) => return Err(BadApi::HalfPair),
        };
        if let Some(unknown) = clients.iter().find(|client| !CLIENTS.contains(&client.as_str())) {
            let hint = format!("; the clients are {}", CLIENTS.join(", "));
            return Err(BadApi::Unknown { section: "netapi_enable_clients", key: unknown.clone(), hint });
        }
        let host = keys.text("host", "0.0.0.0");
        Ok(Some(Self {
            host: host.parse().map_err(|_| keys.unfit("host", "an address such as 0.0.0.0, :: or 127.0.0.1 is wanted"))?,
            port,
            tls,
            clients: clients.iter().cloned().collect(),
            root_prefix: keys.place("root_prefix", "")?,
            app: keys.path("app"),
            app_path: keys.place("app_path", "/app")?,
            statics: keys.path("static"),
            static_path: keys.place("static_path", "/static")?,
            webhook_url: keys.place("webhook_url", "/hook")?,
            webhook_open: keys.flag("webhook_disable_auth", false),
            stats_open: keys.flag("stats_disable_auth", false),
            sessions: keys.flag("enable_sessions", true),
            largest_body: keys.number("max_request_body_size", 1_048_576)?,
            authorized: keys.addresses("authorized_ips")?,
            login_from: keys.login_from(),
            patience,
            slowest: Duration::from_secs(keys.number("slowest_request", 30)? as u64),
            chunks: keys.number("lowstate_limit", 100)?,
            connections: keys.number("max_connections", 4096)?,
            token_in_query: keys.flag("token_in_query", false),
            idle: Duration::from_secs(keys.number("session_idle", 36_000)? as u64),
            public_url: keys.public_url()?,
            rate: Some(keys.rate()?).filter(|rate| *rate > 0),
            raw_shell: RawShell::default(),
        }))
    }
}

struct Keys<'a> {
    salts: &'a Map,
    ours: &'a Map,
}

impl Keys<'_> {
    fn get(&self, key: &str) -> Option<&Value> {
        self.ours.get(key).or_else(|| self.salts.get(key)).filter(|value| !value.is_null())
    }

    fn unfit(&self, key: &'static str, wanted: &'static str) -> BadApi {
        BadApi::Unfit { key, value: self.get(key).map(text::str).unwrap_or_default(), wanted }
    }

    fn flag(&self, key: &str, usual: bool) -> bool {
        self.get(key).map_or(usual, Value::is_truthy)
    }

    fn text(&self, key: &str, usual: &str) -> String {
        self.get(key).map_or_else(|| usual.to_owned(), text::str)
    }

    fn path(&self, key: &str) -> Option<PathBuf> {
        self.get(key).map(|path| text::str(path).into())
    }

    fn number(&self, key: &'static str, usual: usize) -> Result<usize, BadApi> {
        let Some(value) = self.get(key) else { return Ok(usual) };
        let number = value.as_int().and_then(|number| usize::try_from(number).ok()).filter(|number| *number > 0);
        number.ok_or_else(|| self.unfit(key, "a number above 0 is wanted"))
    }

    fn rate(&self) -> Result<u32, BadApi> {
        let Some(value) = self.get("rate_limit") else { return Ok(USUAL_RATE) };
        let rate = value.as_int().and_then(|number| u32::try_from(number).ok());
        rate.ok_or_else(|| self.unfit("rate_limit", "a number of requests a minute is wanted, 0 for no limit"))
    }

    fn public_url(&self) -> Result<Option<String>, BadApi> {
        let Some(url) = self.get("public_url").map(text::str) else { return Ok(None) };
        let url = url.trim_end_matches('/').to_owned();
        let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        let fits = host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']));
        if fits { Ok(Some(url)) } else { Err(self.unfit("public_url", "an address such as https://sylvite.example.com is wanted")) }
    }

    /// A path of an address: begins with a slash, ends without one; the root is empty.
    fn place(&self, key: &'static str, usual: &str) -> Result<String, BadApi> {
        let place = self.text(key, usual);
        let place = place.trim_end_matches('/');
        let fits = place.is_empty() || (place.starts_with('/') && !place.contains(['{', '}', '?', '#', '*']));
        if fits { Ok(place.to_owned()) } else { Err(self.unfit(key, "a path that begins with `/` is wanted")) }
    }

    fn addresses(&self, key: &'static str) -> Result<Vec<IpAddr>, BadApi> {
        let words: Vec<String> = match self.get(key) {
            Some(Value::List(items)) => items.iter().map(text::str).collect(),
            Some(one) => vec![text::str(one)],
            None => Vec::new(),
        };
        let parsed = words.iter().map(|word| word.parse::<IpAddr>());
        parsed.collect::<Result<_, _>>().map_err(|_| self.unfit(key, "a list of addresses is wanted"))
    }

    fn login_from(&self) -> BTreeMap<String, Vec<String>> {
        let users = self.get("api_acl").and_then(|acl| acl.get("users")).and_then(Value::as_map);
        let words = |value: &Value| match value {
            Value::List(items) => items.iter().map(text::str).collect(),
            one => vec![text::str(one)],
        };
        users.map(|users| users.iter().map(|(user, from)| (text::str(user), words(from))).collect()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn read(json: &str) -> Result<Option<ApiConfig>, BadApi> {
        ApiConfig::read(&serde_json::from_str(json).unwrap(), &Map::new(), &[], Duration::from_secs(300), Path::new("/pki"))
    }

    #[test]
    fn without_a_port_nothing_is_served_and_without_a_pair_one_is_made() {
        assert!(read("{}").unwrap().is_none());
        let usual = read(r#"{"port": 8000, "thread_pool": 200}"#).unwrap().unwrap();
        assert_eq!((usual.port, usual.tls), (8000, Tls::Own { folder: "/pki".into() }));
        assert!(usual.clients.is_empty() && usual.webhook_url == "/hook" && usual.largest_body == 1_048_576);
        assert_eq!(read(r#"{"port": 1, "disable_ssl": true}"#).unwrap().unwrap().tls, Tls::Off);
        assert_eq!(read(r#"{"port": 1, "ssl_crt": "/x"}"#).unwrap_err(), BadApi::HalfPair);
    }

    #[test]
    fn what_is_misspelt_or_does_not_fit_is_refused() {
        let refused = |json: &str| read(json).unwrap_err().to_string();
        assert!(refused(r#"{"prot": 1}"#).contains("did you mean `port`?"));
        assert!(refused(r#"{"port": "x"}"#).contains("0 to 65535"));
        assert!(refused(r#"{"port": 1, "host": "here"}"#).contains("an address"));
        assert!(refused(r#"{"port": 1, "authorized_ips": ["::1", "y"]}"#).contains("a list of addresses"));
        let clients = ["locl".to_owned()];
        let port = serde_json::from_str(r#"{"port": 1}"#).unwrap();
        let bad = ApiConfig::read(&port, &Map::new(), &clients, Duration::from_secs(1), Path::new("/"));
        assert!(bad.unwrap_err().to_string().contains("`netapi_enable_clients` has no key `locl`"));
    }
}
