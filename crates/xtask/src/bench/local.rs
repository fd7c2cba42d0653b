//! `salt-call --local`: everything that a minion does without a master.

use super::measure::{Table, median, ran};
use anyhow::{Result, bail};
use lab::Lab;
use std::path::Path;
use std::process::Command;

const CONFIG: &str = "local";

/// Measures `salt-call --local`.
pub fn local(bin: &Path, table: &mut Table) -> Result<()> {
    let lab = Lab::new(bin)?;
    let at = |name: &str| lab.path(name).display().to_string();
    lab.write(
        "local/minion",
        &format!(
            "id: local\nfile_client: local\npki_dir: {}\ncachedir: {}\nsock_dir: {}\nfile_roots: {{base: [{}]}}\npillar_roots: {{base: [{}]}}\n",
            at("local/pki"),
            at("local/cache"),
            at("local/run"),
            at("states"),
            at("pillar"),
        ),
    )?;
    let call = |arguments: &[&str]| -> Command {
        let mut command = lab.command("salt-call", CONFIG);
        command.arg("--local").args(["--out", "json"]).args(arguments);
        command
    };
    let pings: Vec<f64> = (0..25).map(|_| Ok(ran(&mut call(&["test.ping"]))?.wall.as_secs_f64() * 1e3)).collect::<Result<_>>()?;
    table.at_most("`salt-call --local test.ping`, wall", 10.0, median(pings), "ms");
    let grains: Vec<f64> = (0..9).map(|_| Ok(ran(&mut call(&["grains.items"]))?.cpu * 1e3)).collect::<Result<_>>()?;
    table.at_most("`grains.items`, CPU", 30.0, median(grains), "ms");

    // Chunks that a template makes in a loop; the bar is for compiling alone, so the start of the program is taken off.
    lab.write("states/many.sls", "{% for n in range(5000) %}\nchunk-{{ n }}:\n  test.nop:\n    - order: {{ n + 1 }}\n{% endfor %}\n")?;
    let empty = median((0..5).map(|_| Ok(ran(&mut call(&["test.ping"]))?.cpu)).collect::<Result<_>>()?);
    let mut compile = Vec::new();
    for _ in 0..5 {
        let shown = ran(&mut call(&["state.show_low_sls", "many"]))?;
        if shown.stdout.matches("\"chunk-").count() < 5000 {
            bail!("the compiled tree has not its 5,000 chunks");
        }
        compile.push(shown.cpu - empty);
    }
    table.at_most("compile 5,000 chunks from a Jinja loop, CPU", 0.15, median(compile), "s");

    let target = lab.path("made");
    lab.write("states/files.sls", &files(&target))?;
    let (mut created, mut unchanged) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        if target.exists() {
            std::fs::remove_dir_all(&target)?;
        }
        created.push(ran(&mut call(&["state.apply", "files"]))?.cpu);
        if std::fs::read_dir(&target)?.count() != 1000 {
            bail!("the state has not made its 1,000 files");
        }
        unchanged.push(ran(&mut call(&["state.apply", "files"]))?.cpu);
    }
    table.at_most("1,000 `file.managed`, created, CPU", 0.8, median(created), "s");
    table.at_most("1,000 `file.managed`, unchanged, CPU", 0.3, median(unchanged), "s");
    Ok(())
}

/// A tree of a thousand small files.
pub fn files(target: &Path) -> String {
    format!(
        "{{% for n in range(1000) %}}\n{0}/file-{{{{ n }}}}:\n  file.managed:\n    - contents: content of file {{{{ n }}}}\n    - makedirs: true\n    - mode: '0644'\n{{% endfor %}}\n",
        target.display()
    )
}
