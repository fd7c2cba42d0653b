//! How hosts are reached, as far as a roster says nothing of it.

use crate::Host;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What is made of keys of hosts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HostKeys {
    /// Only hosts whose key is known.
    #[default]
    Known,
    /// Also hosts that were never seen; a key that has changed is refused.
    New,
    /// Any. Whoever stands between can read and change everything.
    Any,
}

/// Connections that wait for the next command of the same user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keep {
    /// Where their sockets lie; a folder of nobody else.
    pub folder: PathBuf,
    /// How long they wait.
    pub idle: Duration,
}

/// How hosts are reached, as far as the roster says nothing of it.
#[derive(Clone, Debug)]
pub struct Ways {
    /// The program `ssh`.
    pub ssh: PathBuf,
    /// What is made of keys of hosts.
    pub host_keys: HostKeys,
    /// User to log in as.
    pub user: Option<String>,
    /// Port.
    pub port: Option<u16>,
    /// Password, for the login and for `sudo`.
    pub password: Option<String>,
    /// Private key.
    pub key: Option<PathBuf>,
    /// Passphrase of that key.
    pub passphrase: Option<String>,
    /// Ports of the host that lead back here, as `-R` of ssh takes them.
    pub forwards: Vec<String>,
    /// Further `-o` options.
    pub options: Vec<String>,
    /// How long connecting may take.
    pub timeout: Duration,
    /// Whether guests run as another user through `sudo`.
    pub sudo: bool,
    /// Keep connections for the next command; without, they end with this one.
    pub keep: Option<Keep>,
}

impl Default for Ways {
    fn default() -> Self {
        Self {
            ssh: "ssh".into(),
            host_keys: HostKeys::default(),
            user: None,
            port: None,
            password: None,
            key: None,
            passphrase: None,
            forwards: Vec::new(),
            options: Vec::new(),
            timeout: Duration::from_secs(30),
            sudo: false,
            keep: None,
        }
    }
}

impl Ways {
    /// These ways, with what the roster says of a host over them.
    pub(crate) fn to(mut self, host: &Host) -> Self {
        self.user = host.user.clone().or(self.user);
        self.port = host.port.or(self.port);
        self.password = host.password.clone().or(self.password);
        self.key = host.key.clone().or(self.key);
        self.timeout = host.timeout.unwrap_or(self.timeout);
        self.sudo |= host.sudo;
        self.options.extend(host.options.iter().cloned());
        self
    }

    /// The words of `ssh` that say how the host is reached, up to its address.
    pub(crate) fn words(&self) -> Vec<String> {
        let mut words = vec!["-T".to_owned()];
        let mut option = |text: String| words.extend(["-o".to_owned(), text]);
        let keys: &[&str] = match self.host_keys {
            HostKeys::Known => &["StrictHostKeyChecking=yes"],
            HostKeys::New => &["StrictHostKeyChecking=accept-new"],
            HostKeys::Any => &["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "GlobalKnownHostsFile=/dev/null"],
        };
        keys.iter().map(ToString::to_string).for_each(&mut option);
        self.options.iter().cloned().for_each(&mut option);
        option(format!("ConnectTimeout={}", self.timeout.as_secs().max(1)));
        // A connection that waits tells soon that its host has gone. What was said before counts more, as ever with `ssh`.
        option("ServerAliveInterval=15".to_owned());
        option(if self.asks() { "NumberOfPasswordPrompts=1" } else { "BatchMode=yes" }.to_owned());
        for (flag, value) in [("-l", &self.user), ("-p", &self.port.map(|port| port.to_string())), ("-i", &self.key_text())] {
            words.extend(value.iter().flat_map(|value| [flag.to_owned(), value.clone()]));
        }
        words.extend(self.forwards.iter().flat_map(|forward| ["-R".to_owned(), forward.clone()]));
        words
    }

    /// Whether `ssh` may have to be told a secret.
    pub(crate) fn asks(&self) -> bool {
        self.password.is_some() || self.passphrase.is_some()
    }

    fn key_text(&self) -> Option<String> {
        self.key.as_deref().map(Path::to_string_lossy).map(Into::into)
    }

    /// A name for all connections to this host that are as good as each other: made in the same way, so that nobody gets by one of them
    /// what another way would have been refused.
    pub(crate) fn name(&self, host: &Host) -> String {
        let mut digest = Sha256::new();
        let more = [&host.id, &host.address, &self.ssh.to_string_lossy().into_owned()];
        let secrets = format!("{} {}", self.password.is_some(), self.passphrase.is_some());
        for word in self.words().iter().chain(more).chain([&secrets]) {
            digest.update(word.as_bytes());
            digest.update([0]);
        }
        hex::encode(digest.finalize()).chars().take(20).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_made_in_another_way_have_another_name() {
        let host = Host::named("web1");
        let usual = Ways::default();
        let others = [
            Ways { host_keys: HostKeys::Any, ..usual.clone() },
            Ways { user: Some("root".to_owned()), ..usual.clone() },
            Ways { port: Some(22), ..usual.clone() },
            Ways { key: Some("key".into()), ..usual.clone() },
            Ways { password: Some("secret".to_owned()), ..usual.clone() },
            Ways { options: vec!["ProxyJump=gate".to_owned()], ..usual.clone() },
        ];
        for other in others {
            assert_ne!(usual.name(&host), other.name(&host), "{other:?}");
        }
        assert_ne!(usual.name(&host), usual.name(&Host::named("web2")));
        assert_eq!(usual.name(&host), Ways::default().name(&host));
    }

    #[test]
    fn what_the_roster_says_of_a_host_comes_before_what_is_usual() {
        let host = Host { user: Some("deploy".to_owned()), options: vec!["Port=3".to_owned()], ..Host::named("web1") };
        let words = Ways { user: Some("root".to_owned()), port: Some(2), ..Ways::default() }.to(&host).words().join(" ");
        assert!(words.contains("-l deploy -p 2") && words.contains("-o Port=3") && words.contains("BatchMode=yes"), "{words}");
    }
}
