//! `cargo xtask lab`: machines with a real systemd, a real package manager and real users, managed by minions that answer to a master outside.
//!
//! The machines are overlays over one image that debootstrap makes, booted by systemd-nspawn on a bridge of their own. Their rights are
//! less than nspawn's: they can set no clock and load no kernel module of the machine they run on. Packages come through a relay on the
//! bridge, so that no address has to be translated. Everything but the image is taken away at the end.

mod bootstrap;
mod estate;
pub mod image;
pub mod machine;
pub mod net;
mod packages;

use crate::build::{Along, binaries, target_folder};
use crate::run::{root, say};
use anyhow::{Context, Result};
use machine::{Init, Machine, Plan};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// The machines.
const MACHINES: [(&str, u8); 2] = [("web1", 11), ("db1", 12)];

/// The release in the middle of what servers run.
pub const RELEASE: &str = "bookworm";

/// Makes the image if it is missing, boots the machines, and runs every check on them.
pub fn lab(releases: &[String], programs: Option<PathBuf>) -> Result<()> {
    image::require_here()?;
    let programs = programs.map_or_else(|| binaries(Along::Nothing), Ok)?;
    let _bridge = net::Bridge::make()?;
    for release in releases {
        one(release, &programs, &target_folder()?.join("lab"))?;
    }
    Ok(())
}

/// The same for a landing check: with the programs that the tests have just built, and no failure where this machine cannot have machines.
pub fn where_possible() -> Result<()> {
    let folder = target_folder()?.join("lab-of-check");
    let begin = Instant::now();
    let possible = image::require_here().and_then(|()| {
        let image = image::provide(&folder, RELEASE)?;
        let bridge = net::Bridge::make()?;
        trial(&folder, &image)?;
        Ok(bridge)
    });
    let outcome = match possible {
        Ok(_bridge) => one(RELEASE, &target_folder()?.join("debug"), &folder),
        Err(error) => {
            say(&format!("the lab of real hosts did NOT run, since this machine does not allow it: {error:#}"));
            Ok(())
        }
    };
    // The check is one of many on a machine; whoever works with the lab keeps an image elsewhere.
    if folder.exists() {
        std::fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    if outcome.is_ok() {
        say(&format!("the lab took {} s", begin.elapsed().as_secs()));
    }
    outcome
}

/// Whether a machine without anything of ours boots here and sees the bridge.
fn trial(folder: &Path, image: &Path) -> Result<()> {
    let layers = [image.to_path_buf()];
    let mut machine = Machine::start(
        folder,
        &Plan { name: "trial", host: "trial", number: 10, layers: &layers, shown: &[], master: None, init: Init::Systemd },
    )?;
    machine.wait()?;
    machine.stop()
}

fn one(release: &str, programs: &Path, folder: &Path) -> Result<()> {
    let image = image::provide(folder, release)?;
    let mut master = lab::Lab::new(programs)?;
    master.listen_on(net::HOST);
    let tree = root().join("tests/hosts");
    master.copy(&tree.join("states"), "states")?;
    master.copy(&tree.join("pillar"), "pillar")?;
    master.start_master("auto_accept: true\n")?;
    let port = master.port().context("the master has not written down its port")?;
    let (layers, shown) = ([image.clone()], [(programs.to_path_buf(), "/opt/sylvite")]);
    let mut machines = Vec::new();
    for (name, number) in MACHINES {
        machines.push(Machine::start(
            folder,
            &Plan { name, host: name, number, layers: &layers, shown: &shown, master: Some(port), init: Init::Systemd },
        )?);
    }
    for machine in &mut machines {
        machine.wait()?;
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
    outcome?;
    bootstrap::run(programs, folder, image)?;
    say(&format!("the lab of real hosts ran on {} machines with {release}", MACHINES.len() + 1));
    Ok(())
}
