//! Hosts that are known to ssh.

use modules::ssh::functions::{check, hosts_file, load_hosts};
use modules::ssh::{KnownHosts, Status, Wanted, fingerprint, scan, shown, store, with_port};
use sdk::host::Digest;
use sdk::{Applied, Args, Check, Cx, Failure, Map, Outlook, Read, State};

sdk::states!(ssh_known_hosts, [Present, Absent]);

/// Ensure a host is known.
///
/// ```salt
/// git.example.org:
///   ssh_known_hosts.present:
///     - user: deploy
///     - enc: ssh-ed25519
///     - key: AAAAC3NzaC1lZDI1NTE5AAAAI...
/// ```
#[derive(Args)]
pub struct Present {
    /// Name of the host.
    name: String,
    /// Login name; the machine's own file unless given.
    user: Option<String>,
    /// Its fingerprint; the host is asked for its key, which has to have it.
    fingerprint: Option<String>,
    /// Its key in base64.
    key: Option<String>,
    /// Port.
    port: Option<u16>,
    /// Kind of its key.
    enc: Option<String>,
    /// File, in the home unless its path is whole.
    config: Option<String>,
    /// Hash its name.
    #[arg(default = true)]
    hash_known_hosts: bool,
    /// Seconds that asking may take.
    #[arg(default = 5)]
    timeout: u32,
    /// Checksum of the fingerprint.
    fingerprint_hash_type: Option<String>,
}

/// Ensure a host is not known.
///
/// ```salt
/// old.example.org:
///   ssh_known_hosts.absent:
///     - user: deploy
/// ```
#[derive(Args)]
pub struct Absent {
    /// Name of the host.
    name: String,
    /// Login name; the machine's own file unless given.
    user: Option<String>,
    /// File, in the home unless its path is whole.
    config: Option<String>,
}

const NEEDS_PATH: &str = "If not specifying a \"user\", specify an absolute \"config\".";

/// The file as comments name it.
fn config<'a>(user: Option<&str>, config: Option<&'a str>) -> &'a str {
    config.unwrap_or(if user.is_some() { ".ssh/known_hosts" } else { "/etc/ssh/ssh_known_hosts" })
}

impl Present {
    fn digest(&self) -> Result<Digest, Failure> {
        let name = self.fingerprint_hash_type.as_deref().unwrap_or("sha256").to_lowercase();
        Digest::from_name(&name).ok_or_else(|| Failure::bad_arguments(format!("The fingerprint_hash_type {name} is not supported.")))
    }

    /// Keys that the host is to have: the given one, or those it tells.
    async fn wanted(&self, name: &str, read: &Read) -> Result<Result<Vec<Wanted>, String>, Failure> {
        if let (Some(key), Some(enc)) = (&self.key, &self.enc) {
            return Ok(Ok(vec![Wanted { hostname: name.to_owned(), enc: enc.clone(), key: key.clone() }]));
        }
        let digest = self.digest()?;
        let found = scan(&self.name, self.enc.as_deref(), self.port, self.timeout, read).await?;
        if found.is_empty() {
            return Ok(Err("Unable to receive remote host keys".to_owned()));
        }
        let fits = |entry: &Wanted| fingerprint(&entry.key, digest) == self.fingerprint;
        if self.fingerprint.is_some() && !found.iter().any(fits) {
            let text = "Remote host public keys found but none of their fingerprints match the one you have provided";
            return Ok(Err(text.to_owned()));
        }
        Ok(Ok(found))
    }

    /// What a real run says when the key was saved.
    fn saved(&self, file: &str, new: &[Wanted], digest: Digest) -> String {
        let name = &self.name;
        let first = new.first().map(|entry| entry.key.clone()).unwrap_or_default();
        match (&self.key, &self.fingerprint, &self.enc) {
            (Some(_), _, _) => format!("{name}'s key saved to {file} (key: {first})"),
            (None, Some(_), _) => {
                let print = fingerprint(&first, digest).unwrap_or_default();
                format!("{name}'s key saved to {file} (fingerprint: {print})")
            }
            (None, None, Some(enc)) => format!("{name}'s {enc} key saved to {file} (key: {first})"),
            (None, None, None) => format!("{name}'s key(s) saved to {file}"),
        }
    }
}

/// What becomes of the file.
#[derive(Debug)]
pub enum Step {
    /// Nothing; the comment of a real run.
    Nothing(String),
    /// Only a real run says so.
    Refuse(String),
    /// Save the keys.
    Save(Vec<Wanted>),
}

impl State for Present {
    type Change = Step;

    async fn check(&self, read: &Read) -> Result<Check<Step>, Failure> {
        let name = &self.name;
        let file = config(self.user.as_deref(), self.config.as_deref());
        if self.user.is_none() && !file.starts_with('/') {
            return Ok(Check::fails(NEEDS_PATH));
        }
        // A key says more than its fingerprint, which real runs of Salt leave aside as well where both are given.
        let print = self.fingerprint.as_deref().filter(|_| self.key.is_none());
        if self.key.is_some() && self.enc.is_none() {
            return Ok(Check::fails("Required argument \"enc\" if using \"key\" argument."));
        }
        if self.port.is_some_and(|port| port != 22) && self.hash_known_hosts {
            return Ok(Check::fails("argument port can not be used in conjunction with argument hash_known_hosts"));
        }
        let digest = self.digest()?;
        let hosts = load_hosts(&hosts_file(self.user.as_deref(), self.config.as_deref(), read)?, read)?;
        let full = with_port(name, self.port);
        let known = hosts.of(&full);
        let status = check(&known, self.key.as_deref(), print, digest);
        let exists = |known: &str| {
            let outlook = Outlook::new(format!("Host {name} is already in {file}"), Map::new()).with_result(Some(true));
            Ok(Check::Change(outlook, Step::Nothing(format!("{name} already exists in {known}"))))
        };
        if status == Status::Exists && (self.key.is_some() || self.fingerprint.is_some()) {
            return exists(file);
        }
        let wanted = match self.wanted(&full, read).await? {
            Ok(wanted) => wanted,
            Err(comment) => {
                return Ok(Check::Change(Outlook::new(comment.clone(), Map::new()).with_result(Some(false)), Step::Refuse(comment)));
            }
        };
        let same = |entry: &Wanted| known.iter().any(|known| known.key == entry.key);
        if status == Status::Exists && wanted.iter().all(same) {
            return exists(file);
        }
        let what = if status == Status::Add { "added to" } else { "updated in" };
        let mut changes = Map::new();
        changes.insert("old", shown(&known, digest));
        changes.insert("new", shown(&wanted, digest));
        Ok(Check::change(format!("Key for {name} is set to be {what} {file}"), changes, Step::Save(wanted)))
    }

    async fn apply(&self, step: Step, cx: &Cx) -> Result<Applied, Failure> {
        let wanted = match step {
            Step::Nothing(comment) => return Ok(Applied::ok(comment, Map::new())),
            Step::Refuse(comment) => return Ok(Applied::failed(comment)),
            Step::Save(wanted) => wanted,
        };
        let digest = self.digest()?;
        let file = config(self.user.as_deref(), self.config.as_deref());
        let path = hosts_file(self.user.as_deref(), self.config.as_deref(), cx.read())?;
        let mut hosts: KnownHosts = load_hosts(&path, cx.read())?;
        let full = with_port(&self.name, self.port);
        let mut changes = Map::new();
        changes.insert("old", shown(&hosts.of(&full), digest));
        changes.insert("new", shown(&wanted, digest));
        hosts.remove(&full, self.enc.as_deref());
        for entry in &wanted {
            let entry = Wanted { hostname: full.clone(), ..entry.clone() };
            hosts.add(&if self.hash_known_hosts { entry.hidden() } else { entry });
        }
        store(&hosts.render(), &path, self.user.as_deref(), cx)?;
        Ok(Applied::ok(self.saved(file, &wanted, digest), changes))
    }
}

impl State for Absent {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        let name = &self.name;
        let file = config(self.user.as_deref(), self.config.as_deref());
        if self.user.is_none() && !file.starts_with('/') {
            return Ok(Check::fails(NEEDS_PATH));
        }
        if self.user.as_deref().is_some_and(|user| read.host().accounts().user(user).is_none()) {
            return Ok(Check::desired("Host is already absent"));
        }
        let known = load_hosts(&hosts_file(self.user.as_deref(), self.config.as_deref(), read)?, read)?.of(name);
        if known.is_empty() {
            return Ok(Check::desired("Host is already absent"));
        }
        let mut changes = Map::new();
        changes.insert("old", shown(&known, Digest::Sha256));
        changes.insert("new", sdk::Value::Null);
        Ok(Check::change(format!("Key for {name} is set to be removed from {file}"), changes, ()))
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        let path = hosts_file(self.user.as_deref(), self.config.as_deref(), cx.read())?;
        let mut hosts = load_hosts(&path, cx.read())?;
        let mut changes = Map::new();
        changes.insert("old", shown(&hosts.of(&self.name), Digest::Sha256));
        changes.insert("new", sdk::Value::Null);
        hosts.remove(&self.name, None);
        store(&hosts.render(), &path, self.user.as_deref(), cx)?;
        Ok(Applied::ok(format!("{path} updated."), changes))
    }
}
