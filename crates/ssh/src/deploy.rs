//! Puts the minion's program on a host, where it is not there yet.

use crate::channel::Channel;
use crate::connection::{is_own, quoted};
use crate::{Connection, Error, Host};
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// The program that is put on hosts, packed once for all of them.
pub struct Program {
    path: PathBuf,
    name: String,
    packed: OnceLock<Vec<u8>>,
}

/// Where a host has the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its folder.
    pub folder: String,
    /// The program.
    pub program: String,
    /// Number of the user who logged in.
    pub user: String,
}

/// `uname -m` of this machine: a program is for one kind.
const MACHINE: &str = std::env::consts::ARCH;

impl Program {
    /// Looks at the program. Its digest is kept in `notes`, so that a file that has not changed is not read again.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(path: &Path, notes: Option<&Path>) -> Result<Arc<Self>, Error> {
        let what = || format!("cannot read the minion's program `{}`", path.display());
        let meta = std::fs::metadata(path).map_err(Error::here(what()))?;
        let state = [meta.dev(), meta.ino(), meta.size(), meta.mtime().cast_unsigned(), meta.mtime_nsec().cast_unsigned()];
        let note = notes
            .filter(|folder| is_own(folder))
            .map(|folder| folder.join(format!("program-{}", state.map(|number| format!("{number:x}")).join("-"))));
        let known = note.as_ref().and_then(|note| std::fs::read_to_string(note).ok()).filter(|name| is_name(name));
        let name = match known {
            Some(name) => name,
            None => {
                let bytes = std::fs::read(path).map_err(Error::here(what()))?;
                let digest = hex::encode(Sha256::digest(&bytes));
                let name = format!("sylvite-minion-{}", digest.get(..16).unwrap_or_default());
                // Without the note it is read again.
                let _ = note.map(|note| std::fs::write(note, &name));
                name
            }
        };
        Ok(Arc::new(Self { path: path.to_owned(), name, packed: OnceLock::new() }))
    }

    /// Its name on hosts, which tells one build from another.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// What makes the folder for the program on a host, says what is there, and takes the program in where it is missing. `of` tells folders of
    /// different masters apart; `$d` is the folder for what follows. A folder that another user has put there first is not used.
    pub(crate) fn script(&self, host: &Host, of: &str) -> String {
        let folder = match &host.folder {
            Some(folder) => quoted(folder),
            None => format!("/var/tmp/.sylvite-{of}-$u"),
        };
        let name = &self.name;
        format!(
            "u=$(id -u); d={folder}; p=\"$d/{name}\"; umask 022; mkdir \"$d\" 2>/dev/null\n\
             if [ ! -d \"$d\" ] || [ -L \"$d\" ] || [ ! -O \"$d\" ]; then echo foreign; exit 0; fi\n\
             if [ -x \"$p\" ]; then s=there; else s=missing; fi\n\
             echo \"$(uname -sm) $s $u $d\"\n\
             if [ $s = missing ]; then\n\
             read -r n && head -c \"$n\" | gzip -dc > \"$p.part\" && chmod 755 \"$p.part\" && mv \"$p.part\" \"$p\" || exit 1\n\
             echo stored\n\
             fi\n"
        )
    }

    /// Goes through what [`Program::script`] says and asks, up to the program being there.
    pub(crate) async fn settle(self: &Arc<Self>, channel: &mut Channel, host: &Host) -> Result<Place, Error> {
        let said = channel.line().await?.unwrap_or_default();
        let words: Vec<&str> = said.splitn(5, ' ').collect();
        let (state, user, folder) = match words[..] {
            ["foreign"] => {
                let folder = host.folder.as_deref().unwrap_or("in /var/tmp");
                return Err(Error::Unfit(format!(
                    "the folder {folder} cannot be made or belongs to somebody else; name another with `thin_dir` in the roster"
                )));
            }
            ["Linux", machine, state, user, folder] if machine == MACHINE => (state, user, folder),
            [system, machine, "there" | "missing", ..] => {
                return Err(Error::Unfit(format!(
                    "it is {system} on {machine}, and `{}` is for Linux on {MACHINE}; name a program for it with --program",
                    self.path.display()
                )));
            }
            _ => {
                return Err(Error::Unfit(format!(
                    "its shell does not answer as one: {}",
                    first_words(&channel.words.whole().await, &said)
                )));
            }
        };
        let place = Place { program: format!("{folder}/{}", self.name), folder: folder.to_owned(), user: user.to_owned() };
        if state == "missing" {
            let packed = self.packed().await?;
            channel.tell(format!("{}\n", packed.len()).as_bytes()).await?;
            // What is wrong there is said by the host itself.
            let told = channel.tell(packed).await;
            if channel.line().await?.as_deref() != Some("stored") {
                let why = channel.words.whole().await;
                return Err(Error::Unfit(format!("the program cannot be put there: {}", first_words(&why, "no word why"))));
            }
            told?;
        }
        Ok(place)
    }

    async fn packed(self: &Arc<Self>) -> Result<&[u8], Error> {
        let program = Arc::clone(self);
        let pack = move || -> Result<(), Error> {
            if program.packed.get().is_some() {
                return Ok(());
            }
            let bytes = std::fs::read(&program.path)
                .map_err(Error::here(format!("cannot read the minion's program `{}`", program.path.display())))?;
            program.packed.get_or_init(|| {
                let mut encoder = GzEncoder::new(Vec::new(), Compression::new(4));
                let packed = encoder.write_all(&bytes).and_then(|()| encoder.finish());
                packed.expect("a vector takes every byte")
            });
            Ok(())
        };
        tokio::task::spawn_blocking(pack).await.map_err(|error| Error::Unfit(error.to_string()))??;
        Ok(self.packed.get().map(Vec::as_slice).unwrap_or_default())
    }

    /// Puts the program on a host, unless it is there.
    ///
    /// # Errors
    /// When the host cannot be reached, has no place for it, or is of another kind.
    pub async fn put(self: &Arc<Self>, connection: &Connection, of: &str) -> Result<Place, Error> {
        let mut channel = connection.begin(&shell(&self.script(connection.host(), of))).await?;
        let place = self.settle(&mut channel, connection.host()).await?;
        channel.finish(&[]).await?;
        Ok(place)
    }
}

impl Place {
    /// Takes the program away, and what guests of the same user have kept.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn remove(&self, connection: &Connection) -> Result<(), Error> {
        connection.run(&format!("rm -rf {0} {0}-state-*", quoted(&self.folder)), &[]).await.map(|_| ())
    }
}

/// A script for `sh`, whatever shell the user of the host has.
pub(crate) fn shell(script: &str) -> String {
    format!("exec sh -c {}", quoted(script))
}

/// Whether this is a name that a note may hold: it becomes a part of scripts.
fn is_name(name: &str) -> bool {
    name.strip_prefix("sylvite-minion-").is_some_and(|hash| hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn first_words<'a>(text: &'a str, otherwise: &'a str) -> &'a str {
    text.lines().find(|line| !line.trim().is_empty()).unwrap_or(otherwise)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_has_not_changed_is_not_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let (path, notes) = (folder.path().join("minion"), folder.path().join("notes"));
        std::fs::write(&path, "one").unwrap();
        let name = |path: &Path| Program::read(path, Some(&notes)).unwrap().name().to_owned();
        let first = name(&path);
        assert_eq!(name(&path), first);
        let note = std::fs::read_dir(&notes).unwrap().next().unwrap().unwrap().path();
        // It is the note that answers, unless it holds what no name is.
        std::fs::write(&note, "sylvite-minion-0123456789abcdef").unwrap();
        assert_eq!(name(&path), "sylvite-minion-0123456789abcdef");
        std::fs::write(&note, "sylvite-minion-$(touch /tmp)").unwrap();
        assert_eq!(name(&path), first);
        std::fs::write(&path, "another").unwrap();
        assert_ne!(name(&path), first);
    }
}
