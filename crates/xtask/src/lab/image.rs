//! The image under all machines: a small Debian, made once by debootstrap.

use crate::run::{has, output, run, say};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where packages come from.
pub const MIRROR: &str = "deb.debian.org";

/// What an image and two machines take, and as much again for who else works here.
const DISK: u64 = 3 << 30;

/// What every machine has besides the base.
const PACKAGES: &str =
    "systemd,systemd-sysv,dbus,iproute2,procps,ca-certificates,locales,tzdata,kmod,iptables,nftables,cron,gnupg,curl,sudo,passwd,netbase";

/// Fails, and says why, where no machine can be booted; installs the tools where apt can.
pub fn require_here() -> Result<()> {
    if !nix::unistd::geteuid().is_root() {
        bail!("the lab boots machines with systemd-nspawn, which needs root; run `sudo cargo xtask lab`");
    }
    let tools = [("debootstrap", "debootstrap"), ("systemd-nspawn", "systemd-container"), ("ip", "iproute2"), ("setpriv", "util-linux")];
    let missing: Vec<&str> = tools.iter().filter(|(program, _)| !has(program)).map(|(_, package)| *package).collect();
    if !missing.is_empty() {
        if !has("apt-get") {
            bail!("the lab needs {}, and there is no apt-get here to install it", missing.join(", "));
        }
        run(Command::new("apt-get").args(["update", "-q"]))?;
        let mut command = Command::new("apt-get");
        run(command.env("DEBIAN_FRONTEND", "noninteractive").args(["install", "-q", "-y", "--no-install-recommends"]).args(&missing))?;
    }
    let free =
        nix::sys::statvfs::statvfs(&crate::run::root()).map(|disk| disk.blocks_available() * disk.fragment_size()).unwrap_or(u64::MAX);
    if free < DISK {
        bail!("the lab needs {} MB of disk, and {} MB are free", DISK >> 20, free >> 20);
    }
    let systems = fs::read_to_string("/proc/filesystems").unwrap_or_default();
    if !systems.lines().any(|line| line.ends_with("\toverlay")) {
        bail!("this kernel has no overlayfs, which the machines lie on");
    }
    if !Path::new("/sys/fs/cgroup").is_dir() {
        bail!("this machine has no control groups, without which systemd does not boot");
    }
    Ok(())
}

/// The image, made if it is missing.
pub fn provide(folder: &Path, release: &str) -> Result<PathBuf> {
    let image = folder.join(release);
    if image.join("etc/os-release").is_file() {
        return Ok(image);
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    // Made aside and renamed: what an interrupted run leaves behind is no image.
    let new = folder.join(format!("{release}.new"));
    if new.exists() {
        fs::remove_dir_all(&new)?;
    }
    say(&format!("making the image of {release}; this takes a few minutes, once"));
    let url = format!("http://{MIRROR}/debian");
    let mut command = Command::new("debootstrap");
    command.args(["--variant=minbase", &format!("--include={PACKAGES}"), release]).arg(&new).arg(&url);
    // A screen of progress for every image; the last lines are shown if it fails.
    output(&mut command)?;
    // Machines of an hour need no disk that survives a power failure.
    fs::write(new.join("etc/dpkg/dpkg.cfg.d/lab"), "force-unsafe-io\n")?;
    let sources = format!("deb {url} {release} main\ndeb {url} {release}-updates main\ndeb {url}-security {release}-security main\n");
    fs::write(new.join("etc/apt/sources.list"), sources)?;
    for package in fs::read_dir(new.join("var/cache/apt/archives"))?.flatten() {
        if package.path().extension().is_some_and(|ending| ending == "deb") {
            fs::remove_file(package.path())?;
        }
    }
    fs::rename(&new, &image)?;
    Ok(image)
}
