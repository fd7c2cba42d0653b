//! One machine: an overlay over the image, booted by systemd-nspawn, with a minion under its systemd.

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

/// A running machine; it is switched off and taken away when it is dropped.
pub struct Machine {
    name: String,
    folder: PathBuf,
    process: Option<Process>,
    leader: String,
}

impl Machine {
    /// Boots a machine and waits until its systemd has finished.
    pub fn boot(folder: &Path, image: &Path, name: &str, number: u8, programs: &Path, port: u16) -> Result<Self> {
        let folder = folder.join("machines").join(name);
        let mut machine = Self { name: name.to_owned(), folder, process: None, leader: String::new() };
        machine.take_away();
        for part in ["upper", "work", "root"] {
            fs::create_dir_all(machine.folder.join(part))?;
        }
        let options = format!(
            "lowerdir={},upperdir={},workdir={}",
            image.display(),
            machine.folder.join("upper").display(),
            machine.folder.join("work").display()
        );
        output(Command::new("mount").args(["-t", "overlay", "overlay", "-o", &options]).arg(machine.root()))?;
        machine.furnish(port)?;
        let mut command = Command::new("systemd-nspawn");
        command.args(["--quiet", "--boot", "--register=no", "--keep-unit", "--console=pipe", "--resolv-conf=off", "--link-journal=no"]);
        command.arg(format!("--machine={name}")).arg(format!("--hostname={name}")).arg(format!("--network-bridge={}", net::BRIDGE));
        command.arg(format!("--bind-ro={}:/opt/sylvite", programs.display())).arg("-D").arg(machine.root());
        let mut process = Process::spawn(&mut command, &machine.folder.join("console"))?;
        let begin = Instant::now();
        loop {
            if let Some(status) = process.ended() {
                bail!(
                    "machine {name} does not boot ({status}): {}",
                    fs::read_to_string(machine.folder.join("console")).unwrap_or_default()
                );
            }
            machine.leader = child_of(process.id());
            if !machine.leader.is_empty() && machine.is_up()? {
                break;
            }
            if begin.elapsed() > BOOT {
                machine.process = Some(process);
                bail!(
                    "machine {name} has not booted in {BOOT:?}: {}",
                    fs::read_to_string(machine.folder.join("console")).unwrap_or_default()
                );
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        machine.process = Some(process);
        machine.connect(number)?;
        say(&format!("{name} has booted"));
        Ok(machine)
    }

    /// Name, hosts and the minion's service.
    fn furnish(&self, port: u16) -> Result<()> {
        let put = |path: &str, text: &str| {
            let path = self.root().join(path);
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
        };
        put("etc/hostname", &format!("{}\n", self.name))?;
        put("etc/hosts", &format!("127.0.0.1 localhost {}\n{} {} master\n", self.name, net::HOST, image::MIRROR))?;
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
        let state = self.run(&["systemctl", "is-system-running"])?;
        Ok(matches!(state.stdout.trim(), "running" | "degraded"))
    }

    fn connect(&self, number: u8) -> Result<()> {
        for words in [
            vec!["address".to_owned(), "add".to_owned(), format!("10.77.0.{number}/24"), "dev".to_owned(), "host0".to_owned()],
            ["link", "set", "host0", "up"].map(str::to_owned).to_vec(),
        ] {
            output(Command::new("nsenter").args(["-t", &self.leader, "-n", "ip"]).args(&words))?;
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
        self.run(&["systemctl", "poweroff"])?;
        let begin = Instant::now();
        while process.ended().is_none() && begin.elapsed() < BOOT {
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
