//! Whole-system tests through the real binaries: a lab of master, minions and store for each test.
//!
//! `cargo xtask test` builds the binaries first and starts a PostgreSQL server; both are looked for, and a test that cannot find them fails
//! and says so. The recorded cases need no lab: they run `salt-call` by itself.

pub mod conformance;
pub mod git;
pub mod web;

use lab::{Lab, Output};
use serde_json::Value;
use std::path::PathBuf;

/// Folder of the programs under test: where this test's own program lies, one up.
///
/// # Panics
/// When this program does not know where it lies.
#[must_use]
pub fn programs() -> PathBuf {
    let here = std::env::current_exe().expect("a test knows its own path");
    here.ancestors().nth(2).expect("a test lies in <target>/<profile>/deps").to_owned()
}

/// An empty lab.
///
/// # Panics
/// When the programs are not built.
#[must_use]
pub fn lab() -> Lab {
    Lab::new(programs()).unwrap_or_else(|error| panic!("{error:#}"))
}

/// A lab with a running master that accepts every key, and minions.
///
/// # Panics
/// When they do not come up.
#[must_use]
pub fn running(minions: &[&str]) -> Lab {
    let mut lab = lab();
    lab.start(minions).unwrap_or_else(|error| panic!("{error:#}"));
    lab
}

/// Runs `sylvite` and wants it to succeed.
///
/// # Panics
/// When it fails.
pub fn good(lab: &Lab, arguments: &[&str]) -> Output {
    let output = lab.sylvite(arguments).unwrap_or_else(|error| panic!("{error:#}"));
    assert!(output.is_good(), "`sylvite {}` failed: {output:#?}", arguments.join(" "));
    output
}

/// Runs `sylvite` with JSON output and gives it.
///
/// # Panics
/// When it fails or prints no JSON.
pub fn json(lab: &Lab, arguments: &[&str]) -> Value {
    let with_out: Vec<&str> = arguments.iter().copied().chain(["--out", "json"]).collect();
    let output = lab.sylvite(&with_out).unwrap_or_else(|error| panic!("{error:#}"));
    parse(&output.stdout).unwrap_or_else(|| panic!("`sylvite {}` printed no JSON: {output:#?}", with_out.join(" ")))
}

/// One JSON value, or several objects one after the other as one object.
fn parse(text: &str) -> Option<Value> {
    let mut merged: Option<Value> = None;
    for value in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
        merged = Some(match (merged, value.ok()?) {
            (Some(Value::Object(mut all)), Value::Object(more)) => {
                all.extend(more);
                Value::Object(all)
            }
            (None, value) => value,
            _ => return None,
        });
    }
    merged
}

/// Every event so far that is kept, each on a line as JSON.
///
/// # Panics
/// When they cannot be followed.
#[must_use]
pub fn events(lab: &Lab) -> String {
    use std::io::BufRead;
    good(lab, &["events", "--send", "test/until/here"]);
    let mut command = lab.command("sylvite", lab::MASTER);
    command.args(["events", "--from", "0", "--out", "json", "--out-indent", "-1"]).stdout(std::process::Stdio::piped());
    let mut child = command.spawn().expect("sylvite can be started");
    let mut all = String::new();
    for line in std::io::BufReader::new(child.stdout.take().expect("it has a pipe")).lines() {
        let line = line.expect("events are text");
        if line.contains("test/until/here") {
            break;
        }
        all += &line;
        all.push('\n');
    }
    let _ = child.kill();
    let _ = child.wait();
    all
}

/// The id of the job that `sylvite run --async` has printed.
///
/// # Panics
/// When it printed none.
#[must_use]
pub fn job_id(output: &Output) -> String {
    let id = output.stdout.trim().to_owned();
    assert!(id.len() == 20 && id.bytes().all(|byte| byte.is_ascii_digit()), "no job id: {output:#?}");
    id
}
