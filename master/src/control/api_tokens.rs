//! Tokens that programs show: of an account, for some of what it may, for a time.

use crate::core::{Core, refusal};
use crate::eauth::own;
use crate::estate::nouns::{require, sight};
use crate::logins::Opening;
use crate::policy::roles::Place;
use api::{ApiToken, ErrorCode, MadeApiToken, MakeApiToken};
use cmdb::{AccountState, LoginKind};
use manager::{Caller, Rank, Refusal};
use model::Timestamp;
use std::time::Duration;
use value::{Map, Value};

/// How long a token lasts unless asked otherwise.
const USUAL: Duration = Duration::from_secs(90 * 86_400);
/// No token lasts longer.
const MOST: Duration = Duration::from_secs(366 * 86_400);

/// Scopes of a token that may all that its owner may.
const ALL: [&str; 4] = ["*:*", "run:*", "runner:*", "wheel:*"];

/// The account that a caller is.
fn own_account(caller: &Caller) -> Option<&str> {
    match &caller.rank {
        Rank::Login { user, backend, .. } if backend == own::NAME => Some(user),
        _ => None,
    }
}

/// Makes a token: whoever has an account makes his own, who may make tokens makes them for others.
///
/// # Errors
/// When it makes no sense, may not be made, or the store is away.
pub async fn make(core: &Core, caller: &Caller, asked: MakeApiToken) -> Result<MadeApiToken, Refusal> {
    let own = own_account(caller);
    let name = asked.account.as_deref().or(own);
    let name = name.ok_or_else(|| Refusal::invalid("whose token? give `account`: you have none of this master's"))?.to_owned();
    if matches!(&caller.rank, Rank::Login { scopes: Some(_), .. }) {
        return Err(Refusal::new(ErrorCode::Forbidden, "a token makes no tokens; log in for that"));
    }
    if own != Some(name.as_str()) {
        require(core, caller, "token", "create", &Place::default(), &asked.name).await?;
    }
    if asked.name.is_empty() || asked.name.chars().count() > 100 {
        return Err(Refusal::invalid("`name` says what the token is for, in 100 characters at most"));
    }
    if let Some(bad) = asked.networks.iter().find(|network| network.parse::<ipnet::IpNet>().is_err()) {
        return Err(Refusal::invalid(format!("`{bad}` is no network; they look like `10.0.0.0/8` or `192.0.2.7/32`")));
    }
    if let Some(bad) = asked.scopes.iter().find(|scope| !scope.contains(':') || scope.len() > 200) {
        return Err(Refusal::invalid(format!("`{bad}` is no scope; they look like `host:read`, `run:test.*`, `runner:jobs.*`")));
    }
    let lifetime = asked.lifetime.map_or(USUAL, |span| span.0);
    if lifetime > MOST || lifetime.is_zero() {
        return Err(Refusal::invalid("a token lasts a year at most"));
    }
    let account = core.store.account(&name).await.map_err(|error| refusal(&error))?;
    let account = account.filter(|account| account.state == AccountState::Active);
    let account = account.ok_or_else(|| Refusal::not_found(format!("there is no account `{name}` that is active")))?;
    // Whoever makes a token for another must not get rights by it that he lacks himself.
    if own != Some(name.as_str()) && !sight(core, caller).await?.may("*", "*", &Place::default()) {
        return Err(Refusal::new(ErrorCode::Forbidden, "tokens of others are made by those who may everything"));
    }
    let mut detail = Map::from_iter([("account", Value::from(name.as_str()))]);
    detail.insert("scopes", asked.scopes.iter().map(String::as_str).collect::<Value>());
    detail.insert("networks", asked.networks.iter().map(String::as_str).collect::<Value>());
    detail.insert("seconds", lifetime.as_secs());
    core.audit(caller, "token.create", ("token", &asked.name), "ok", Value::Map(detail)).await?;
    // A token without scopes has some all the same: whoever shows one is known by them to show a token, which makes no others.
    let scopes = if asked.scopes.is_empty() { ALL.map(str::to_owned).to_vec() } else { asked.scopes.clone() };
    let rank = Rank::Login { user: name.clone(), backend: own::NAME.to_owned(), groups: account.groups, scopes: Some(scopes) };
    let opening = Opening {
        caller: Caller { name: format!("{name}@{}", own::NAME), origin: caller.origin.clone(), rank },
        account: Some(account.id),
        kind: LoginKind::Token,
        lifetime,
        name: asked.name,
        networks: asked.networks,
        agent: String::new(),
    };
    let (token, login) = core.logins.open(opening, Timestamp::now()).await.map_err(|error| refusal(&error))?;
    Ok(MadeApiToken { token, made: shown(login) })
}

/// Tokens: one's own, or all for whoever may see sessions.
///
/// # Errors
/// When the caller has no account and may not see those of others, or the store is away.
pub async fn list(core: &Core, caller: &Caller) -> Result<Vec<ApiToken>, Refusal> {
    let all = sight(core, caller).await?.may("token", "read", &Place::default());
    let own = own_account(caller);
    if !all && own.is_none() {
        require(core, caller, "token", "read", &Place::default(), "").await?;
    }
    let tokens = core.logins.list(Timestamp::now()).into_iter().filter(|login| !login.name.is_empty());
    let tokens = tokens.filter(|login| all || (login.backend == own::NAME && own == Some(login.user.as_str())));
    Ok(tokens.map(shown).collect())
}

/// Ends a token.
///
/// # Errors
/// When there is none that the caller may see, it may not be done, or the store is away.
pub async fn delete(core: &Core, caller: &Caller, id: &str) -> Result<(), Refusal> {
    let all = sight(core, caller).await?.may("token", "delete", &Place::default());
    let own = own_account(caller);
    let mine = |login: &cmdb::Login| login.backend == own::NAME && own == Some(login.user.as_str());
    let fits = |login: &cmdb::Login| !login.name.is_empty() && login.hash.short() == id && (all || mine(login));
    let Some(login) = core.logins.list(Timestamp::now()).into_iter().find(fits) else {
        return Err(Refusal::not_found(format!("there is no token `{id}`")).with_hint("`sylvite token list` shows them"));
    };
    core.audit(caller, "token.delete", ("token", &login.name), "ok", Map::from_iter([("account", login.user.as_str())]).into()).await?;
    core.logins.close_where(|open| open.hash == login.hash).await.map(drop).map_err(|error| refusal(&error))
}

fn shown(login: cmdb::Login) -> ApiToken {
    let scopes = login.scopes.unwrap_or_default();
    ApiToken {
        id: login.hash.short(),
        used: login.used,
        name: login.name,
        account: login.user,
        scopes: if scopes == ALL { Vec::new() } else { scopes },
        networks: login.networks,
        made: login.made,
        origin: login.origin,
        expires: login.expires,
    }
}
