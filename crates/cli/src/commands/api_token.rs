//! `sylvite token`: tokens that programs show.

use crate::columns::{columns, moment};
use crate::options::{OutputOptions, span};
use crate::printer::Printer;
use crate::settings::Settings;
use crate::{Console, Error};
use api::{MakeApiToken, Span};
use clap::{Args, Subcommand};
use std::time::Duration;

/// Tokens of accounts, for programs.
#[derive(Subcommand, Debug)]
#[command(after_help = "Examples:
  sylvite token add ci --account deploy --scope 'run:state.*' --scope host:read --lifetime 30d
  curl -H \"X-Auth-Token: $TOKEN\" https://master:8000/api/v1/hosts")]
pub(crate) enum ApiToken {
    /// Make a token and print it; it is told this once.
    #[command(after_help = "Example:\n  sylvite token add ci --account deploy --scope 'run:state.*' --network 10.0.0.0/8")]
    Add(Add),
    /// List tokens.
    #[command(after_help = "Example:\n  sylvite token list")]
    List(List),
    /// End tokens.
    #[command(after_help = "Example:\n  sylvite token delete 3f9a2c71")]
    Delete(Delete),
}

/// The new token.
#[derive(Args, Debug)]
pub(crate) struct Add {
    /// What it is for.
    name: String,
    /// Whose it is to be; one's own unless named.
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// What it may of what its owner may: `host:read`, `run:test.*`, `runner:jobs.*`, `wheel:key.*`. Without any it may all of it.
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// Networks that it is taken from, such as `10.0.0.0/8`; any without.
    #[arg(long = "network", value_name = "NETWORK")]
    networks: Vec<String>,
    /// How long it lasts, a year at most.
    #[arg(long, value_name = "SPAN", default_value = "90d", value_parser = span)]
    lifetime: Duration,
}

/// How to print.
#[derive(Args, Debug)]
pub(crate) struct List {
    #[command(flatten)]
    output: OutputOptions,
}

/// Which tokens.
#[derive(Args, Debug)]
pub(crate) struct Delete {
    /// Ids, as listed.
    #[arg(required = true)]
    ids: Vec<String>,
}

impl ApiToken {
    /// Runs it.
    pub async fn run(self, mut settings: Settings, console: &mut Console) -> Result<u8, Error> {
        match self {
            Self::Add(asked) => {
                let lifetime = Some(Span(asked.lifetime));
                let request =
                    MakeApiToken { name: asked.name, account: asked.account, scopes: asked.scopes, networks: asked.networks, lifetime };
                let made = settings.client(console).make_api_token(&request).await?;
                console.line(&made.token)?;
            }
            Self::List(asked) => {
                asked.output.over(&mut settings)?;
                let tokens = settings.client(console).api_tokens().await?;
                let row = |token: &api::ApiToken| {
                    let used = token.used.map_or_else(String::new, moment);
                    vec![token.id.clone(), token.name.clone(), token.account.clone(), token.scopes.join(","), moment(token.expires), used]
                };
                let rows: Vec<_> = tokens.iter().map(row).collect();
                Printer::new(console, &settings, &asked.output)?
                    .listing(&tokens, || columns(&["TOKEN", "FOR", "ACCOUNT", "SCOPES", "UNTIL", "USED"], &rows))?;
            }
            Self::Delete(asked) => {
                let client = settings.client(console);
                for id in &asked.ids {
                    client.delete_api_token(id).await?;
                    console.line(&format!("{id}: ended"))?;
                }
            }
        }
        Ok(0)
    }
}
