//! `cargo xtask compare`: the same states by real Salt on one machine and by Sylvite on its twin, and what differs afterwards.
//!
//! Every case begins on a fresh pair of machines and runs three times: in test mode, for real, and again. Compared are result, changes and
//! comment of each state, then the two machines themselves. A difference that is meant stands in the case with its reason.

mod answer;
mod case;
mod formulas;
mod report;
mod tree;
mod twins;

use crate::build::{Along, binaries, target_folder};
use crate::lab::{RELEASE, image, net};
use crate::run::{output, root, say};
use anyhow::{Context, Result, bail, ensure};
use case::Case;
use report::Report;
use std::path::{Path, PathBuf};

/// What to compare, and with what.
#[derive(clap::Args)]
pub struct Options {
    /// Folder with checkouts of formulas, to apply those of tests/hosts/formulas.txt instead of the states of tests/hosts/compare.
    #[arg(long)]
    formulas: Option<PathBuf>,
    /// Folder of programs to run; they are built unless given.
    #[arg(long)]
    programs: Option<PathBuf>,
    /// Cases to run; all unless some are named. The report is written when all have run.
    only: Vec<String>,
}

/// Runs the cases and writes the report.
pub fn compare(options: Options) -> Result<()> {
    image::require_here()?;
    let programs = options.programs.map_or_else(|| binaries(Along::Nothing), Ok)?;
    let folder = target_folder()?.join("lab");
    let base = image::provide(&folder, RELEASE)?;
    let layers = [twins::salted(&folder, RELEASE, &base)?, base];
    let _bridge = net::Bridge::make()?;
    let scratch = folder.join("compare");
    let cases = match &options.formulas {
        Some(checkouts) => formulas::cases(checkouts, &scratch)?,
        None => states(&root().join("tests/hosts/compare"))?,
    };
    let chosen: Vec<&Case> = cases.iter().filter(|case| options.only.is_empty() || options.only.contains(&case.name)).collect();
    ensure!(!chosen.is_empty(), "there is no such case");
    let mut report = Report::default();
    if options.formulas.is_none() && options.only.is_empty() {
        let reasons = std::fs::read_to_string(root().join("tests/hosts/compare/reasons.txt"))?;
        report.want(states_of(&programs, &scratch)?, &reasons);
    }
    for case in chosen {
        say(&format!("--- {}", case.name));
        match case::run(case, &folder, &layers, &programs) {
            Ok(outcome) => report.add(case, outcome),
            Err(error) => report.fail(case, format!("{error:#}")),
        }
    }
    if options.only.is_empty() {
        let page = if options.formulas.is_some() { "docs/compare-formulas.md" } else { "docs/compare.md" };
        std::fs::write(root().join(page), report.page(options.formulas.is_some()))?;
        say(&format!("{page} is written"));
    }
    let _ = std::fs::remove_dir_all(&scratch);
    match report.unexplained() {
        0 => Ok(()),
        count => bail!("{count} differences are not explained"),
    }
}

/// The state functions that there are, by the programs themselves.
fn states_of(programs: &Path, scratch: &Path) -> Result<Vec<String>> {
    // A root of its own, so that asking leaves nothing on this machine.
    std::fs::create_dir_all(scratch)?;
    std::fs::write(scratch.join("minion"), format!("id: asks\nroot_dir: {}\n", scratch.display()))?;
    let mut command = std::process::Command::new(programs.join("salt-call"));
    command.args(["--local", "--out", "json", "-c"]).arg(scratch).arg("sys.list_state_functions");
    let answer: serde_json::Value = serde_json::from_str(&output(&mut command)?).context("`sys.list_state_functions` answers no JSON")?;
    let listed = answer.get("local").and_then(serde_json::Value::as_array).context("`sys.list_state_functions` lists nothing")?;
    Ok(listed.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect())
}

/// One case for each file of a folder.
fn states(folder: &Path) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "sls") {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let notes = case::notes(&std::fs::read_to_string(&path)?);
            cases.push(Case { sls: name.clone(), name, states: folder.to_path_buf(), pillar: None, notes });
        }
    }
    cases.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(cases)
}
