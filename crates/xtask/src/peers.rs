//! What the test with a foreign client needs: Python with libzmq and cryptography, found or installed.

use crate::run::{has, run, say};
use anyhow::{Result, bail};
use std::process::{Command, Stdio};

/// Makes sure that the foreign client can run.
pub fn provide() -> Result<()> {
    const WAY_OUT: &str = "install Python's bindings of libzmq and cryptography (Debian: `apt-get install python3-zmq python3-cryptography`, \
                           Fedora: `dnf install python3-pyzmq python3-cryptography`), then run this again";
    if is_there() {
        return Ok(());
    }
    if !nix::unistd::geteuid().is_root() || !has("apt-get") {
        bail!("the foreign client of the protocol cannot run, and this user may not install what it needs: {WAY_OUT}");
    }
    say("the foreign client of the protocol needs libzmq and cryptography for Python; installing Debian's");
    run(Command::new("apt-get").arg("update").arg("-q"))?;
    run(Command::new("apt-get")
        .args(["install", "-q", "-y", "--no-install-recommends", "python3-zmq", "python3-cryptography"])
        .env("DEBIAN_FRONTEND", "noninteractive"))?;
    if is_there() { Ok(()) } else { bail!("Debian's packages brought no working bindings: {WAY_OUT}") }
}

fn is_there() -> bool {
    ["/usr/bin/python3", "python3"].into_iter().any(|program| {
        let asked = Command::new(program).args(["-c", "import zmq, cryptography"]).stderr(Stdio::null()).status();
        asked.is_ok_and(|status| status.success())
    })
}
