//! A login at a provider: a browser goes there and comes back with a code, which is good for one login of that browser alone.

use super::gitlab::{Membership, memberships};
use super::provider::{Provider, Trouble};
use super::rights::{given, settle};
use super::watch::{self, Kept};
use crate::core::{Core, new_id, refusal};
use crate::eauth::own;
use crate::logins::Opening;
use crate::people::account_name;
use api::{BeginLogin, Begun as ToBrowser, ErrorCode, FinishLogin, OpenLogin};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cmdb::{Account, AccountId, AccountKind, AccountState, LoginKind};
use manager::{Caller, Origin, Rank, Refusal};
use model::Timestamp;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use subtle::ConstantTimeEq;
use tracing::{info, warn};
use value::{Map, Value};

/// A login that has begun is to end within this time.
const LASTS: Duration = Duration::from_secs(600);
/// Most logins that have begun; the oldest goes when there are more.
const MOST: usize = 2_000;

/// A login that has begun.
pub struct Begun {
    provider: String,
    nonce: String,
    verifier: String,
    redirect: String,
    /// Hash of what the browser keeps.
    browser: [u8; 32],
    return_to: String,
    at: Instant,
}

fn random() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// The provider of a name.
///
/// # Errors
/// When none is configured under it.
pub fn provider(core: &Core, name: &str) -> Result<Arc<Provider>, Refusal> {
    let found = core.oidc.provider(name, &core.settings().providers);
    found.ok_or_else(|| Refusal::not_found(format!("no provider of logins `{name}` is configured")).with_hint("the key `oidc` names them"))
}

/// What a person is told of trouble; the log has the rest.
fn refused(provider: &Provider, trouble: &Trouble) -> Refusal {
    warn!(provider = provider.name, %trouble, "a login at a provider failed");
    let title = &provider.config.title;
    match trouble {
        Trouble::Away(_) => Refusal::unavailable(format!("{title} cannot be asked now"))
            .with_hint("open sessions go on for a while; an administrator of this master finds the reason in its log"),
        Trouble::Refused(_) => Refusal::new(ErrorCode::Unauthenticated, format!("{title} does not take this login"))
            .with_hint("begin again; a code is good once and for a short time"),
        Trouble::Lies(_) => Refusal::new(ErrorCode::Unauthenticated, format!("what {title} says of this login cannot be believed"))
            .with_hint("an administrator of this master finds the reason in its log"),
    }
}

/// Begins one.
///
/// # Errors
/// When there is no such provider, or it is away.
pub async fn begin(core: &Core, ask: BeginLogin) -> Result<ToBrowser, Refusal> {
    let provider = provider(core, &ask.provider)?;
    let description = provider.description().await.map_err(|trouble| refused(&provider, &trouble))?;
    let (state, nonce, verifier, secret) = (random(), random(), random(), random());
    let redirect = format!("{}/auth/{}/callback", ask.origin, provider.name);
    let challenge = URL_SAFE_NO_PAD.encode(hash(&verifier));
    let scope = provider.config.scopes.join(" ");
    let query = crate::http::form(&[
        ("response_type", "code"),
        ("client_id", &provider.config.client_id),
        ("redirect_uri", &redirect),
        ("scope", &scope),
        ("state", &state),
        ("nonce", &nonce),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ]);
    let join = if description.authorization_endpoint.contains('?') { '&' } else { '?' };
    let url = format!("{}{join}{query}", description.authorization_endpoint);
    let begun = Begun {
        provider: provider.name.clone(),
        nonce,
        verifier,
        redirect,
        browser: hash(&secret),
        return_to: ask.return_to,
        at: Instant::now(),
    };
    let mut all = core.oidc.begun();
    all.retain(|_, begun| begun.at.elapsed() < LASTS);
    if all.len() >= MOST
        && let Some(oldest) = all.iter().min_by_key(|(_, begun)| begun.at).map(|(state, _)| state.clone())
    {
        all.remove(&oldest);
    }
    all.insert(state, begun);
    Ok(ToBrowser { url, secret })
}

/// Ends one: the login, and the page to go to.
///
/// # Errors
/// When anything of it is wrong. Every reason is told to the log and the audit log.
pub async fn finish(core: &Core, answer: FinishLogin, origin: Origin) -> Result<(OpenLogin, String), Refusal> {
    let stranger = Caller { name: format!("somebody@{}", answer.provider), origin: origin.clone(), rank: Rank::Minion };
    let provider = provider(core, &answer.provider)?;
    let agent = answer.agent.clone();
    // It is used up by being tried.
    let begun = core.oidc.begun().remove(&answer.state).filter(|begun| begun.at.elapsed() < LASTS);
    match prove(&provider, begun, answer).await {
        Ok(proved) => {
            let opened = admit(core, &provider, &proved, origin, agent).await?;
            Ok((opened, proved.return_to))
        }
        Err(trouble) => {
            let reason = trouble.to_string();
            core.audit(&stranger, "login", ("provider", &provider.name), "refused", Map::from_iter([("reason", reason)]).into()).await?;
            Err(refused(&provider, &trouble))
        }
    }
}

/// Somebody who is proved.
struct Proved {
    sub: String,
    claims: serde_json::Map<String, Json>,
    memberships: Vec<Membership>,
    refresh: Option<value::Secret<String>>,
    return_to: String,
}

async fn prove(provider: &Provider, begun: Option<Begun>, answer: FinishLogin) -> Result<Proved, Trouble> {
    let no = |why: &str| Trouble::Refused(why.to_owned());
    let begun =
        begun.filter(|begun| begun.provider == provider.name).ok_or_else(|| no("no login was begun with this state, or it is used up"))?;
    if !bool::from(begun.browser.ct_eq(&hash(&answer.secret))) {
        return Err(no("the login was begun by another browser"));
    }
    if answer.iss.is_some_and(|iss| iss != provider.config.issuer) {
        return Err(Trouble::Lies("the answer is of another provider".to_owned()));
    }
    if let Some(error) = answer.error {
        return Err(no(&format!("the provider says `{}`", error.chars().filter(|c| !c.is_control()).take(100).collect::<String>())));
    }
    let code = answer.code.ok_or_else(|| no("there is no code"))?;
    let tokens = provider.exchange(&code, &begun.verifier, &begun.redirect).await?;
    let id_token = tokens.id_token.as_deref().ok_or_else(|| Trouble::Lies("there is no ID token".to_owned()))?;
    let claims = provider.identity(id_token, &begun.nonce).await?;
    let mut all = claims.rest;
    all.extend(provider.person(&claims.sub, &tokens.access_token).await?);
    let memberships = memberships(provider, &tokens.access_token, &all).await?;
    Ok(Proved { sub: claims.sub, claims: all, memberships, refresh: tokens.refresh_token, return_to: begun.return_to })
}

/// How an account names the person at a provider: by the identity that outlives every change of name there.
#[must_use]
pub fn source(provider: &str, sub: &str) -> String {
    format!("oidc:{provider}:{sub}")
}

/// The provider of such a name, and whom it means there; nothing for the source of another account.
#[must_use]
pub fn of_source(source: &str) -> Option<(&str, &str)> {
    source.strip_prefix("oidc:")?.split_once(':')
}

/// Opens the login of somebody who is proved. Whoever has no role here is told whom to ask, and comes no further.
async fn admit(core: &Core, provider: &Provider, proved: &Proved, origin: Origin, agent: String) -> Result<OpenLogin, Refusal> {
    let now = Timestamp::now();
    let given = given(core, provider, &proved.memberships);
    let account = account(core, provider, proved, now).await?;
    let rank = Rank::Login { user: account.name.clone(), backend: own::NAME.to_owned(), groups: account.groups.clone(), scopes: None };
    let caller = Caller { name: format!("{}@{}", account.name, own::NAME), origin, rank };
    settle(core, provider, &account.name, &given).await?;
    let detail = |reason: &str| {
        let mut detail = Map::from_iter([("provider", Value::from(provider.name.as_str())), ("sub", Value::from(proved.sub.as_str()))]);
        if !reason.is_empty() {
            detail.insert("reason", reason);
        }
        Value::Map(detail)
    };
    if account.state == AccountState::Disabled {
        core.audit(&caller, "login", ("account", &account.name), "refused", detail("the account is disabled")).await?;
        return Err(Refusal::new(ErrorCode::Forbidden, format!("the account `{}` is disabled here", account.name)));
    }
    if !(core.settings().policy.has_rules(&caller) || crate::policy::roles::has_any(core, &caller, now)) {
        core.audit(&caller, "login", ("account", &account.name), "refused", detail("no role")).await?;
        let ask = if provider.config.ask.is_empty() { "an administrator of this master" } else { provider.config.ask.as_str() };
        return Err(Refusal::new(ErrorCode::Forbidden, format!("you are known as `{}`, and have no role here yet", account.name))
            .with_hint(format!("ask {ask}; a group or project at {} can give one", provider.config.title)));
    }
    core.audit(&caller, "login", ("account", &account.name), "ok", detail("")).await?;
    watch::keep(core, provider, &account.id, &Kept { refresh: proved.refresh.clone(), checked: now, gone: false }).await?;
    core.store.note_login(&account.id, now).await.map_err(|error| refusal(&error))?;
    info!(user = account.name, provider = provider.name, "a login by a provider");
    let lifetime = core.settings().config.token_expire.0;
    let perms = core.settings().policy.shown(&caller);
    let user = account.name.clone();
    let opening =
        Opening { caller, account: Some(account.id), kind: LoginKind::Session, lifetime, name: String::new(), networks: Vec::new(), agent };
    let (token, login) = core.logins.open(opening, now).await.map_err(|error| refusal(&error))?;
    Ok(OpenLogin { token, start: now, expire: login.expires, user, eauth: own::NAME.to_owned(), perms })
}

/// The account of somebody: found by the provider's identity, never by a name, which others may have had before.
async fn account(core: &Core, provider: &Provider, proved: &Proved, now: Timestamp) -> Result<Account, Refusal> {
    let text = |claim: &str| {
        let found = proved.claims.get(claim).and_then(Json::as_str).unwrap_or_default();
        found.chars().filter(|c| !c.is_control()).take(200).collect::<String>()
    };
    let source = source(&provider.name, &proved.sub);
    let known = core.store.account_of(&source).await.map_err(|error| refusal(&error))?;
    let hand = super::rights::hand(provider);
    if let Some(before) = known {
        let mut account = Account { full_name: text("name"), email: text("email"), ..before.clone() };
        // Whom the provider itself had put out, it may let in again; whom people here had, stays out.
        if account.state == AccountState::Disabled && watch::kept(core, provider, &account.id).await?.is_some_and(|kept| kept.gone) {
            account.state = AccountState::Active;
        }
        if account != before {
            account.changed = now;
            let mut told = Map::new();
            told.insert("full_name", account.full_name.as_str());
            told.insert("email", account.email.as_str());
            core.audit(&hand, "account.change", ("account", &account.name), "ok", told.into()).await?;
            core.store.update_account(&account).await.map_err(|error| refusal(&error))?;
        }
        return Ok(account);
    }
    let wanted = account_name(&text(&provider.config.name_claim));
    let mut names = [wanted.clone(), format!("{wanted}-{}", provider.name), format!("{wanted}-{}", account_name(&proved.sub))].into_iter();
    loop {
        let name = names.next().ok_or_else(|| Refusal::new(ErrorCode::Conflict, format!("the name `{wanted}` is taken here")))?;
        if wanted.is_empty() || core.store.account(&name).await.map_err(|error| refusal(&error))?.is_some() {
            continue;
        }
        let account = Account {
            id: AccountId(new_id(now)),
            name,
            kind: AccountKind::Person,
            state: AccountState::Active,
            source: source.clone(),
            full_name: text("name"),
            email: text("email"),
            password: None,
            groups: Vec::new(),
            made: now,
            made_by: provider.name.clone(),
            changed: now,
            last_login: None,
        };
        let told: BTreeMap<&str, &str> = BTreeMap::from([("source", source.as_str())]);
        core.audit(&hand, "account.add", ("account", &account.name), "ok", told.into_iter().collect::<Map>().into()).await?;
        core.store.insert_account(&account).await.map_err(|error| refusal(&error))?;
        return Ok(account);
    }
}
