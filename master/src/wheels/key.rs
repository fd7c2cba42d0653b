//! `key.*`: keys of minions, in Salt's shapes.

use crate::control::{Daemon, keys};
use crate::runners::{Arguments, Done, Run, Runner, plain};
use api::{ChangeKeys, KeyAction, KeyFilter};
use manager::{Control, Refusal};
use model::{Key, KeyState, MinionId};
use std::collections::BTreeMap;
use value::{Map, Value, text};

/// The functions of this module.
pub const WHEELS: &[Runner] = &[
    Runner {
        name: "key.list",
        arguments: &["match"],
        doc: "Keys of one state: acc, pre, rej, den or all.",
        body: |run| Box::pin(list(run)),
    },
    Runner { name: "key.list_all", arguments: &[], doc: "All keys by state.", body: |run| Box::pin(list_all(run)) },
    Runner { name: "key.name_match", arguments: &["match"], doc: "Keys whose ids fit, by state.", body: |run| Box::pin(name_match(run)) },
    Runner { name: "key.glob_match", arguments: &["match"], doc: "As `key.name_match`.", body: |run| Box::pin(name_match(run)) },
    Runner { name: "key.print", arguments: &["match"], doc: "As `key.key_str`.", body: |run| Box::pin(key_str(run)) },
    Runner {
        name: "key.accept",
        arguments: &["match", "include_rejected", "include_denied"],
        doc: "Let minions in.",
        body: |run| Box::pin(accept(run)),
    },
    Runner {
        name: "key.accept_dict",
        arguments: &["match", "include_rejected", "include_denied"],
        doc: "Let minions in, named by state.",
        body: |run| Box::pin(accept(run)),
    },
    Runner {
        name: "key.reject",
        arguments: &["match", "include_accepted", "include_denied"],
        doc: "Keep minions out.",
        body: |run| Box::pin(reject(run)),
    },
    Runner {
        name: "key.reject_dict",
        arguments: &["match", "include_accepted", "include_denied"],
        doc: "Keep minions out, named by state.",
        body: |run| Box::pin(reject(run)),
    },
    Runner { name: "key.delete", arguments: &["match"], doc: "Forget keys; sessions of them end.", body: |run| Box::pin(delete(run)) },
    Runner { name: "key.delete_dict", arguments: &["match"], doc: "Forget keys, named by state.", body: |run| Box::pin(delete(run)) },
    Runner { name: "key.key_str", arguments: &["match"], doc: "The keys themselves, by state.", body: |run| Box::pin(key_str(run)) },
    Runner { name: "key.finger", arguments: &["match", "hash_type"], doc: "Fingerprints, by state.", body: |run| Box::pin(finger(run)) },
    Runner {
        name: "key.finger_master",
        arguments: &["hash_type"],
        doc: "The fingerprint of the master's own key.",
        body: |run| Box::pin(finger_master(run)),
    },
    Runner { name: "key.master_key_str", arguments: &[], doc: "The master's own public key.", body: |run| Box::pin(master_key_str(run)) },
    Runner {
        name: "key.gen",
        arguments: &["id_", "keysize"],
        doc: "A new pair of keys; the master keeps nothing of it.",
        body: |run| Box::pin(generate(run)),
    },
    Runner {
        name: "key.gen_accept",
        arguments: &["id_", "keysize", "force"],
        doc: "A new pair of keys, accepted for an id before its minion comes.",
        body: |run| Box::pin(generate_accepted(run)),
    },
];

/// Salt's name of a state.
const fn group(state: KeyState) -> &'static str {
    match state {
        KeyState::Accepted => "minions",
        KeyState::Pending => "minions_pre",
        KeyState::Rejected => "minions_rejected",
        KeyState::Denied => "minions_denied",
    }
}

const STATES: [KeyState; 4] = [KeyState::Accepted, KeyState::Pending, KeyState::Rejected, KeyState::Denied];

fn by_state<V: Into<Value>>(keys: &[Key], shown: impl Fn(&Key) -> V) -> Vec<(KeyState, Vec<(String, V)>)> {
    STATES
        .into_iter()
        .map(|state| (state, keys.iter().filter(|key| key.state == state).map(|key| (key.minion.to_string(), shown(key))).collect()))
        .collect()
}

fn ids(keys: &[Key], with_empty: bool) -> Map {
    by_state(keys, |_| true)
        .into_iter()
        .filter(|(_, keys)| with_empty || !keys.is_empty())
        .map(|(state, keys)| (group(state), keys.into_iter().map(|(id, _)| id).collect::<Value>()))
        .collect()
}

async fn all(run: &Run) -> Result<Vec<Key>, Refusal> {
    keys::list(&run.core, &KeyFilter::default()).await
}

/// Patterns of ids, out of a text, a list, or a mapping by state.
fn patterns(arguments: &Arguments) -> Result<Vec<String>, Refusal> {
    fn flat(value: &Value) -> Vec<String> {
        match value {
            Value::List(items) => items.iter().flat_map(flat).collect(),
            Value::Map(map) => map.values().flat_map(flat).collect(),
            one => text::str(one).split(',').map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect(),
        }
    }
    let found = arguments.get("match").map(flat).unwrap_or_default();
    if found.is_empty() { Err(Refusal::invalid("the argument `match` is missing: a pattern of ids")) } else { Ok(found) }
}

async fn matched(run: &Run) -> Result<Vec<Key>, Refusal> {
    let globs: Vec<_> = patterns(&run.arguments)?.iter().map(|pattern| model::Glob::new(pattern)).collect();
    Ok(all(run).await?.into_iter().filter(|key| globs.iter().any(|glob| glob.matches(key.minion.as_str()))).collect())
}

async fn list(run: Run) -> Result<Done, Refusal> {
    let word = run.arguments.text("match")?;
    let state = match word.as_str() {
        "acc" | "accepted" => KeyState::Accepted,
        "pre" | "un" | "unaccepted" | "pending" => KeyState::Pending,
        "rej" | "rejected" => KeyState::Rejected,
        "den" | "denied" => KeyState::Denied,
        "all" => return list_all(run).await,
        other => return Err(Refusal::invalid(format!("`{other}` is no state of keys; acc, pre, rej, den and all are"))),
    };
    let mut shown = ids(&all(&run).await?, true);
    shown.retain(|name, _| name.as_str() == Some(group(state)));
    plain(shown)
}

async fn list_all(run: Run) -> Result<Done, Refusal> {
    let mut shown = ids(&all(&run).await?, true);
    shown.insert("local", vec!["master.pem", "master.pub"]);
    plain(shown)
}

async fn name_match(run: Run) -> Result<Done, Refusal> {
    plain(ids(&matched(&run).await?, false))
}

async fn change(run: &Run, action: KeyAction, states: Vec<KeyState>) -> Result<Done, Refusal> {
    let change = ChangeKeys { action, minions: patterns(&run.arguments)?, states, fingerprint: None, dry_run: false };
    let changed = Daemon(run.core.clone()).change_keys(&run.caller, change).await?;
    if action == KeyAction::Delete {
        return plain(Map::new());
    }
    plain(ids(&changed.keys, false))
}

fn with(run: &Run, first: KeyState, further: [(&str, KeyState); 2]) -> Vec<KeyState> {
    let asked = further.into_iter().filter(|(name, _)| run.arguments.flag(name)).map(|(_, state)| state);
    std::iter::once(first).chain(asked).collect()
}

async fn accept(run: Run) -> Result<Done, Refusal> {
    let further = [("include_rejected", KeyState::Rejected), ("include_denied", KeyState::Denied)];
    let states = with(&run, KeyState::Pending, further);
    change(&run, KeyAction::Accept, states).await
}

async fn reject(run: Run) -> Result<Done, Refusal> {
    let further = [("include_accepted", KeyState::Accepted), ("include_denied", KeyState::Denied)];
    let states = with(&run, KeyState::Pending, further);
    change(&run, KeyAction::Reject, states).await
}

async fn delete(run: Run) -> Result<Done, Refusal> {
    change(&run, KeyAction::Delete, Vec::new()).await
}

async fn shown<V: Into<Value>>(run: &Run, show: impl Fn(&Key) -> V) -> Result<Done, Refusal> {
    let groups = by_state(&matched(run).await?, show).into_iter().filter(|(_, keys)| !keys.is_empty());
    plain(
        groups
            .map(|(state, keys)| (group(state), keys.into_iter().map(|(id, shown)| (id, shown.into())).collect::<Map>()))
            .collect::<Map>(),
    )
}

async fn key_str(run: Run) -> Result<Done, Refusal> {
    shown(&run, |key| key.public.clone()).await
}

async fn finger(run: Run) -> Result<Done, Refusal> {
    shown(&run, |key| key.fingerprint.to_string()).await
}

fn of_master(name: &str, value: impl Into<Value>) -> Result<Done, Refusal> {
    plain(Map::from_iter([("local", Map::from_iter([(name, value.into())]))]))
}

async fn finger_master(run: Run) -> Result<Done, Refusal> {
    of_master("master.pub", run.core.key.fingerprint().to_string())
}

async fn master_key_str(run: Run) -> Result<Done, Refusal> {
    of_master("master.pub", run.core.key.to_pem().map_err(|error| Refusal::internal(error.to_string()))?)
}

/// A new pair as PEM: private, public.
async fn pair(run: &Run) -> Result<(String, String, proto::PublicKey), Refusal> {
    let bits = run.arguments.get("keysize").and_then(Value::as_int).and_then(|bits| usize::try_from(bits).ok());
    let bits = bits.unwrap_or(run.core.settings().config.keysize);
    let made = tokio::task::spawn_blocking(move || {
        let key = proto::PrivateKey::generate(&mut rand::rng(), bits)?;
        Ok::<_, proto::KeyError>((key.to_pem()?.to_string(), key.public().to_pem()?, key.public().clone()))
    });
    made.await.map_err(|error| Refusal::internal(error.to_string()))?.map_err(|error| Refusal::invalid(error.to_string()))
}

async fn generate(run: Run) -> Result<Done, Refusal> {
    let (private, public, _) = pair(&run).await?;
    plain(BTreeMap::from([("priv".to_owned(), private), ("pub".to_owned(), public)]))
}

async fn generate_accepted(run: Run) -> Result<Done, Refusal> {
    let id = MinionId::new(run.arguments.text("id_")?).map_err(|error| Refusal::invalid(error.to_string()))?;
    if run.core.keys.get(&id).is_some() && !run.arguments.flag("force") {
        return plain(Map::new());
    }
    let (private, public, key) = pair(&run).await?;
    keys::enroll(&run.core, &run.caller, &id, &key).await?;
    plain(BTreeMap::from([("priv".to_owned(), private), ("pub".to_owned(), public)]))
}
