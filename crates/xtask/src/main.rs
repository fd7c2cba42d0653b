//! Our own commands: `cargo xtask demo`, `test`, `ci`, `bench`, `clients`, `docs`, `lab`, `compare`, `layers`, `tidy`.
//!
//! They need nothing but a Rust toolchain, git and a C compiler; what a command needs beyond that it installs, or says what to install.

mod bench;
mod build;
mod ci;
mod clients;
mod compare;
mod demo;
mod docs;
mod lab;
mod layers;
mod npm;
mod peers;
mod postgres;
mod run;
mod test;
mod tidy;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Commands of the Sylvite project")]
struct Xtask {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the main job on this machine: a master, three minions, a job, a state; then stay up until Ctrl-C.
    Demo {
        /// Stop after the last step.
        #[arg(long)]
        exit: bool,
    },
    /// Set everything up and pass every test, on both stores.
    Test {
        /// Arguments for `cargo test`, such as `-p value`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    /// The house checks: format, lints, layers, tidiness, generated pages, licences.
    Ci,
    /// Run clients that nobody here wrote against a master of this tree: pepper, SaltGUI in Chromium, the shapes of netapi and Jenkins.
    Clients {
        /// For a landing check: what this machine has not and cannot get is told and passed over.
        #[arg(long)]
        where_possible: bool,
    },
    /// Measure the release build against the bars of the design and print a table.
    Bench {
        /// Size of the simulated fleet.
        #[arg(long, default_value_t = 10_000)]
        minions: usize,
        /// Parts to measure; all unless some are named.
        #[arg(value_enum)]
        parts: Vec<bench::Part>,
        #[command(flatten)]
        beside: bench::Beside,
    },
    /// Run a program and print the most memory it had at once, in KiB: of all children of a process the kernel tells only the largest.
    #[command(hide = true)]
    Peak {
        /// The program and its arguments.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        program: Vec<String>,
    },
    /// Boot machines with systemd-nspawn, manage them from a master outside, and look at them: states on real hosts. Needs root.
    Lab {
        /// Releases of Debian that the machines run, one after another.
        #[arg(long = "release", default_value = lab::RELEASE)]
        releases: Vec<String>,
        /// Folder of programs to run; they are built unless given.
        #[arg(long)]
        programs: Option<std::path::PathBuf>,
        /// For a landing check: programs as the tests have built them, and where no machine can boot, say why and succeed.
        #[arg(long, conflicts_with_all = ["releases", "programs"])]
        where_possible: bool,
    },
    /// Apply the same states with real Salt and with Sylvite on twin machines and report what differs. Needs root.
    Compare(compare::Options),
    /// Compare the imports of every package with the table in docs/architecture.md.
    Layers,
    /// Check what no compiler checks: openings of files, their size, forbidden words, versions.
    Tidy,
    /// Make the generated reference pages anew.
    Docs {
        /// Change nothing; fail if a page is out of date.
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    let done = match Xtask::parse().command {
        Command::Demo { exit } => demo::demo(if exit { demo::Then::Leave } else { demo::Then::Stay }),
        Command::Test { rest } => test::test(&rest),
        Command::Ci => ci::ci(),
        Command::Clients { where_possible: true } => clients::clients(clients::Missing::Told),
        Command::Clients { where_possible: false } => clients::clients(clients::Missing::Refused),
        Command::Bench { minions, parts, beside } => bench::bench(minions, &parts, &beside),
        Command::Peak { program } => bench::peak(&program),
        Command::Lab { where_possible: true, .. } => lab::where_possible(),
        Command::Lab { releases, programs, where_possible: false } => lab::lab(&releases, programs),
        Command::Compare(options) => compare::compare(options),
        Command::Layers => layers::layers(),
        Command::Tidy => tidy::tidy(),
        Command::Docs { check } => docs::docs(if check { docs::Mode::Check } else { docs::Mode::Write }),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            run::say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
