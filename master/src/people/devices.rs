//! A command line asks for a login, shows a code, and waits; a person who is logged in with a browser compares the code and gives the login
//! or refuses it. The login may what this person may. Nothing of it is kept over a restart: it lasts ten minutes anyway.

use crate::core::{Core, refusal};
use crate::eauth::own;
use crate::logins::Opening;
use api::{DeviceAnswer, DeviceAsk, DeviceStart, DeviceState, DeviceView, ErrorCode, OpenLogin};
use cmdb::{LoginKind, TokenHash};
use manager::{Caller, Origin, Rank, Refusal};
use model::Timestamp;
use rand::RngExt;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use value::{Map, Value};

/// A request is to be answered within this time.
const LASTS: Duration = Duration::from_secs(600);
/// Pauses between two questions of a command line, in seconds.
const INTERVAL: u64 = 2;
/// Most requests that wait; more are refused, so that nobody fills the memory.
const MOST: usize = 500;
/// Letters of codes: none that make words, none that look alike.
const LETTERS: &[u8] = b"BCDFGHJKLMNPQRSTVWXZ";
/// No answer to a code that is none comes sooner: nobody tries many.
const AT_LEAST: Duration = Duration::from_secs(1);

enum Answer {
    None,
    Denied,
    Given(Caller),
}

struct Device {
    user_code: String,
    name: String,
    origin: Origin,
    agent: String,
    made: Timestamp,
    answer: Answer,
}

/// Requests that wait, by the hash of the command line's code.
#[derive(Default)]
pub struct Devices(Mutex<HashMap<TokenHash, Device>>);

impl Devices {
    fn lock(&self, now: Timestamp) -> MutexGuard<'_, HashMap<TokenHash, Device>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, device| now.since(device.made) < LASTS);
        all
    }
}

fn address(origin: &Origin) -> String {
    match origin {
        Origin::Remote { address } => address.clone(),
        Origin::Local { .. } => "this host".to_owned(),
        Origin::Minion | Origin::Master => "the master".to_owned(),
    }
}

/// `bcdfghjk` and `BCDF GHJK` are `BCDF-GHJK`.
fn tidy(code: &str) -> String {
    let letters: String = code.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_uppercase()).collect();
    match letters.split_at_checked(4) {
        Some((first, second)) => format!("{first}-{second}"),
        None => letters,
    }
}

/// A command line asks.
///
/// # Errors
/// When too many wait already.
pub fn begin(core: &Core, ask: DeviceAsk, origin: Origin, agent: String) -> Result<DeviceStart, Refusal> {
    let now = Timestamp::now();
    let device_code = hex::encode(rand::rng().random::<[u8; 32]>());
    let letters = || LETTERS.get(rand::rng().random_range(0..LETTERS.len())).copied().map_or('B', char::from);
    let user_code = tidy(&(0..8).map(|_| letters()).collect::<String>());
    let name: String = ask.name.chars().filter(|c| !c.is_control()).take(100).collect();
    let mut waiting = core.devices.lock(now);
    if waiting.len() >= MOST {
        return Err(Refusal::unavailable("too many command lines wait for a login").with_hint("try again in some minutes"));
    }
    let device = Device { user_code: user_code.clone(), name, origin, agent, made: now, answer: Answer::None };
    waiting.insert(TokenHash::of(&device_code), device);
    let page = format!("/auth/device?code={user_code}");
    Ok(DeviceStart { device_code, user_code, page, expires_in: LASTS.as_secs(), interval: INTERVAL })
}

/// It asks how that stands.
///
/// # Errors
/// When nothing waits by this code, or the store is away.
pub async fn poll(core: &Core, code: &str) -> Result<DeviceState, Refusal> {
    let (now, hash) = (Timestamp::now(), TokenHash::of(code));
    let (caller, agent, origin) = {
        let mut waiting = core.devices.lock(now);
        let over = || Refusal::new(ErrorCode::Unauthenticated, "this request for a login is over, or never was").with_hint("begin anew");
        match waiting.get(&hash).ok_or_else(over)?.answer {
            Answer::None => return Ok(DeviceState::Pending),
            Answer::Denied => {
                waiting.remove(&hash);
                return Ok(DeviceState::Denied);
            }
            Answer::Given(_) => {}
        }
        match waiting.remove(&hash) {
            Some(Device { answer: Answer::Given(caller), agent, origin, .. }) => (caller, agent, origin),
            _ => return Err(over()),
        }
    };
    let Rank::Login { user, backend, .. } = &caller.rank else { return Ok(DeviceState::Denied) };
    let (user, eauth) = (user.clone(), backend.clone());
    let account = if eauth == own::NAME { core.store.account(&user).await.map_err(|error| refusal(&error))? } else { None };
    // Between the answer and now the person may have been put out.
    if eauth == own::NAME && account.as_ref().is_none_or(|account| account.state != cmdb::AccountState::Active) {
        return Ok(DeviceState::Denied);
    }
    let perms = core.settings().policy.shown(&caller);
    let opening = Opening {
        caller: Caller { origin, ..caller },
        account: account.map(|account| account.id),
        kind: LoginKind::Session,
        lifetime: core.settings().config.token_expire.0,
        name: String::new(),
        networks: Vec::new(),
        agent,
    };
    let (token, login) = core.logins.open(opening, now).await.map_err(|error| refusal(&error))?;
    Ok(DeviceState::Given { login: OpenLogin { token, start: now, expire: login.expires, user, eauth, perms } })
}

/// Only somebody who is logged in himself gives a login; a token of a program does not.
fn person(caller: &Caller) -> Result<(), Refusal> {
    match &caller.rank {
        Rank::Login { scopes: None, .. } => Ok(()),
        _ => {
            Err(Refusal::new(ErrorCode::Forbidden, "only somebody who is logged in lets a command line in")
                .with_hint("log in with a browser"))
        }
    }
}

async fn no_code(user_code: &str) -> Refusal {
    tokio::time::sleep(AT_LEAST).await;
    Refusal::not_found(format!("nobody waits for `{user_code}`")).with_hint("a code is good for ten minutes, and once")
}

/// What a person is shown.
///
/// # Errors
/// When nobody waits by this code, or the caller is no person.
pub async fn view(core: &Core, caller: &Caller, user_code: &str) -> Result<DeviceView, Refusal> {
    person(caller)?;
    let user_code = tidy(user_code);
    let found = {
        let waiting = core.devices.lock(Timestamp::now());
        let device = waiting.values().find(|device| device.user_code == user_code && matches!(device.answer, Answer::None));
        device.map(|device| DeviceView {
            user_code: device.user_code.clone(),
            name: device.name.clone(),
            origin: address(&device.origin),
            made: device.made,
        })
    };
    match found {
        Some(view) => Ok(view),
        None => Err(no_code(&user_code).await),
    }
}

/// A person gives the login or refuses it.
///
/// # Errors
/// When nobody waits by this code, the caller is no person, or the store is away.
pub async fn answer(core: &Core, caller: &Caller, answer: DeviceAnswer) -> Result<(), Refusal> {
    person(caller)?;
    let view = view(core, caller, &answer.user_code).await?;
    let mut detail = Map::from_iter([("from", Value::from(view.origin.as_str()))]);
    detail.insert("name", view.name.as_str());
    let (verb, result) = if answer.give { ("login.give", "ok") } else { ("login.give", "refused") };
    core.audit(caller, verb, ("device", &view.user_code), result, detail.into()).await?;
    let mut waiting = core.devices.lock(Timestamp::now());
    if let Some(device) = waiting.values_mut().find(|device| device.user_code == view.user_code) {
        device.answer = if answer.give { Answer::Given(caller.clone()) } else { Answer::Denied };
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_the_same_however_it_is_typed() {
        for typed in ["BCDF-GHJK", "bcdfghjk", " bcdf ghjk "] {
            assert_eq!(tidy(typed), "BCDF-GHJK");
        }
        assert_eq!(tidy("é"), "");
    }
}
