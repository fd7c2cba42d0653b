//! One machine: an overlay over the image, booted by systemd-nspawn, with or without a minion under its systemd.

use super::{image, net};
use crate::run::{output, say};
use anyhow::{Context, Result, bail};
use lab::{Output, Process, Signal};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// A machine that does not boot in this time will not.
const BOOT: Duration = Duration::from_secs(60);

/// What nspawn takes from a machine, and what a command of ours has to give up before it runs in one: entering its namespaces alone would
/// leave it every right of this machine, the clock's among them.
const RIGHTS: &str = "-ipc_lock,-sys_module,-sys_rawio,-sys_pacct,-sys_resource,-sys_time,-mac_override,-mac_admin,-syslog,-wake_alarm,-block_suspend,-audit_read,-perfmon,-bpf,-checkpoint_restore";

/// Rights that no machine may have, by their number: loading kernel modules, raw devices, setting the clock.
const NEVER: [(u32, &str); 3] = [(16, "CAP_SYS_MODULE"), (17, "CAP_SYS_RAWIO"), (25, "CAP_SYS_TIME")];

/// What runs as the first process of a machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Init {
    /// What the image has.
    #[default]
    Systemd,
    /// OpenRC, begun by the init of System V as Debian has it.
    OpenRc,
    /// Scripts in `/etc/init.d`.
    SysV,
}

impl Init {
    /// Its name in notes of cases and in names of layers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Systemd => "systemd",
            Self::OpenRc => "openrc",
            Self::SysV => "sysv",
        }
    }

    /// The init system of a name.
    pub fn of(name: &str) -> Option<Self> {
        [Self::Systemd, Self::OpenRc, Self::SysV].into_iter().find(|init| init.name() == name)
    }

    /// The packages that put it in the place of the image's.
    pub const fn packages(self) -> Option<&'static str> {
        match self {
            Self::Systemd => None,
            Self::OpenRc => Some("sysvinit-core openrc procps"),
            Self::SysV => Some("sysvinit-core sysv-rc procps"),
        }
    }

    /// How a machine is asked whether it has booted, and what it answers then.
    const fn is_up(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Self::Systemd => (&["systemctl", "is-system-running"], &["running", "degraded"]),
            // The runlevel is told before its scripts have ended.
            Self::OpenRc | Self::SysV => (&["sh", "-c", "runlevel; pgrep -x 'rc|openrc' > /dev/null && echo busy"], &["N 2"]),
        }
    }

    /// How it is switched off.
    const fn off(self) -> &'static [&'static str] {
        match self {
            Self::Systemd => &["systemctl", "poweroff"],
            Self::OpenRc | Self::SysV => &["poweroff"],
        }
    }
}

/// What a machine is to be.
pub struct Plan<'a> {
    /// Its name, by which it is told apart from others.
    pub name: &'a str,
    /// Its host name.
    pub host: &'a str,
    /// The last part of its address.
    pub number: u8,
    /// The images that it lies on, the uppermost first.
    pub layers: &'a [PathBuf],
    /// Folders of ours that it may read, and where it finds them.
    pub shown: &'a [(PathBuf, &'a str)],
    /// The port of the master that its minion answers to; without one it runs no minion.
    pub master: Option<u16>,
    /// Its init system, which its images have to have.
    pub init: Init,
}

/// A running machine; it is switched off and taken away when it is dropped.
pub struct Machine {
    name: String,
    folder: PathBuf,
    number: u8,
    init: Init,
    process: Option<Process>,
    leader: String,
}

impl Machine {
    /// Switches a machine on. [`Machine::wait`] waits until it has booted, so that several can boot at a time.
    ///
    /// To be called on the main thread: a machine ends with the thread that started it.
    pub fn start(folder: &Path, plan: &Plan<'_>) -> Result<Self> {
        let folder = folder.join("machines").join(plan.name);
        let mut machine =
            Self { name: plan.name.to_owned(), folder, number: plan.number, init: plan.init, process: None, leader: String::new() };
        machine.take_away();
        for part in ["upper", "work", "root"] {
            fs::create_dir_all(machine.folder.join(part))?;
        }
        let lower: Vec<_> = plan.layers.iter().map(|layer| layer.display().to_string()).collect();
        let options = format!(
            "lowerdir={},upperdir={},workdir={}",
            lower.join(":"),
            machine.upper().display(),
            machine.folder.join("work").display()
        );
        output(Command::new("mount").args(["-t", "overlay", "overlay", "-o", &options]).arg(machine.root()))?;
        machine.furnish(plan)?;
        // A lab that is killed takes its machines along.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "TERM", "systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--console=pipe"]);
        command.args(["--resolv-conf=off", "--link-journal=no", "--drop-capability=CAP_SYS_TIME,CAP_SYS_MODULE,CAP_SYS_RAWIO"]);
        command.arg(format!("--machine={}", plan.name)).arg(format!("--hostname={}", plan.host));
        command.arg(format!("--network-bridge={}", net::BRIDGE));
        for (from, to) in plan.shown {
            command.arg(format!("--bind-ro={}:{to}", from.display()));
        }
        // Newer systemds refuse the first kind of control groups, which this machine may have.
        command.env("SYSTEMD_NSPAWN_UNIFIED_HIERARCHY", "1").arg("-D").arg(machine.root());
        // `--boot` would take systemd, which other init systems may have beside them.
        command.arg(if plan.init == Init::Systemd { "--boot" } else { "/sbin/init" });
        machine.process = Some(Process::spawn(&mut command, &machine.folder.join("console"))?);
        Ok(machine)
    }

    /// Waits until its systemd has finished, makes sure of what it may not do, and connects it.
    pub fn wait(&mut self) -> Result<()> {
        let begin = Instant::now();
        loop {
            let process = self.process.as_mut().context("the machine was never started")?;
            let console = || fs::read_to_string(self.folder.join("console")).unwrap_or_default();
            if let Some(status) = process.ended() {
                bail!("machine {} does not boot ({status}): {}", self.name, console());
            }
            if begin.elapsed() > BOOT {
                let said = self.run(self.init.is_up().0).map(|said| format!("{said:?}")).unwrap_or_default();
                bail!("machine {} has not booted in {BOOT:?}: {said} {}", self.name, console());
            }
            self.leader = child_of(process.id());
            if !self.leader.is_empty() && self.is_up()? {
                break;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        self.ensure_harmless()?;
        self.connect()?;
        say(&format!("{} has booted", self.name));
        Ok(())
    }

    /// Reads the rights of the machine's first process, which are the most that anything in it can have.
    fn ensure_harmless(&self) -> Result<()> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.leader))?;
        let bounds = status.lines().find_map(|line| line.strip_prefix("CapBnd:")).context("the kernel does not tell a process's rights")?;
        let bounds = u64::from_str_radix(bounds.trim(), 16).context("the kernel tells a process's rights in another form")?;
        match NEVER.iter().find(|(number, _)| bounds >> number & 1 == 1) {
            Some((_, name)) => bail!("machine {} has {name}: it could change this machine, so it is switched off", self.name),
            None => Ok(()),
        }
    }

    /// Name, hosts and the minion's service.
    fn furnish(&self, plan: &Plan<'_>) -> Result<()> {
        let put = |path: &str, text: &str| {
            let path = self.root().join(path);
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
        };
        put("etc/hostname", &format!("{}\n", plan.host))?;
        put("etc/hosts", &format!("127.0.0.1 localhost {}\n{} {} master\n", plan.host, net::HOST, image::MIRROR))?;
        let Some(port) = plan.master else { return Ok(()) };
        put("etc/sylvite/minion", &format!("id: {}\nmaster: {}:{port}\nkeysize: 2048\nacceptance_wait_time: 1\n", self.name, net::HOST))?;
        // The unit that packages ship, with the programs where the lab has them; the network comes up after the boot.
        let unit = fs::read_to_string(crate::run::root().join("deploy/systemd/sylvite-minion.service"))?;
        put("etc/systemd/system/sylvite-minion.service", &unit.replace("/usr/bin/sylvite-minion", "/opt/sylvite/sylvite-minion"))?;
        let wants = self.root().join("etc/systemd/system/multi-user.target.wants");
        fs::create_dir_all(&wants)?;
        let link = wants.join("sylvite-minion.service");
        if !link.is_symlink() {
            symlink("/etc/systemd/system/sylvite-minion.service", link)?;
        }
        Ok(())
    }

    fn is_up(&self) -> Result<bool> {
        let (question, good) = self.init.is_up();
        Ok(good.contains(&self.run(question)?.stdout.trim()))
    }

    fn connect(&self) -> Result<()> {
        let address = format!("10.77.0.{}/24", self.number);
        for words in [&["address", "add", &address, "dev", "host0"][..], &["link", "set", "host0", "up"]] {
            output(Command::new("nsenter").args(["-t", &self.leader, "-n", "ip"]).args(words))?;
        }
        Ok(())
    }

    /// Its name, which is the minion's id too.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its root folder, seen from here.
    pub fn root(&self) -> PathBuf {
        self.folder.join("root")
    }

    /// The folder with all that it has changed of its image, seen from here.
    pub fn upper(&self) -> PathBuf {
        self.folder.join("upper")
    }

    /// Runs a command in it.
    pub fn run(&self, argv: &[&str]) -> Result<Output> {
        let mut command = Command::new("nsenter");
        command.args(["-t", &self.leader, "-a", "setpriv", &format!("--bounding-set={RIGHTS}"), "--inh-caps=-all", "env", "-i"]);
        Output::of(command.args(["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root"]).args(argv))
    }

    /// The last lines of the minion's log.
    pub fn log(&self) -> String {
        let journal = self.run(&["journalctl", "--no-pager", "-n", "60", "-u", "sylvite-minion"]);
        journal.map(|journal| journal.stdout).unwrap_or_default()
    }

    /// Switches it off.
    pub fn stop(&mut self) -> Result<()> {
        let Some(mut process) = self.process.take() else { return Ok(()) };
        if !self.leader.is_empty() {
            self.run(self.init.off())?;
        }
        let begin = Instant::now();
        while !self.leader.is_empty() && process.ended().is_none() && begin.elapsed() < BOOT {
            std::thread::sleep(Duration::from_millis(100));
        }
        if process.ended().is_none() {
            process.end(Signal::SIGTERM)?;
        }
        self.take_away();
        Ok(())
    }

    /// Unmounts and removes what is left of it.
    fn take_away(&self) {
        let root = self.root();
        let is_mounted =
            fs::read_to_string("/proc/self/mountinfo").unwrap_or_default().lines().any(|line| line.contains(&*root.to_string_lossy()));
        if is_mounted && let Err(error) = output(Command::new("umount").arg(&root)) {
            // Removing now would reach into a machine that is still there.
            say(&format!("{} is still mounted: {error:#}", root.display()));
            return;
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            say(&format!("machine {} was not switched off in good order: {error:#}", self.name));
        }
    }
}

/// The first child of a process.
fn child_of(process: u32) -> String {
    let text = fs::read_to_string(format!("/proc/{process}/task/{process}/children")).unwrap_or_default();
    text.split_whitespace().next().unwrap_or_default().to_owned()
}
