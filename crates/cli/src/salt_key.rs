//! `salt-key`: Salt's command line over keys, with its options, texts and questions.

use crate::options::{OutputOptions, SaltOptions};
use crate::printer::Printer;
use crate::{Console, Error};
use api::{ChangeKeys, KeyAction, KeyFilter, RunFunction};
use clap::Parser;
use client::Client;
use model::{Key, KeyState};
use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use value::{Map, Value};

/// Look after the keys of minions.
#[derive(Parser, Debug)]
#[command(name = "salt-key", version, disable_version_flag = true, max_term_width = 110)]
#[command(override_usage = "salt-key [options]")]
#[command(after_help = "Examples:\n  salt-key -L\n  salt-key -a web01\n  salt-key -y -d 'old*'")]
pub(crate) struct SaltKey {
    /// List keys: pre (un, unaccepted), acc (accepted), rej (rejected), den (denied), all.
    #[arg(short = 'l', long, value_name = "STATE")]
    list: Option<String>,
    /// List all keys.
    #[arg(short = 'L', long)]
    list_all: bool,
    /// Accept keys.
    #[arg(short = 'a', long, value_name = "ID")]
    accept: Option<String>,
    /// Accept all pending keys.
    #[arg(short = 'A', long)]
    accept_all: bool,
    /// Reject keys.
    #[arg(short = 'r', long, value_name = "ID")]
    reject: Option<String>,
    /// Reject all pending keys.
    #[arg(short = 'R', long)]
    reject_all: bool,
    /// Delete keys.
    #[arg(short = 'd', long, value_name = "ID")]
    delete: Option<String>,
    /// Delete all keys.
    #[arg(short = 'D', long)]
    delete_all: bool,
    /// Print public keys.
    #[arg(short = 'p', long, value_name = "ID")]
    print: Option<String>,
    /// Print all public keys.
    #[arg(short = 'P', long)]
    print_all: bool,
    /// Print fingerprints.
    #[arg(short = 'f', long, value_name = "ID")]
    finger: Option<String>,
    /// Print all fingerprints, the master's among them.
    #[arg(short = 'F', long)]
    finger_all: bool,
    /// Accept or reject also keys that were decided already.
    #[arg(long)]
    include_all: bool,
    /// Reject also accepted keys.
    #[arg(long)]
    include_accepted: bool,
    /// Accept also rejected keys.
    #[arg(long)]
    include_rejected: bool,
    /// Accept or reject also denied keys.
    #[arg(long)]
    include_denied: bool,
    /// Ask nothing.
    #[arg(short = 'y', long)]
    yes: bool,
    /// Print only what was asked for.
    #[arg(short = 'q', long)]
    quiet: bool,
    #[arg(long, hide = true, value_name = "LEVEL")]
    log_level: Option<String>,
    #[arg(short = 'u', long, hide = true, value_name = "USER")]
    user: Option<String>,
    #[arg(long = "auth", aliases = ["eauth", "external-auth"], hide = true, value_name = "BACKEND")]
    eauth: Option<String>,
    #[arg(long, hide = true, value_name = "BOOL")]
    preserve_minions: Option<String>,
    #[arg(long, hide = true, value_name = "BOOL")]
    rotate_aes_key: Option<String>,
    /// Make a pair of keys for a minion: `NAME.pem` and `NAME.pub`.
    #[arg(long, value_name = "NAME")]
    gen_keys: Option<String>,
    /// Folder for `--gen-keys`.
    #[arg(long, value_name = "DIR", default_value = ".")]
    gen_keys_dir: PathBuf,
    /// Bits of the key of `--gen-keys`.
    #[arg(long, value_name = "BITS")]
    keysize: Option<u32>,
    #[arg(long, hide = true)]
    gen_signature: bool,
    #[arg(long, hide = true, value_name = "FILE")]
    r#priv: Option<PathBuf>,
    #[arg(long, hide = true, value_name = "FILE")]
    r#pub: Option<PathBuf>,
    #[arg(long, hide = true, value_name = "DIR")]
    signature_path: Option<PathBuf>,
    #[arg(long, hide = true)]
    auto_create: bool,
    #[command(flatten)]
    output: OutputOptions,
    #[command(flatten)]
    common: SaltOptions,
}

/// A heading of listings: Salt's name for a state of keys.
const fn group(state: KeyState) -> &'static str {
    match state {
        KeyState::Accepted => "minions",
        KeyState::Pending => "minions_pre",
        KeyState::Rejected => "minions_rejected",
        KeyState::Denied => "minions_denied",
    }
}

const STATES: [KeyState; 4] = [KeyState::Accepted, KeyState::Pending, KeyState::Rejected, KeyState::Denied];

/// Runs `salt-key`.
pub(crate) async fn run(words: Vec<OsString>, console: &mut Console) -> Result<u8, Error> {
    let asked = SaltKey::try_parse_from(words)?;
    if asked.eauth.is_some() {
        return Err(Error::Usage(
            "keys are for administrators of the master: run this as root or as the user the master runs as".to_owned(),
        ));
    }
    if asked.gen_signature || asked.auto_create || asked.signature_path.is_some() || asked.r#priv.is_some() || asked.r#pub.is_some() {
        return Err(Error::Usage(
            "masters do not sign their keys for one another: give minions `master_finger`, which all masters of one pki_dir share"
                .to_owned(),
        ));
    }
    let mut settings = asked.common.settings(console);
    asked.output.over(&mut settings)?;
    let client = settings.client(console);
    let mut printer = Printer::new(console, &settings, &asked.output)?;
    if let Some(name) = &asked.gen_keys {
        return asked.generate(name, &client, &mut printer).await;
    }
    let all = |one: &Option<String>, all: bool| one.clone().or_else(|| all.then(|| "*".to_owned()));
    for (action, pattern) in [
        (KeyAction::Accept, all(&asked.accept, asked.accept_all)),
        (KeyAction::Reject, all(&asked.reject, asked.reject_all)),
        (KeyAction::Delete, all(&asked.delete, asked.delete_all)),
    ] {
        if let Some(pattern) = pattern {
            return asked.change(action, pattern, &client, &mut printer).await;
        }
    }
    if let Some(pattern) = all(&asked.finger, asked.finger_all) {
        let told = keys_with(&client, &pattern, |key| key.fingerprint.to_string()).await?;
        let mut data = Map::new();
        if asked.finger_all {
            let finger = client.master_key().await?.fingerprint.to_string();
            data.insert("local", Value::Map([("master.pub", finger)].into_iter().collect()));
        }
        data.extend(told);
        printer.minions(&data, Some("key"), 0)?;
    } else if let Some(pattern) = all(&asked.print, asked.print_all) {
        let told = keys_with(&client, &pattern, |key| key.public.trim_end().to_owned()).await?;
        printer.minions(&told, Some("key"), 0)?;
    } else {
        let states = listed(asked.list.as_deref().filter(|_| !asked.list_all))?;
        let keys = client.keys(&KeyFilter::default()).await?;
        printer.minions(&by_state(&keys, &states), Some("key"), 0)?;
    }
    Ok(0)
}

impl SaltKey {
    /// Writes a new pair of keys, readable by their owner alone, and tells the fingerprint of the public one.
    async fn generate(&self, name: &str, client: &Client, printer: &mut Printer<'_>) -> Result<u8, Error> {
        if name.is_empty() || name.contains('/') {
            return Err(Error::Usage(format!("`{name}` is no name of a key: the folder goes into --gen-keys-dir")));
        }
        let keysize = self.keysize.map(|bits| ("keysize", Value::from(i64::from(bits))));
        let kwargs: Map = [("id_", Value::from(name))].into_iter().chain(keysize).collect();
        let request = RunFunction { function: "key.gen".to_owned(), args: Vec::new(), kwargs, detached: false };
        let result = client.wheel(&request).await?;
        for (part, ending) in [("priv", "pem"), ("pub", "pub")] {
            let Some(text) = result.value.get(part).and_then(Value::as_str) else {
                return Err(Error::Other(format!("the master made no key: {}", value::text::str(&result.value))));
            };
            let path = self.gen_keys_dir.join(format!("{name}.{ending}"));
            write(&path, text).map_err(|source| Error::Write { path: path.display().to_string(), source })?;
        }
        printer.console.line(&format!("Keys generation complete: {name}.pem and {name}.pub in {}", self.gen_keys_dir.display()))?;
        Ok(0)
    }

    async fn change(&self, action: KeyAction, pattern: String, client: &Client, printer: &mut Printer<'_>) -> Result<u8, Error> {
        let mut change =
            ChangeKeys { action, minions: vec![pattern.clone()], states: self.states(action), fingerprint: None, dry_run: true };
        let meant = client.change_keys(&change).await?.keys;
        if meant.is_empty() {
            printer.console.line(&format!("The key glob '{pattern}' does not match any unaccepted keys."))?;
            return Ok(0);
        }
        let (done, question, default) = match action {
            KeyAction::Accept => ("accepted", "Proceed? [n/Y] ", true),
            KeyAction::Reject => ("rejected", "Proceed? [n/Y] ", true),
            KeyAction::Delete => ("deleted", "Proceed? [N/y] ", false),
        };
        if !self.quiet {
            printer.console.line(&format!("The following keys are going to be {done}:"))?;
            let states: Vec<KeyState> = STATES.into_iter().filter(|state| meant.iter().any(|key| key.state == *state)).collect();
            printer.minions(&by_state(&meant, &states), Some("key"), 0)?;
        }
        if !self.yes {
            let answer = printer.console.ask(question)?.to_lowercase();
            let agreed = if default { answer.is_empty() || answer.starts_with('y') } else { answer.starts_with('y') };
            if !agreed {
                return Ok(0);
            }
        }
        change.dry_run = false;
        for key in client.change_keys(&change).await?.keys {
            if !self.quiet {
                printer.console.line(&format!("Key for minion {} {done}.", key.minion))?;
            }
        }
        Ok(0)
    }

    /// States that an action is for: the undecided ones, and those included by option; all for deleting.
    fn states(&self, action: KeyAction) -> Vec<KeyState> {
        let mut states = vec![KeyState::Pending];
        match action {
            KeyAction::Accept if self.include_all || self.include_rejected => states.push(KeyState::Rejected),
            KeyAction::Reject if self.include_all || self.include_accepted => states.push(KeyState::Accepted),
            KeyAction::Accept | KeyAction::Reject => {}
            KeyAction::Delete => return STATES.to_vec(),
        }
        if self.include_denied || self.include_all {
            states.push(KeyState::Denied);
        }
        states
    }
}

/// A file for its owner alone; one that is there already stays, because a key that is lost cannot be made again.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o400).open(path)?;
    file.write_all(text.as_bytes())
}

fn listed(word: Option<&str>) -> Result<Vec<KeyState>, Error> {
    let Some(word) = word else { return Ok(STATES.to_vec()) };
    Ok(match word {
        "all" => STATES.to_vec(),
        _ if word.starts_with("pre") || word.starts_with("un") => vec![KeyState::Pending],
        _ if word.starts_with("acc") => vec![KeyState::Accepted],
        _ if word.starts_with("rej") => vec![KeyState::Rejected],
        _ if word.starts_with("den") => vec![KeyState::Denied],
        _ => return Err(Error::Usage(format!("'{word}' is not a valid argument to '--list'"))),
    })
}

/// Ids by state; a state without keys keeps its heading.
fn by_state(keys: &[Key], states: &[KeyState]) -> Map {
    let ids =
        |state: KeyState| -> Value { keys.iter().filter(|key| key.state == state).map(|key| key.minion.as_str().to_owned()).collect() };
    states.iter().map(|state| (group(*state), ids(*state))).collect()
}

/// What is told of each key, by state; only states that have some.
async fn keys_with(client: &Client, pattern: &str, told: impl Fn(&Key) -> String) -> Result<Map, Error> {
    let filter = KeyFilter { minion: Some(pattern.to_owned()), state: None };
    let keys = client.keys(&filter).await?;
    let mut data = Map::new();
    for state in STATES {
        let members: Map = keys.iter().filter(|key| key.state == state).map(|key| (key.minion.as_str(), told(key))).collect();
        if !members.is_empty() {
            data.insert(group(state), Value::Map(members));
        }
    }
    Ok(data)
}
