//! The only door to the managed machine: run a command, read, write, own a file; a real host and a recorded fake host.
//!
//! [`Look`] is what a function that only looks may do, [`Host`] is what one that changes may do as well. File operations are plain calls: on a
//! local disk they end within microseconds, far below the price of a thread hand-over; whoever runs jobs gives each a thread that may wait.
//! Commands and questions to web services, which take as long as they like, are async. Paths are text, because every path here comes from a tree, a pillar or a command line.

mod accounts;
mod ask;
mod command;
mod environ;
mod error;
mod fake;
mod files;
mod hash;
mod http;
mod keeper;
mod processes;
mod real;
mod run;
mod sys;
mod within;

pub use accounts::{Accounts, Group, User};
pub use command::{Command, Ended, LiveOutput, Output, Program, Stream};
pub use environ::{Environ, Lasting};
pub use error::{Error, RunError};
pub use fake::FakeHost;
pub use files::{FileKind, Owner, Stat, Write, device, device_parts, join, parent};
pub use hash::{Digest, Hasher};
pub use http::{ClientCert, HttpAnswer, HttpError, HttpRequest, Trust};
pub use processes::Processes;
pub use real::RealHost;
pub use sys::{give_back_memory, share_one_heap};
pub use within::Within;

use async_trait::async_trait;
use std::collections::BTreeMap;
use std::io::{Read, Seek};
use std::time::SystemTime;

/// Content that is read piece by piece, from any place.
pub trait Source: Read + Seek + Send {}

impl<T: Read + Seek + Send> Source for T {}

/// What may be asked of a machine without changing it.
#[async_trait]
pub trait Look: Send + Sync {
    /// Runs a command to its end. A function that only looks runs only commands that look.
    async fn run(&self, command: Command) -> Result<Output, RunError>;

    /// Content of a file.
    fn read(&self, path: &str) -> Result<Vec<u8>, Error>;

    /// Content of a file piece by piece, for one that may be larger than memory.
    fn open(&self, path: &str) -> Result<Box<dyn Source>, Error>;

    /// What stands at a path, links followed; `None` when nothing does.
    fn stat(&self, path: &str) -> Result<Option<Stat>, Error>;

    /// What stands at a path, a link itself if it is one; `None` when nothing does.
    fn link_stat(&self, path: &str) -> Result<Option<Stat>, Error>;

    /// Names in a folder, sorted, without `.` and `..`.
    fn list(&self, path: &str) -> Result<Vec<String>, Error>;

    /// Where a link points.
    fn read_link(&self, path: &str) -> Result<String, Error>;

    /// The path without links, `.` and `..`.
    fn real_path(&self, path: &str) -> Result<String, Error>;

    /// Users and groups.
    fn accounts(&self) -> Accounts;

    /// A variable of our own environment, as commands inherit it.
    fn env(&self, name: &str) -> Option<String>;

    /// All variables of our own environment.
    fn environ(&self) -> BTreeMap<String, String>;

    /// Asks a web service. What that changes elsewhere is its business: this machine is only looked at.
    async fn http(&self, request: HttpRequest) -> Result<HttpAnswer, HttpError>;

    /// User and group this process acts as.
    fn identity(&self) -> (u32, u32);

    /// Whether this process may execute the file.
    fn may_execute(&self, path: &str) -> bool;

    /// The time of day.
    fn now(&self) -> SystemTime;

    /// Whether anything stands at the path, links followed.
    fn exists(&self, path: &str) -> bool {
        matches!(self.stat(path), Ok(Some(_)))
    }

    /// Whether a plain file stands at the path, links followed.
    fn is_file(&self, path: &str) -> bool {
        matches!(self.stat(path), Ok(Some(stat)) if stat.kind == FileKind::File)
    }

    /// Whether a folder stands at the path, links followed.
    fn is_dir(&self, path: &str) -> bool {
        matches!(self.stat(path), Ok(Some(stat)) if stat.kind == FileKind::Dir)
    }

    /// Whether the path is a link.
    fn is_link(&self, path: &str) -> bool {
        matches!(self.link_stat(path), Ok(Some(stat)) if stat.kind == FileKind::Link)
    }

    /// Content of a file as text; bytes that are no UTF-8 are replaced.
    fn read_text(&self, path: &str) -> Result<String, Error> {
        self.read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Path of a program, looked for along `PATH`.
    fn which(&self, program: &str) -> Option<String> {
        if program.contains('/') {
            return self.may_execute(program).then(|| program.to_owned());
        }
        let path = self.env("PATH").unwrap_or_default();
        // Daemons are often started with a short PATH; administration tools live in these folders.
        let places = path.split(':').chain(["/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"]);
        places.filter(|place| !place.is_empty()).map(|place| join(place, program)).find(|full| self.may_execute(full))
    }
}

/// What may be done to a machine.
pub trait Host: Look {
    /// Puts content at a path in one step: readers see the old or the new content, never a part.
    fn write(&self, path: &str, content: &[u8], how: &Write) -> Result<(), Error>;

    /// Puts a copy of a file's content at a path, as [`Host::write`] does, however large it is: it goes through no memory of ours.
    fn copy(&self, from: &str, to: &str, how: &Write) -> Result<(), Error>;

    /// The same with content that comes piece by piece; what came before an error of the source leaves no trace.
    fn write_from(&self, path: &str, content: &mut dyn Read, how: &Write) -> Result<(), Error>;

    /// Adds content to the end of a file, which is made if it is missing.
    fn append(&self, path: &str, content: &[u8]) -> Result<(), Error>;

    /// Makes a folder; its parent must be there.
    fn make_dir(&self, path: &str, mode: Option<u32>) -> Result<(), Error>;

    /// Removes a file or a link.
    fn remove_file(&self, path: &str) -> Result<(), Error>;

    /// Removes an empty folder.
    fn remove_dir(&self, path: &str) -> Result<(), Error>;

    /// Removes a file, a link, or a folder with all that is in it; links are not followed.
    fn remove_all(&self, path: &str) -> Result<(), Error>;

    /// Renames within one file system.
    fn rename(&self, from: &str, to: &str) -> Result<(), Error>;

    /// Makes a symbolic link at `link` that points to `target`.
    fn symlink(&self, target: &str, link: &str) -> Result<(), Error>;

    /// Makes a second name of a file.
    fn hard_link(&self, target: &str, link: &str) -> Result<(), Error>;

    /// Sets the permission bits.
    fn set_mode(&self, path: &str, mode: u32) -> Result<(), Error>;

    /// Sets owner and group; a link itself is meant unless it is to be followed.
    fn set_owner(&self, path: &str, owner: Owner, follow: bool) -> Result<(), Error>;

    /// Sets access and modification times, seconds since 1970.
    fn set_times(&self, path: &str, accessed: f64, modified: f64) -> Result<(), Error>;

    /// Sets a variable of our own environment, or takes it away: later commands inherit it.
    fn set_env(&self, name: &str, value: Option<&str>, lasting: Lasting);

    /// Makes a device node or a pipe.
    fn make_node(&self, path: &str, kind: FileKind, device: u64, mode: u32) -> Result<(), Error>;

    /// Makes a folder and the parents it lacks.
    fn make_dirs(&self, path: &str, mode: Option<u32>) -> Result<(), Error> {
        if self.is_dir(path) {
            return Ok(());
        }
        if let Some(up) = parent(path).filter(|up| *up != path) {
            self.make_dirs(up, mode)?;
        }
        match self.make_dir(path, mode) {
            // Somebody else made it just now.
            Err(_) if self.is_dir(path) => Ok(()),
            made => made,
        }
    }
}
