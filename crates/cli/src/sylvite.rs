//! `sylvite`: the command line that a newcomer prefers.

use crate::commands::{
    account, bootstrap, call, events, explain, job, key, local, login, minion, run as run_command, runner, shell, ssh, state, status,
};
use crate::settings::Settings;
use crate::{Console, Error};
use clap::{Parser, Subcommand};
use std::ffi::OsString;
use std::path::PathBuf;

/// Run functions and states on many machines, and see what became of it.
#[derive(Parser, Debug)]
#[command(name = "sylvite", version, max_term_width = 110, disable_help_subcommand = true)]
#[command(after_help = "Examples:
  sylvite key list                               who waits to be let in
  sylvite key accept web01
  sylvite run '*' test.ping
  sylvite run -G os:Debian cmd.run 'apt-get update'
  sylvite run 'web*' state.apply nginx test=True
  sylvite job list
  sylvite minion grains web01 ip4_interfaces")]
pub(crate) struct Sylvite {
    /// Folder of the master's configuration.
    #[arg(short = 'c', long, global = true, value_name = "DIR")]
    config_dir: Option<PathBuf>,
    /// Socket of the master.
    #[arg(long, global = true, value_name = "PATH")]
    socket: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Run a function on minions.
    Run(run_command::Run),
    /// Look at jobs.
    #[command(subcommand)]
    Job(job::Job),
    /// Look after the keys of minions.
    #[command(subcommand)]
    Key(key::Key),
    /// Look at minions and their grains.
    #[command(subcommand)]
    Minion(minion::Minion),
    /// Look after accounts and logins.
    #[command(subcommand)]
    Account(account::Account),
    /// Log in at a master elsewhere; the commands after this one go there.
    Login(login::Login),
    /// Forget that login.
    Logout(login::Logout),
    /// Follow what happens.
    Events(events::Events),
    /// Call a function of the master.
    Runner(runner::Runner),
    /// Run functions and states on hosts that have no agent, over SSH.
    Ssh(ssh::Ssh),
    /// Install minions on hosts over SSH and let them in.
    Bootstrap(bootstrap::Bootstrap),
    /// Run a function on this machine, by its own minion (`salt-call`).
    Call(call::Call),
    /// Plan what states would change, look at the plan, apply it.
    #[command(subcommand)]
    State(state::State),
    /// Look over a whole tree of states without running anything.
    Check(local::Local),
    /// Print the JSON Schema of SLS files, for editors.
    Schema(local::Local),
    /// Say why somebody may or may not do something.
    Explain(explain::Explain),
    /// The master at a glance.
    Status(status::Status),
    /// Look for the usual faults.
    Doctor(status::Doctor),
    /// Print what makes a shell complete these command lines.
    Completion(shell::Completion),
    /// Write the manual pages of all command lines into a folder.
    Man(shell::Man),
}

/// Runs `sylvite`.
pub(crate) async fn run(words: Vec<OsString>, console: &mut Console) -> Result<u8, Error> {
    let asked = Sylvite::try_parse_from(words)?;
    let settings = Settings::read(asked.config_dir.as_deref(), asked.socket.as_deref(), console);
    match asked.command {
        Command::Run(command) => command.run(settings, console).await,
        Command::Job(command) => command.run(settings, console).await,
        Command::Key(command) => command.run(settings, console).await,
        Command::Minion(command) => command.run(settings, console).await,
        Command::Account(command) => command.run(settings, console).await,
        Command::Login(command) => command.run(console).await,
        Command::Logout(command) => command.run(console, &settings).await,
        Command::Events(command) => command.run(settings, console).await,
        Command::Runner(command) => command.run(settings, console).await,
        Command::Ssh(command) => command.run(settings, console).await,
        Command::Bootstrap(command) => command.run(settings, console).await,
        Command::Call(command) => command.run(),
        Command::State(command) => command.run(settings, console).await,
        Command::Check(command) => command.run("check"),
        Command::Schema(command) => command.run("schema"),
        Command::Explain(command) => command.run(settings, console).await,
        Command::Status(command) => command.run(settings, console).await,
        Command::Doctor(command) => command.run(settings, console).await,
        Command::Completion(command) => command.run(console),
        Command::Man(command) => command.run(console),
    }
}
