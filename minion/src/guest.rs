//! `sylvite-minion guest`: an agent for the time of one connection, on a host that has none.
//!
//! Whoever has started it tells it its configuration in one line of standard input; after that, standard input and output are the way to the
//! master. The agent itself is the usual one: it dials a port of loopback, and what goes over it is handed on. When standard input ends, it ends.
//! Where the connection is kept for the next command, it leaves a guest behind that waits for it.

mod waiting;

use crate::agent;
use crate::config::{Loaded, Place, Unknown};
use anyhow::{Context, Result, bail};
use daemon::logs;
use nix::sys::signal::{Signal, raise};
use std::fs::File;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::Duration;
use value::{Map, Value};

/// No configuration is longer.
const MOST: usize = 1 << 20;

/// An agent for the time of one connection.
#[derive(clap::Args, Debug)]
pub struct Guest {
    /// Folder for its key, its cache and what its jobs leave.
    #[arg(long, value_name = "DIR")]
    folder: PathBuf,
    /// Take the folder away at the end, and this program with it, also when whoever has started the guest does not come back.
    #[arg(long)]
    wipe: bool,
    /// Leave a guest behind that waits so many seconds for the next command.
    #[arg(long, value_name = "SECONDS", conflicts_with = "wipe")]
    linger: Option<u64>,
    /// Be that guest: what would be standard input and output comes over a socket in the folder.
    #[arg(long, requires = "linger")]
    waiting: bool,
}

impl Guest {
    /// Runs until standard input ends.
    ///
    /// # Errors
    /// When the configuration or the folder cannot be used.
    pub fn main(&self) -> Result<()> {
        let Some((mut input, output)) = self.way()? else { return Ok(()) };
        let told = first_line(&mut input).context("no configuration came")?;
        let told = yaml::load_value(&told).context("the configuration is not understood")?;
        let Value::Map(told) = told else { bail!("the configuration is no mapping") };
        own_folder(&self.folder)?;
        let relay = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no port of loopback can be had")?;
        let settings = self.settings(told, relay.local_addr()?.port());
        std::thread::Builder::new().name("relay".to_owned()).spawn(move || {
            hand_on(&relay, input, output);
            // The agent ends as it does at any time it is told to.
            let _ = raise(Signal::SIGTERM);
        })?;
        let done = self.run(&settings);
        if self.wipe {
            std::fs::remove_dir_all(&self.folder).with_context(|| format!("cannot take away `{}`", self.folder.display()))?;
            self.wipe_program();
        }
        // One whose configuration was refused has said why; the next one would have nobody to say it to.
        if let (Some(seconds), Ok(())) = (self.linger, &done) {
            waiting::leave(&self.folder, seconds);
        }
        done
    }

    /// The way to whoever has started this guest; `None` when nobody has come for one that waits.
    fn way(&self) -> Result<Option<(File, File)>> {
        if self.waiting {
            own_folder(&self.folder)?;
            let visitor = waiting::visitor(&self.folder, Duration::from_secs(self.linger.unwrap_or_default()))?;
            let Some(stream) = visitor else { return Ok(None) };
            let again = stream.try_clone().context("the connection of a command cannot be shared")?;
            return Ok(Some((File::from(OwnedFd::from(stream)), File::from(OwnedFd::from(again)))));
        }
        let input = std::io::stdin().as_fd().try_clone_to_owned().context("standard input is closed")?;
        let output = std::io::stdout().as_fd().try_clone_to_owned().context("standard output is closed")?;
        Ok(Some((File::from(input), File::from(output))))
    }

    /// Takes away the program that was put on the host for this guest: it lies in the folder that the guest's own is named after. One that is
    /// installed lies elsewhere; one of another user is not this guest's to take.
    fn wipe_program(&self) {
        let Ok(program) = std::env::current_exe() else { return };
        let Some(folder) = program.parent() else { return };
        if self.folder.to_string_lossy().starts_with(&format!("{}-state-", folder.display())) {
            let _ = std::fs::remove_file(&program);
            let _ = std::fs::remove_dir(folder);
        }
    }

    /// What was told, over what a guest needs to leave the host as it is.
    fn settings(&self, told: Map, port: u16) -> Vec<(String, Value)> {
        let below = |name: &str| Value::from(self.folder.join(name).to_string_lossy());
        let own = [
            ("pki_dir", below("pki")),
            ("cachedir", below("cache")),
            ("sock_dir", below("run")),
            ("keysize", Value::from(2048)),
            ("log_level", Value::from("warning")),
            ("mine_interval", Value::from(0)),
        ];
        let mut settings: Vec<(String, Value)> = own.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        settings.extend(told.into_iter().map(|(key, value)| (value::text::str(&key), value)));
        settings.push(("master".to_owned(), Value::from(format!("127.0.0.1:{port}"))));
        settings
    }

    fn run(&self, settings: &[(String, Value)]) -> Result<()> {
        let read = || Loaded::read(Place { folder: self.folder.clone() }, settings, Unknown::Refuse);
        let loaded = read()?;
        let logs = logs::start(&logs::Logs { level: loaded.config.log_level.clone(), ..logs::Logs::default() })?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start the runtime")?;
        let done = runtime.block_on(agent::run(loaded, logs, read)).map_err(anyhow::Error::from);
        runtime.shutdown_background();
        done
    }
}

/// A line, byte by byte: what follows it is for somebody else.
fn first_line(input: &mut File) -> Result<String> {
    let mut line = Vec::new();
    let mut byte = [0_u8; 1];
    while line.len() < MOST {
        if input.read(&mut byte)? == 0 {
            bail!("standard input ended");
        }
        if byte == *b"\n" {
            return Ok(String::from_utf8(line)?);
        }
        line.extend_from_slice(&byte);
    }
    bail!("the line has more than {MOST} bytes")
}

/// Makes the folder, or takes it when it is ours: `/var/tmp` is everybody's.
fn own_folder(path: &Path) -> Result<()> {
    let made = std::fs::DirBuilder::new().mode(0o700).create(path);
    let meta = std::fs::symlink_metadata(path).with_context(|| match made {
        Err(error) => format!("cannot make `{}`: {error}", path.display()),
        Ok(()) => format!("cannot look at `{}`", path.display()),
    })?;
    if !meta.is_dir() || meta.uid() != nix::unistd::geteuid().as_raw() {
        bail!("`{}` is there and belongs to somebody else; remove it, or name another folder", path.display());
    }
    Ok(())
}

/// Takes the one connection of the agent and hands on what goes over it, until either end ends.
fn hand_on(relay: &TcpListener, mut input: File, mut output: File) {
    let Ok((mut stream, _)) = relay.accept() else { return };
    let _ = stream.set_nodelay(true);
    let Ok(mut out) = stream.try_clone() else { return };
    let outward = std::thread::spawn(move || {
        let _ = pump(&mut out, &mut output);
        // Wakes the other direction, which may wait for standard input: there is nobody to read it any more.
        let _ = raise(Signal::SIGTERM);
    });
    let _ = pump(&mut input, &mut stream);
    let _ = stream.shutdown(Shutdown::Both);
    let _ = outward.join();
}

/// Hands on every piece as it comes.
fn pump(from: &mut impl Read, to: &mut impl Write) -> std::io::Result<()> {
    let mut buffer = vec![0_u8; 64 << 10];
    loop {
        let count = from.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        to.write_all(buffer.get(..count).unwrap_or_default())?;
        to.flush()?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Seek, SeekFrom};

    #[test]
    fn the_configuration_is_one_line_and_what_follows_is_left() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"{id: web1}\nrest").unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        assert_eq!(first_line(&mut file).unwrap(), "{id: web1}");
        let mut rest = String::new();
        file.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "rest");
        assert!(first_line(&mut file).is_err());
    }

    #[test]
    fn a_folder_of_somebody_else_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let mine = folder.path().join("mine");
        own_folder(&mine).unwrap();
        own_folder(&mine).unwrap();
        assert_eq!(std::fs::metadata(&mine).unwrap().mode() & 0o777, 0o700);
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&mine, &link).unwrap();
        assert!(own_folder(&link).is_err());
    }
}
