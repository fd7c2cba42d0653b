//! Puts the minion's program on a host, where it is not there yet.

use crate::connection::quoted;
use crate::{Connection, Error};
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// The program that is put on hosts, packed once for all of them.
pub struct Program {
    path: PathBuf,
    bytes: Vec<u8>,
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
}

/// `uname -m` of this machine: a program is for one kind.
const MACHINE: &str = std::env::consts::ARCH;

impl Program {
    /// Reads the program.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(path: &Path) -> Result<Arc<Self>, Error> {
        let bytes = std::fs::read(path).map_err(Error::here(format!("cannot read the minion's program `{}`", path.display())))?;
        let digest = hex::encode(Sha256::digest(&bytes));
        let name = format!("sylvite-minion-{}", digest.get(..16).unwrap_or_default());
        Ok(Arc::new(Self { path: path.to_owned(), bytes, name, packed: OnceLock::new() }))
    }

    fn packed(&self) -> &[u8] {
        self.packed.get_or_init(|| {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::new(4));
            let packed = encoder.write_all(&self.bytes).and_then(|()| encoder.finish());
            packed.expect("a vector takes every byte")
        })
    }

    /// Puts the program on a host, unless it is there. `of` tells folders of different masters apart.
    ///
    /// # Errors
    /// When the connection breaks, the host has no place for it, or is of another kind.
    pub async fn put(self: &Arc<Self>, connection: &Connection, of: &str) -> Result<Place, Error> {
        let folder = match &connection.host().folder {
            Some(folder) => quoted(folder),
            None => format!("/var/tmp/.sylvite-{of}-$(id -u)"),
        };
        let name = &self.name;
        // A folder that another user has put there first is not used.
        let probe = format!(
            "d={folder}; umask 022; mkdir \"$d\" 2>/dev/null; [ -d \"$d\" ] && [ ! -L \"$d\" ] && [ -O \"$d\" ] || {{ echo foreign; exit 0; }}; \
             uname -s; uname -m; [ -x \"$d/{name}\" ] && echo there || echo missing; echo \"$d\""
        );
        let said = connection.run(&probe, &[]).await?;
        let lines: Vec<&str> = said.stdout.lines().collect();
        let (is_there, folder) = match lines[..] {
            ["Linux", machine, state, folder] if machine == MACHINE => (state == "there", folder.to_owned()),
            [system, machine, ..] if lines.len() == 4 => {
                return Err(Error::Unfit(format!(
                    "it is {system} on {machine}, and `{}` is for Linux on {MACHINE}; name a program for it with --program",
                    self.path.display()
                )));
            }
            ["foreign"] => {
                return Err(Error::Unfit(format!(
                    "the folder {folder} cannot be made or belongs to somebody else; name another with `thin_dir` in the roster"
                )));
            }
            _ => return Err(Error::Unfit(format!("its shell does not answer as one: {}", first_words(&said.stderr, &said.stdout)))),
        };
        let place = Place { program: format!("{folder}/{name}"), folder };
        if !is_there {
            self.push(connection, &place).await?;
        }
        Ok(place)
    }

    async fn push(self: &Arc<Self>, connection: &Connection, place: &Place) -> Result<(), Error> {
        let program = Arc::clone(self);
        let packed = tokio::task::spawn_blocking(move || {
            program.packed();
            program
        });
        let program = packed.await.map_err(|error| Error::Unfit(error.to_string()))?;
        let target = quoted(&place.program);
        let write = format!("umask 022; gzip -dc > {target}.part && chmod 755 {target}.part && mv {target}.part {target}");
        let done = connection.run(&write, program.packed()).await?;
        if done.status == 0 {
            Ok(())
        } else {
            Err(Error::Unfit(format!("the program cannot be put there: {}", first_words(&done.stderr, "no word why"))))
        }
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

fn first_words<'a>(text: &'a str, otherwise: &'a str) -> &'a str {
    text.lines().find(|line| !line.trim().is_empty()).unwrap_or(otherwise)
}
