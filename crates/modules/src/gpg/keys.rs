//! Keys that are there, or in a text.

use super::Ring;
use super::arguments::gpg_arguments;
use jiff::Timestamp;
use sdk::{Failure, Map, Query, Read, Value, text};

/// Which keys are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keys {
    /// Public ones.
    Public,
    /// Secret ones.
    Secret,
}

gpg_arguments! {
    /// List public keys.
    ///
    /// ```salt
    /// salt '*' gpg.list_keys user=deploy
    /// ```
    ListKeys {}
}
gpg_arguments! {
    /// List secret keys.
    ///
    /// ```salt
    /// salt '*' gpg.list_secret_keys
    /// ```
    ListSecretKeys {}
}
gpg_arguments! {
    /// Return a public key, `False` where there is none.
    ///
    /// ```salt
    /// salt '*' gpg.get_key keyid=3FAD9F1E
    /// ```
    GetKey {
        /// Its id, of eight or sixteen digits.
        keyid: Option<String>,
        /// Its fingerprint.
        fingerprint: Option<String>,
    }
}
gpg_arguments! {
    /// Return a secret key, `False` where there is none.
    ///
    /// ```salt
    /// salt '*' gpg.get_secret_key keyid=3FAD9F1E
    /// ```
    GetSecretKey {
        /// Its id, of eight or sixteen digits.
        keyid: Option<String>,
        /// Its fingerprint.
        fingerprint: Option<String>,
    }
}
gpg_arguments! {
    /// Return the keys that are in a file or a text.
    ///
    /// ```salt
    /// salt '*' gpg.read_key /srv/key.asc
    /// ```
    ReadKey {
        /// The file.
        path: Option<String>,
        /// The text.
        text: Option<String>,
        /// Only the key of this fingerprint.
        fingerprint: Option<String>,
        /// Only the key of this id.
        keyid: Option<String>,
    }
}
gpg_arguments! {
    /// Search a key server.
    ///
    /// ```salt
    /// salt '*' gpg.search_keys ops@example.org
    /// ```
    SearchKeys {
        /// What to look for.
        text: String,
        /// The server; keys.openpgp.org unless given.
        keyserver: Option<String>,
    }
}

impl Query for ListKeys {
    type Output = Vec<Value>;
    async fn call(self, read: &Read) -> Result<Vec<Value>, Failure> {
        list(&self.ring(), Keys::Public, read).await
    }
}

impl Query for ListSecretKeys {
    type Output = Vec<Value>;
    async fn call(self, read: &Read) -> Result<Vec<Value>, Failure> {
        list(&self.ring(), Keys::Secret, read).await
    }
}

impl Query for GetKey {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let found = key(&self.ring(), Keys::Public, self.keyid.as_deref(), self.fingerprint.as_deref(), read).await?;
        Ok(found.map_or(Value::Bool(false), Value::Map))
    }
}

impl Query for GetSecretKey {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let found = key(&self.ring(), Keys::Secret, self.keyid.as_deref(), self.fingerprint.as_deref(), read).await?;
        Ok(found.map_or(Value::Bool(false), Value::Map))
    }
}

impl Query for ReadKey {
    type Output = Vec<Value>;
    async fn call(self, read: &Read) -> Result<Vec<Value>, Failure> {
        let content = match (&self.path, &self.text) {
            (Some(_), Some(_)) => return Err(Failure::bad_arguments("`path` and `text` are mutually exclusive.")),
            (None, None) => return Err(Failure::bad_arguments("Either `path` or `text` is required.")),
            (Some(path), None) => read.host().read(path).map_err(crate::failure)?,
            (None, Some(text)) => text.clone().into_bytes(),
        };
        let all = of_text(&self.ring(), content, read).await?;
        let any = self.keyid.is_none() && self.fingerprint.is_none();
        let fits = |key: &Map| any || is(key, self.keyid.as_deref(), self.fingerprint.as_deref());
        Ok(all.into_iter().filter(fits).map(Value::Map).collect())
    }
}

impl Query for SearchKeys {
    type Output = Vec<Value>;
    async fn call(self, read: &Read) -> Result<Vec<Value>, Failure> {
        let server = self.keyserver.clone().unwrap_or_else(|| DEFAULT_SERVER.to_owned());
        let said = self.ring().run(&["--keyserver", &server, "--with-colons", "--search-keys", &self.text], None, None, read).await?;
        Ok(parse(&String::from_utf8_lossy(&said.out), now(read)).into_iter().map(Value::Map).collect())
    }
}

/// The server that is asked unless another one is given.
pub const DEFAULT_SERVER: &str = "keys.openpgp.org";

fn now(read: &Read) -> i64 {
    let since = read.host().now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// All keys of a kind.
///
/// # Errors
/// When there is no `gpg`.
pub async fn all(ring: &Ring, keys: Keys, read: &Read) -> Result<Vec<Map>, Failure> {
    if !ring.is_there(read)? {
        return Ok(Vec::new());
    }
    let list = if keys == Keys::Secret { "--list-secret-keys" } else { "--list-keys" };
    let said = ring.run(&["--fixed-list-mode", "--with-colons", "--fingerprint", "--fingerprint", list], None, None, read).await?;
    Ok(parse(&String::from_utf8_lossy(&said.out), now(read)))
}

async fn list(ring: &Ring, keys: Keys, read: &Read) -> Result<Vec<Value>, Failure> {
    Ok(all(ring, keys, read).await?.into_iter().map(Value::Map).collect())
}

/// A key by its id or fingerprint.
///
/// # Errors
/// When there is no `gpg`.
pub async fn key(ring: &Ring, keys: Keys, id: Option<&str>, fingerprint: Option<&str>, read: &Read) -> Result<Option<Map>, Failure> {
    Ok(all(ring, keys, read).await?.into_iter().find(|key| is(key, id, fingerprint)))
}

/// The keys that are in a text or bytes, without taking them.
///
/// # Errors
/// When there is no `gpg`.
pub async fn of_text(ring: &Ring, content: Vec<u8>, read: &Read) -> Result<Vec<Map>, Failure> {
    let words = [
        "--fixed-list-mode",
        "--with-colons",
        "--with-fingerprint",
        "--with-fingerprint",
        "--dry-run",
        "--import-options",
        "show-only",
        "--import",
    ];
    let said = ring.run(&words, Some(content), None, read).await?;
    Ok(parse(&String::from_utf8_lossy(&said.out), now(read)))
}

fn is(key: &Map, id: Option<&str>, fingerprint: Option<&str>) -> bool {
    let own = key.get("keyid").map(text::str).unwrap_or_default();
    let has = fingerprint.is_some_and(|print| key.get("fingerprint").and_then(Value::as_str) == Some(print));
    has || id.is_some_and(|id| own == id || own.get(8..) == Some(id))
}

fn trust(letter: &str) -> Option<&'static str> {
    Some(match letter {
        "e" => "Expired",
        "q" | "-" => "Unknown",
        "n" => "Not Trusted",
        "f" => "Fully Trusted",
        "m" => "Marginally Trusted",
        "u" => "Ultimately Trusted",
        "r" => "Revoked",
        _ => return None,
    })
}

/// Keys as `gpg --with-colons` lists them.
fn parse(text: &str, now: i64) -> Vec<Map> {
    let mut keys: Vec<Map> = Vec::new();
    for line in text.lines() {
        let fields: Vec<&str> = line.split(':').collect();
        let field = |at: usize| fields.get(at).copied().unwrap_or_default();
        match (field(0), keys.last_mut()) {
            ("pub" | "sec", _) => {
                let mut map = row(&fields, now);
                map.insert("uids", Value::List(Vec::new()));
                keys.push(map);
            }
            ("sub" | "ssb", Some(key)) => {
                let row = Value::Map(row(&fields, now));
                if let Some(all) = key.entry_or_insert_with("subkeys", || Value::List(Vec::new())).as_list_mut() {
                    all.push(row);
                }
            }
            // The first one is that of the key, later ones are those of its parts.
            ("fpr", Some(key)) if !key.contains_key("fingerprint") => {
                key.insert("fingerprint", field(9));
            }
            ("uid", Some(key)) => {
                if let Some(all) = key.get_mut("uids").and_then(Value::as_list_mut) {
                    all.push(unescaped(field(9)).into());
                }
            }
            _ => {}
        }
    }
    keys
}

/// `\x3a` as the character of that number.
fn unescaped(text: &str) -> String {
    let mut parts = text.split("\\x");
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        match part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                bytes.extend_from_slice(part.get(2..).unwrap_or_default().as_bytes());
            }
            None => bytes.extend_from_slice(format!("\\x{part}").as_bytes()),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn row(fields: &[&str], now: i64) -> Map {
    let field = |at: usize| fields.get(at).copied().unwrap_or_default();
    let day = |seconds: &str| {
        let stamp = seconds.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok())?;
        Some((stamp.as_second(), stamp.to_zoned_datetime(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d").to_string()))
    };
    let mut map = Map::new();
    map.insert("keyid", field(4));
    if let Some((seconds, text)) = day(field(6)) {
        map.insert("expires", text);
        map.insert("expired", now >= seconds);
    }
    if let Some((_, text)) = day(field(5)) {
        map.insert("created", text);
    }
    if !field(2).is_empty() {
        map.insert("keyLength", field(2));
    }
    if let Some(words) = trust(field(8)) {
        map.insert("ownerTrust", words);
    }
    if let Some(words) = trust(field(1)) {
        map.insert("trust", words);
    }
    map
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_becomes_keys_with_their_parts() {
        let text = "tru::1:1700000000:0:3:1:5\npub:u:3072:1:0123456789ABCDEF:1700000000:1800000000::u:::scESC::::::23::0:\nfpr:::::::::\
                    AAAABBBB0123456789ABCDEF:\nuid:u::::1700000000::HASH::Ann\\x3a B <a@b.org>::::::::::0:\nsub:u:3072:1:FEDCBA9876543210:1700000000\
                    ::::::e::::::23:\nfpr:::::::::CCCC:\n";
        let keys = parse(text, 1_750_000_000);
        let key = keys.first().unwrap();
        assert_eq!(key.get("fingerprint"), Some(&"AAAABBBB0123456789ABCDEF".into()));
        assert_eq!(key.get("uids"), Some(&vec!["Ann: B <a@b.org>"].into()));
        assert_eq!((key.get("expired"), key.get("ownerTrust")), (Some(&false.into()), Some(&"Ultimately Trusted".into())));
        let sub = key.get("subkeys").and_then(Value::as_list).and_then(|all| all.first()).unwrap();
        assert_eq!(sub.get("keyid"), Some(&"FEDCBA9876543210".into()));
        assert!(is(key, Some("89ABCDEF"), None) && !is(key, Some("89ABCDE0"), None));
    }
}
