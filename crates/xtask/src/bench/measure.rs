//! Measuring, and the table of what was measured.

use anyhow::{Context, Result, bail};
use nix::sys::resource::{Resource, UsageWho, getrlimit, getrusage, setrlimit};
use std::fmt;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What was measured, beside its bar.
#[derive(Default)]
pub struct Table {
    rows: Vec<Row>,
    load: f64,
}

struct Row {
    what: String,
    unit: &'static str,
    bar: f64,
    measured: f64,
    kind: Bar,
}

/// Which way a bar is held.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Bar {
    /// No more than this.
    AtMost,
    /// No less than this.
    AtLeast,
    /// There is none: the figure is for comparing.
    None,
}

impl Table {
    /// An empty table; notes how busy the machine is.
    pub fn new() -> Self {
        let load = std::fs::read_to_string("/proc/loadavg").ok();
        let load = load.and_then(|text| text.split_whitespace().next()?.parse().ok()).unwrap_or(f64::NAN);
        Self { rows: Vec::new(), load }
    }

    /// Notes a figure that is to stay at or below its bar.
    pub fn at_most(&mut self, what: impl Into<String>, bar: f64, measured: f64, unit: &'static str) {
        self.row(what.into(), bar, measured, unit, Bar::AtMost);
    }

    /// Notes a figure that is to reach its bar.
    pub fn at_least(&mut self, what: impl Into<String>, bar: f64, measured: f64, unit: &'static str) {
        self.row(what.into(), bar, measured, unit, Bar::AtLeast);
    }

    /// Notes a figure without a bar.
    pub fn note(&mut self, what: impl Into<String>, measured: f64, unit: &'static str) {
        self.row(what.into(), 0.0, measured, unit, Bar::None);
    }

    fn row(&mut self, what: String, bar: f64, measured: f64, unit: &'static str, kind: Bar) {
        crate::run::say(&format!("  {what}: {} {unit}", Figure(measured)));
        self.rows.push(Row { what, unit, bar, measured, kind });
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let processors = std::thread::available_parallelism().map_or(0, usize::from);
        writeln!(f, "\n{processors} processors, load {:.1} when the measurements began\n", self.load)?;
        let width = self.rows.iter().map(|row| row.what.chars().count()).max().unwrap_or(0);
        writeln!(f, "| {:width$} | {:>14} | {:>14} | held |", "what", "bar", "measured")?;
        writeln!(f, "| {} | {} | {} | --- |", "-".repeat(width), "-".repeat(14), "-".repeat(14))?;
        for Row { what, unit, bar, measured, kind } in &self.rows {
            let (sign, is_held) = match kind {
                Bar::AtMost => ('≤', measured <= bar),
                Bar::AtLeast => ('≥', measured >= bar),
                Bar::None => (' ', true),
            };
            let (bar, held) = match kind {
                Bar::None => (String::new(), ""),
                Bar::AtMost | Bar::AtLeast => (format!("{sign} {} {unit}", Figure(*bar)), if is_held { "yes" } else { "no" }),
            };
            let measured = format!("{} {unit}", Figure(*measured));
            writeln!(f, "| {what:width$} | {bar:>14} | {measured:>14} | {held:4} |")?;
        }
        Ok(())
    }
}

/// A figure with as many digits as it deserves.
struct Figure(f64);

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            figure if figure >= 100.0 => write!(f, "{figure:.0}"),
            figure if figure >= 10.0 => write!(f, "{figure:.1}"),
            figure if figure >= 1.0 => write!(f, "{figure:.2}"),
            figure => write!(f, "{figure:.3}"),
        }
    }
}

/// A program that ran to its end.
pub struct Ran {
    /// How long it took.
    pub wall: Duration,
    /// Processor time of it and its children.
    pub cpu: f64,
    /// What it printed.
    pub stdout: String,
}

/// Runs a program to its end; it must succeed.
pub fn ran(command: &mut Command) -> Result<Ran> {
    let before = children()?;
    let begin = Instant::now();
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot run {}", command.get_program().display()))?;
    let wall = begin.elapsed();
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        bail!("{command:?} failed: {}\n{stdout}{}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    Ok(Ran { wall, cpu: children()? - before, stdout })
}

/// Runs a program and prints the most memory it had at once, in KiB. Meant for a process of its own, see [`peak_of`].
pub fn peak(program: &[String]) -> Result<()> {
    let (name, arguments) = program.split_first().context("a program is needed")?;
    ran(Command::new(name).args(arguments))?;
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).context("the kernel does not tell the memory of children")?;
    writeln!(std::io::stdout(), "{}", usage.max_rss()).context("cannot write to standard output")
}

/// The most memory that a program had at once, in MB. It runs below a process that has no other child.
pub fn peak_of(command: &Command) -> Result<f64> {
    let mut around = Command::new(std::env::current_exe().context("this program does not know its own path")?);
    around.arg("peak").arg(command.get_program()).args(command.get_args());
    let said = ran(&mut around)?.stdout;
    let kibibytes: f64 = said.trim().parse().with_context(|| format!("`{}` is no size", said.trim()))?;
    Ok(kibibytes * 1024.0 / 1e6)
}

/// Processor time of all children that have ended and were waited for.
fn children() -> Result<f64> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).context("the kernel does not tell the time of children")?;
    let seconds = |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    Ok(seconds(usage.user_time()) + seconds(usage.system_time()))
}

/// The middle one of several figures.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A fleet needs a file descriptor for each minion at both ends. Children inherit what is set here.
pub fn raise_file_limit() -> Result<()> {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard).context("cannot raise the limit of open files")
}
