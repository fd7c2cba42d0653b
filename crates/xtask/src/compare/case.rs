//! One case: what is applied, what may differ and why, and the comparison of its runs.

use super::answer::{Answer, Fault, differences};
use super::tree;
use super::twins::{Side, Twins};
use crate::lab::machine::Init;
use crate::run::say;
use anyhow::{Result, ensure};
use std::path::{Path, PathBuf};

/// What is applied to both machines.
pub struct Case {
    /// Its name in the report.
    pub name: String,
    /// The SLS, or several with commas.
    pub sls: String,
    /// Root of the states.
    pub states: PathBuf,
    /// Root of the pillar.
    pub pillar: Option<PathBuf>,
    /// What its author says about it.
    pub notes: Notes,
}

/// Comment lines of a case that mean something here.
#[derive(Default, Clone)]
pub struct Notes {
    /// `# packages: NAMES` are installed on both machines before anything else.
    pub packages: Vec<String>,
    /// `# init: NAME` is the machines' init system, systemd unless given.
    pub init: Init,
    /// `# grains: MAPPING` is what the machines say of themselves, besides what they find out.
    pub grains: Option<String>,
    /// `# before: COMMAND` is run on both machines first.
    pub before: Vec<String>,
    /// `# before salt: COMMAND` is run on the machine of real Salt only, after that.
    pub before_salt: Vec<String>,
    /// `# after: COMMAND` is run on both machines at the end, whatever came of the case.
    pub after: Vec<String>,
    /// `# differs: WORDS: REASON` explains each difference in whose line all words occur.
    pub differs: Vec<(Vec<String>, String)>,
}

/// Reads the notes of a case.
pub fn notes(text: &str) -> Notes {
    let mut notes = Notes::default();
    for line in text.lines().filter_map(|line| line.strip_prefix("# ")) {
        if let Some(command) = line.strip_prefix("before: ") {
            notes.before.push(command.to_owned());
        } else if let Some(command) = line.strip_prefix("before salt: ") {
            notes.before_salt.push(command.to_owned());
        } else if let Some(command) = line.strip_prefix("after: ") {
            notes.after.push(command.to_owned());
        } else if let Some(init) = line.strip_prefix("init: ").and_then(Init::of) {
            notes.init = init;
        } else if let Some(mapping) = line.strip_prefix("grains: ") {
            notes.grains = Some(mapping.to_owned());
        } else if let Some(names) = line.strip_prefix("packages: ") {
            notes.packages.extend(names.split_whitespace().map(str::to_owned));
        } else if let Some((words, reason)) = line.strip_prefix("differs: ").and_then(|rest| rest.split_once(": ")) {
            notes.differs.push((words.split_whitespace().map(str::to_owned).collect(), reason.to_owned()));
        }
    }
    notes
}

impl Notes {
    /// Why a difference is meant, if it is.
    pub fn reason(&self, fault: &Fault) -> Option<&str> {
        let line = fault.line();
        let explains = |words: &[String]| words.iter().all(|word| line.contains(word.as_str()));
        self.differs.iter().find(|(words, _)| explains(words)).map(|(_, reason)| reason.as_str())
    }
}

/// What came of a case.
pub struct Outcome {
    /// Functions of the states, one for each state.
    pub functions: Vec<String>,
    /// What differs.
    pub faults: Vec<Fault>,
    /// States that did not succeed with real Salt when applied.
    pub broken: usize,
    /// The same with ours.
    pub broken_ours: usize,
    /// Whether the second run of ours changed nothing that real Salt would not change again.
    pub again: Vec<String>,
}

/// Runs a case on a fresh pair of machines.
pub fn run(case: &Case, folder: &Path, layers: &[PathBuf], programs: &Path) -> Result<Outcome> {
    let mut twins = Twins::boot(folder, layers, programs, case)?;
    let outcome = on(&twins, case);
    for command in &case.notes.after {
        twins.both(&["sh", "-c", command])?;
    }
    twins.stop()?;
    outcome
}

/// Runs a case on machines that are up.
fn on(twins: &Twins, case: &Case) -> Result<Outcome> {
    if !case.notes.packages.is_empty() {
        twins.install(&case.notes.packages)?;
    }
    for command in &case.notes.before {
        twins.both(&["sh", "-c", command])?;
    }
    for command in &case.notes.before_salt {
        twins.salt_only(&["sh", "-c", command])?;
    }
    let mut faults = Vec::new();
    let untouched = tree::listing(&twins.upper(Side::Ours))?;
    let mut last = None;
    let mut runs = Vec::new();
    for (step, further) in [("test", &["test=True"][..]), ("apply", &[]), ("again", &[])] {
        let (salt, ours) = twins.apply(&case.sls, further)?;
        // A case that real Salt refuses compares nothing.
        ensure!(salt.refused.is_empty(), "real Salt refuses {}: {:?}", case.name, salt.refused);
        faults.extend(differences(step, &salt, &ours));
        if step == "test" {
            let written = tree::changed(&untouched, &tree::listing(&twins.upper(Side::Ours))?);
            faults.extend(written.into_iter().map(|path| Fault::host("test", format!("test mode has written {path}"))));
        }
        runs.push((step, last.replace((salt, ours))));
    }
    let (salt, ours): (Answer, Answer) = last.take().unwrap_or_default();
    let applied = runs.pop().and_then(|(_, run)| run).unwrap_or_default();
    faults.extend(tree::differences(twins)?.into_iter().map(|what| Fault::host("host", what)));
    faults.extend(twins.facts()?.into_iter().map(|what| Fault::host("host", what)));
    for fault in &faults {
        let reason = case.notes.reason(fault).map_or_else(String::new, |reason| format!(" (meant: {reason})"));
        say(&format!("  {}{reason}", fault.line()));
    }
    say(&format!("  {} states, {} differences", applied.0.states.len(), faults.len()));
    Ok(Outcome {
        functions: applied.1.functions(),
        broken: applied.0.broken(),
        broken_ours: applied.1.broken(),
        again: ours.changing().into_iter().filter(|tag| !salt.changing().contains(tag)).collect(),
        faults,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_explained_by_the_words_of_its_line() {
        let notes = notes(
            "# A case.\n# packages: at quota\n# before: touch /x\n# before salt: touch /y\n# after: rm /x\n# differs: test changes cron.: foretold: in words\na:\n  cron.present: []\n",
        );
        assert_eq!(
            (notes.packages.as_slice(), notes.before.as_slice(), notes.before_salt.as_slice(), notes.after.as_slice()),
            (
                &["at".to_owned(), "quota".to_owned()][..],
                &["touch /x".to_owned()][..],
                &["touch /y".to_owned()][..],
                &["rm /x".to_owned()][..]
            )
        );
        let fault = |step, what| Fault { step, function: "cron.present".into(), tag: String::new(), what, detail: String::new() };
        assert_eq!(notes.reason(&fault("test", "changes")), Some("foretold: in words"));
        assert_eq!(notes.reason(&fault("apply", "changes")), None);
    }
}
