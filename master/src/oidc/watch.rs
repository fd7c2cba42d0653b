//! Looks at people of providers in the background: whom a provider knows no more, or has blocked, is out within one round; whose groups
//! changed has other roles. While a provider is away, logins go on for a while and then end.

use super::gitlab::{Of, Standing, memberships, standing};
use super::login::{of_source, source};
use super::provider::{Provider, Trouble};
use super::rights::{asked_for, given, hand, settle};
use crate::core::{Core, refusal};
use cmdb::{Account, AccountId, AccountState, Document};
use daemon::Stop;
use manager::Refusal;
use model::Timestamp;
use std::collections::{BTreeMap, HashSet};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tracing::{info, warn};
use value::{Map, Secret, Value};

/// How often it is looked whether a round is due.
const BEAT: Duration = Duration::from_secs(1);
/// How often it is written down when logins were last shown.
const NOTE: Duration = Duration::from_secs(60);

/// What is kept of somebody whom a provider has proved.
#[derive(Clone, Debug)]
pub struct Kept {
    /// By it the provider is asked in his name.
    pub refresh: Option<Secret<String>>,
    /// When the provider last said that all is well.
    pub checked: Timestamp,
    /// The provider has put him out.
    pub gone: bool,
}

fn room(provider: &Provider) -> String {
    format!("oidc/{}", provider.name)
}

/// Writes down what is kept of somebody.
///
/// # Errors
/// When the store is away.
pub async fn keep(core: &Core, provider: &Provider, id: &AccountId, kept: &Kept) -> Result<(), Refusal> {
    let locked = kept.refresh.as_ref().and_then(|refresh| core.vault.lock(&format!("oidc {id}"), refresh));
    let mut value = Map::from_iter([("gone", Value::Bool(kept.gone))]);
    value.insert("refresh", locked);
    let document = Document { name: id.0.clone(), value: value.into(), at: kept.checked };
    core.store.put_documents(&room(provider), &[document]).await.map_err(|error| refusal(&error))
}

/// What is kept of somebody.
///
/// # Errors
/// When the store is away.
pub async fn kept(core: &Core, provider: &Provider, id: &AccountId) -> Result<Option<Kept>, Refusal> {
    let document = core.store.document(&room(provider), &id.0).await.map_err(|error| refusal(&error))?;
    Ok(document.map(|document| {
        let locked = document.value.get("refresh").and_then(Value::as_str);
        let refresh = locked.and_then(|locked| core.vault.unlock(&format!("oidc {id}"), locked));
        let gone = document.value.get("gone").is_some_and(Value::is_truthy);
        Kept { refresh, checked: document.at, gone }
    }))
}

/// The part that looks.
pub struct Watch(Arc<Core>);

impl Watch {
    /// For a master.
    #[must_use]
    pub const fn new(core: Arc<Core>) -> Self {
        Self(core)
    }

    /// Looks until `stop`.
    ///
    /// # Errors
    /// Never; what is away is asked again later.
    pub async fn run(self, stop: Stop) -> Result<(), Infallible> {
        let core = &self.0;
        let mut last: BTreeMap<String, Instant> = BTreeMap::new();
        let mut noted = Instant::now();
        loop {
            let is_over = tokio::select! {
                () = stop.cancelled() => true,
                () = tokio::time::sleep(BEAT) => false,
            };
            if (is_over || noted.elapsed() >= NOTE)
                && let Err(error) = core.logins.note_used().await
            {
                warn!(%error, "it is not written down when logins were last shown");
            }
            if is_over {
                return Ok(());
            }
            if noted.elapsed() >= NOTE {
                noted = Instant::now();
            }
            let settings = core.settings();
            for name in settings.providers.keys() {
                let Some(provider) = core.oidc.provider(name, &settings.providers) else { continue };
                if last.get(name).is_some_and(|last| last.elapsed() < provider.config.every()) {
                    continue;
                }
                last.insert(name.clone(), Instant::now());
                // A round may take long where the provider is slow; the end of the master does not wait for it.
                let round = round(core, &provider);
                tokio::select! {
                    () = stop.cancelled() => {}
                    looked = round => if let Err(error) = looked {
                        warn!(%error, provider = name, "people of a provider are not looked at");
                    },
                }
            }
        }
    }
}

/// Looks at everybody of a provider once.
///
/// # Errors
/// When the store is away.
pub async fn round(core: &Core, provider: &Provider) -> Result<(), Refusal> {
    let mut page = cmdb::Page::first(cmdb::Page::MAX);
    let mine = source(&provider.name, "");
    let asked = asked_for(core, provider);
    let logged_in: HashSet<AccountId> = core.logins.list(Timestamp::now()).into_iter().filter_map(|login| login.account).collect();
    loop {
        let part = core.store.accounts(&page).await.map_err(|error| refusal(&error))?;
        for account in part.items.iter().filter(|account| account.source.starts_with(&mine) && account.state == AccountState::Active) {
            look(core, provider, account, &asked, logged_in.contains(&account.id)).await?;
        }
        match part.next {
            Some(cursor) => page = cmdb::Page::after(cursor, cmdb::Page::MAX),
            None => return Ok(()),
        }
    }
}

/// What a look at somebody found.
enum Found {
    /// He is there: the roles he has by it, and what he is asked by the next time.
    There(BTreeMap<(String, api::nouns::Scope), String>, Option<Secret<String>>),
    /// His login there is over; he may log in again.
    Over(String),
    /// He is blocked or gone.
    Gone(String),
    /// Nobody can be asked.
    Away(String),
}

/// Looks at somebody, who has a login now or not.
async fn look(core: &Core, provider: &Provider, account: &Account, asked: &[(Of, String)], is_in: bool) -> Result<(), Refusal> {
    let known = kept(core, provider, &account.id).await?;
    let checked = known.as_ref().map_or(Timestamp(0), |kept| kept.checked);
    let sub = of_source(&account.source).map_or("", |(_, sub)| sub);
    let refresh = known.and_then(|kept| kept.refresh);
    let found = match (&provider.config.api_token, refresh) {
        // By the master's own token, whether he has a session or not; his own says whether he still lets the master in.
        (Some(token), refresh) if provider.is_gitlab() => match standing(provider, token, sub, asked).await {
            Ok(Standing::Active(memberships)) => Found::There(given(core, provider, &memberships), refresh),
            Ok(Standing::Gone(why)) => Found::Gone(why),
            Err(trouble) => Found::Away(trouble.to_string()),
        },
        (_, Some(refresh)) if is_in => by_refresh(core, provider, sub, &refresh).await,
        _ if is_in => Found::Away("there is nothing to ask the provider by".to_owned()),
        _ => return Ok(()),
    };
    let now = Timestamp::now();
    match found {
        Found::There(given, refresh) => {
            keep(core, provider, &account.id, &Kept { refresh, checked: now, gone: false }).await?;
            if settle(core, provider, &account.name, &given).await? {
                info!(user = account.name, provider = provider.name, "roles changed with the groups at the provider");
            }
            Ok(())
        }
        Found::Away(why) => {
            let late = now.since(checked);
            if !is_in || late < Duration::from_secs(provider.config.grace) {
                return Ok(());
            }
            end(core, provider, account, "login.end", &format!("the provider has not answered for {} s: {why}", late.as_secs())).await
        }
        Found::Over(why) => {
            keep(core, provider, &account.id, &Kept { refresh: None, checked, gone: false }).await?;
            settle(core, provider, &account.name, &BTreeMap::new()).await?;
            end(core, provider, account, "login.end", &why).await
        }
        Found::Gone(why) => {
            keep(core, provider, &account.id, &Kept { refresh: None, checked, gone: true }).await?;
            settle(core, provider, &account.name, &BTreeMap::new()).await?;
            let out = Account { state: AccountState::Disabled, changed: now, ..account.clone() };
            core.store.update_account(&out).await.map_err(|error| refusal(&error))?;
            end(core, provider, account, "account.disable", &why).await
        }
    }
}

async fn by_refresh(core: &Core, provider: &Provider, sub: &str, refresh: &Secret<String>) -> Found {
    let asked = async {
        let tokens = provider.refresh(refresh).await?;
        let claims = provider.person(sub, &tokens.access_token).await?;
        let memberships = memberships(provider, &tokens.access_token, &claims).await?;
        // A provider that does not change the token goes on with the old one.
        Ok((given(core, provider, &memberships), tokens.refresh_token.unwrap_or_else(|| refresh.clone())))
    };
    match asked.await {
        Ok((given, next)) => Found::There(given, Some(next)),
        Err(Trouble::Refused(why)) => Found::Over(why),
        Err(Trouble::Away(why) | Trouble::Lies(why)) => Found::Away(why),
    }
}

/// Ends all logins of an account, tokens of programs too.
async fn end(core: &Core, provider: &Provider, account: &Account, verb: &str, why: &str) -> Result<(), Refusal> {
    warn!(user = account.name, provider = provider.name, why, "logins end");
    let ended = core.logins.close_where(|login| login.account.as_ref() == Some(&account.id)).await;
    let mut detail = Map::from_iter([("reason", Value::from(why))]);
    detail.insert("ended", ended.as_ref().copied().unwrap_or_default());
    core.audit(&hand(provider), verb, ("account", &account.name), "ok", detail.into()).await?;
    ended.map(drop).map_err(|error| refusal(&error))
}

/// The last login of somebody is over: what is kept of the provider goes back to it.
pub async fn give_back(core: &Core, account: &Account) {
    let Some((name, _)) = of_source(&account.source) else { return };
    let Some(provider) = core.oidc.provider(name, &core.settings().providers) else { return };
    if core.logins.list(Timestamp::now()).iter().any(|login| login.account.as_ref() == Some(&account.id)) {
        return;
    }
    let Ok(Some(known)) = kept(core, &provider, &account.id).await else { return };
    let Some(refresh) = known.refresh.clone() else { return };
    if let Err(trouble) = provider.revoke(&refresh).await {
        warn!(%trouble, provider = provider.name, "a token could not be given back to the provider");
        return;
    }
    if let Err(error) = keep(core, &provider, &account.id, &Kept { refresh: None, ..known }).await {
        warn!(%error, "it is not written down that a token was given back");
    }
}
