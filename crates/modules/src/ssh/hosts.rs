//! Hosts that are known: files such as `~/.ssh/known_hosts`.

use super::entries::{Entries, Entry};
use super::keys::fingerprint;
use base64::Engine as _;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sdk::host::Digest;
use sdk::{Failure, Map, Read, Value};

const BASE64: base64::engine::GeneralPurpose = base64::engine::general_purpose::STANDARD;

/// A host that is to be known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Its name as it stands in a file, maybe hashed.
    pub hostname: String,
    /// Kind of its key.
    pub enc: String,
    /// Its key in base64.
    pub key: String,
}

impl Wanted {
    fn parse(line: &str) -> Option<Self> {
        // What the tools say besides stands in comments.
        if line.starts_with('#') {
            return None;
        }
        let [hostname, enc, key] = line.split_whitespace().collect::<Vec<_>>()[..] else { return None };
        Some(Self { hostname: hostname.to_owned(), enc: enc.to_owned(), key: key.to_owned() })
    }

    /// As functions and states show it.
    #[must_use]
    pub fn to_map(&self, digest: Digest) -> Map {
        let mut map = Map::new();
        map.insert("hostname", self.hostname.as_str());
        map.insert("key", self.key.as_str());
        map.insert("enc", self.enc.as_str());
        map.insert("fingerprint", fingerprint(&self.key, digest));
        map
    }

    /// Whether it stands for a name.
    fn is_for(&self, name: &str) -> bool {
        match self.hostname.strip_prefix("|1|").and_then(|rest| rest.split_once('|')) {
            Some((salt, hash)) => BASE64.decode(salt).is_ok_and(|salt| hashed(&salt, name) == hash),
            None => self.hostname.split(',').any(|known| known == name),
        }
    }

    /// The same with its name hashed, if it is not yet.
    #[must_use]
    pub fn hidden(self) -> Self {
        if self.hostname.starts_with("|1|") {
            return self;
        }
        let salt: [u8; 20] = rand::random();
        let hostname = format!("|1|{}|{}", BASE64.encode(salt), hashed(&salt, &self.hostname));
        Self { hostname, ..self }
    }

    fn line(&self) -> String {
        format!("{} {} {}", self.hostname, self.enc, self.key)
    }
}

/// A name hashed as OpenSSH does it.
fn hashed(salt: &[u8], name: &str) -> String {
    let mut mac = <Hmac<sha1::Sha1>>::new_from_slice(salt).expect("a key of any length will do");
    mac.update(name.as_bytes());
    BASE64.encode(mac.finalize().into_bytes())
}

/// A file of known hosts.
pub type KnownHosts = Entries<Wanted>;

impl Entry for Wanted {
    fn read(line: &str) -> Option<Self> {
        Self::parse(line)
    }

    fn written(&self) -> String {
        self.line()
    }
}

impl KnownHosts {
    /// What is known of a host.
    #[must_use]
    pub fn of(&self, name: &str) -> Vec<Wanted> {
        self.all().filter(|entry| entry.is_for(name)).collect()
    }

    /// Takes a host out: all its keys, or those of a kind.
    pub fn remove(&mut self, name: &str, enc: Option<&str>) {
        self.take_out(|entry| entry.is_for(name) && enc.is_none_or(|enc| enc == entry.enc));
    }

    /// Hashes every name.
    pub fn hide(&mut self) {
        self.rewrite(|entry| entry.hidden());
    }
}

/// Name of a host with its port as files have it.
#[must_use]
pub fn with_port(name: &str, port: Option<u16>) -> String {
    match port {
        None | Some(22) => name.to_owned(),
        Some(port) => format!("[{name}]:{port}"),
    }
}

/// Asks a host for its keys.
pub async fn scan(name: &str, enc: Option<&str>, port: Option<u16>, seconds: u32, read: &Read) -> Result<Vec<Wanted>, Failure> {
    let mut words = vec!["ssh-keyscan".to_owned()];
    words.extend(port.iter().flat_map(|port| ["-p".to_owned(), port.to_string()]));
    words.extend(enc.iter().flat_map(|enc| ["-t".to_owned(), (*enc).to_owned()]));
    words.extend(["-T".to_owned(), seconds.to_string(), name.to_owned()]);
    let output = read.try_run(words).await?;
    Ok(output.out().lines().filter_map(Wanted::parse).collect())
}

/// A list of hosts, or nothing where it is empty.
#[must_use]
pub fn shown(entries: &[Wanted], digest: Digest) -> Value {
    if entries.is_empty() {
        return Value::Null;
    }
    Value::List(entries.iter().map(|entry| Value::Map(entry.to_map(digest))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hashed_name_is_found_by_its_plain_one() {
        let mut hosts = KnownHosts::parse("# x\na.example.org,10.0.0.1 ssh-rsa AAAA\n[b]:2222 ssh-ed25519 BBBB\n");
        assert_eq!(hosts.of("10.0.0.1").len(), 1);
        hosts.add(&Wanted { hostname: "c".into(), enc: "ssh-rsa".into(), key: "CCCC".into() }.hidden());
        assert!(hosts.render().contains("|1|"));
        assert_eq!(hosts.of("c").len(), 1);
        hosts.remove("c", Some("ssh-dss"));
        assert_eq!(hosts.of("c").len(), 1);
        hosts.remove("c", None);
        assert!(hosts.of("c").is_empty());
        assert_eq!(hosts.of(&with_port("b", Some(2222))).len(), 1);
    }
}
