//! `sylvite account`: accounts of this system's own, and logins that are open.

use crate::columns::{columns, moment};
use crate::options::OutputOptions;
use crate::printer::Printer;
use crate::settings::Settings;
use crate::{Console, Error};
use api::AccountState;
use clap::{Args, Subcommand};
use client::AccountChange;

/// Accounts that log in by a password of this master (`sylvite` in `external_auth`).
#[derive(Subcommand, Debug)]
#[command(after_help = "Examples:
  sylvite account add anna --group admins        asks for the password
  pass show ci | sylvite account add ci --service --stdin
  sylvite account passwd anna
  sylvite account disable anna                   ends its logins too
  sylvite account logins
What an account may do stands in `external_auth:sylvite` of the configuration: `anna: [...]`, `admins%: [...]`.")]
pub(crate) enum Account {
    /// Make an account.
    #[command(after_help = "Example:\n  sylvite account add anna --group admins")]
    Add(Add),
    /// List accounts.
    #[command(after_help = "Example:\n  sylvite account list")]
    List(Listing),
    /// Set the password of an account; its logins end.
    #[command(after_help = "Example:\n  sylvite account passwd anna")]
    Passwd(Passwd),
    /// Put an account into these groups and no others; its logins end.
    #[command(after_help = "Example:\n  sylvite account groups anna admins ops")]
    Groups(Groups),
    /// Give an account a second factor and print what an app reads, or take it away.
    #[command(after_help = "Examples:\n  sylvite account otp boss | qrencode -t ansiutf8\n  sylvite account otp boss --drop")]
    Otp(Otp),
    /// Say what the mappings of its provider give an account now.
    #[command(after_help = "Example:\n  sylvite account mappings anna")]
    Mappings(Mappings),
    /// Keep an account from logging in; its logins end.
    #[command(after_help = "Example:\n  sylvite account disable anna")]
    Disable(Names),
    /// Let an account log in again.
    #[command(after_help = "Example:\n  sylvite account enable anna")]
    Enable(Names),
    /// Delete accounts.
    #[command(after_help = "Example:\n  sylvite account delete anna")]
    Delete(Names),
    /// List logins that are open.
    #[command(after_help = "Example:\n  sylvite account logins")]
    Logins(Listing),
    /// End logins, by their ids or of a user.
    #[command(after_help = "Examples:\n  sylvite account revoke 3f9a2c71\n  sylvite account revoke --user anna")]
    Revoke(Revoke),
}

/// The new account.
#[derive(Args, Debug)]
pub(crate) struct Add {
    /// Login name.
    name: String,
    /// A group it is in.
    #[arg(long = "group", value_name = "NAME")]
    groups: Vec<String>,
    /// Name of the person.
    #[arg(long, value_name = "TEXT")]
    full_name: Option<String>,
    /// Where to write to them.
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// It is a program's.
    #[arg(long)]
    service: bool,
    /// Read the password from standard input, without asking twice.
    #[arg(long)]
    stdin: bool,
    /// Give it no password.
    #[arg(long, conflicts_with = "stdin")]
    no_password: bool,
}

/// How to print.
#[derive(Args, Debug)]
pub(crate) struct Listing {
    #[command(flatten)]
    output: OutputOptions,
}

/// Whose.
#[derive(Args, Debug)]
pub(crate) struct Passwd {
    /// Login name.
    name: String,
    /// Read the password from standard input, without asking twice.
    #[arg(long)]
    stdin: bool,
}

/// Whose.
#[derive(Args, Debug)]
pub(crate) struct Otp {
    /// Login name.
    name: String,
    /// Take it away.
    #[arg(long)]
    drop: bool,
}

/// Whose.
#[derive(Args, Debug)]
pub(crate) struct Mappings {
    /// Login name.
    name: String,
    #[command(flatten)]
    output: OutputOptions,
}

/// Which groups.
#[derive(Args, Debug)]
pub(crate) struct Groups {
    /// Login name.
    name: String,
    /// Names of groups; none takes it out of all.
    groups: Vec<String>,
}

/// Whose.
#[derive(Args, Debug)]
pub(crate) struct Names {
    /// Login names.
    #[arg(required = true)]
    names: Vec<String>,
}

/// Which logins.
#[derive(Args, Debug)]
pub(crate) struct Revoke {
    /// Ids of logins, as listed.
    #[arg(required_unless_present = "user")]
    logins: Vec<String>,
    /// All logins of this user.
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
}

impl Account {
    /// Runs it.
    pub async fn run(self, settings: Settings, console: &mut Console) -> Result<u8, Error> {
        let client = settings.client(console);
        match self {
            Self::Add(asked) => {
                let password = if asked.no_password { None } else { Some(password(console, &asked.name, asked.stdin)?) };
                let first = AccountChange {
                    password,
                    groups: Some(asked.groups),
                    full_name: asked.full_name,
                    email: asked.email,
                    ..AccountChange::default()
                };
                let made = client.add_account(&asked.name, asked.service, &first).await?;
                console.line(&format!("{}: made", made.name))?;
            }
            Self::List(asked) => return asked.accounts(settings, console).await,
            Self::Passwd(asked) => {
                let password = Some(password(console, &asked.name, asked.stdin)?);
                client.change_account(&asked.name, &AccountChange { password, ..AccountChange::default() }).await?;
                console.line(&format!("{}: the password is changed, its logins are over", asked.name))?;
            }
            Self::Groups(asked) => {
                let groups = Some(asked.groups);
                let account = client.change_account(&asked.name, &AccountChange { groups, ..AccountChange::default() }).await?;
                console.line(&format!("{}: {}", account.name, account.groups.join(", ")))?;
            }
            Self::Mappings(asked) => {
                let mut settings = settings;
                asked.output.over(&mut settings)?;
                let given = client.preview_mappings(&asked.name).await?;
                let rows: Vec<_> = given.iter().map(|one| vec![one.role.clone(), one.scope.clone(), one.because.clone()]).collect();
                Printer::new(console, &settings, &asked.output)?.listing(&given, || columns(&["ROLE", "WHERE", "BECAUSE"], &rows))?;
            }
            Self::Otp(asked) if asked.drop => {
                client.drop_second_factor(&asked.name).await?;
                console.line(&format!("{}: its password alone is enough again", asked.name))?;
            }
            Self::Otp(asked) => {
                console.line(&client.make_second_factor(&asked.name).await?.url)?;
                console.complain("it is shown only now; every login with this account is told as an alarm");
            }
            Self::Disable(asked) => return asked.set(&client, console, AccountState::Disabled, "disabled").await,
            Self::Enable(asked) => return asked.set(&client, console, AccountState::Active, "enabled").await,
            Self::Delete(asked) => {
                for name in &asked.names {
                    client.delete_account(name).await?;
                    console.line(&format!("{name}: deleted"))?;
                }
            }
            Self::Logins(asked) => return asked.logins(settings, console).await,
            Self::Revoke(asked) => {
                let mut ids = asked.logins;
                if let Some(user) = asked.user {
                    ids.extend(client.logins().await?.into_iter().filter(|login| login.user == user).map(|login| login.id));
                }
                for id in &ids {
                    client.end_login(id).await?;
                    console.line(&format!("{id}: ended"))?;
                }
            }
        }
        Ok(0)
    }
}

/// Asks for a new password, twice where somebody types it.
fn password(console: &mut Console, name: &str, from_input: bool) -> Result<String, Error> {
    if from_input {
        let text = console.read_all()?;
        return Ok(text.strip_suffix('\n').unwrap_or(&text).to_owned());
    }
    let first = console.ask_secretly(&format!("new password of {name}: "))?;
    let second = console.ask_secretly("again: ")?;
    if first == second { Ok(first) } else { Err(Error::Usage("the two passwords are not the same; nothing was done".to_owned())) }
}

impl Names {
    async fn set(self, client: &client::Client, console: &mut Console, state: AccountState, done: &str) -> Result<u8, Error> {
        for name in &self.names {
            client.change_account(name, &AccountChange { state: Some(state), ..AccountChange::default() }).await?;
            console.line(&format!("{name}: {done}"))?;
        }
        Ok(0)
    }
}

impl Listing {
    async fn accounts(self, mut settings: Settings, console: &mut Console) -> Result<u8, Error> {
        self.output.over(&mut settings)?;
        let client = settings.client(console);
        let mut printer = Printer::new(console, &settings, &self.output)?;
        let accounts = client.accounts().await?;
        let rows: Vec<_> = accounts
            .iter()
            .map(|account| {
                let state = match account.state {
                    AccountState::Active => "active",
                    AccountState::Disabled => "disabled",
                };
                let last = account.last_login.map_or_else(|| "never".to_owned(), moment);
                let name = account.name.clone();
                vec![name, state.to_owned(), account.groups.join(","), account.full_name.clone(), last, moment(account.made)]
            })
            .collect();
        printer.listing(&accounts, || columns(&["NAME", "STATE", "GROUPS", "FULL NAME", "LAST LOGIN", "MADE"], &rows))?;
        Ok(0)
    }

    async fn logins(self, mut settings: Settings, console: &mut Console) -> Result<u8, Error> {
        self.output.over(&mut settings)?;
        let client = settings.client(console);
        let mut printer = Printer::new(console, &settings, &self.output)?;
        let logins = client.logins().await?;
        let rows: Vec<_> = logins
            .iter()
            .map(|login| {
                let (user, eauth, origin) = (login.user.clone(), login.eauth.clone(), login.origin.clone());
                vec![login.id.clone(), user, eauth, origin, moment(login.made), moment(login.expires)]
            })
            .collect();
        printer.listing(&logins, || columns(&["LOGIN", "USER", "BACKEND", "FROM", "SINCE", "UNTIL"], &rows))?;
        Ok(0)
    }
}
