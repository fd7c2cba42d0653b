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
    let tools = [
        ("debootstrap", "debootstrap"),
        ("systemd-nspawn", "systemd-container"),
        ("ip", "iproute2"),
        ("setpriv", "util-linux"),
        ("ssh-keygen", "openssh-client"),
    ];
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

/// What is put over an image by a script that runs in it, made once; of the folders that it lies on the uppermost comes first.
pub fn layer(folder: &Path, name: &str, lower: &[PathBuf], script: &str, shown: &[(&Path, &str)]) -> Result<PathBuf> {
    let layer = folder.join(name);
    if layer.is_dir() {
        return Ok(layer);
    }
    let [new, work, merged] = ["new", "work", "root"].map(|part| folder.join(format!("{name}.{part}")));
    for part in [&new, &work, &merged] {
        if part.exists() {
            fs::remove_dir_all(part)?;
        }
        fs::create_dir_all(part)?;
    }
    say(&format!("making the layer {name}; this takes a few minutes, once"));
    let lower: Vec<_> = lower.iter().map(|layer| layer.display().to_string()).collect();
    let options = format!("lowerdir={},upperdir={},workdir={}", lower.join(":"), new.display(), work.display());
    output(Command::new("mount").args(["-t", "overlay", "overlay", "-o", &options]).arg(&merged))?;
    let mut command = Command::new("systemd-nspawn");
    command.args(["--quiet", "--register=no", "--keep-unit", "--console=pipe", "--resolv-conf=bind-host", "--pipe"]);
    command.arg("--drop-capability=CAP_SYS_TIME,CAP_SYS_MODULE,CAP_SYS_RAWIO");
    for (from, to) in shown {
        command.arg(format!("--bind-ro={}:{to}", from.display()));
    }
    let done = output(command.arg("-D").arg(&merged).args(["sh", "-c", script]));
    run(Command::new("umount").arg(&merged))?;
    done?;
    for part in [&work, &merged] {
        fs::remove_dir_all(part)?;
    }
    fs::rename(&new, &layer)?;
    Ok(layer)
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
