//! `sylvite key token`: tokens that let new minions in unattended.

use crate::columns::{columns, moment};
use crate::options::{OutputOptions, span};
use crate::printer::Printer;
use crate::settings::Settings;
use crate::{Console, Error};
use api::CreateToken;
use clap::{Args, Subcommand};
use std::time::Duration;

/// Tokens that let new minions in unattended.
#[derive(Subcommand, Debug)]
#[command(after_help = "Example:\n  sylvite key token create 'web*' --lifetime 2h")]
pub(crate) enum Token {
    /// Make a token and print it.
    #[command(
        after_help = "Examples:\n  sylvite key token create 'web*' --lifetime 2h\n  sylvite key token create db01 --note 'new database'"
    )]
    Create(Create),
    /// List tokens that still live.
    #[command(after_help = "Example:\n  sylvite key token list")]
    List(List),
    /// End tokens.
    #[command(after_help = "Example:\n  sylvite key token delete 3f9a2c71")]
    Delete(Delete),
}

/// What it lets in.
#[derive(Args, Debug)]
pub(crate) struct Create {
    /// A pattern over the ids that it lets in.
    #[arg(default_value = "*")]
    pattern: String,
    /// How many minions it lets in.
    #[arg(long, value_name = "N", default_value_t = 1)]
    uses: u32,
    /// How long it lives.
    #[arg(long, value_name = "SPAN", default_value = "1d", value_parser = span)]
    lifetime: Duration,
    /// What it is for.
    #[arg(long, value_name = "TEXT", default_value = "")]
    note: String,
}

/// How to print.
#[derive(Args, Debug)]
pub(crate) struct List {
    #[command(flatten)]
    output: OutputOptions,
}

/// Which.
#[derive(Args, Debug)]
pub(crate) struct Delete {
    /// Ids of tokens, as listed.
    #[arg(required = true)]
    tokens: Vec<String>,
}

impl Token {
    /// Runs it.
    pub async fn run(self, mut settings: Settings, console: &mut Console) -> Result<u8, Error> {
        let client = settings.client(console);
        match self {
            Self::Create(asked) => {
                let request = CreateToken { pattern: asked.pattern, uses: asked.uses, lifetime: asked.lifetime.into(), note: asked.note };
                let made = client.create_join_token(&request).await?;
                console.line(&made.secret)?;
                console.complain(&format!(
                    "put it into the minion's configuration as `join_token`; it is shown only now. It lets {} in like `{}` until {} UTC",
                    made.token.uses_left,
                    made.token.pattern,
                    moment(made.token.expires)
                ));
            }
            Self::List(asked) => {
                asked.output.over(&mut settings)?;
                let mut printer = Printer::new(console, &settings, &asked.output)?;
                let tokens = client.join_tokens().await?;
                let rows: Vec<_> = tokens
                    .iter()
                    .map(|token| {
                        vec![
                            token.id.clone(),
                            token.pattern.clone(),
                            token.uses_left.to_string(),
                            moment(token.expires),
                            token.made_by.clone(),
                            token.note.clone(),
                        ]
                    })
                    .collect();
                printer.listing(&tokens, || columns(&["TOKEN", "PATTERN", "LEFT", "EXPIRES", "BY", "NOTE"], &rows))?;
            }
            Self::Delete(asked) => {
                for token in &asked.tokens {
                    client.delete_join_token(token).await?;
                    console.line(&format!("{token}: ended"))?;
                }
            }
        }
        Ok(0)
    }
}
