//! The second factor: a code of six digits that changes every half minute (RFC 6238), for accounts of this master whose password alone
//! would not be enough. Such accounts are for emergencies, when the provider is away: every login by one is told loudly.

use super::may_change;
use crate::bus::Keep;
use crate::core::{Core, refusal};
use api::{ErrorCode, SecondFactor};
use cmdb::{Account, AccountId, Document};
use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use manager::{Caller, Refusal};
use model::Timestamp;
use sha1::Sha1;
use subtle::ConstantTimeEq;
use tracing::warn;
use value::{Map, Secret, Value};

/// Where keys of second factors stand among the documents.
const ROOM: &str = "second-factor";
/// Seconds of one code.
const STEP: i64 = 30;
/// Codes of how many steps before and after are taken: clocks differ.
const NEAR: i64 = 1;

fn about(id: &AccountId) -> String {
    format!("second factor {id}")
}

/// The code of a step.
fn code(key: &[u8], step: i64) -> Option<String> {
    let mut mac = Hmac::<Sha1>::new_from_slice(key).ok()?;
    mac.update(&step.to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let at = usize::from(hash.last()? & 0xf);
    let part: [u8; 4] = hash.get(at..at + 4)?.try_into().ok()?;
    Some(format!("{:06}", (u32::from_be_bytes(part) & 0x7fff_ffff) % 1_000_000))
}

/// The step whose code this is, near now and after the last one that was used: a code is good once.
fn step_of(key: &[u8], given: &str, now: i64, last: i64) -> Option<i64> {
    let middle = now.div_euclid(STEP);
    let fits = |step: &i64| code(key, *step).is_some_and(|code| bool::from(code.as_bytes().ct_eq(given.as_bytes())));
    (middle - NEAR..=middle + NEAR).filter(|step| *step > last).find(fits)
}

async fn document(core: &Core, id: &AccountId) -> Result<Option<Document>, Refusal> {
    core.store.document(ROOM, &id.0).await.map_err(|error| refusal(&error))
}

/// Whether a login may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passed {
    /// The account has no second factor.
    Without,
    /// The code fits.
    With,
    /// It does not, or there is none.
    No,
}

/// Checks the code of a login whose password was right, and notes that it is used.
///
/// # Errors
/// When the store is away, or the key cannot be read.
pub async fn pass(core: &Core, account: &Account, given: Option<&Secret<String>>) -> Result<Passed, Refusal> {
    let Some(kept) = document(core, &account.id).await? else { return Ok(Passed::Without) };
    let locked = kept.value.get("key").and_then(Value::as_str).unwrap_or_default();
    let broken = || {
        Refusal::internal(format!("the second factor of `{}` cannot be read: `secrets.key` is another than when it was made", account.name))
    };
    let key = core.vault.unlock(&about(&account.id), locked).ok_or_else(broken)?;
    let key = BASE32_NOPAD.decode(key.reveal().as_bytes()).map_err(|_| broken())?;
    let last = kept.value.get("last").and_then(Value::as_int).unwrap_or(-1);
    let now = Timestamp::now();
    let given = given.map(|given| given.reveal().trim().to_owned()).unwrap_or_default();
    let Some(step) = step_of(&key, &given, now.micros() / 1_000_000, last) else { return Ok(Passed::No) };
    let mut value = Map::from_iter([("key", Value::from(locked))]);
    value.insert("last", step);
    let used = Document { value: value.into(), at: now, ..kept };
    core.store.put_documents(ROOM, &[used]).await.map_err(|error| refusal(&error))?;
    Ok(Passed::With)
}

/// Tells everybody who listens that an account for emergencies is used.
pub fn alarm(core: &Core, caller: &Caller) {
    warn!(user = %caller, "an account for emergencies is used");
    let data = Map::from_iter([("user", Value::from(caller.name.as_str()))]);
    core.bus.fire("sylvite/alarm/emergency-login".to_owned(), data.into(), Timestamp::now(), Keep::Stored);
}

/// Makes one for an account, in the place of an old one.
///
/// # Errors
/// When the caller may not, there is no such account, or the store is away.
pub async fn make(core: &Core, caller: &Caller, name: &str) -> Result<SecondFactor, Refusal> {
    let account = may_change(core, caller, name).await?;
    if account.password.is_none() {
        return Err(Refusal::new(ErrorCode::Conflict, format!("`{name}` has no password here, and a second factor goes with one")));
    }
    let key = BASE32_NOPAD.encode(&rand::random::<[u8; 20]>());
    let locked = core.vault.lock(&about(&account.id), &Secret::new(key.clone()));
    let locked = locked.ok_or_else(|| Refusal::internal("the second factor cannot be locked up"))?;
    core.audit(caller, "account.otp", ("account", name), "ok", Map::from_iter([("made", true)]).into()).await?;
    let value = Map::from_iter([("key", locked)]);
    let document = Document { name: account.id.0, value: value.into(), at: Timestamp::now() };
    core.store.put_documents(ROOM, &[document]).await.map_err(|error| refusal(&error))?;
    let mut label = String::new();
    crate::http::escape(name, &mut label);
    Ok(SecondFactor { url: format!("otpauth://totp/Sylvite:{label}?secret={key}&issuer=Sylvite&algorithm=SHA1&digits=6&period={STEP}") })
}

/// Takes it away.
///
/// # Errors
/// As [`make`], and when there is none.
pub async fn drop_factor(core: &Core, caller: &Caller, name: &str) -> Result<(), Refusal> {
    let account = may_change(core, caller, name).await?;
    core.audit(caller, "account.otp", ("account", name), "ok", Map::from_iter([("made", false)]).into()).await?;
    match core.store.delete_documents(ROOM, &[account.id.0]).await.map_err(|error| refusal(&error))? {
        0 => Err(Refusal::not_found(format!("`{name}` has no second factor"))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 6238, cut to six digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        let key = b"12345678901234567890";
        for (seconds, wanted) in [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")] {
            assert_eq!(code(key, seconds / STEP).unwrap(), wanted, "{seconds}");
        }
    }

    #[test]
    fn a_code_is_good_near_its_time_and_once() {
        let key = b"12345678901234567890";
        let now = 1_111_111_109;
        let step = now / STEP;
        let used = step_of(key, "081804", now, -1);
        assert_eq!(used, Some(step));
        assert_eq!(step_of(key, "081804", now, step), None, "used");
        assert_eq!(step_of(key, "081804", now + STEP, -1), Some(step), "a slow clock");
        assert_eq!(step_of(key, "081804", now + 3 * STEP, -1), None, "too late");
        assert_eq!(step_of(key, "", now, -1), None);
        assert_eq!(step_of(key, "081805", now, -1), None);
    }
}
