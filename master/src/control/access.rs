//! Logins, whose job it is, and explanations.

use crate::core::{Core, refusal};
use crate::eauth::{Credentials, authenticate, own};
use crate::jobs::no_job;
use crate::logins::Opening;
use crate::people::{self, Passed};
use crate::policy::{self, Ask, Side, judge};
use crate::targets::resolve;
use api::{Explain, Explained, Login, OpenLogin};
use cmdb::{AccountKind, LoginKind};
use manager::{Caller, Origin, Rank, Refusal};
use model::{JobId, MinionId, Timestamp};
use std::time::Duration;
use value::Value;

/// No login lasts longer, whoever asks.
const LONGEST: Duration = Duration::from_secs(366 * 86_400);

/// Whether somebody may ask for a login that lasts longer than `token_expire`.
fn may_override(rule: &Value, asked: &Credentials) -> bool {
    match rule {
        Value::Map(backends) => {
            let users = backends.get(asked.backend.as_str()).and_then(Value::as_list).unwrap_or_default();
            users.iter().any(|user| user.as_str() == Some(asked.user.as_str()))
        }
        other => other.is_truthy(),
    }
}

/// Opens a login.
///
/// # Errors
/// When it fails, whatever the reason.
pub async fn login(core: &Core, request: Login, kind: LoginKind, origin: Origin) -> Result<OpenLogin, Refusal> {
    let asked = Credentials { user: request.username, password: request.password, backend: request.eauth };
    let caller = match authenticate(core, &asked, origin.clone()).await {
        Ok(caller) => caller,
        Err(refused) => return Err(not_in(core, &asked, origin, "name or password", refused).await),
    };
    let settings = core.settings();
    let most = settings.config.token_expire.0;
    let wanted = request.token_expire.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let longest = if may_override(&settings.config.token_expire_user_override, &asked) { LONGEST } else { most };
    let now = Timestamp::now();
    let perms = settings.policy.shown(&caller);
    let account = match asked.backend.as_str() {
        own::NAME => core.store.account(&asked.user).await.map_err(|error| refusal(&error))?,
        _ => None,
    };
    if let Some(account) = &account {
        let begun = tokio::time::Instant::now();
        let passed = people::pass(core, account, request.otp.as_ref()).await?;
        let only_emergencies = settings.config.password_logins == "emergency" && account.kind == AccountKind::Person;
        let why = match passed {
            Passed::No => Some("the code of the second factor"),
            Passed::Without if only_emergencies => Some("passwords are for accounts with a second factor alone"),
            Passed::With | Passed::Without => None,
        };
        if let Some(why) = why {
            // As slow as a wrong password, and no more said: nobody learns here that the password was right.
            tokio::time::sleep_until(begun + Duration::from_secs(1)).await;
            let refused = Refusal::new(api::ErrorCode::Unauthenticated, "could not authenticate using provided credentials");
            return Err(not_in(core, &asked, origin, why, refused).await);
        }
        if passed == Passed::With {
            people::alarm(core, &caller);
        }
        core.store.note_login(&account.id, now).await.map_err(|error| refusal(&error))?;
    }
    core.audit(&caller, "login", ("account", &asked.user), "ok", backend(&asked)).await?;
    let opening = Opening {
        caller,
        account: account.map(|account| account.id),
        kind,
        lifetime: wanted.unwrap_or(most).min(longest),
        name: String::new(),
        networks: Vec::new(),
        agent: request.agent,
    };
    let (token, login) = core.logins.open(opening, now).await.map_err(|error| refusal(&error))?;
    Ok(OpenLogin { token, start: now, expire: login.expires, user: asked.user, eauth: asked.backend, perms })
}

fn backend(asked: &Credentials) -> Value {
    value::Map::from_iter([("backend", asked.backend.as_str())]).into()
}

/// A login that failed stands in the audit log with its reason; the one who tried is told the same whatever it is.
async fn not_in(core: &Core, asked: &Credentials, origin: Origin, why: &str, refused: Refusal) -> Refusal {
    let user: String = asked.user.chars().filter(|c| !c.is_control()).take(100).collect();
    let stranger = Caller { name: "somebody".to_owned(), origin, rank: Rank::Minion };
    let mut detail = value::Map::from_iter([("reason", why)]);
    detail.insert("backend", asked.backend.chars().take(50).collect::<String>());
    match core.audit(&stranger, "login", ("account", &user), "refused", detail.into()).await {
        Ok(()) => refused,
        Err(broken) => broken,
    }
}

/// Whether somebody sees the jobs of all.
///
/// # Errors
/// When the store is away.
pub async fn sees_all_jobs(core: &Core, caller: &Caller) -> Result<bool, Refusal> {
    // A name that nobody can have: what is asked is of anybody's jobs.
    let anybody = Ask::JobOf { user: "", action: "read" };
    Ok(caller.is_administrator() || judge(core, caller, anybody).await?.allowed)
}

/// Refuses whoever may not see or end a job. Somebody without the right is not told whether there is such a job.
///
/// # Errors
/// When he may not, or the store is away.
pub async fn of_job(core: &Core, caller: &Caller, id: JobId, action: &str) -> Result<(), Refusal> {
    if caller.is_administrator() {
        return Ok(());
    }
    let job = core.store.job_summary(id).await.map_err(|error| refusal(&error))?.ok_or_else(|| no_job(id))?;
    match policy::require(core, caller, Ask::JobOf { user: &job.user, action }).await {
        Err(refused) if refused.code == api::ErrorCode::Forbidden => Err(no_job(id)),
        other => other,
    }
}

/// Says whether somebody may do something, and why.
///
/// # Errors
/// When the target is malformed, or the store is away.
pub async fn explain(core: &Core, question: Explain) -> Result<Explained, Refusal> {
    let Explain { user, eauth, mut groups, call, target, wheel } = question;
    // The groups of an account are known here; those of other backends only the one who asks knows.
    if eauth.as_deref() == Some(own::NAME) {
        let account = core.store.account(&user).await.map_err(|error| refusal(&error))?;
        groups.extend(account.into_iter().flat_map(|account| account.groups));
    }
    let unix = Origin::Local { uid: u32::MAX, pid: None };
    let caller = match eauth {
        None if user == "root" => Caller { name: user, origin: unix, rank: Rank::Administrator },
        None => Caller { name: user, origin: unix, rank: Rank::User { groups } },
        Some(backend) if backend == "minion" => Caller::minion(&MinionId::new(user).map_err(|error| Refusal::invalid(error.to_string()))?),
        Some(backend) => {
            Caller { name: format!("{user}@{backend}"), origin: unix, rank: Rank::Login { user, backend, groups, scopes: None } }
        }
    };
    let minions = match &target {
        Some(target) => resolve(core, target).await?.matched,
        None => Vec::new(),
    };
    let side = if wheel { Side::Wheel } else { Side::Runner };
    let ask = match target {
        Some(_) => Ask::Job { calls: std::slice::from_ref(&call), minions: &minions },
        None => Ask::Master { side, function: call.function.as_str(), args: &call.args, kwargs: &call.kwargs },
    };
    let verdict = judge(core, &caller, ask).await?;
    Ok(Explained { allowed: verdict.allowed, reason: verdict.reason, minions: minions.len() as u64 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_longer_login_is_for_those_who_may_ask_for_one() {
        let asked = |user: &str, backend: &str| Credentials {
            user: user.to_owned(),
            password: value::Secret::new(String::new()),
            backend: backend.to_owned(),
        };
        let rule: Value = serde_json::from_str(r#"{"pam": ["anna"]}"#).unwrap();
        assert!(may_override(&rule, &asked("anna", "pam")));
        assert!(!may_override(&rule, &asked("anna", "file")) && !may_override(&rule, &asked("fred", "pam")));
        assert!(may_override(&Value::Bool(true), &asked("x", "y")) && !may_override(&Value::Bool(false), &asked("x", "y")));
    }
}
