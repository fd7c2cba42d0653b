//! The state language: compiling, ordering, pillar, formulas; the same work by Salt beside it, where there is one.

use super::local::files;
use super::measure::{Ran, Table, median, ran};
use crate::run::say;
use anyhow::{Context, Result, bail};
use lab::Lab;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where things are that this machine may have or not.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Beside {
    /// Salt's own `salt-call`, to measure the same work with.
    #[arg(long, value_name = "PATH")]
    pub salt: Option<PathBuf>,
    /// Folder of formula checkouts (`<name>-formula`).
    #[arg(long, value_name = "FOLDER")]
    pub formulas: Option<PathBuf>,
    /// The program `ansible`, with `ansible-playbook` beside it.
    #[arg(long, value_name = "PATH")]
    pub ansible: Option<PathBuf>,
    /// Folder of programs and examples that are measured as they are; a release is built unless given.
    #[arg(long, value_name = "FOLDER")]
    pub programs: Option<PathBuf>,
}

const LOOP: &str = "{% for i in range(5000) %}\nfile_{{ i }}:\n  file.managed:\n    - name: /nonexistent/{{ i }}.conf\n    - mode: '0644'\n    - contents: value {{ i }}\n{% if i %}\n    - require:\n      - file: file_{{ i - 1 }}\n{% endif %}\n{% endfor %}\n";

/// Measures the language.
pub fn language(bin: &Path, beside: &Beside, table: &mut Table) -> Result<()> {
    let bench = Bench { lab: Lab::new(bin)?, salt: beside.salt.clone() };
    if beside.salt.is_none() {
        say("no `--salt PATH` of Salt's salt-call: the same work is not measured with Salt");
    }
    bench.tree("config", "")?;
    bench.lab.write("states/loop.sls", LOOP)?;
    bench.row("compile 5,000 chunks with as many requisites, CPU", "s", 0.15, 5, &["state.show_low_sls", "loop"], table)?;

    bench.lab.write("states/graph.sls", &graph(true))?;
    bench.lab.write("states/plain.sls", &graph(false))?;
    // What the edges cost: the same chunks without them are taken off.
    let edges = bench.edges(None)?;
    table.at_most("30,000 requisites among 10,000 chunks: reading and ordering, CPU", 0.2, edges, "s");
    if bench.salt.is_some() {
        table.note("the same by Salt", bench.edges(bench.salt.as_deref())? / edges, "times ours");
    }

    let made = bench.lab.path("made");
    bench.lab.write("states/files.sls", &files(&made))?;
    for program in [None, bench.salt.as_deref()].into_iter().take(1 + usize::from(bench.salt.is_some())) {
        bench.files(program, &made, table)?;
    }

    let mut top = String::from("base:\n  '*':\n");
    for n in 0..200 {
        writeln!(top, "    - p{n}")?;
        let text = format!(
            "{{% set port = {n} + 8000 %}}\nservice-{n}:\n  port: {{{{ port }}}}\n  host: {{{{ grains['id'] }}}}\nshared:\n  key-{n}: [a, b]\n"
        );
        bench.lab.write(&format!("pillar/p{n}.sls"), &text)?;
    }
    bench.lab.write("pillar/top.sls", &top)?;
    bench.row("pillar of 200 SLS files, CPU", "ms", 50.0, 5, &["pillar.items"], table)?;

    match &beside.formulas {
        Some(folder) => bench.formulas(folder, table),
        None => {
            say("no `--formulas FOLDER` of checkouts: rendering formulas is not measured");
            Ok(())
        }
    }
}

/// Ten thousand states; each waits for three earlier ones if there are edges.
fn graph(edges: bool) -> String {
    let mut text = String::from("#!yaml\n");
    for n in 0..10_000_usize {
        let targets: Vec<String> =
            [1, 7, 31].into_iter().filter_map(|step| n.checked_sub(step)).map(|n| format!("{{test: s{n}}}")).collect();
        let args = if edges { format!("[{{require: [{}]}}]", targets.join(", ")) } else { "[]".to_owned() };
        let _ = writeln!(text, "s{n}: {{test.nop: {args}}}");
    }
    text
}

struct Bench {
    lab: Lab,
    salt: Option<PathBuf>,
}

impl Bench {
    /// Writes a configuration of a minion without a master, with one more folder of states.
    fn tree(&self, name: &str, more: &str) -> Result<()> {
        let at = |name: &str| self.lab.path(name).display().to_string();
        let roots = if more.is_empty() { at("states") } else { format!("{}, {more}", at("states")) };
        let text = format!(
            "id: bench\nfile_client: local\npki_dir: {0}/pki\ncachedir: {0}/cache\nsock_dir: {0}/run\nlog_file: {0}/log\nenable_fqdns_grains: false\nfile_roots: {{base: [{roots}]}}\npillar_roots: {{base: [{1}]}}\n",
            at(name),
            at("pillar"),
        );
        self.lab.write(&format!("{name}/minion"), &text)?;
        Ok(())
    }

    fn call(&self, salt: Option<&Path>, config: &str, arguments: &[&str]) -> Result<Ran> {
        let mut command = match salt {
            Some(program) => {
                let mut command = Command::new(program);
                command.arg("-c").arg(self.lab.path(config)).args(["--log-level", "quiet"]);
                command
            }
            None => self.lab.command("salt-call", config),
        };
        ran(command.arg("--local").args(["--out", "json"]).args(arguments))
    }

    /// Processor seconds of a call, the start of the program taken off.
    fn cost(&self, salt: Option<&Path>, config: &str, times: usize, arguments: &[&str]) -> Result<f64> {
        let once = |arguments: &[&str]| (0..times).map(|_| Ok(self.call(salt, config, arguments)?.cpu)).collect::<Result<Vec<f64>>>();
        let (idle, busy) = (median(once(&["test.ping"])?), median(once(arguments)?));
        Ok((busy - idle).max(0.000_1))
    }

    fn row(&self, what: &str, unit: &'static str, bar: f64, times: usize, arguments: &[&str], table: &mut Table) -> Result<()> {
        let scale = if unit == "ms" { 1e3 } else { 1.0 };
        let ours = self.cost(None, "config", times, arguments)?;
        table.at_most(what, bar, ours * scale, unit);
        if let Some(salt) = &self.salt {
            table.note("the same by Salt", self.cost(Some(salt), "config", 1, arguments)? / ours, "times ours");
        }
        Ok(())
    }

    fn edges(&self, salt: Option<&Path>) -> Result<f64> {
        let times = if salt.is_some() { 1 } else { 3 };
        let of =
            |sls: &str| (0..times).map(|_| Ok(self.call(salt, "config", &["state.show_low_sls", sls])?.cpu)).collect::<Result<Vec<f64>>>();
        Ok((median(of("graph")?) - median(of("plain")?)).max(0.001))
    }

    fn files(&self, salt: Option<&Path>, made: &Path, table: &mut Table) -> Result<()> {
        let (mut created, mut unchanged) = (Vec::new(), Vec::new());
        for _ in 0..if salt.is_some() { 1 } else { 3 } {
            if made.exists() {
                std::fs::remove_dir_all(made)?;
            }
            created.push(self.call(salt, "config", &["state.apply", "files"])?.cpu);
            if std::fs::read_dir(made)?.count() != 1000 {
                bail!("the state has not made its 1,000 files");
            }
            unchanged.push(self.call(salt, "config", &["state.apply", "files"])?.cpu);
        }
        let (created, unchanged) = (median(created), median(unchanged));
        if salt.is_some() {
            table.note("1,000 `file.managed`, created, by Salt", created, "s");
            table.note("1,000 `file.managed`, unchanged, by Salt", unchanged, "s");
        } else {
            table.at_most("1,000 `file.managed`, created, CPU", 0.8, created, "s");
            table.at_most("1,000 `file.managed`, unchanged, CPU", 0.3, unchanged, "s");
        }
        Ok(())
    }

    /// Each checkout by its own name, without pillar; those that need one to render are left out of the median.
    fn formulas(&self, folder: &Path, table: &mut Table) -> Result<()> {
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .with_context(|| format!("cannot list `{}`", folder.display()))?
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok()?.strip_suffix("-formula").map(str::to_owned))
            .collect();
        names.sort();
        std::fs::remove_file(self.lab.path("pillar/top.sls"))?;
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for (index, name) in names.iter().enumerate() {
            let config = format!("formula-{name}");
            self.tree(&config, &folder.join(format!("{name}-formula")).display().to_string())?;
            let Ok(cost) = self.cost(None, &config, 3, &["state.show_sls", name]) else { continue };
            ours.push(cost * 1e3);
            // Salt takes seconds for each; every eighth is enough for a ratio.
            if let Some(salt) = self.salt.as_ref().filter(|_| index % 8 == 0)
                && let Ok(slow) = self.cost(Some(salt), &config, 1, &["state.show_sls", name])
            {
                theirs.push(slow / cost);
            }
        }
        if ours.is_empty() {
            bail!("no formula of `{}` renders", folder.display());
        }
        table.at_most(format!("one of {} formulas rendered, CPU, median", ours.len()), 20.0, median(ours), "ms");
        if !theirs.is_empty() {
            table.note(format!("the same by Salt, median of {}", theirs.len()), median(theirs), "times ours");
        }
        Ok(())
    }
}
