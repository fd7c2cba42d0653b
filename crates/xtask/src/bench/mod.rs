//! `cargo xtask bench`: the release build against the bars of the design, as one table.
//!
//! Processor time and memory are compared as they stand. Wall times are shown with their bars, too, and hold only on a quiet machine: the
//! first line of the table says how busy this one was. `docs/benchmarks.md` explains each row.

mod clients;
mod fleet;
mod language;
mod local;
mod measure;
mod pair;
mod services;
mod sizes;
mod ssh;

use crate::build::target_folder;
use crate::run::{cargo, run, say};
use anyhow::Result;
pub use language::Beside;
use measure::Table;
pub use measure::peak;

/// A part of the measurements.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum Part {
    /// Sizes of the programs.
    Sizes,
    /// `salt-call --local`: start, grains, compiling, files.
    Local,
    /// The state language, beside Salt where `--salt` names one.
    Language,
    /// One master and one minion.
    Pair,
    /// One master and a simulated fleet.
    Fleet,
    /// Clients of Salt: its REST API under load, `salt`.
    Clients,
    /// Hosts without an agent, beside ansible where `--ansible` names one.
    Ssh,
    /// Jobs on both stores, pillar, events, files.
    Services,
}

/// Builds, measures, prints.
pub fn bench(minions: usize, parts: &[Part], beside: &Beside) -> Result<()> {
    let bin = match &beside.programs {
        Some(folder) => folder.clone(),
        None => {
            run(&mut cargo(&["build", "--release", "--workspace", "--bins"]))?;
            let examples = ["--example", "swarm", "--example", "listeners", "--example", "visitors"];
            run(cargo(&["build", "--release", "-p", "net", "-p", "client"]).args(examples))?;
            target_folder()?.join("release")
        }
    };
    measure::raise_file_limit()?;
    let mut table = Table::new();
    let wanted = |part| parts.is_empty() || parts.contains(&part);
    if wanted(Part::Sizes) {
        sizes::sizes(&bin, &mut table)?;
    }
    if wanted(Part::Local) {
        local::local(&bin, &mut table)?;
    }
    if wanted(Part::Language) {
        language::language(&bin, beside, &mut table)?;
    }
    if wanted(Part::Pair) {
        pair::pair(&bin, &mut table)?;
    }
    if wanted(Part::Fleet) {
        fleet::fleet(&bin, minions, &mut table)?;
    }
    if wanted(Part::Clients) {
        clients::clients(&bin, &mut table)?;
    }
    if wanted(Part::Ssh) {
        ssh::ssh(&bin, beside, &mut table)?;
    }
    if wanted(Part::Services) {
        services::services(&bin, minions, &mut table)?;
    }
    say(&table.to_string());
    Ok(())
}
