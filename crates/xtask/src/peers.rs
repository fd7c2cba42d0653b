//! What some whole-system tests need beside our own programs: a foreign client's libraries, a clock that is off, an sshd, shells, other servers.
//! Found or installed.

use crate::run::{has, run, say};
use anyhow::{Context, Result, bail};
use std::process::{Command, Stdio};

/// Something a test needs.
struct Need {
    what: &'static str,
    /// Debian's packages of it.
    debian: &'static [&'static str],
    is_there: fn() -> bool,
}

const NEEDS: [Need; 8] = [
    Need {
        what: "libzmq and cryptography for Python, for the foreign client of the protocol",
        debian: &["python3-zmq", "python3-cryptography"],
        is_there: bindings,
    },
    Need { what: "sshd, for hosts without an agent", debian: &["openssh-server"], is_there: sshd },
    Need { what: "faketime, for a minion whose clock is off", debian: &["faketime"], is_there: || has("faketime") },
    Need {
        what: "zsh and fish, for what they complete",
        debian: &["zsh", "fish"],
        is_there: || ["bash", "zsh", "fish"].into_iter().all(has),
    },
    Need { what: "OpenLDAP, for logins by a directory", debian: &["slapd"], is_there: || std::path::Path::new("/usr/sbin/slapd").exists() },
    // Its tools hold the server's program too, without a service of this machine.
    Need { what: "Redis, as a returner", debian: &["redis-tools"], is_there: || has("redis-cli") },
    Need {
        what: "Node.js with npm, for a provider of logins",
        debian: &["nodejs", "npm"],
        is_there: || ["node", "npm"].into_iter().all(has),
    },
    Need { what: "strace, for the beacon that watches shells", debian: &["strace"], is_there: || has("strace") },
];

/// Makes sure that everything is there.
pub fn provide() -> Result<()> {
    install()?;
    // An sshd of root's needs this folder, which only its unit makes.
    if nix::unistd::geteuid().is_root() {
        std::fs::create_dir_all("/run/sshd").context("cannot make /run/sshd")?;
    }
    Ok(())
}

fn sshd() -> bool {
    ["/usr/sbin/sshd", "/usr/bin/sshd"].into_iter().any(|path| std::path::Path::new(path).exists()) && has("ssh")
}

fn install() -> Result<()> {
    let missing: Vec<_> = NEEDS.iter().filter(|need| !(need.is_there)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<_> = missing.iter().flat_map(|need| need.debian).copied().collect();
    let whats: Vec<_> = missing.iter().map(|need| need.what).collect();
    let way_out = format!(
        "on Debian `apt-get install {}` brings it; elsewhere install the packages of the same names, then run this again",
        packages.join(" ")
    );
    if !nix::unistd::geteuid().is_root() || !has("apt-get") {
        bail!("the tests need {}, and this user may not install it: {way_out}", whats.join(" and "));
    }
    say(&format!("the tests need {}; installing Debian's", whats.join(" and ")));
    run(Command::new("apt-get").arg("update").arg("-q"))?;
    run(Command::new("apt-get")
        .args(["install", "-q", "-y", "--no-install-recommends"])
        .args(&packages)
        .env("DEBIAN_FRONTEND", "noninteractive"))?;
    match missing.iter().find(|need| !(need.is_there)()) {
        Some(need) => bail!("Debian's packages brought no working {}: {way_out}", need.what),
        None => Ok(()),
    }
}

/// Debian's own interpreter has Debian's packages, whatever else is on the path.
fn bindings() -> bool {
    ["/usr/bin/python3", "python3"].into_iter().any(|program| {
        let asked = Command::new(program).args(["-c", "import zmq, cryptography"]).stderr(Stdio::null()).status();
        asked.is_ok_and(|status| status.success())
    })
}
