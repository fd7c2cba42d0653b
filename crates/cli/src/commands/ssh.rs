//! `sylvite ssh`: functions and states on hosts that have no agent.

mod foreign;
mod guests;
mod raw;
mod way;

use crate::commands::groups::Together;
use crate::commands::run::{Driven, Show, drive};
use crate::options::{OutputOptions, span};
use crate::printer::Printer;
use crate::salt::read_call;
use crate::settings::Settings;
use crate::{Console, Error};
use api::RunJob;
use clap::Args;
use model::{Target, TargetKind};
use ssh::party::{self, Visit};
use ssh::{Host, Program, Stay};
use std::path::PathBuf;
use std::time::Duration;
use value::{Map, Value};

use foreign::Foreign;
use guests::{Desk, failure};
pub(crate) use guests::{master_of, online};
pub(crate) use way::{WayOptions, other, program};

/// Run functions and states on hosts that have no agent, over SSH.
#[derive(Args, Debug)]
#[command(
    after_help = "The hosts stand in a roster: `/etc/sylvite/roster` (a mapping of ids to addresses), an inventory of Ansible, or `~/.ssh/config`.
The minion's program is put on each host and runs for the time of the command; it speaks to the master through the SSH connection.

Examples:
  sylvite ssh 'web*' test.ping
  sylvite ssh -L web1,10.0.0.7 --user deploy --sudo state.apply nginx test=True
  sylvite ssh '*' --roster ansible --roster-file hosts.ini -r 'uptime'
  sylvite ssh web1 -w state.apply                  nothing stays on the host
  sylvite ssh web1 --askpass --key-deploy -r true"
)]
pub(crate) struct Ssh {
    /// Which hosts of the roster; a pattern over the ids unless a target option says otherwise.
    target: String,
    /// What to run: `module.function`, or with -r a command of the shell.
    function: String,
    /// Its arguments: words and `name=value`.
    #[arg(allow_negative_numbers = true)]
    arguments: Vec<String>,
    /// Run a command of the shell as it stands; nothing is put on the host.
    #[arg(short = 'r', long, alias = "raw-shell")]
    raw: bool,
    /// Take away from the host whatever was put there.
    #[arg(short = 'w', long)]
    wipe: bool,
    /// Use a folder of a random name on the host, and take it away at the end.
    #[arg(short = 'W', long)]
    rand_thin_dir: bool,
    /// Keep connections open for the next command for this long after one; 0 for not at all.
    #[arg(long, value_name = "SPAN", value_parser = span, default_value = "60")]
    persist: Duration,
    /// Put the public key of --priv, or the master's own, on the host, so that no password is asked for any more.
    #[arg(long)]
    key_deploy: bool,
    /// Hosts at a time.
    #[arg(long, value_name = "N", default_value_t = 25, value_parser = clap::value_parser!(u32).range(1..=1000))]
    max_procs: u32,
    /// End the job on a host after this long.
    #[arg(long, value_name = "SPAN", value_parser = span)]
    deadline: Option<Duration>,
    /// Show output and progress as they come; usual on a terminal.
    #[arg(long, conflicts_with = "no_live")]
    live: bool,
    /// Show only results.
    #[arg(long)]
    no_live: bool,
    /// Tell the job's id before its results.
    #[arg(short = 'v', long)]
    verbose: bool,
    /// The minion's program for the hosts; the one beside this command without.
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    #[command(flatten)]
    way: WayOptions,
    #[command(flatten)]
    foreign: Foreign,
    #[command(flatten)]
    output: OutputOptions,
}

impl Ssh {
    /// Runs it.
    pub async fn run(self, mut settings: Settings, console: &mut Console) -> Result<u8, Error> {
        self.output.over(&mut settings)?;
        self.foreign.check(console)?;
        let mut hosts = self.way.hosts(&self.target, &settings, console)?;
        if hosts.is_empty() {
            console.complain("No hosts of the roster matched the target. Nothing was run.");
            return Ok(2);
        }
        if self.rand_thin_dir {
            for host in &mut hosts {
                host.folder = Some(way::random_folder()?);
            }
        }
        let mut ways = self.way.ways(console)?;
        if self.stay() == Stay::Program {
            ways.keep = way::kept(console, self.persist);
        }
        let mut worst = 0;
        if self.key_deploy {
            let public = way::public_key(&self.way, &settings)?;
            worst = worst.max(raw::deploy_key(&hosts, &ways, &public, console).await?);
            if worst != 0 {
                return Ok(worst);
            }
        }
        // Read and packed once, however many waves there are.
        let notes = ways.keep.as_ref().map(|keep| keep.folder.as_path());
        let program = || Program::read(&way::program(self.program.as_ref())?, notes).map_err(way::other);
        let program = if self.raw { None } else { Some(program()?) };
        for wave in hosts.chunks(self.max_procs as usize) {
            let status = match &program {
                None => {
                    let words = std::iter::once(&self.function).chain(&self.arguments).map(String::as_str).collect::<Vec<_>>().join(" ");
                    let mut printer = Printer::new(console, &settings, &self.output)?;
                    let live = self.is_live(&mut printer);
                    raw::run(wave, &ways, &words, live, &mut printer).await?
                }
                Some(program) => self.wave(wave, &ways, program, &settings, console).await?,
            };
            worst = worst.max(status);
        }
        Ok(worst)
    }

    fn stay(&self) -> Stay {
        if self.wipe || self.rand_thin_dir { Stay::Nothing } else { Stay::Program }
    }

    fn is_live(&self, printer: &mut Printer<'_>) -> bool {
        self.live || (!self.no_live && printer.console.terminal && !printer.is_for_programs())
    }

    /// One job for as many hosts as run at a time.
    async fn wave(
        &self,
        hosts: &[Host],
        ways: &ssh::Ways,
        program: &std::sync::Arc<Program>,
        settings: &Settings,
        console: &mut Console,
    ) -> Result<u8, Error> {
        let client = settings.client(console);
        let desk = Desk(&client);
        let (master, fingerprint) = master_of(&client).await?;
        let visit = Visit { ways, program, master, fingerprint: &fingerprint, stay: self.stay() };
        let started = party::start(&desk, hosts, &visit).await?;
        let mut printer = Printer::new(console, settings, &self.output)?;
        for (id, error) in &started.failed {
            let data: Map = [(id.as_str(), failure(&output::chain(error)))].into_iter().collect();
            printer.minions(&data, None, 255)?;
        }
        if started.guests.is_empty() {
            return Ok(1);
        }
        let ids: Vec<&str> = started.guests.iter().map(ssh::Guest::id).collect();
        let done = self.job(&client, &ids, &mut printer).await;
        let (left, forgotten) = party::end(&desk, started.guests).await;
        for (id, error) in left {
            console.complain(&format!("{id}: the guest did not end in good order: {}", output::chain(&error)));
        }
        if let Err(error) = forgotten {
            console.complain(&format!("the keys of the guests stay at the master: {}", output::chain(&error)));
        }
        Ok(done?.max(u8::from(!started.failed.is_empty())))
    }

    async fn job(&self, client: &client::Client, ids: &[&str], printer: &mut Printer<'_>) -> Result<u8, Error> {
        let live = self.is_live(printer);
        let calls = argv::calls(&self.function, &self.arguments, ",").map_err(|error| Error::Usage(error.to_string()))?;
        let calls: Vec<_> = calls.into_iter().map(|call| read_call(&call.function, &call.words, &[])).collect::<Result<_, _>>()?;
        let first = calls.first().cloned().ok_or_else(|| Error::Usage("a function is missing".to_owned()))?;
        let mut request = RunJob::new(Target::new(TargetKind::List, ids.join(",")), first);
        request.calls = calls;
        request.deadline = self.deadline.map(Into::into);
        request.stream = live;
        request.metadata = Value::Null;
        let show = Show { live, together: Together::Never, tell_job: self.verbose };
        match drive(client, &request, printer, show, None).await? {
            Driven::Nobody(_) => Err(Error::Other("the guests have gone before the job came".to_owned())),
            Driven::Done(status) => Ok(status),
        }
    }
}
