//! A master and minions as real processes in a scratch folder: for the demonstration and the whole-system tests.
//!
//! Everything lies below one folder, listens on loopback on a free port, and is stopped and removed when the [`Lab`] is dropped. Nothing of the
//! machine is changed.

mod process;

pub use nix::sys::signal::Signal;
pub use process::{Output, Process};

use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Something that takes longer than this will not come.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Name of the master's process; minions are named by their ids.
pub const MASTER: &str = "master";

/// A scratch folder with a master and its minions.
pub struct Lab {
    bin: PathBuf,
    folder: PathBuf,
    address: String,
    processes: BTreeMap<String, Process>,
}

impl Lab {
    /// An empty lab that runs the programs in `bin`.
    ///
    /// # Errors
    /// When the programs are not there, or the folder cannot be made.
    pub fn new(bin: impl Into<PathBuf>) -> Result<Self> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let bin = bin.into();
        if !bin.join("sylvite-master").is_file() {
            bail!(
                "there is no sylvite-master in {}; `cargo build --workspace --bins` makes it, and `cargo xtask test` does so by itself",
                bin.display()
            );
        }
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        // Short, since the path of a socket may have no more than 107 bytes.
        let folder = std::env::temp_dir().join(format!("sylvite-{}-{number}", std::process::id()));
        let lab = Self { bin, folder, address: "127.0.0.1".to_owned(), processes: BTreeMap::new() };
        for part in ["states", "pillar", "master", "minions"] {
            make(&lab.path(part))?;
        }
        Ok(lab)
    }

    /// Has the master listen on another address than loopback: for minions in machines of their own.
    pub fn listen_on(&mut self, address: &str) {
        self.address = address.to_owned();
    }

    /// A path in the folder.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Writes a file in the folder.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn write(&self, name: &str, text: &str) -> Result<()> {
        let path = self.path(name);
        make(path.parent().context("a file lies in a folder")?)?;
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
    }

    /// Copies a folder with everything below it into the lab's folder.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn copy(&self, from: &Path, name: &str) -> Result<()> {
        copy(from, &self.path(name))
    }

    /// Starts the master on a free port, or on its old one, with further lines of configuration; waits until it answers.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start_master(&mut self, further: &str) -> Result<()> {
        self.launch_master(further)?;
        self.until("the master answers", |lab| Ok(lab.sylvite(&["status"])?.is_good()))
    }

    /// Starts the master and does not wait for it, such as one that stands by for another.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn launch_master(&mut self, further: &str) -> Result<()> {
        self.launch_master_under(&[], further)
    }

    /// The same by another program that becomes it, such as one that limits what it may write.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn launch_master_under(&mut self, by: &[&str], further: &str) -> Result<()> {
        let at = |name: &str| self.path(name).display().to_string();
        let port = self.port().unwrap_or(0);
        let config = format!(
            "interface: {}\nport: {port}\nid: lab_master\npki_dir: {}\ncachedir: {}\nsock_dir: {}\nkeysize: 2048\nfile_roots: {{base: [{}]}}\npillar_roots: {{base: [{}]}}\n{further}",
            self.address,
            at("master/pki"),
            at("master/cache"),
            at("master/run"),
            at("states"),
            at("pillar"),
        );
        self.write("master/master", &config)?;
        self.spawn(by, MASTER, "sylvite-master", "master")
    }

    /// The master's port, once it has started.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        fs::read_to_string(self.path("master/cache/port")).ok()?.trim().parse().ok()
    }

    /// Starts a minion with further lines of configuration. It is not waited for.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start_minion(&mut self, id: &str, further: &str) -> Result<()> {
        self.start_minion_under(&[], id, further)
    }

    /// Starts a minion by another program that becomes it, such as one that shifts the clock: `faketime -f +1h`.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start_minion_under(&mut self, by: &[&str], id: &str, further: &str) -> Result<()> {
        let port = self.port().context("the master has not written down its port")?;
        let at = |name: &str| self.path(&format!("minions/{id}/{name}")).display().to_string();
        let config = format!(
            "id: {id}\nmaster: {}:{port}\npki_dir: {}\ncachedir: {}\nsock_dir: {}\nkeysize: 2048\nacceptance_wait_time: 1\n{further}",
            self.address,
            at("pki"),
            at("cache"),
            at("run"),
        );
        self.write(&format!("minions/{id}/minion"), &config)?;
        self.spawn(by, id, "sylvite-minion", &format!("minions/{id}"))
    }

    fn spawn(&mut self, by: &[&str], name: &str, program: &str, config: &str) -> Result<()> {
        let (config, program) = (self.path(config), self.bin.join(program));
        let mut command = match by {
            [first, rest @ ..] => {
                let mut command = Command::new(first);
                command.args(rest).arg(program);
                command
            }
            [] => Command::new(program),
        };
        let process = Process::spawn(command.arg("-c").arg(&config), &config.join("log"))?;
        self.processes.insert(name.to_owned(), process);
        Ok(())
    }

    /// A running process.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn process(&mut self, name: &str) -> Result<&mut Process> {
        self.processes.get_mut(name).with_context(|| format!("no `{name}` runs in the lab"))
    }

    /// Sends a signal to a process and waits until it has ended.
    ///
    /// # Errors
    /// When there is none of that name, or it does not end.
    pub fn end(&mut self, name: &str, signal: Signal) -> Result<()> {
        let mut process = self.processes.remove(name).with_context(|| format!("no `{name}` runs in the lab"))?;
        process.end(signal)
    }

    /// What a process has logged.
    #[must_use]
    pub fn log(&self, name: &str) -> String {
        let folder = if name == MASTER { MASTER.to_owned() } else { format!("minions/{name}") };
        fs::read_to_string(self.path(&format!("{folder}/log"))).unwrap_or_default()
    }

    /// Fails when a process has ended by itself.
    ///
    /// # Errors
    /// With its log.
    pub fn check(&mut self) -> Result<()> {
        let ended = self.processes.iter_mut().find_map(|(name, process)| process.ended().map(|status| (name.clone(), status)));
        match ended {
            Some((name, status)) => bail!("`{name}` ended ({status}); its log says:\n{}", self.log(&name)),
            None => Ok(()),
        }
    }

    /// A program of the lab with its configuration's folder.
    #[must_use]
    pub fn command(&self, program: &str, config: &str) -> Command {
        let mut command = Command::new(self.bin.join(program));
        command.arg("-c").arg(self.path(config));
        // What a command keeps for the next one is the lab's, too.
        command.env("XDG_RUNTIME_DIR", self.path("kept"));
        command
    }

    /// Runs `sylvite` on the master.
    ///
    /// # Errors
    /// When it cannot be run. That it fails is no error.
    pub fn sylvite(&self, arguments: &[&str]) -> Result<Output> {
        self.program("sylvite", arguments)
    }

    /// Runs a program of the command line on the master.
    ///
    /// # Errors
    /// When it cannot be run. That it fails is no error.
    pub fn program(&self, program: &str, arguments: &[&str]) -> Result<Output> {
        Output::of(self.command(program, MASTER).args(arguments))
    }

    /// Waits until something is so.
    ///
    /// # Errors
    /// When it does not become so in time, or a process ends meanwhile.
    pub fn until(&mut self, claim: &str, mut is_so: impl FnMut(&Self) -> Result<bool>) -> Result<()> {
        let begin = Instant::now();
        loop {
            self.check()?;
            if is_so(self)? {
                return Ok(());
            }
            if begin.elapsed() > PATIENCE {
                let logs: Vec<_> = self.processes.keys().map(|name| format!("--- log of {name}\n{}", self.log(name))).collect();
                bail!("waited {PATIENCE:?} in vain for: {claim}\n{}", logs.join("\n"));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Starts a master that accepts every key, and minions, and waits until all of them are there with their grains.
    ///
    /// # Errors
    /// When one of them does not come.
    pub fn start(&mut self, minions: &[&str]) -> Result<()> {
        self.start_master("auto_accept: true\n")?;
        for id in minions {
            self.start_minion(id, "")?;
        }
        self.until_online(minions)
    }

    /// Waits until minions have a session and their grains are in the CMDB.
    ///
    /// # Errors
    /// When one of them does not come.
    pub fn until_online(&mut self, minions: &[&str]) -> Result<()> {
        let ids: Vec<String> = minions.iter().map(|id| (*id).to_owned()).collect();
        self.until("all minions are there", move |lab| {
            for id in &ids {
                let shown = lab.sylvite(&["minion", "show", id, "--out", "json"])?.stdout;
                if !shown.contains("\"online\"") || !shown.contains("\"osrelease\"") {
                    return Ok(false);
                }
            }
            Ok(true)
        })
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        // Minions first, so that the master sees them go.
        let master = self.processes.remove(MASTER);
        for mut process in std::mem::take(&mut self.processes).into_values().chain(master) {
            let _ = process.end(Signal::SIGTERM);
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn make(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    make(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target).with_context(|| format!("cannot copy to {}", target.display()))?;
        }
    }
    Ok(())
}
