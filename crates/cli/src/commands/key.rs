//! `sylvite key`: list, accept, reject, delete, finger, history, token.

use crate::columns::{columns, moment};
use crate::commands::token::Token;
use crate::options::OutputOptions;
use crate::printer::Printer;
use crate::settings::Settings;
use crate::{Console, Error};
use api::{ChangeKeys, KeyAction, KeyFilter, KeyHistoryFilter};
use clap::{Args, Subcommand};
use model::{Fingerprint, KeyState, MinionId};

/// Look after the keys of minions.
#[derive(Subcommand, Debug)]
#[command(after_help = "Examples:\n  sylvite key list\n  sylvite key accept web01\n  sylvite key token create 'web*' --lifetime 2h")]
pub(crate) enum Key {
    /// List keys with their states.
    #[command(after_help = "Examples:\n  sylvite key list\n  sylvite key list 'web*' --state pending")]
    List(List),
    /// Let minions in.
    #[command(after_help = "Examples:\n  sylvite key accept web01\n  sylvite key accept 'web*' -y")]
    Accept(Change),
    /// Keep minions out.
    #[command(after_help = "Example:\n  sylvite key reject unknown01")]
    Reject(Change),
    /// Forget keys; open sessions of them end.
    #[command(after_help = "Examples:\n  sylvite key delete web01\n  sylvite key delete --all --state denied")]
    Delete(Change),
    /// Print fingerprints, the master's first.
    #[command(after_help = "Example:\n  sylvite key finger web01")]
    Finger(List),
    /// Who decided what about keys, newest first.
    #[command(after_help = "Examples:\n  sylvite key history\n  sylvite key history web01 -n 5")]
    History(History),
    /// Tokens that let new minions in unattended.
    #[command(subcommand)]
    Token(Token),
}

/// Which keys.
#[derive(Args, Debug)]
pub(crate) struct List {
    /// A pattern over the ids.
    pattern: Option<String>,
    /// Only keys in this state: pending, accepted, rejected, denied.
    #[arg(long, value_name = "STATE", value_parser = state)]
    state: Option<KeyState>,
    #[command(flatten)]
    output: OutputOptions,
}

/// Which keys.
#[derive(Args, Debug)]
pub(crate) struct Change {
    /// Ids or patterns over them.
    #[arg(required_unless_present_any = ["all", "fingerprint"])]
    patterns: Vec<String>,
    /// All keys.
    #[arg(long, conflicts_with = "patterns")]
    all: bool,
    /// The key with this fingerprint.
    #[arg(long, value_name = "SHA256")]
    fingerprint: Option<Fingerprint>,
    /// Only keys in one of these states; usually pending ones, and any for deleting.
    #[arg(long, value_name = "STATE", value_parser = state)]
    state: Vec<KeyState>,
    /// Ask nothing.
    #[arg(short = 'y', long)]
    yes: bool,
}

/// Of which keys.
#[derive(Args, Debug)]
pub(crate) struct History {
    /// Of this id.
    minion: Option<MinionId>,
    /// At most this many.
    #[arg(short = 'n', long, value_name = "N", default_value_t = 50)]
    limit: u32,
    #[command(flatten)]
    output: OutputOptions,
}

fn state(word: &str) -> Result<KeyState, String> {
    KeyState::from_name(word).ok_or_else(|| format!("`{word}` is no state of keys; the states are pending, accepted, rejected and denied"))
}

impl Key {
    /// Runs it.
    pub async fn run(self, settings: Settings, console: &mut Console) -> Result<u8, Error> {
        match self {
            Self::List(asked) => asked.run(settings, console, Show::State).await,
            Self::Finger(asked) => asked.run(settings, console, Show::Fingerprint).await,
            Self::Accept(asked) => asked.run(settings, console, KeyAction::Accept).await,
            Self::Reject(asked) => asked.run(settings, console, KeyAction::Reject).await,
            Self::Delete(asked) => asked.run(settings, console, KeyAction::Delete).await,
            Self::History(asked) => asked.run(settings, console).await,
            Self::Token(asked) => asked.run(settings, console).await,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Show {
    State,
    Fingerprint,
}

impl List {
    async fn run(self, mut settings: Settings, console: &mut Console, what: Show) -> Result<u8, Error> {
        self.output.over(&mut settings)?;
        let client = settings.client(console);
        let mut printer = Printer::new(console, &settings, &self.output)?;
        let keys = client.keys(&KeyFilter { minion: self.pattern, state: self.state }).await?;
        if what == Show::State {
            let rows: Vec<_> = keys
                .iter()
                .map(|key| vec![key.minion.to_string(), key.state.to_string(), moment(key.changed), key.changed_by.clone()])
                .collect();
            printer.listing(&keys, || columns(&["MINION", "STATE", "SINCE", "BY"], &rows))?;
        } else {
            let master = client.master_key().await?;
            let mut rows = vec![vec!["(master)".to_owned(), String::new(), master.fingerprint.to_string()]];
            rows.extend(keys.iter().map(|key| vec![key.minion.to_string(), key.state.to_string(), key.fingerprint.to_string()]));
            printer.listing(&keys, || columns(&["MINION", "STATE", "FINGERPRINT"], &rows))?;
        }
        Ok(0)
    }
}

impl Change {
    async fn run(self, settings: Settings, console: &mut Console, action: KeyAction) -> Result<u8, Error> {
        let client = settings.client(console);
        let minions = if self.all || self.patterns.is_empty() { vec!["*".to_owned()] } else { self.patterns };
        let mut change = ChangeKeys { action, minions, states: self.state, fingerprint: self.fingerprint, dry_run: true };
        let meant = client.change_keys(&change).await?;
        for pattern in &meant.unmatched {
            console.complain(&format!("no key that this could be done to has an id like `{pattern}`; `sylvite key list` shows them all"));
        }
        if meant.keys.is_empty() {
            return Ok(2);
        }
        let (word, done) = match action {
            KeyAction::Accept => ("accept", "accepted"),
            KeyAction::Reject => ("reject", "rejected"),
            KeyAction::Delete => ("delete", "deleted"),
        };
        // One pending key, named in full, needs no second thought.
        let plain =
            action == KeyAction::Accept && meant.keys.len() == 1 && change.minions.iter().all(|pattern| !pattern.contains(['*', '?', '[']));
        if !self.yes && !plain {
            for key in &meant.keys {
                console.line(&format!("{}  {}  {}", key.minion, key.state, key.fingerprint))?;
            }
            let answer = console.ask(&format!("{word} {}? [y/N] ", many(meant.keys.len())))?;
            if !answer.to_lowercase().starts_with('y') {
                console.complain("nothing was done");
                return Ok(1);
            }
        }
        change.dry_run = false;
        for key in client.change_keys(&change).await?.keys {
            console.line(&format!("{}: {done} ({})", key.minion, key.fingerprint))?;
        }
        Ok(0)
    }
}

fn many(count: usize) -> String {
    if count == 1 { "this key".to_owned() } else { format!("these {count} keys") }
}

impl History {
    async fn run(self, mut settings: Settings, console: &mut Console) -> Result<u8, Error> {
        self.output.over(&mut settings)?;
        let client = settings.client(console);
        let mut printer = Printer::new(console, &settings, &self.output)?;
        let changes = client.key_history(&KeyHistoryFilter { minion: self.minion, limit: Some(self.limit) }).await?;
        let word = |state: Option<KeyState>, none: &str| state.map_or_else(|| none.to_owned(), |state| state.to_string());
        let rows: Vec<_> = changes
            .iter()
            .map(|change| {
                let step = format!("{} -> {}", word(change.from, "new"), word(change.to, "deleted"));
                vec![moment(change.at), change.minion.to_string(), step, change.by.clone(), change.fingerprint.to_string()]
            })
            .collect();
        printer.listing(&changes, || columns(&["WHEN", "MINION", "CHANGE", "BY", "FINGERPRINT"], &rows))?;
        Ok(0)
    }
}
