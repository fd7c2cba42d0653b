//! `sylvite bootstrap`: installs a minion on hosts over SSH and lets it in.

use crate::commands::ssh::{WayOptions, master_of, online, other, program};
use crate::settings::Settings;
use crate::{Console, Error};
use api::CreateToken;
use clap::Args;
use client::Client;
use ssh::{Installation, Program};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// How long a new minion may take until the master sees it.
const PATIENCE: Duration = Duration::from_secs(60);

/// Install minions on hosts over SSH and let them in.
#[derive(Args, Debug)]
#[command(
    after_help = "Puts `/usr/bin/sylvite-minion` (also as `salt-call`), `/etc/sylvite/minion` with the master's address and fingerprint, and a systemd unit on
each host, starts it, and lets it in by a token that is for this host and this once.

Examples:
  sylvite bootstrap -L web1,web2 --master salt.example --user deploy --sudo
  sylvite bootstrap 'db*' --master 10.0.0.1 --askpass"
)]
pub(crate) struct Bootstrap {
    /// Which hosts of the roster; a pattern over the ids unless a target option says otherwise.
    target: String,
    /// What minions dial: name or address of the master, with its port if that is not the one it listens on.
    #[arg(long, value_name = "ADDRESS")]
    master: String,
    /// Also where a minion is configured already; its configuration is replaced.
    #[arg(long)]
    force: bool,
    /// Hosts at a time.
    #[arg(long, value_name = "N", default_value_t = 25, value_parser = clap::value_parser!(u32).range(1..=1000))]
    max_procs: u32,
    /// The minion's program for the hosts; the one beside this command without.
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    #[command(flatten)]
    way: WayOptions,
}

impl Bootstrap {
    /// Runs it.
    pub async fn run(self, settings: Settings, console: &mut Console) -> Result<u8, Error> {
        let hosts = self.way.hosts(&self.target, &settings, console)?;
        if hosts.is_empty() {
            console.complain("No hosts of the roster matched the target. Nothing was installed.");
            return Ok(2);
        }
        let ways = self.way.ways(console)?;
        let client = settings.client(console);
        let program = Program::read(&program(self.program.as_ref())?, None).map_err(other)?;
        let (listens, fingerprint) = master_of(&client).await?;
        let mut worst = 0;
        for wave in hosts.chunks(self.max_procs as usize) {
            let mut installing = JoinSet::new();
            for host in wave {
                let token = CreateToken {
                    pattern: ssh::literal(&host.id),
                    uses: 1,
                    lifetime: Duration::from_secs(600).into(),
                    note: "sylvite bootstrap".to_owned(),
                };
                let secret = client.create_join_token(&token).await?.secret;
                let installation = Installation {
                    master: Some(self.master.clone()),
                    port: listens.port(),
                    fingerprint: fingerprint.clone(),
                    token: secret,
                    force: self.force,
                };
                let (host, ways, program) = (host.clone(), ways.clone(), Arc::clone(&program));
                installing.spawn(async move { (host.id.clone(), installation.put(host, ways, &program).await) });
            }
            let mut waiting = Vec::new();
            while let Some(ended) = installing.join_next().await {
                match ended.map_err(|error| Error::Other(format!("an installation broke off: {error}")))? {
                    (id, Ok(())) => waiting.push(id),
                    (id, Err(error)) => {
                        worst = 1;
                        console.complain(&format!("{id}: {}", output::chain(&error)));
                    }
                }
            }
            worst = worst.max(see_in(&client, waiting, console).await?);
        }
        Ok(worst)
    }
}

/// Waits until the master sees the new minions, and tells of each.
async fn see_in(client: &Client, mut waiting: Vec<String>, console: &mut Console) -> Result<u8, Error> {
    let end = Instant::now() + PATIENCE;
    while !waiting.is_empty() {
        let ids: Vec<&str> = waiting.iter().map(String::as_str).collect();
        let there = online(client, &ids).await?;
        for id in waiting.extract_if(.., |id| there.contains(id)) {
            console.line(&format!("{id}: installed, started and let in"))?;
        }
        if Instant::now() > end {
            for id in &waiting {
                console.complain(&format!(
                    "{id}: installed, and not seen by the master within {} s; `journalctl -u sylvite-minion` there says why",
                    PATIENCE.as_secs()
                ));
            }
            return Ok(1);
        }
        if !waiting.is_empty() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    Ok(0)
}
