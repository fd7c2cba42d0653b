//! `sylvite`: the command line that a newcomer prefers.

use crate::commands::{
    account, api_token, audit, bootstrap, call, catalogue, doctor, events, explain, file, host, job, key, local, login, minion,
    run as run_command, runner, session, shell, ssh, state, status, variable,
};
use crate::settings::Settings;
use crate::{Console, Error};
use api::nouns::Kind;
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
    #[command(subcommand, visible_alias = "user")]
    Account(account::Account),
    /// Look after hosts: where they belong, how they are, how they have changed.
    #[command(subcommand)]
    Host(host::Host),
    /// Look after roles: what somebody may do.
    #[command(subcommand, after_help = "Example: sylvite role add deployer permissions=host:read functions='state\\..*,test\\.ping'")]
    Role(catalogue::Catalogue),
    /// Look after bindings: who has which role, where and for how long.
    #[command(
        subcommand,
        after_help = "Examples:
  sylvite binding add subject=user:anna role=operator scope=project:shop
  sylvite binding add subject=group:ops role=administrator scope=system ends=2026-12-24T18:00:00Z reason='on call'"
    )]
    Binding(catalogue::Catalogue),
    /// Look after projects.
    #[command(subcommand, after_help = "Example: sylvite project add shop title=商城 max_hosts=50")]
    Project(catalogue::Catalogue),
    /// Look after environments.
    #[command(subcommand, visible_alias = "environment", after_help = "Example: sylvite env add prod rank=30 protected=True")]
    Env(catalogue::Catalogue),
    /// Look after services.
    #[command(subcommand, after_help = "Example: sylvite service add checkout project=shop owners=anna,bert")]
    Service(catalogue::Catalogue),
    /// Look after groups of hosts.
    #[command(
        subcommand,
        after_help = "Example: sylvite group add web expression='G@os:Debian and A@label:team:web'; sylvite run -N web test.ping"
    )]
    Group(catalogue::Catalogue),
    /// Look after tags.
    #[command(subcommand, after_help = "Example: sylvite tag add legacy description='to be moved by 2027'")]
    Tag(catalogue::Catalogue),
    /// Look after relations.
    #[command(subcommand, after_help = "Example: sylvite relation add from=service:checkout relation=depends_on to=service:payment")]
    Relation(catalogue::Catalogue),
    /// Look after custom fields.
    #[command(subcommand, after_help = "Example: sylvite field add rack type=int min=1 max=60")]
    Field(catalogue::Catalogue),
    /// Look after what groups and projects of a provider, such as GitLab, give their members.
    #[command(
        subcommand,
        after_help = "Example: sylvite mapping add provider=gitlab path=acme/ops level=30 role=operator scope=project:shop"
    )]
    Mapping(catalogue::Catalogue),
    /// Look after one's own open logins.
    #[command(subcommand)]
    Session(session::Session),
    /// Who did what, who was refused, and whether the log of it is whole.
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Keep values for the pillar of minions.
    #[command(subcommand)]
    Variable(variable::Variable),
    /// Look after tokens that programs show.
    #[command(subcommand)]
    Token(api_token::ApiToken),
    /// Log in at a master elsewhere; the commands after this one go there.
    Login(login::Login),
    /// Forget that login.
    #[command(after_help = "Example:\n  sylvite logout")]
    Logout(login::Logout),
    /// Follow what happens.
    Events(events::Events),
    /// Call a function of the master.
    Runner(runner::Runner),
    /// Look at the files that the master serves, and send files to minions.
    #[command(subcommand)]
    File(file::File),
    /// Run functions and states on hosts that have no agent, over SSH.
    Ssh(Box<ssh::Ssh>),
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
    #[command(after_help = "Examples:\n  sylvite status\n  sylvite status --out json")]
    Status(status::Status),
    /// Look for the usual faults.
    Doctor(doctor::Doctor),
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
        Command::Host(command) => command.run(settings, console).await,
        Command::Role(command) => command.run(Kind::Role, settings, console).await,
        Command::Binding(command) => command.run(Kind::Binding, settings, console).await,
        Command::Project(command) => command.run(Kind::Project, settings, console).await,
        Command::Env(command) => command.run(Kind::Environment, settings, console).await,
        Command::Service(command) => command.run(Kind::Service, settings, console).await,
        Command::Group(command) => command.run(Kind::Group, settings, console).await,
        Command::Tag(command) => command.run(Kind::Tag, settings, console).await,
        Command::Relation(command) => command.run(Kind::Relation, settings, console).await,
        Command::Field(command) => command.run(Kind::Field, settings, console).await,
        Command::Mapping(command) => command.run(Kind::Mapping, settings, console).await,
        Command::Session(command) => command.run(settings, console).await,
        Command::Audit(command) => command.run(settings, console).await,
        Command::Variable(command) => command.run(settings, console).await,
        Command::Token(command) => command.run(settings, console).await,
        Command::Login(command) => command.run(console).await,
        Command::Logout(command) => command.run(console, &settings).await,
        Command::Events(command) => command.run(settings, console).await,
        Command::Runner(command) => command.run(settings, console).await,
        Command::File(command) => command.run(settings, console).await,
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

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn without_example(command: &clap::Command, path: &str, found: &mut Vec<String>) {
        let path = format!("{path} {}", command.get_name());
        let teaches = command.get_after_help().is_some_and(|text| text.to_string().contains("Example"));
        // These pass their words on to another program, whose help is shown.
        let passes_on = ["call", "check", "schema"].contains(&command.get_name());
        if !teaches && !passes_on {
            found.push(path.clone());
        }
        for below in command.get_subcommands().filter(|command| command.get_name() != "help") {
            without_example(below, &path, found);
        }
    }

    #[test]
    fn the_help_of_every_command_teaches_by_example() {
        let mut found = Vec::new();
        without_example(&Sylvite::command(), "", &mut found);
        assert!(found.is_empty(), "no example in the help of{}", found.join(","));
    }
}
