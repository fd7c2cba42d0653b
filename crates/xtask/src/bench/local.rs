//! `salt-call --local`: everything that a minion does without a master.

use super::measure::{Table, median, peak_of, ran};
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
    nothing_to_do(&lab, &call, table)
}

/// A thousand states of ten kinds that all find what they want.
fn nothing_to_do(lab: &Lab, call: &impl Fn(&[&str]) -> Command, table: &mut Table) -> Result<()> {
    let (target, packages) = (lab.path("mixed"), Path::new("/var/lib/dpkg/status").exists());
    lab.write("states/mixed.sls", &mixed(&target, packages))?;
    let arguments = ["state.apply", "mixed"];
    ran(&mut call(&arguments))?;
    let mut quiet = Vec::new();
    for _ in 0..5 {
        let again = ran(&mut call(&arguments))?;
        if again.stdout.contains("\"result\": false") || again.stdout.contains("\"diff\"") {
            bail!("states that had nothing to do changed something or failed:\n{}", again.stdout);
        }
        quiet.push(again.cpu);
    }
    table.at_most("1,000 mixed states with nothing to do, CPU", 1.0, median(quiet), "s");
    table.at_most("1,000 mixed states with nothing to do, peak resident", 30.0, peak_of(&call(&arguments))?, "MB");
    Ok(())
}

/// A tree of a thousand states of ten kinds.
fn mixed(target: &Path, packages: bool) -> String {
    let tenth = if packages { "bash-{{ n }}:\n  pkg.installed:\n    - name: bash\n" } else { "nop-{{ n }}:\n  test.nop: []\n" };
    let each = "BASE/file-{{ n }}:\n  file.managed:\n    - contents: content {{ n }}\n    - makedirs: true\n\
        BASE/folder-{{ n }}:\n  file.directory: []\n\
        BASE/link-{{ n }}:\n  file.symlink:\n    - target: BASE/file-{{ n }}\n\
        BASE/none-{{ n }}:\n  file.absent: []\n\
        BASE/lines-{{ n }}:\n  file.append:\n    - text: line {{ n }}\n\
        BASE/ini-{{ n }}:\n  ini.options_present:\n    - sections: {main: {key: {{ n }}}}\n\
        group-{{ n }}:\n  group.present:\n    - name: root\n\
        user-{{ n }}:\n  user.present:\n    - name: root\n    - createhome: false\n\
        command-{{ n }}:\n  cmd.run:\n    - name: 'true'\n    - creates: /\n";
    let each = each.replace("BASE", &target.display().to_string());
    format!("{{% for n in range(100) %}}\n{each}{tenth}{{% endfor %}}\n")
}

/// A tree of a thousand small files.
pub fn files(target: &Path) -> String {
    format!(
        "{{% for n in range(1000) %}}\n{0}/file-{{{{ n }}}}:\n  file.managed:\n    - contents: content of file {{{{ n }}}}\n    - makedirs: true\n    - mode: '0644'\n{{% endfor %}}\n",
        target.display()
    )
}
