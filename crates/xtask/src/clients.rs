//! `cargo xtask clients`: clients that nobody here wrote, against a master of this tree. What they need comes from the network or is named by
//! the environment; the scripts in `tests/clients` say how.

use crate::build::{Along, binaries};
use crate::run::{has, root, run, say};
use anyhow::{Result, bail};
use std::path::Path;
use std::process::{Command, Stdio};

/// How strict the run is about what it cannot get.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// An error.
    Refused,
    /// Told, and passed over: for a landing check on a machine without a network.
    Told,
}

/// A client, and what tells whether it can be had here.
struct Client {
    name: &'static str,
    script: &'static str,
    lacks: fn() -> Option<String>,
}

const CLIENTS: [Client; 4] = [
    Client { name: "the shapes of netapi and Jenkins", script: "shapes.py", lacks: || None },
    Client { name: "the Python package", script: "python_client.py", lacks: || None },
    Client { name: "pepper", script: "pepper.py", lacks: pepper },
    Client { name: "SaltGUI", script: "saltgui.py", lacks: saltgui },
];

/// Runs all of them, or those that can be had.
pub fn clients(missing: Missing) -> Result<()> {
    let bin = binaries(Along::Tests)?;
    let mut left_out = Vec::new();
    for client in &CLIENTS {
        if let Some(why) = (client.lacks)() {
            let text = format!("{} is not run: {why}", client.name);
            if missing == Missing::Refused {
                bail!(text);
            }
            left_out.push(text);
            continue;
        }
        let script = root().join("tests/clients").join(client.script);
        run(Command::new("python3").arg(script).env("SYLVITE_BIN", &bin))?;
    }
    for text in left_out {
        say(&text);
    }
    Ok(())
}

fn quiet(command: &mut Command) -> bool {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// pip asks for the package without installing it.
fn pepper() -> Option<String> {
    if std::env::var_os("PEPPER").is_some() {
        return None;
    }
    let folder = std::env::temp_dir().join(format!("sylvite-pepper-{}", std::process::id()));
    let there = ["-m", "pip", "download", "-q", "--no-deps", "--retries", "0", "--timeout", "10", "salt-pepper", "-d"];
    let is_there = quiet(Command::new("python3").args(there).arg(&folder));
    let _ = std::fs::remove_dir_all(&folder);
    (!is_there).then(|| "pip does not reach salt-pepper; PEPPER names an environment that has it".to_owned())
}

fn saltgui() -> Option<String> {
    let named = |name: &str| std::env::var_os(name).is_some();
    if !named("CHROMIUM") && !Path::new("/usr/bin/chromium").exists() {
        return Some("there is no Chromium; CHROMIUM names one, on Debian it is the package chromium".to_owned());
    }
    if !has("node") {
        return Some("there is no node".to_owned());
    }
    if !named("PLAYWRIGHT_FROM") && !quiet(Command::new("npm").args(["view", "--fetch-retries=0", "playwright-core", "version"])) {
        return Some("npm does not reach playwright-core; PLAYWRIGHT_FROM names a folder that has it".to_owned());
    }
    let remote = "https://github.com/erwindon/SaltGUI";
    let reaches = || quiet(Command::new("git").args(["ls-remote", "-q", remote, "HEAD"]).env("GIT_TERMINAL_PROMPT", "0"));
    (!named("SALTGUI") && !reaches()).then(|| format!("git does not reach {remote}; SALTGUI names a checkout"))
}
