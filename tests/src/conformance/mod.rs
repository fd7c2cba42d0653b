//! The recorded cases: behaviour of Salt that Sylvite has as well, and cases of our own in the same format. `tests/conformance/README.md` explains
//! both.

mod caller;
mod canon;
mod case;
mod compare;
mod drive;
mod mask;
mod place;

pub use caller::{Binary, Workers, work};

use anyhow::{Context, Result, bail};
use caller::Caller;
use case::Case;
use nix::sys::stat::{Mode, umask};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Every so many cases one also goes through the real `salt-call`.
const SAMPLE: usize = 20;
/// The environment variable that has missing results of our own cases written down.
const ACCEPT: &str = "CONFORMANCE_ACCEPT";
/// Cases at the same time. Many wait for a command or a retry, so that there are more than processors.
const THREADS: usize = 4;

/// Where the cases are, and which of them are known to fail.
pub struct Cases {
    recorded: PathBuf,
    ours: PathBuf,
    known: BTreeMap<String, String>,
}

/// What came of the cases of an area.
#[derive(Debug, Default)]
pub struct Report {
    /// The area.
    pub area: String,
    /// Cases that do what was recorded.
    pub passed: usize,
    /// Cases that do not, and were known not to.
    pub known: Vec<String>,
    /// Everything that is wrong: a case and why.
    pub faults: BTreeMap<String, String>,
}

impl std::fmt::Display for Report {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let failed = self.known.len() + self.faults.len();
        write!(to, "{}: {} passed, {failed} failed", self.area, self.passed)?;
        if !self.known.is_empty() {
            write!(to, "\n  known: {}", self.known.join(", "))?;
        }
        for (name, why) in &self.faults {
            write!(to, "\n  {name} {}", why.replace('\n', "\\n"))?;
        }
        Ok(())
    }
}

impl Cases {
    /// The cases in `tests/conformance`.
    ///
    /// # Errors
    /// When the list of known failures cannot be read.
    pub fn of_tree() -> Result<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance");
        let path = folder.join("known.txt");
        let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        Ok(Self { recorded: folder.join("cases"), ours: folder.join("ours"), known: known(&text)? })
    }

    /// The areas that have cases.
    ///
    /// # Errors
    /// When the folders cannot be read.
    pub fn areas(&self) -> Result<Vec<String>> {
        let mut areas = case::areas(&self.recorded)?;
        areas.extend(case::areas(&self.ours)?);
        areas.sort();
        areas.dedup();
        Ok(areas)
    }

    /// Known failures that name no case.
    ///
    /// # Errors
    /// When a case cannot be read.
    pub fn unknown(&self) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for area in self.areas()? {
            names.extend(self.of_area(&area)?.into_iter().map(|case| case.name));
        }
        Ok(self.known.keys().filter(|name| !names.contains(name)).cloned().collect())
    }

    /// The cases of an area. A case of ours takes the place of the recorded one of its name, which must be one that says why.
    fn of_area(&self, area: &str) -> Result<Vec<Case>> {
        let ours = case::names(&self.ours, area)?;
        let mut cases = Vec::new();
        for name in case::names(&self.recorded, area)? {
            let case = Case::read(&self.recorded, &name)?;
            if !ours.contains(&name) {
                cases.push(case);
            } else if Case::read(&self.ours, &name)?.diverge.is_none() {
                bail!("ours/{name} takes the place of a recorded case and does not say why in `diverge`");
            }
        }
        for name in ours {
            let mut case = Case::read(&self.ours, &name)?;
            case.name = format!("ours/{name}");
            cases.push(case);
        }
        Ok(cases)
    }

    /// Runs the cases of an area through the workers, and a sample through the real `salt-call` as well.
    ///
    /// # Errors
    /// When a case cannot be read.
    pub fn run(&self, area: &str, workers: &Workers, binary: &Binary) -> Result<Report> {
        // What is recorded of permissions was recorded with this one. It is the same for all tests of this process.
        umask(Mode::from_bits_truncate(0o022));
        let cases = self.of_area(area)?;
        let next = AtomicUsize::new(0);
        let report = Mutex::new(Report { area: area.to_owned(), ..Report::default() });
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let Some(case) = cases.get(index) else { return };
                        let wrong = wrong(case, index.is_multiple_of(SAMPLE), workers, binary);
                        self.note(&mut report.lock().unwrap_or_else(PoisonError::into_inner), &case.name, wrong);
                    }
                });
            }
        });
        let mut report = report.into_inner().unwrap_or_else(PoisonError::into_inner);
        report.known.sort();
        Ok(report)
    }

    fn note(&self, report: &mut Report, name: &str, wrong: Option<String>) {
        match (wrong, self.known.contains_key(name)) {
            (None, false) => report.passed += 1,
            (None, true) => {
                report.passed += 1;
                report.faults.insert(name.to_owned(), "stands in known.txt, but passes: take it out there".to_owned());
            }
            (Some(_), true) => report.known.push(name.to_owned()),
            (Some(wrong), false) => {
                report.faults.insert(name.to_owned(), wrong);
            }
        }
    }
}

fn wrong(case: &Case, is_sampled: bool, workers: &Workers, binary: &Binary) -> Option<String> {
    let is_new = case.name.starts_with("ours/") && !case.folder.join("expect.json").exists();
    if is_new && std::env::var_os(ACCEPT).is_some() {
        let accepted = drive::accept(case, workers).err();
        return accepted.map(|error| format!("cannot be accepted: {error:#}"));
    }
    let mut callers: Vec<(&str, &dyn Caller)> = Vec::new();
    if case.environ.is_empty() {
        callers.push(("", workers));
    }
    if is_sampled || callers.is_empty() {
        callers.push(("(through salt-call) ", binary));
    }
    let mut all = String::new();
    for (how, caller) in callers {
        let wrong = drive::check(case, caller).unwrap_or_else(|error| Some(format!("cannot be run: {error:#}")));
        if let Some(wrong) = wrong {
            let _ = write!(all, "{how}{wrong}");
            break;
        }
    }
    (!all.is_empty()).then_some(all)
}

/// Reads the list of known failures: a case, a colon, and why, one a line.
fn known(text: &str) -> Result<BTreeMap<String, String>> {
    let mut known = BTreeMap::new();
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        let Some((name, why)) = line.split_once(": ") else {
            bail!("known.txt: `{line}` gives no reason; `area/name: reason` is its form")
        };
        known.insert(name.to_owned(), why.to_owned());
    }
    Ok(known)
}
