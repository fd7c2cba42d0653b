//! `cargo xtask clients`: clients that nobody here wrote, against a master of this tree. What they need comes from the network or is named by
//! the environment; the scripts in `tests/clients` say how.

use crate::build::{Along, binaries};
use crate::run::{root, say};
use anyhow::{Context, Result, bail};
use std::process::Command;

/// How strict the run is about what it cannot get.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// An error.
    Refused,
    /// Told, and passed over: for a landing check on a machine without a network.
    Told,
}

/// A client.
struct Client {
    name: &'static str,
    script: &'static str,
    /// Also a test of the package `tests`, because it needs nothing from elsewhere.
    is_tested: bool,
}

const CLIENTS: [Client; 4] = [
    Client { name: "the shapes of netapi and Jenkins", script: "shapes.py", is_tested: true },
    Client { name: "the Python package", script: "python_client.py", is_tested: true },
    Client { name: "pepper", script: "pepper.py", is_tested: false },
    Client { name: "SaltGUI", script: "saltgui.py", is_tested: false },
];

/// What a script ends with when what it needs cannot be had; it has said why.
const NOT_HERE: i32 = 77;

/// Runs all of them, or those that can be had and are not among the tests.
pub fn clients(missing: Missing) -> Result<()> {
    let bin = binaries(Along::Tests)?;
    let mut left_out = Vec::new();
    for client in CLIENTS.iter().filter(|client| missing == Missing::Refused || !client.is_tested) {
        let script = root().join("tests/clients").join(client.script);
        say(&format!("$ python3 {}", script.display()));
        let status = Command::new("python3").arg(&script).env("SYLVITE_BIN", &bin).status();
        let status = status.with_context(|| format!("cannot run {}", script.display()))?;
        match status.code() {
            Some(0) => {}
            Some(NOT_HERE) if missing == Missing::Told => left_out.push(client.name),
            Some(NOT_HERE) => bail!("{} could not be run, see above; --where-possible passes over what cannot be had", client.name),
            _ => bail!("{} failed: {status}", client.name),
        }
    }
    match left_out.as_slice() {
        [] => say("clients: all is well"),
        left_out => say(&format!("clients: NOT RUN here, for the reasons above: {}", left_out.join(", "))),
    }
    Ok(())
}
