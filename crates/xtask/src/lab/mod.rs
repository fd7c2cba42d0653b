//! `cargo xtask lab`: machines with a real systemd, a real package manager and real users, managed by minions that answer to a master outside.
//!
//! The machines are overlays over one image that debootstrap makes, booted by systemd-nspawn on a bridge of their own. Their rights are
//! nspawn's: they can set no clock and load no kernel module of the machine they run on. Packages come through a relay on the bridge, so
//! that no address has to be translated. Everything is taken away at the end.

mod estate;
mod image;
mod machine;
mod net;

use crate::build::{Along, binaries, target_folder};
use crate::run::{root, say};
use anyhow::{Context, Result};
use machine::Machine;
use std::path::PathBuf;

/// The machines.
const MACHINES: [(&str, u8); 2] = [("web1", 11), ("db1", 12)];

/// Makes the image if it is missing, boots the machines, and runs every check on them.
pub fn lab(release: &str, programs: Option<PathBuf>) -> Result<()> {
    image::require_here()?;
    let programs = programs.map_or_else(|| binaries(Along::Nothing), Ok)?;
    let folder = target_folder()?.join("lab");
    let image = image::provide(&folder, release)?;
    let bridge = net::Bridge::make()?;
    net::relay(net::HOST, 80, &format!("{}:80", image::MIRROR))?;
    let mut master = lab::Lab::new(&programs)?;
    master.listen_on(net::HOST);
    let tree = root().join("tests/hosts");
    master.copy(&tree.join("states"), "states")?;
    master.copy(&tree.join("pillar"), "pillar")?;
    master.start_master("auto_accept: true\n")?;
    let port = master.port().context("the master has not written down its port")?;
    let mut machines = Vec::new();
    for (name, number) in MACHINES {
        machines.push(Machine::boot(&folder, &image, name, number, &programs, port)?);
    }
    master.until_online(&MACHINES.map(|(name, _)| name))?;
    say("the machines are up and their minions have a session");
    let outcome = estate::run(&master, &machines);
    for machine in &mut machines {
        if outcome.is_err() {
            say(&format!("--- the end of the minion's log on {}\n{}", machine.name(), machine.log()));
        }
        machine.stop()?;
    }
    drop(bridge);
    outcome
}
