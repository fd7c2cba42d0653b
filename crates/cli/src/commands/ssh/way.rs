//! How hosts are found and reached: the options that `ssh` and `bootstrap` share.

use crate::options::span;
use crate::settings::Settings;
use crate::{Console, Error};
use clap::{Args, ValueEnum};
use ssh::roster::{self, Format, Pick};
use ssh::{Host, HostKeys, Keep, Ways};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// How the roster is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RosterFormat {
    /// A mapping of ids in YAML.
    Flat,
    /// An inventory of Ansible.
    Ansible,
    /// The aliases of an `ssh_config`.
    Sshconfig,
}

/// How hosts are found and reached.
#[derive(Args, Debug)]
#[command(next_help_heading = "Hosts")]
pub(crate) struct WayOptions {
    /// A regular expression over the ids.
    #[arg(short = 'E', long)]
    pcre: bool,
    /// Ids, separated by commas; also hosts that the roster does not know.
    #[arg(short = 'L', long)]
    list: bool,
    /// A group of the inventory.
    #[arg(short = 'N', long)]
    nodegroup: bool,
    /// How the roster is written.
    #[arg(long, value_enum, default_value = "flat")]
    roster: RosterFormat,
    /// The roster; without, `roster_file` of the master's configuration, `roster` in its folder, or `~/.ssh/config`.
    #[arg(long, value_name = "FILE")]
    roster_file: Option<PathBuf>,
    /// User to log in as.
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Port.
    #[arg(long, value_name = "N")]
    port: Option<u16>,
    /// Private key.
    #[arg(long = "priv", value_name = "FILE")]
    key: Option<PathBuf>,
    /// Ask for the password of the user once.
    #[arg(long, conflicts_with = "passwd")]
    askpass: bool,
    /// The password; others on this machine may see it in the list of processes.
    #[arg(long, value_name = "PASSWORD")]
    passwd: Option<String>,
    /// Passphrase of the private key; others on this machine may see it in the list of processes.
    #[arg(long, value_name = "PASSPHRASE")]
    priv_passwd: Option<String>,
    /// Offer no key but that one, whatever an agent of SSH has.
    #[arg(long)]
    identities_only: bool,
    /// Run as root through sudo.
    #[arg(long)]
    sudo: bool,
    /// A port of the host that leads back here: `8080:localhost:80`.
    #[arg(long = "remote-port-forwards", value_name = "SPEC", value_delimiter = ',')]
    forwards: Vec<String>,
    /// Take hosts with any key: whoever stands between can read and change everything.
    #[arg(short = 'i', long, visible_alias = "no-host-keys", conflicts_with = "accept_new_host_keys")]
    ignore_host_keys: bool,
    /// Take hosts that were never seen; a key that has changed is refused.
    #[arg(long)]
    accept_new_host_keys: bool,
    /// A further option of ssh: `ProxyJump=gate`.
    #[arg(long = "ssh-option", value_name = "OPTION")]
    options: Vec<String>,
    /// How long connecting may take.
    #[arg(long, value_name = "SPAN", value_parser = span, default_value = "30")]
    connect_timeout: Duration,
}

impl WayOptions {
    /// The hosts that are meant.
    pub fn hosts(&self, expression: &str, settings: &Settings, console: &Console) -> Result<Vec<Host>, Error> {
        let format = match self.roster {
            RosterFormat::Flat => Format::Flat,
            RosterFormat::Ansible => Format::Ansible,
            RosterFormat::Sshconfig => Format::SshConfig,
        };
        let usual = match self.roster {
            RosterFormat::Sshconfig => Path::new(console.environment.get("HOME").map_or("/root", String::as_str)).join(".ssh/config"),
            RosterFormat::Flat | RosterFormat::Ansible => settings.roster.clone().unwrap_or_else(|| settings.folder.join("roster")),
        };
        let path = self.roster_file.clone().unwrap_or(usual);
        // A list may name hosts that stand nowhere.
        let hosts = if self.list && self.roster_file.is_none() && !path.exists() {
            Vec::new()
        } else {
            roster::read(format, &path).map_err(other)?
        };
        let pick = match (self.pcre, self.list, self.nodegroup) {
            (false, false, false) => Pick::Glob,
            (true, false, false) => Pick::Pcre,
            (false, true, false) => Pick::List,
            (false, false, true) => Pick::Group,
            _ => return Err(Error::Usage("a target is of one kind: give one of -E, -L and -N".to_owned())),
        };
        roster::pick(hosts, pick, expression).map_err(other)
    }

    /// How they are reached.
    pub fn ways(&self, console: &mut Console) -> Result<Ways, Error> {
        let password = if self.askpass { Some(console.ask_secretly("Password: ")?) } else { self.passwd.clone() };
        Ok(Ways {
            host_keys: match (self.ignore_host_keys, self.accept_new_host_keys) {
                (true, _) => HostKeys::Any,
                (_, true) => HostKeys::New,
                _ => HostKeys::Known,
            },
            user: self.user.clone(),
            port: self.port,
            password,
            key: self.key.clone(),
            passphrase: self.priv_passwd.clone(),
            forwards: self.forwards.clone(),
            options: self
                .identities_only
                .then(|| "IdentitiesOnly=yes".to_owned())
                .into_iter()
                .chain(self.options.iter().cloned())
                .collect(),
            timeout: self.connect_timeout,
            sudo: self.sudo,
            ..Ways::default()
        })
    }
}

/// Where connections are kept for the next command of the same user.
pub(super) fn kept(console: &Console, idle: Duration) -> Option<Keep> {
    let variable = |name: &str| console.environment.get(name).filter(|folder| folder.starts_with('/')).map(PathBuf::from);
    let folder = variable("XDG_RUNTIME_DIR").or_else(|| variable("HOME").map(|home| home.join(".cache")))?;
    Some(Keep { folder: folder.join("sylvite/ssh"), idle })
}

/// The public half of the key that is put on hosts; the master's own is made when it is missing.
pub(super) fn public_key(way: &WayOptions, settings: &Settings) -> Result<String, Error> {
    let private = way.key.clone().unwrap_or_else(|| settings.pki.join("ssh/sylvite_ssh_key"));
    let public = PathBuf::from(format!("{}.pub", private.display()));
    if !private.exists() && way.key.is_none() {
        if let Some(folder) = private.parent() {
            std::fs::create_dir_all(folder).map_err(|source| Error::Read { path: folder.display().to_string(), source })?;
        }
        let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-C", "sylvite", "-f"]).arg(&private).status();
        if !made.is_ok_and(|status| status.success()) {
            return Err(Error::Other(format!(
                "`ssh-keygen` cannot make `{}`; make a key yourself and name it with --priv",
                private.display()
            )));
        }
    }
    let text = std::fs::read_to_string(&public).map_err(|source| Error::Read { path: public.display().to_string(), source })?;
    Ok(text.trim().to_owned())
}

/// A folder on a host that nobody guesses.
pub(super) fn random_folder() -> Result<String, Error> {
    let mut bytes = [0; 8];
    std::fs::File::open("/dev/urandom")
        .and_then(|mut random| std::io::Read::read_exact(&mut random, &mut bytes))
        .map_err(|source| Error::Read { path: "/dev/urandom".to_owned(), source })?;
    Ok(format!("/var/tmp/.sylvite-{:016x}", u64::from_ne_bytes(bytes)))
}

/// The minion's program: what was named, or what lies beside this command.
pub(crate) fn program(named: Option<&PathBuf>) -> Result<PathBuf, Error> {
    if let Some(path) = named {
        return Ok(path.clone());
    }
    let here = std::env::current_exe().map_err(Error::Output)?;
    let beside = here.with_file_name("sylvite-minion");
    if beside.is_file() {
        Ok(beside)
    } else {
        Err(Error::Usage(format!("there is no `{}`; name the minion's program with --program", beside.display())))
    }
}

/// An error of the way, in words.
pub(crate) fn other(error: ssh::Error) -> Error {
    Error::Other(output::chain(&error))
}
