//! The functions of `ssh`.

use super::hosts::{KnownHosts, Wanted, scan, shown, with_port};
use super::keys::{Key, Status, full_name, load, options, refined, store};
use sdk::host::{Digest, join};
use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Value, Words};

fn digest(name: Option<&str>) -> Result<Digest, Failure> {
    let name = name.unwrap_or("sha256");
    Digest::from_name(&name.to_lowercase()).ok_or_else(|| Failure::failed(format!("The fingerprint_hash_type {name} is not supported.")))
}

/// Return the keys that may log in as a user.
///
/// ```salt
/// salt '*' ssh.auth_keys root
/// ```
#[derive(Args)]
pub struct AuthKeys {
    /// Login name.
    user: String,
    /// File, in the home unless its path is whole.
    #[arg(default = ".ssh/authorized_keys")]
    config: String,
    /// Checksum of the fingerprints.
    fingerprint_hash_type: Option<String>,
}

impl Query for AuthKeys {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let digest = digest(self.fingerprint_hash_type.as_deref())?;
        let path = full_name(&self.user, &self.config, read)?;
        Ok(load(&path, read)?.keys().iter().map(|key| (key.key.clone(), Value::Map(key.to_map(digest)))).collect())
    }
}

macro_rules! key_function {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Login name.
            user: String,
            /// The key, in base64.
            key: String,
            /// Its kind.
            #[arg(default = "ssh-rsa")]
            enc: String,
            /// Comment behind it.
            #[arg(default = "")]
            comment: String,
            /// Options before it.
            options: Option<Value>,
            /// File, in the home unless its path is whole.
            #[arg(default = ".ssh/authorized_keys")]
            config: String,
            /// Known for compatibility: keys are read when they are asked for.
            #[arg(ignored)]
            cache_keys: Option<Value>,
            /// Known for compatibility: keys are compared whole.
            #[arg(ignored)]
            fingerprint_hash_type: Option<String>,
        }

        impl $name {
            fn key(&self) -> Result<Key, Failure> {
                let enc = refined(&self.enc).map_err(Failure::failed)?;
                let options = self.options.as_ref().map(options).unwrap_or_default();
                Ok(Key { enc, key: self.key.clone(), comment: self.comment.clone(), options })
            }
        }
    };
}

key_function! {
    /// Tell what setting a key would do: `add`, `update` or `exists`.
    ///
    /// ```salt
    /// salt '*' ssh.check_key root AAAAB3... ssh-rsa bob@example.org
    /// ```
    CheckKey
}
key_function! {
    /// Let a key log in as a user.
    ///
    /// ```salt
    /// salt '*' ssh.set_auth_key root AAAAB3... enc=ssh-rsa
    /// ```
    SetAuthKey
}

impl Query for CheckKey {
    type Output = &'static str;
    async fn call(self, read: &Read) -> Result<&'static str, Failure> {
        let path = full_name(&self.user, &self.config, read)?;
        Ok(load(&path, read)?.status(&self.key()?).word())
    }
}

impl Action for SetAuthKey {
    type Output = &'static str;
    async fn call(self, cx: &Cx) -> Result<&'static str, Failure> {
        if self.key.split_whitespace().count() > 1 {
            return Ok("invalid");
        }
        let key = self.key()?;
        if super::fingerprint(&key.key, Digest::Sha256).is_none() {
            return Ok("Invalid public key");
        }
        let path = full_name(&self.user, &self.config, cx.read())?;
        let mut file = load(&path, cx.read())?;
        let status = file.status(&key);
        if status != Status::Exists {
            file.set(&key);
            store(&file.render(), &path, Some(&self.user), cx)?;
        }
        Ok(match status {
            Status::Add => "new",
            Status::Update => "replace",
            Status::Exists => "no change",
        })
    }
}

/// Let a key no longer log in as a user.
///
/// ```salt
/// salt '*' ssh.rm_auth_key root AAAAB3...
/// ```
#[derive(Args)]
pub struct RmAuthKey {
    /// Login name.
    user: String,
    /// The key, in base64.
    key: String,
    /// File, in the home unless its path is whole.
    #[arg(default = ".ssh/authorized_keys")]
    config: String,
    /// Known for compatibility: keys are compared whole.
    #[arg(ignored)]
    fingerprint_hash_type: Option<String>,
}

impl Action for RmAuthKey {
    type Output = &'static str;
    async fn call(self, cx: &Cx) -> Result<&'static str, Failure> {
        let path = full_name(&self.user, &self.config, cx.read())?;
        if !cx.host().is_file(&path) {
            return Ok("User authorized keys file not present");
        }
        let mut file = load(&path, cx.read())?;
        if !file.remove(&self.key) {
            return Ok("Key not present");
        }
        store(&file.render(), &path, Some(&self.user), cx)?;
        Ok("Key removed")
    }
}

/// Return the keys of this host.
///
/// ```salt
/// salt '*' ssh.host_keys private=False
/// ```
#[derive(Args)]
pub struct HostKeys {
    /// Folder of the keys.
    #[arg(default = "/etc/ssh")]
    keydir: String,
    /// Private keys as well.
    #[arg(default = true)]
    private: bool,
    /// Certificates as well.
    #[arg(default = true)]
    certs: bool,
}

impl Query for HostKeys {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let mut keys = Map::new();
        for name in read.host().list(&self.keydir).map_err(crate::failure)? {
            let Some((kind, rest)) = name.strip_prefix("ssh_host_").and_then(|rest| rest.split_once("_key")) else { continue };
            if !matches!(rest, "" | ".pub" | "-cert.pub") || (rest.is_empty() && !self.private) || (rest.starts_with('-') && !self.certs) {
                continue;
            }
            let text = read.host().read_text(&join(&self.keydir, &name)).unwrap_or_default();
            keys.insert(format!("{kind}{rest}"), text.trim());
        }
        Ok(keys)
    }
}

/// Return the keys that users have of their own.
///
/// ```salt
/// salt '*' ssh.user_keys user=bob prvfile=False
/// ```
#[derive(Args)]
pub struct UserKeys {
    /// Login names; all unless given.
    user: Option<Words>,
    /// Public key; the usual ones unless given, none for `False`.
    pubfile: Option<Value>,
    /// Private key; the usual ones unless given, none for `False`.
    prvfile: Option<Value>,
}

impl Query for UserKeys {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let kinds = ["id_rsa", "id_dsa", "id_ecdsa", "id_ed25519"];
        let named = |given: &Option<Value>, ending: &str| match given {
            Some(Value::Bool(false)) => Vec::new(),
            Some(Value::Str(name)) => vec![name.clone()],
            _ => kinds.iter().map(|kind| format!("{kind}{ending}")).collect(),
        };
        let names = [named(&self.pubfile, ".pub"), named(&self.prvfile, "")].concat();
        let mut all = Map::new();
        for user in read.host().accounts().users {
            if self.user.as_ref().is_some_and(|wanted| !wanted.0.contains(&user.name)) {
                continue;
            }
            let mut keys = Map::new();
            for name in &names {
                if let Ok(text) = read.host().read_text(&join(&join(&user.home, ".ssh"), name)) {
                    keys.insert(name.rsplit('/').next().unwrap_or(name), text.trim());
                }
            }
            if !keys.is_empty() {
                all.insert(user.name, keys);
            }
        }
        Ok(all)
    }
}

/// Path of a file of known hosts: the user's, or the machine's.
pub fn hosts_file(user: Option<&str>, config: Option<&str>, read: &Read) -> Result<String, Failure> {
    let config = config.unwrap_or(if user.is_some() { ".ssh/known_hosts" } else { "/etc/ssh/ssh_known_hosts" });
    match user {
        _ if config.starts_with('/') => Ok(config.to_owned()),
        Some(user) => full_name(user, config, read),
        None => Err(Failure::failed("Cannot determine absolute path to file.")),
    }
}

/// Reads a file of known hosts; none is as good as an empty one.
pub fn load_hosts(path: &str, read: &Read) -> Result<KnownHosts, Failure> {
    if !read.host().is_file(path) {
        return Ok(KnownHosts::default());
    }
    read.host().read_text(path).map(|text| KnownHosts::parse(&text)).map_err(crate::failure)
}

macro_rules! host_function {
    ($(#[$doc:meta])* $name:ident { $($own:tt)* }) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Login name; the machine's own file unless given.
            user: Option<String>,
            /// Name of the host.
            #[arg(default = "")]
            hostname: String,
            $($own)*
            /// File, in the home unless its path is whole.
            config: Option<String>,
            /// Port.
            port: Option<u16>,
            /// Checksum of the fingerprints.
            fingerprint_hash_type: Option<String>,
        }

        impl $name {
            fn open(&self, read: &Read) -> Result<(String, KnownHosts, String, Digest), Failure> {
                let path = hosts_file(self.user.as_deref(), self.config.as_deref(), read)?;
                let hosts = load_hosts(&path, read)?;
                Ok((path, hosts, with_port(&self.hostname, self.port), digest(self.fingerprint_hash_type.as_deref())?))
            }
        }
    };
}

host_function! {
    /// Return what is known of a host.
    ///
    /// ```salt
    /// salt '*' ssh.get_known_host_entries root example.org
    /// ```
    GetKnownHostEntries {}
}
host_function! {
    /// Tell what making a host known would do: `add`, `update` or `exists`.
    ///
    /// ```salt
    /// salt '*' ssh.check_known_host root example.org key='AAAA...'
    /// ```
    CheckKnownHost {
        /// Its key.
        key: Option<String>,
        /// Its fingerprint.
        fingerprint: Option<String>,
    }
}
host_function! {
    /// Make a host known.
    ///
    /// ```salt
    /// salt '*' ssh.set_known_host root example.org fingerprint='xx:xx:..:xx'
    /// ```
    SetKnownHost {
        /// Its fingerprint; the host is asked for its key, which has to have it.
        fingerprint: Option<String>,
        /// Its key.
        key: Option<String>,
        /// Kind of its key.
        enc: Option<String>,
        /// Hash its name.
        #[arg(default = true)]
        hash_known_hosts: bool,
        /// Seconds that asking may take.
        #[arg(default = 5)]
        timeout: u32,
    }
}
host_function! {
    /// Forget a host.
    ///
    /// ```salt
    /// salt '*' ssh.rm_known_host root example.org
    /// ```
    RmKnownHost {}
}

impl Query for GetKnownHostEntries {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let (_, hosts, name, digest) = self.open(read)?;
        Ok(shown(&hosts.of(&name), digest))
    }
}

impl Query for CheckKnownHost {
    type Output = &'static str;
    async fn call(self, read: &Read) -> Result<&'static str, Failure> {
        let (_, hosts, name, digest) = self.open(read)?;
        Ok(check(&hosts.of(&name), self.key.as_deref(), self.fingerprint.as_deref(), digest).word())
    }
}

/// How a host stands to what is known.
#[must_use]
pub fn check(known: &[Wanted], key: Option<&str>, wanted: Option<&str>, digest: Digest) -> Status {
    let fits = |entry: &Wanted| match (key, wanted) {
        (Some(key), _) => entry.key == key,
        (None, Some(wanted)) => super::fingerprint(&entry.key, digest).as_deref() == Some(wanted),
        (None, None) => true,
    };
    match known {
        [] => Status::Add,
        some if some.iter().any(fits) => Status::Exists,
        _ => Status::Update,
    }
}

impl Action for SetKnownHost {
    type Output = Map;
    async fn call(self, cx: &Cx) -> Result<Map, Failure> {
        let (path, mut hosts, name, digest) = self.open(cx.read())?;
        let old = hosts.of(&name);
        let asked_for = self.key.is_some() || self.fingerprint.is_some();
        if asked_for && check(&old, self.key.as_deref(), self.fingerprint.as_deref(), digest) == Status::Exists {
            return Ok([("status", "exists")].into_iter().collect());
        }
        let found = match (&self.key, &self.enc) {
            (Some(key), Some(enc)) => vec![Wanted { hostname: name.clone(), enc: enc.clone(), key: key.clone() }],
            (Some(_), None) => return Err(Failure::bad_arguments("Required argument \"enc\" if using \"key\" argument.")),
            (None, enc) => scan(&self.hostname, enc.as_deref(), self.port, self.timeout, cx.read()).await?,
        };
        if found.is_empty() {
            return Err(Failure::failed("Unable to receive remote host keys"));
        }
        if let Some(wanted) = &self.fingerprint
            && !found.iter().any(|entry| super::fingerprint(&entry.key, digest).as_ref() == Some(wanted))
        {
            return Err(Failure::failed("Remote host public keys found but none of their fingerprints match the one you have provided"));
        }
        hosts.remove(&name, self.enc.as_deref());
        for entry in &found {
            let entry = entry.clone();
            hosts.add(&if self.hash_known_hosts { entry.hidden() } else { entry });
        }
        store(&hosts.render(), &path, self.user.as_deref(), cx)?;
        let mut map = Map::new();
        map.insert("status", "updated");
        map.insert("old", shown(&old, digest));
        map.insert("new", shown(&found, digest));
        Ok(map)
    }
}

impl Action for RmKnownHost {
    type Output = Map;
    async fn call(self, cx: &Cx) -> Result<Map, Failure> {
        let (path, mut hosts, name, _) = self.open(cx.read())?;
        if !cx.host().is_file(&path) {
            return Err(Failure::failed(format!("Known hosts file {path} does not exist")));
        }
        hosts.remove(&name, None);
        store(&hosts.render(), &path, self.user.as_deref(), cx)?;
        Ok([("status", "removed".to_owned()), ("comment", format!("{path} updated."))].into_iter().collect())
    }
}

/// Ask a host for its keys.
///
/// ```salt
/// salt '*' ssh.recv_known_host_entries example.org enc=ed25519
/// ```
#[derive(Args)]
pub struct RecvKnownHostEntries {
    /// Name of the host.
    hostname: String,
    /// Kind of its key.
    enc: Option<String>,
    /// Port.
    port: Option<u16>,
    /// Hash its name.
    #[arg(default = true)]
    hash_known_hosts: bool,
    /// Seconds that asking may take.
    #[arg(default = 5)]
    timeout: u32,
    /// Checksum of the fingerprints.
    fingerprint_hash_type: Option<String>,
}

impl Query for RecvKnownHostEntries {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let mut found = scan(&self.hostname, self.enc.as_deref(), self.port, self.timeout, read).await?;
        if self.hash_known_hosts {
            found = found.into_iter().map(Wanted::hidden).collect();
        }
        Ok(shown(&found, digest(self.fingerprint_hash_type.as_deref())?))
    }
}

/// Hash every name in a file of known hosts.
///
/// ```salt
/// salt '*' ssh.hash_known_hosts user=bob
/// ```
#[derive(Args)]
pub struct HashKnownHosts {
    /// Login name; the machine's own file unless given.
    user: Option<String>,
    /// File, in the home unless its path is whole.
    config: Option<String>,
}

impl Action for HashKnownHosts {
    type Output = Map;
    async fn call(self, cx: &Cx) -> Result<Map, Failure> {
        let path = hosts_file(self.user.as_deref(), self.config.as_deref(), cx.read())?;
        let mut hosts = load_hosts(&path, cx.read())?;
        hosts.hide();
        store(&hosts.render(), &path, self.user.as_deref(), cx)?;
        Ok([("status", "updated".to_owned()), ("comment", format!("{path} updated."))].into_iter().collect())
    }
}

/// Tell whether a private key has a passphrase.
///
/// ```salt
/// salt '*' ssh.key_is_encrypted /root/.ssh/id_rsa
/// ```
#[derive(Args)]
pub struct KeyIsEncrypted {
    /// Path of the key.
    key: String,
}

impl Query for KeyIsEncrypted {
    type Output = bool;
    async fn call(self, read: &Read) -> Result<bool, Failure> {
        // An empty passphrase opens a key that has none; nothing else tells that of every kind of key.
        let output = read.try_run(["ssh-keygen", "-y", "-P", "", "-f", &self.key]).await?;
        Ok(!output.is_ok() && output.err().contains("passphrase"))
    }
}
