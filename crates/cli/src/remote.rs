//! The login at a master elsewhere, in a file that only its owner may read.

use crate::{Console, Error};
use client::{Client, Remote};
use model::Timestamp;
use serde::{Deserialize, Serialize};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

/// A login that is kept.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Stored {
    pub url: String,
    #[serde(default)]
    pub fingerprint: Option<String>,
    pub token: String,
    pub user: String,
    pub expires: Timestamp,
}

impl Stored {
    /// A client that acts by it.
    pub fn client(&self) -> Result<Client, Error> {
        let mut place = Remote::new(&self.url).map_err(Error::Client)?;
        place.fingerprint = self.fingerprint.clone();
        Ok(Client::remote(place).with_token(Some(self.token.clone())))
    }
}

/// `$XDG_CONFIG_HOME/sylvite/login.json`, or below `~/.config`.
fn file(console: &Console) -> Option<PathBuf> {
    let of = |name: &str| console.environment.get(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = of("XDG_CONFIG_HOME").or_else(|| of("HOME").map(|home| home.join(".config")))?;
    Some(folder.join("sylvite/login.json"))
}

/// The login that is kept, if there is one.
pub(crate) fn kept(console: &Console) -> Option<Stored> {
    serde_json::from_slice(&fs::read(file(console)?).ok()?).ok()
}

/// Keeps a login in place of any other.
pub(crate) fn keep(console: &Console, login: &Stored) -> Result<(), Error> {
    let path = file(console).ok_or_else(|| Error::Usage("there is no HOME to keep the login in".to_owned()))?;
    let failed = |source| Error::Read { path: path.display().to_string(), source };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let text = serde_json::to_string_pretty(login).map_err(|error| Error::Other(error.to_string()))?;
    let _ = fs::remove_file(&path);
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
    made.and_then(|mut file| file.write_all(text.as_bytes())).map_err(failed)
}

/// Forgets the login that is kept.
pub(crate) fn forget(console: &Console) -> Result<(), Error> {
    match file(console) {
        Some(path) => fs::remove_file(&path).map_err(|source| Error::Read { path: path.display().to_string(), source }),
        None => Ok(()),
    }
}
