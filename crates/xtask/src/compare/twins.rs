//! Two machines that are alike: one is managed by real Salt, the other by Sylvite.

use super::answer::Answer;
use super::case::Case;
use crate::lab::machine::{Init, Machine, Plan};
use crate::lab::{RELEASE, image};
use crate::run::root;
use anyhow::{Context, Result, ensure};
use lab::Output;
use std::fs;
use std::path::{Path, PathBuf};

/// What cases need besides the base: what real Salt runs on, and tools that states call.
const PACKAGES: &str = "python3 python3-venv git acl attr patch logrotate unzip openssh-client virtualenv debconf-utils";

/// What pip compiles a part of real Salt with; it goes again, so that the machines are like servers.
const COMPILERS: &str = "gcc libc6-dev python3-dev";

/// Looks at what is no file: a name for it, and the command that shows it in the same way on both.
const FACTS: [(&str, &str); 7] = [
    (
        "services",
        "systemctl list-units --type=service --state=active,failed --plain --no-legend --full | awk '{print $1, $3, $4}' | grep -v -e ^systemd- -e ^apt- -e ^user | sort",
    ),
    ("unit files", "systemctl list-unit-files --type=service,timer,socket --plain --no-legend | awk '{print $1, $2}' | sort"),
    ("services of OpenRC", "rc-status --all --nocolor 2>/dev/null | sed 's/([0-9: ]*second.*)//'"),
    ("packet filter", "nft list ruleset 2>/dev/null | sed 's/ counter packets [0-9]* bytes [0-9]*//'"),
    (
        "mounts",
        "findmnt -rn -o TARGET,SOURCE,FSTYPE,OPTIONS | grep -v -e '^/ ' -e ^/opt -e ^/proc -e ^/sys -e ^/run -e ^/dev -e ^/tmp | sort",
    ),
    ("name", "hostname"),
    ("kernel variables", "sysctl net.ipv4 2>/dev/null | grep -v -e neigh -e random -e route.flush -e host0"),
];

/// Which of the two.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The one of real Salt.
    Salt,
    /// The one of Sylvite.
    Ours,
}

/// The two machines.
pub struct Twins {
    salt: Machine,
    ours: Machine,
    config: PathBuf,
}

/// A layer over the image with real Salt in a virtual environment, made once.
pub fn salted(folder: &Path, release: &str, image: &Path) -> Result<PathBuf> {
    let install = format!(
        "set -e; export DEBIAN_FRONTEND=noninteractive; apt-get update -q; apt-get install -q -y --no-install-recommends {PACKAGES} {COMPILERS}; PIP_CERT=/mnt/ca.crt bash /mnt/install-salt.sh /opt/salt; \
         apt-get purge -q -y --auto-remove {COMPILERS}; apt-get clean"
    );
    let script = root().join("tests/hosts/install-salt.sh");
    let shown = [(script.as_path(), "/mnt/install-salt.sh"), (Path::new("/etc/ssl/certs/ca-certificates.crt"), "/mnt/ca.crt")];
    image::layer(folder, &format!("{release}-salt"), &[image.to_path_buf()], &install, &shown)
}

/// What a case's machines lie on: the layers that are given, and over them another init system where the case asks for one.
fn with_init(folder: &Path, given: &[PathBuf], init: Init) -> Result<Vec<PathBuf>> {
    let Some(packages) = init.packages() else { return Ok(given.to_vec()) };
    let install = format!(
        "set -e; export DEBIAN_FRONTEND=noninteractive; apt-get update -q; apt-get install -q -y --no-install-recommends --allow-remove-essential {packages}; apt-get clean"
    );
    let layer = image::layer(folder, &format!("{RELEASE}-{}", init.name()), given, &install, &[])?;
    Ok([&[layer], given].concat())
}

fn prepare(machine: &Machine, argv: &[&str]) -> Result<()> {
    let done = machine.run(argv)?;
    ensure!(done.is_good(), "`{}` failed on {}: {done:?}", argv.join(" "), machine.name());
    Ok(())
}

impl Twins {
    /// Boots two fresh machines that see a case's states and pillar.
    pub fn boot(folder: &Path, layers: &[PathBuf], programs: &Path, case: &Case) -> Result<Self> {
        let config = folder.join("twins");
        let layers = &with_init(folder, layers, case.notes.init)?;
        // Empty, where a case has no pillar.
        let nothing = config.join("nothing");
        fs::create_dir_all(&nothing)?;
        let roots = "id: twin\nfile_client: local\nfile_roots: {base: [/opt/twin/states]}\npillar_roots: {base: [/opt/twin/pillar]}\n";
        let roots = format!("{roots}{}", case.notes.grains.as_ref().map_or_else(String::new, |grains| format!("grains: {grains}\n")));
        let shown = [
            (programs.to_path_buf(), "/opt/sylvite"),
            (case.states.clone(), "/opt/twin/states"),
            (case.pillar.clone().unwrap_or(nothing), "/opt/twin/pillar"),
        ];
        // One name for both, so that what they write about themselves is the same.
        let start = |name, number| {
            Machine::start(folder, &Plan { name, host: "twin", number, layers, shown: &shown, master: None, init: case.notes.init })
        };
        let twins = Self { salt: start("salts", 21)?, ours: start("ours", 22)?, config };
        // In the machines, since states write grains beside it.
        for machine in [&twins.salt, &twins.ours] {
            fs::create_dir_all(machine.root().join("etc/twin"))?;
            fs::write(machine.root().join("etc/twin/minion"), &roots)?;
        }
        twins.up()
    }

    fn up(mut self) -> Result<Self> {
        self.salt.wait()?;
        self.ours.wait()?;
        Ok(self)
    }

    fn machine(&self, side: Side) -> &Machine {
        match side {
            Side::Salt => &self.salt,
            Side::Ours => &self.ours,
        }
    }

    /// What a machine has changed of its image.
    pub fn upper(&self, side: Side) -> PathBuf {
        self.machine(side).upper()
    }

    /// A machine's root folder.
    pub fn root(&self, side: Side) -> PathBuf {
        self.machine(side).root()
    }

    /// Runs a command on both, which has to succeed.
    pub fn both(&self, argv: &[&str]) -> Result<()> {
        [&self.salt, &self.ours].into_iter().try_for_each(|machine| prepare(machine, argv))
    }

    /// Runs a command on the machine of real Salt, which has to succeed.
    pub fn salt_only(&self, argv: &[&str]) -> Result<()> {
        prepare(&self.salt, argv)
    }

    /// Installs packages on both at a time.
    pub fn install(&self, names: &[String]) -> Result<()> {
        let script = format!(
            "export DEBIAN_FRONTEND=noninteractive; apt-get -q update && apt-get -q -y --no-install-recommends install {}",
            names.join(" ")
        );
        std::thread::scope(|scope| {
            let both = [&self.salt, &self.ours].map(|machine| scope.spawn(|| machine.run(&["sh", "-c", &script])));
            for done in both {
                let done = done.join().ok().context("an installation has panicked")??;
                ensure!(done.is_good(), "{} cannot be installed: {done:?}", names.join(", "));
            }
            Ok(())
        })
    }

    /// Applies an SLS on both at a time: what real Salt answers, and what ours does.
    pub fn apply(&self, sls: &str, further: &[&str]) -> Result<(Answer, Answer)> {
        let call = |machine: &Machine, program: &str| -> Result<Output> {
            let begin = ["timeout", "400", program, "--local", "-c", "/etc/twin", "--out", "json", "-l", "error", "state.apply", sls];
            machine.run(&[&begin[..], further].concat())
        };
        std::thread::scope(|scope| {
            let salt = scope.spawn(|| call(&self.salt, "/opt/salt/bin/salt-call"));
            let ours = call(&self.ours, "/opt/sylvite/salt-call");
            let salt = salt.join().ok().context("the call of real Salt has panicked")?;
            Ok((Answer::read(&salt?).context("real Salt")?, Answer::read(&ours?).context("ours")?))
        })
    }

    /// What differs that is no file, a line each.
    pub fn facts(&self) -> Result<Vec<String>> {
        let mut faults = Vec::new();
        for (name, command) in FACTS {
            let [salt, ours] = [&self.salt, &self.ours].map(|machine| machine.run(&["sh", "-c", command]));
            let (salt, ours) = (salt?.stdout, ours?.stdout);
            let only = |one: &str, other: &str| {
                one.lines().filter(|line| !other.lines().any(|there| there == *line)).map(str::to_owned).collect::<Vec<_>>()
            };
            let (salt, ours) = (only(&salt, &ours), only(&ours, &salt));
            if !salt.is_empty() || !ours.is_empty() {
                faults.push(format!("{name}: only on salt's: {salt:?}, only on ours: {ours:?}"));
            }
        }
        Ok(faults)
    }

    /// Switches both off.
    pub fn stop(&mut self) -> Result<()> {
        self.salt.stop()?;
        self.ours.stop()?;
        fs::remove_dir_all(&self.config)?;
        Ok(())
    }
}
