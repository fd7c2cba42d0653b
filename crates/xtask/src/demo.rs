//! `cargo xtask demo`: the main job on this machine, from an empty folder: a master, three minions, keys, grains, jobs, states.
//!
//! Everything it makes lies in one scratch folder and is gone at the end; nothing of this machine is changed.

use crate::build::{Along, binaries};
use crate::run::{interrupts, root, say};
use anyhow::{Context, Result, bail};
use lab::{Lab, MASTER, Signal};
use std::io::{Read, Write};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// What to do after the last step.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// Leave everything up until Ctrl-C.
    Stay,
    /// Stop everything.
    Leave,
}

const MINIONS: [(&str, &str); 3] = [("web1", "web"), ("web2", "web"), ("db1", "db")];

/// Runs the demonstration.
pub fn demo(then: Then) -> Result<()> {
    let bin = binaries(Along::Nothing)?;
    let mut demo = Demo { lab: Lab::new(bin)?, chapters: 0, interrupted: interrupts()? };
    match demo.play(then) {
        Err(_) if demo.is_interrupted() => Ok(()),
        done => done,
    }
}

struct Demo {
    lab: Lab,
    chapters: usize,
    interrupted: Arc<AtomicBool>,
}

impl Demo {
    fn play(&mut self, then: Then) -> Result<()> {
        let example = root().join("deploy/demo");
        self.lab.copy(&example.join("states"), "states")?;
        self.lab.copy(&example.join("pillar"), "pillar")?;
        self.lab.write("pillar/demo.sls", &format!("demo:\n  home: {}\n", self.lab.path("machines").display()))?;

        self.chapter("A master on the embedded store, and three minions that knock at its door");
        self.lab.start_master("")?;
        for (id, role) in MINIONS {
            self.lab.start_minion(id, &format!("grains:\n  roles: [{role}]\n"))?;
        }
        self.until("three keys wait", &["key", "list", "--out", "json"], |text| MINIONS.iter().all(|(id, _)| text.contains(id)))?;
        self.show(&["key", "list"])?;

        self.chapter("Their keys are compared and accepted");
        self.show(&["key", "finger", "web1"])?;
        self.show(&["key", "accept", "--yes", "*"])?;
        self.lab.until_online(&MINIONS.map(|(id, _)| id))?;

        self.chapter("Their grains have arrived in the CMDB");
        self.show(&["minion", "list"])?;
        self.show(&["run", "-C", "G@roles:web", "grains.item", "os", "osrelease", "num_cpus", "roles"])?;

        self.chapter("A job for all of them");
        self.show(&["run", "*", "test.ping"])?;

        self.chapter("A command, with its output as it comes");
        self.show(&["run", "--live", "web*", "cmd.run", "for i in 1 2 3; do echo step $i; sleep 0.4; done"])?;

        self.chapter("A state tree: top file, pillar, Jinja map, template file, requisites");
        let first = self.show(&["run", "*", "state.apply"])?;
        if !first.contains("changed=") {
            bail!("the first run of the states changes nothing");
        }

        self.chapter("The same again: nothing is left to do");
        let second = self.show(&["run", "*", "state.apply"])?;
        if second.contains("changed=") {
            bail!("the second run of the states still changes something");
        }

        self.chapter("One minion stops, and the next job says what became of it");
        say(&format!("$ kill {}   # db1", self.lab.process("db1")?.id()));
        self.lab.end("db1", Signal::SIGTERM)?;
        self.until("the master has noticed", &["minion", "show", "db1", "--out", "json"], |text| text.contains("\"offline\""))?;
        let (lost, _) = self.run(&["run", "*", "test.ping"])?;
        if !lost.contains("offline since") {
            bail!("the job does not say since when the minion is away");
        }
        self.show(&["job", "list"])?;

        if then == Then::Leave {
            return Ok(());
        }
        self.chapter("All this is up until you press Ctrl-C; go on by hand in another terminal");
        self.invite();
        loop {
            self.check()?;
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }

    fn check(&mut self) -> Result<()> {
        if self.is_interrupted() {
            bail!("interrupted");
        }
        self.lab.check()
    }

    /// Heads a part of the demonstration.
    fn chapter(&mut self, title: &str) {
        self.chapters += 1;
        say(&format!("\n━━━ {}. {title}", self.chapters));
    }

    /// Waits until what a command prints says that it is so.
    fn until(&mut self, claim: &str, arguments: &[&str], is_so: impl Fn(&str) -> bool) -> Result<()> {
        let interrupted = Arc::clone(&self.interrupted);
        self.lab.until(claim, |lab| {
            if interrupted.load(Ordering::Relaxed) {
                bail!("interrupted");
            }
            Ok(is_so(&lab.sylvite(arguments)?.stdout))
        })
    }

    /// Runs a command before the reader's eyes; it must succeed.
    fn show(&mut self, arguments: &[&str]) -> Result<String> {
        let (text, is_good) = self.run(arguments)?;
        if is_good { Ok(text) } else { bail!("that command failed") }
    }

    /// Runs a command before the reader's eyes: its output goes on as it comes.
    fn run(&mut self, arguments: &[&str]) -> Result<(String, bool)> {
        self.check()?;
        let quoted: Vec<_> = arguments.iter().map(|word| quote(word)).collect();
        say(&format!("\n$ sylvite {}", quoted.join(" ")));
        let mut command = self.lab.command("sylvite", MASTER);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().context("cannot run sylvite")?;
        let errors = child.stderr.take().context("a pipe was asked for")?;
        let errors = std::thread::spawn(move || echo(errors));
        let mut text = echo(child.stdout.take().context("a pipe was asked for")?);
        text.push_str(&errors.join().unwrap_or_default());
        Ok((text, child.wait()?.success()))
    }

    /// Tells how to go on by hand.
    fn invite(&self) {
        let shown = |command: &std::process::Command| {
            let words = std::iter::once(command.get_program()).chain(command.get_args());
            words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
        };
        say(&format!("\n  alias sylvite='{}'", shown(&self.lab.command("sylvite", MASTER))));
        for line in [
            "sylvite run '*' test.ping",
            "sylvite run 'web*' state.apply test=True",
            "sylvite run -C 'G@roles:web' cmd.run uptime",
            "sylvite minion show web1",
            "sylvite job list",
            "sylvite events",
        ] {
            say(&format!("  {line}"));
        }
        say(&format!("\n  states and pillar, to change and apply again: {}", self.lab.path("").display()));
        say(&format!("  as Salt's users type it: {} '*' test.ping", shown(&self.lab.command("salt", MASTER))));
    }
}

/// Passes on what a pipe brings as it comes, and gives all of it.
fn echo(mut pipe: impl Read) -> String {
    let mut all = Vec::new();
    let mut part = [0; 4096];
    while let Ok(count) = pipe.read(&mut part) {
        let Some(bytes) = part.get(..count).filter(|bytes| !bytes.is_empty()) else { break };
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(bytes).and_then(|()| out.flush());
        all.extend_from_slice(bytes);
    }
    String::from_utf8_lossy(&all).into_owned()
}

fn quote(word: &str) -> String {
    let is_plain = !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./=:@".contains(c));
    if is_plain { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}
