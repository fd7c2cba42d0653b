//! Keys that may log in: files such as `~/.ssh/authorized_keys`.

use super::entries::{Entries, Entry};
use base64::Engine as _;
use sdk::host::{Digest, Owner, Write, join, parent};
use sdk::{Cx, Failure, Map, Read, Value};

/// A public key with all that stands beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Key {
    /// Kind: `ssh-ed25519`.
    pub enc: String,
    /// The key itself, in base64.
    pub key: String,
    /// Comment behind it.
    pub comment: String,
    /// Options before it.
    pub options: Vec<String>,
}

/// How a key stands to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It is not there.
    Add,
    /// It is there with another kind, comment or options.
    Update,
    /// It is there.
    Exists,
}

impl Status {
    /// Salt's word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Update => "update",
            Self::Exists => "exists",
        }
    }
}

/// The kind of a key by any of its names.
pub fn refined(enc: &str) -> Result<String, String> {
    let name = match enc {
        "r" | "rsa" => "ssh-rsa",
        "d" | "dsa" | "dss" => "ssh-dss",
        "e" | "ecdsa" => "ecdsa-sha2-nistp256",
        "ed25519" => "ssh-ed25519",
        other => other,
    };
    let known = ["ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-", "rsa-sha2-"].iter().any(|start| name.starts_with(start));
    if known { Ok(name.to_owned()) } else { Err(format!("Incorrect encryption key type '{enc}'.")) }
}

/// Fingerprint of a key in base64: pairs of hex digits; none where it is no key.
#[must_use]
pub fn fingerprint(key: &str, digest: Digest) -> Option<String> {
    let raw = base64::engine::general_purpose::STANDARD.decode(key).ok()?;
    let hex = digest.hex(&raw);
    let pairs: Vec<&str> = (0..hex.len()).step_by(2).filter_map(|at| hex.get(at..at + 2)).collect();
    Some(pairs.join(":"))
}

/// Whether a word is the kind of a key.
fn is_kind(word: &str) -> bool {
    let bare = word.strip_prefix("sk-").unwrap_or(word);
    bare.starts_with("ssh-") || bare.starts_with("ecdsa-")
}

/// Splits at blanks that stand in no quotes: options have quoted commands.
fn fields(line: &str) -> Vec<&str> {
    let (mut quoted, mut start, mut found) = (false, 0, Vec::new());
    for (at, c) in line.char_indices() {
        match c {
            '"' => quoted = !quoted,
            ' ' | '\t' if !quoted => {
                found.push(line.get(start..at).unwrap_or_default());
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(line.get(start..).unwrap_or_default());
    found.retain(|field| !field.is_empty());
    found
}

/// Splits options at commas that stand in no quotes.
fn split_options(text: &str) -> Vec<String> {
    let (mut quoted, mut all) = (false, vec![String::new()]);
    for c in text.chars() {
        match c {
            ',' if !quoted => all.push(String::new()),
            c => {
                quoted ^= c == '"';
                if let Some(last) = all.last_mut() {
                    last.push(c);
                }
            }
        }
    }
    all
}

impl Key {
    /// Reads a line: options, kind, key, comment.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let fields = fields(line.trim());
        let at = fields.iter().take(2).position(|field| is_kind(field))?;
        let key = fields.get(at + 1)?;
        Some(Self {
            enc: fields.get(at)?.to_string(),
            key: (*key).to_owned(),
            comment: fields.get(at + 2..).unwrap_or_default().join(" "),
            options: if at == 0 { Vec::new() } else { split_options(fields.first()?) },
        })
    }

    /// Its line.
    #[must_use]
    pub fn line(&self) -> String {
        let options = if self.options.is_empty() { String::new() } else { format!("{} ", self.options.join(",")) };
        format!("{options}{} {} {}", self.enc, self.key, self.comment)
    }

    /// As `ssh.auth_keys` shows it.
    #[must_use]
    pub fn to_map(&self, digest: Digest) -> Map {
        let mut map = Map::new();
        map.insert("enc", self.enc.as_str());
        map.insert("comment", self.comment.as_str());
        map.insert("options", self.options.clone());
        map.insert("fingerprint", fingerprint(&self.key, digest));
        map
    }
}

/// A file of keys.
pub type KeyFile = Entries<Key>;

impl Entry for Key {
    fn read(line: &str) -> Option<Self> {
        Self::parse(line)
    }

    fn written(&self) -> String {
        self.line()
    }
}

impl KeyFile {
    /// Every key.
    #[must_use]
    pub fn keys(&self) -> Vec<Key> {
        self.all().collect()
    }

    /// How a key stands to the file.
    #[must_use]
    pub fn status(&self, key: &Key) -> Status {
        match self.all().find(|known| known.key == key.key) {
            None => Status::Add,
            Some(known) if known.line() == key.line() => Status::Exists,
            Some(_) => Status::Update,
        }
    }

    /// Puts a key in, in its place where it is there.
    pub fn set(&mut self, key: &Key) {
        self.put(key, |known| known.key == key.key);
    }

    /// Takes a key out; whether it was there.
    pub fn remove(&mut self, key: &str) -> bool {
        self.take_out(|known| known.key == key)
    }
}

/// Path of a user's file: `%h` and `%u` stand for home and name, a path without a slash in front lies in the home.
pub fn full_name(user: &str, config: &str, read: &Read) -> Result<String, Failure> {
    let accounts = read.host().accounts();
    let known = accounts.user(user).ok_or_else(|| Failure::failed(format!("User '{user}' does not exist")))?;
    let mut path = String::new();
    let mut chars = config.chars();
    while let Some(c) = chars.next() {
        match (c, c == '%') {
            (_, false) => path.push(c),
            (_, true) => match chars.next() {
                Some('%') => path.push('%'),
                Some('u') => path.push_str(user),
                Some('h') => path.push_str(&known.home),
                Some(other) => return Err(Failure::failed(format!("AuthorizedKeysFile path: unknown token character \"%{other}\""))),
                None => return Err(Failure::failed("AuthorizedKeysFile path: Last character can't be escape character")),
            },
        }
    }
    Ok(join(&known.home, &path))
}

/// Reads a user's file; none is as good as an empty one.
pub fn load(path: &str, read: &Read) -> Result<KeyFile, Failure> {
    if !read.host().is_file(path) {
        return Ok(KeyFile::default());
    }
    read.host().read_text(path).map(|text| KeyFile::parse(&text)).map_err(crate::failure)
}

/// Writes a user's file: only the user may read it, and the folder above it.
pub fn store(file: &str, path: &str, user: Option<&str>, cx: &Cx) -> Result<(), Failure> {
    let host = cx.host();
    let accounts = host.accounts();
    let known = user.and_then(|user| accounts.user(user)).filter(|_| host.identity().0 == 0);
    let owner = known.map_or_else(Owner::default, |known| Owner { uid: Some(known.uid), gid: Some(known.gid) });
    if let Some(folder) = parent(path).filter(|folder| !host.is_dir(folder)) {
        host.make_dirs(folder, Some(0o700)).map_err(crate::failure)?;
        host.set_owner(folder, owner, true).map_err(crate::failure)?;
    }
    let how = if host.exists(path) { Write::default() } else { Write { mode: Some(0o600), owner, ..Write::default() } };
    host.write(path, file.as_bytes(), &how).map_err(crate::failure)
}

/// Words of a list of options, which may come as text.
#[must_use]
pub fn options(value: &Value) -> Vec<String> {
    match value {
        Value::List(items) => items.iter().map(sdk::text::str).collect(),
        Value::Null => Vec::new(),
        other => split_options(&sdk::text::str(other)).into_iter().filter(|option| !option.is_empty()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "no-pty,command=\"echo a b\" ssh-rsa AAAAB3 bob@example.org laptop";

    #[test]
    fn a_line_has_options_kind_key_and_comment() {
        let key = Key::parse(LINE).unwrap();
        assert_eq!(key.options, ["no-pty", "command=\"echo a b\""]);
        assert_eq!((key.enc.as_str(), key.key.as_str(), key.comment.as_str()), ("ssh-rsa", "AAAAB3", "bob@example.org laptop"));
        assert_eq!(key.line(), LINE);
        assert_eq!(Key::parse("# nothing"), None);
    }

    #[test]
    fn a_key_is_known_by_itself() {
        let mut file = KeyFile::parse(&format!("# mine\n{LINE}\n"));
        let other = Key { comment: "other".into(), ..Key::parse(LINE).unwrap() };
        assert_eq!(file.status(&other), Status::Update);
        file.set(&other);
        assert_eq!(file.status(&other), Status::Exists);
        assert!(file.remove("AAAAB3"));
        assert_eq!(file.render(), "# mine\n");
    }
}
