//! Whose keys are meant, and running `gpg` with them.

use sdk::host::{Command, Output, Owner, join};
use sdk::{Cx, Failure, Read, Secret, Value};

/// Whose keys are meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ring {
    /// The user; `salt` means the keys that decrypt pillar.
    pub user: Option<String>,
    /// Folder of GnuPG; that of the user unless given.
    pub home: Option<String>,
    /// File with keys, instead of the usual one.
    pub keyring: Option<String>,
}

/// Runs `gpg` in a folder that goes again.
const NO_HOME: &str = r#"d=$(mktemp -d) && gpg --homedir "$d" "$@"; r=$?; rm -rf "$d"; exit $r"#;

/// What `gpg` said.
#[derive(Clone, Debug)]
pub struct Said {
    /// Whether it was content.
    pub is_ok: bool,
    /// Its output.
    pub out: Vec<u8>,
    /// Its words for programs, without their mark.
    pub status: Vec<String>,
    /// Its words for people.
    pub words: String,
}

impl Said {
    /// The rest of the first word for programs that begins so.
    #[must_use]
    pub fn status(&self, word: &str) -> Option<&str> {
        self.status.iter().find_map(|line| line.strip_prefix(word)).map(str::trim)
    }
}

impl Ring {
    fn run_user(&self) -> Option<&str> {
        self.user.as_deref().filter(|user| *user != "salt")
    }

    /// The folder of GnuPG.
    ///
    /// # Errors
    /// When there is no such user.
    pub fn home(&self, read: &Read) -> Result<String, Failure> {
        if let Some(home) = &self.home {
            return Ok(home.clone());
        }
        let host = read.host();
        match self.user.as_deref() {
            Some("salt") => Ok(read
                .opt("gpg_keydir")
                .and_then(Value::as_str)
                .filter(|dir| !dir.is_empty())
                .unwrap_or("/etc/sylvite/gpgkeys")
                .to_owned()),
            Some(user) => match host.accounts().user(user) {
                Some(user) => Ok(join(&user.home, ".gnupg")),
                None => Err(Failure::failed(format!("User {user} does not exist"))),
            },
            None => {
                let own = host.accounts().user_of(host.identity().0).map(|user| user.home.clone());
                let home = host.env("HOME").or(own).unwrap_or_else(|| "/root".to_owned());
                Ok(host.env("GNUPGHOME").unwrap_or_else(|| join(&home, ".gnupg")))
            }
        }
    }

    /// Whether there is something to look at: a file of keys that is missing would be made by the look.
    ///
    /// # Errors
    /// When there is no such user.
    pub fn is_there(&self, read: &Read) -> Result<bool, Failure> {
        let home = self.home(read)?;
        Ok(match &self.keyring {
            Some(keyring) if keyring.contains('/') => read.host().exists(keyring),
            Some(keyring) => read.host().exists(&join(&home, keyring)),
            None => read.host().is_dir(&home),
        })
    }

    /// Makes the folder of GnuPG where it is missing: nobody else may look into it.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn prepare(&self, cx: &Cx) -> Result<(), Failure> {
        let (home, host) = (self.home(cx.read())?, cx.host());
        if host.is_dir(&home) {
            return Ok(());
        }
        host.make_dirs(&home, Some(0o700)).map_err(crate::failure)?;
        if let Some(user) = self.run_user().and_then(|user| host.accounts().user(user).cloned()) {
            host.set_owner(&home, Owner { uid: Some(user.uid), gid: Some(user.gid) }, true).map_err(crate::failure)?;
        }
        Ok(())
    }

    /// Runs `gpg`. A passphrase goes by its input, where nobody sees it, before what it reads.
    ///
    /// # Errors
    /// When there is no `gpg`.
    pub async fn run(
        &self,
        words: &[&str],
        input: Option<Vec<u8>>,
        passphrase: Option<&Secret<String>>,
        read: &Read,
    ) -> Result<Said, Failure> {
        let home = self.home(read)?;
        let mut line = if read.host().is_dir(&home) {
            vec!["gpg".to_owned(), "--homedir".to_owned(), home]
        } else {
            // GnuPG does nothing at all without a folder, and a look must not make one that stays.
            ["/bin/sh", "-c", NO_HOME, "gpg"].map(str::to_owned).to_vec()
        };
        // A look leaves nothing behind: without this, many a command writes down what it has gathered for its next random numbers.
        line.extend(["--no-tty", "--no-random-seed-file", "--status-fd", "2"].map(str::to_owned));
        if !words.contains(&"--no-batch") {
            line.push("--batch".to_owned());
        }
        if let Some(keyring) = &self.keyring {
            line.extend(["--no-default-keyring".to_owned(), "--keyring".to_owned(), keyring.clone()]);
        }
        let mut stdin = Vec::new();
        if let Some(passphrase) = passphrase {
            line.extend(["--pinentry-mode", "loopback", "--passphrase-fd", "0"].map(str::to_owned));
            stdin.extend_from_slice(format!("{}\n", passphrase.reveal()).as_bytes());
        }
        line.extend(words.iter().map(|word| (*word).to_owned()));
        stdin.extend(input.unwrap_or_default());
        let mut command = Command::new(line).env("LC_ALL", "C").stdin(stdin);
        command.user = self.run_user().map(str::to_owned);
        Ok(said(&read.run_command(command).await?))
    }
}

fn said(output: &Output) -> Said {
    let (mut status, mut words) = (Vec::new(), Vec::new());
    for line in output.err().lines() {
        match line.strip_prefix("[GNUPG:] ") {
            Some(word) => status.push(word.to_owned()),
            None => words.push(line.to_owned()),
        }
    }
    Said { is_ok: output.is_ok(), out: output.stdout.clone(), status, words: words.join("\n") }
}

/// The passphrase, which only pillar has.
pub fn passphrase(wanted: bool, read: &Read) -> Result<Option<Secret<String>>, &'static str> {
    if !wanted {
        return Ok(None);
    }
    let known = read.pillar("gpg_passphrase").map(sdk::text::str).filter(|word| !word.is_empty());
    known.map(|word| Some(Secret::new(word))).ok_or("gpg_passphrase not available in pillar.")
}
