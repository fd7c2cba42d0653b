//! Logins of people: who asks, their own logins, command lines that ask a browser, the second factor.

mod devices;
mod factor;

pub use devices::{Devices, answer as answer_device, begin as begin_device, poll as poll_device, view as view_device};
pub use factor::{Passed, alarm, drop_factor, make as make_factor, pass};

use crate::core::{Core, refusal};
use crate::eauth::own;
use crate::estate::nouns::require;
use crate::oidc::gitlab::{Standing, standing};
use crate::oidc::{Trouble, login, rights, watch};
use crate::policy::roles::{self, Place};
use api::{ErrorCode, LoginView, Me, MeasuredMapping};
use cmdb::Account;
use manager::{Caller, Rank, Refusal};
use model::Timestamp;

/// A login name made of what a provider calls somebody: what cannot stand in one is left out.
#[must_use]
pub fn account_name(text: &str) -> String {
    let fits = |c: &char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '@' | '+');
    let name: String = text.chars().filter(fits).take(48).collect();
    name.trim_start_matches(|c: char| !c.is_alphanumeric()).to_owned()
}

/// Who asks.
///
/// # Errors
/// When the store is away.
pub async fn me(core: &Core, caller: &Caller) -> Result<Me, Refusal> {
    let (user, eauth) = match &caller.rank {
        Rank::Login { user, backend, .. } => (user.clone(), backend.clone()),
        Rank::Administrator | Rank::User { .. } | Rank::Minion => (caller.name.clone(), String::new()),
    };
    let grants = roles::grants(core, caller, Timestamp::now()).await?;
    let everything = |grant: &roles::Grant| grant.is_everywhere() && grant.role.permits("*", "*");
    Ok(Me {
        name: caller.name.clone(),
        user,
        eauth,
        administrator: caller.is_administrator() || grants.iter().any(everything),
        roles: grants.into_iter().map(|grant| grant.place).collect(),
        csrf: None,
    })
}

/// Whether a login is the caller's own. A token of a program looks after none.
fn is_own(caller: &Caller, login: &cmdb::Login) -> bool {
    match &caller.rank {
        Rank::Login { user, backend, scopes: None, .. } => login.user == *user && login.backend == *backend && login.name.is_empty(),
        _ => false,
    }
}

/// One's own open logins.
#[must_use]
pub fn own_logins(core: &Core, caller: &Caller) -> Vec<LoginView> {
    let own = core.logins.list(Timestamp::now()).into_iter().filter(|login| is_own(caller, login));
    own.map(crate::control::accounts::login_view).collect()
}

/// Ends one of one's own logins, or all but the one that asks.
///
/// # Errors
/// When there is none of that id, or the store is away.
pub async fn end_own(core: &Core, caller: &Caller, id: Option<&str>, asking: Option<&str>) -> Result<u64, Refusal> {
    let asking = asking.map(cmdb::TokenHash::of);
    let fits = |login: &cmdb::Login| {
        is_own(caller, login) && id.is_none_or(|id| login.hash.short() == id) && (id.is_some() || Some(login.hash) != asking)
    };
    core.audit(caller, "login.end", ("login", id.unwrap_or("all others")), "ok", value::Value::map()).await?;
    let ended = core.logins.close_where(fits).await.map_err(|error| refusal(&error))?;
    match (ended, id) {
        (0, Some(id)) => Err(Refusal::not_found(format!("you have no login `{id}`")).with_hint("`sylvite session list` shows them")),
        (ended, _) => Ok(ended as u64),
    }
}

/// Ends the login of a token; the last one of somebody whom a provider proved is ended there too.
///
/// # Errors
/// When the store is away.
pub async fn log_out(core: &Core, token: &str) -> Result<bool, Refusal> {
    let caller = core.logins.find(token, &manager::Origin::Master, Timestamp::now());
    let was_open = core.logins.close(token).await.map_err(|error| refusal(&error))?;
    if let Some(Caller { rank: Rank::Login { user, backend, .. }, .. }) = caller
        && backend == own::NAME
        && let Some(account) = core.store.account(&user).await.map_err(|error| refusal(&error))?
    {
        watch::give_back(core, &account).await;
    }
    Ok(was_open)
}

/// What the mappings give an account now.
///
/// # Errors
/// When the caller may not know, the account is no provider's, or the provider is away.
pub async fn preview(core: &Core, caller: &Caller, name: &str) -> Result<Vec<MeasuredMapping>, Refusal> {
    require(core, caller, "mapping", "read", &Place::default(), name).await?;
    let account = core.store.account(name).await.map_err(|error| refusal(&error))?;
    let account = account.ok_or_else(|| Refusal::not_found(format!("there is no account `{name}`")))?;
    let (of, sub) = login::of_source(&account.source).ok_or_else(|| Refusal::invalid(format!("the account `{name}` is of no provider")))?;
    let provider = login::provider(core, of)?;
    let away = |trouble: &Trouble| Refusal::unavailable(format!("{} cannot be asked now: {trouble}", provider.config.title));
    let Some(token) = provider.config.api_token.as_ref().filter(|_| provider.is_gitlab()) else {
        let text = format!("a preview asks {} by a token of this master's own", provider.config.title);
        return Err(Refusal::unsupported(text).with_hint(format!("set `oidc:{of}:api_token`")));
    };
    match standing(&provider, token, sub, &rights::asked_for(core, &provider)).await {
        Ok(Standing::Active(memberships)) => Ok(rights::told(core, &rights::given(core, &provider, &memberships))),
        Ok(Standing::Gone(why)) => Err(Refusal::new(ErrorCode::Conflict, why)),
        Err(trouble) => Err(away(&trouble)),
    }
}

/// Whether somebody may look after the second factor of an account: its owner, and who may change accounts.
async fn may_change(core: &Core, caller: &Caller, name: &str) -> Result<Account, Refusal> {
    let is_own = matches!(&caller.rank, Rank::Login { user, backend, scopes: None, .. } if user == name && backend == own::NAME);
    if !is_own {
        require(core, caller, "user", "change", &Place::default(), name).await?;
    }
    let account = core.store.account(name).await.map_err(|error| refusal(&error))?;
    account.ok_or_else(|| Refusal::not_found(format!("there is no account `{name}`")).with_hint("`sylvite account list` shows them"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_from_elsewhere_becomes_one_that_may_stand_in_rules_and_commands() {
        for (given, name) in
            [("anna", "anna"), ("-rf *", "rf"), ("%ops", "ops"), ("Älva.x", "Älva.x"), ("../../x", "x"), ("\u{1b}[0m", "0m"), ("*", "")]
        {
            assert_eq!(account_name(given), name, "{given}");
        }
    }
}
