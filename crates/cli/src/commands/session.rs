//! `sylvite session`: one's own open logins.

use crate::columns::{columns, moment};
use crate::options::OutputOptions;
use crate::printer::Printer;
use crate::settings::Settings;
use crate::{Console, Error};
use clap::{Args, Subcommand};

/// One's own open logins.
#[derive(Subcommand, Debug)]
#[command(after_help = "Examples:\n  sylvite session list\n  sylvite session end 3f9a2c71\n  sylvite session end --others")]
pub(crate) enum Session {
    /// Who asks, and what roles they have.
    #[command(after_help = "Example: sylvite session who")]
    Who(List),
    /// List them.
    #[command(after_help = "Example: sylvite session list")]
    List(List),
    /// End some.
    #[command(after_help = "Example: sylvite session end --others")]
    End(End),
}

/// How to print.
#[derive(Args, Debug)]
pub(crate) struct List {
    #[command(flatten)]
    output: OutputOptions,
}

/// Which.
#[derive(Args, Debug)]
pub(crate) struct End {
    /// Ids, as listed.
    #[arg(required_unless_present = "others")]
    ids: Vec<String>,
    /// All but the one that asks.
    #[arg(long, conflicts_with = "ids")]
    others: bool,
}

impl Session {
    /// Runs it.
    pub async fn run(self, mut settings: Settings, console: &mut Console) -> Result<u8, Error> {
        match self {
            Self::Who(asked) => {
                asked.output.over(&mut settings)?;
                let me = settings.client(console).me().await?;
                let rows = vec![vec![me.name.clone(), me.roles.join("; "), if me.administrator { "everything" } else { "" }.to_owned()]];
                Printer::new(console, &settings, &asked.output)?.listing(&me, || columns(&["WHO", "ROLES", "MAY"], &rows))?;
            }
            Self::List(asked) => {
                asked.output.over(&mut settings)?;
                let logins = settings.client(console).own_logins().await?;
                let row = |login: &api::LoginView| {
                    let seen = login.seen.map_or_else(String::new, moment);
                    vec![login.id.clone(), login.origin.clone(), login.agent.clone(), moment(login.made), seen, moment(login.expires)]
                };
                let rows: Vec<_> = logins.iter().map(row).collect();
                Printer::new(console, &settings, &asked.output)?
                    .listing(&logins, || columns(&["LOGIN", "FROM", "WITH", "SINCE", "SEEN", "UNTIL"], &rows))?;
            }
            Self::End(asked) => {
                let client = settings.client(console);
                if asked.others {
                    client.end_other_logins().await?;
                    console.line("all others: ended")?;
                }
                for id in &asked.ids {
                    client.end_own_login(id).await?;
                    console.line(&format!("{id}: ended"))?;
                }
            }
        }
        Ok(0)
    }
}
