//! Accounts of this system's own, and logins that are open.

use crate::core::{Core, new_id, refusal};
use crate::eauth::own;
use api::{AddAccount, ChangeAccount, LoginView};
use cmdb::{Account, AccountId, AccountKind, AccountState};
use manager::{Caller, Refusal};
use model::Timestamp;
use value::{Map, Secret, Value};

/// Fewest characters of a password.
const SHORTEST: usize = 8;
/// Most bytes of a password: hashing more is work for nothing.
const LONGEST: usize = 1024;

/// Accounts, by name.
///
/// # Errors
/// When the store is away.
pub async fn list(core: &Core) -> Result<Vec<api::Account>, Refusal> {
    let mut all = Vec::new();
    let mut page = cmdb::Page::first(cmdb::Page::MAX);
    loop {
        let part = core.store.accounts(&page).await.map_err(|error| refusal(&error))?;
        all.extend(part.items.iter().map(shown));
        match part.next {
            Some(cursor) => page = cmdb::Page::after(cursor, cmdb::Page::MAX),
            None => return Ok(all),
        }
    }
}

/// The account of a name.
///
/// # Errors
/// When there is none, or the store is away.
pub async fn show(core: &Core, name: &str) -> Result<api::Account, Refusal> {
    find(core, name).await.map(|account| shown(&account))
}

async fn find(core: &Core, name: &str) -> Result<Account, Refusal> {
    let found = core.store.account(name).await.map_err(|error| refusal(&error))?;
    found.ok_or_else(|| Refusal::not_found(format!("there is no account `{name}`")).with_hint("`sylvite account list` shows them"))
}

/// Makes an account.
///
/// # Errors
/// When its name or password cannot be used, the name is taken, or the store is away.
pub async fn add(core: &Core, caller: &Caller, request: AddAccount) -> Result<api::Account, Refusal> {
    let now = Timestamp::now();
    let AddAccount { name, password, service, full_name, email, groups } = request;
    check_name("a login name", &name)?;
    let account = Account {
        id: AccountId(new_id(now)),
        name,
        kind: if service { AccountKind::Service } else { AccountKind::Person },
        state: AccountState::Active,
        source: "local".to_owned(),
        full_name,
        email,
        password: match password {
            Some(password) => Some(hashed(password).await?),
            None => None,
        },
        groups: checked(groups)?,
        made: now,
        made_by: caller.name.clone(),
        changed: now,
        last_login: None,
    };
    let detail = Map::from_iter([("groups", account.groups.iter().map(String::as_str).collect::<Value>())]);
    core.audit(caller, "account.add", ("account", &account.name), "ok", Value::Map(detail)).await?;
    core.store.insert_account(&account).await.map_err(|error| refusal(&error))?;
    Ok(shown(&account))
}

/// Changes an account.
///
/// # Errors
/// When there is none, what is asked for cannot be used, or the store is away.
pub async fn change(core: &Core, caller: &Caller, name: &str, request: ChangeAccount) -> Result<api::Account, Refusal> {
    let ChangeAccount { password, groups, state, full_name, email } = request;
    let before = find(core, name).await?;
    let mut account = before.clone();
    let mut changes = Map::new();
    if let Some(password) = password {
        account.password = Some(hashed(password).await?);
        changes.insert("password", "changed");
    }
    if let Some(groups) = groups {
        account.groups = checked(groups)?;
        changes.insert("groups", account.groups.iter().map(String::as_str).collect::<Value>());
    }
    if let Some(state) = state {
        (account.state, _) = match state {
            api::AccountState::Active => (AccountState::Active, changes.insert("state", "active")),
            api::AccountState::Disabled => (AccountState::Disabled, changes.insert("state", "disabled")),
        };
    }
    if let Some(full_name) = full_name {
        changes.insert("full_name", full_name.as_str());
        account.full_name = full_name;
    }
    if let Some(email) = email {
        changes.insert("email", email.as_str());
        account.email = email;
    }
    account.changed = Timestamp::now();
    core.audit(caller, "account.change", ("account", name), "ok", Value::Map(changes)).await?;
    if !core.store.update_account(&account).await.map_err(|error| refusal(&error))? {
        return Err(Refusal::not_found(format!("the account `{name}` was deleted meanwhile")));
    }
    // Whoever is in has come in by what was, with the rights that were.
    if account.password != before.password || account.groups != before.groups || account.state != before.state {
        end_logins_of(core, &account.id).await?;
    }
    Ok(shown(&account))
}

/// Deletes an account and ends its logins.
///
/// # Errors
/// When there is none, or the store is away.
pub async fn delete(core: &Core, caller: &Caller, name: &str) -> Result<(), Refusal> {
    let account = find(core, name).await?;
    core.audit(caller, "account.delete", ("account", name), "ok", Value::map()).await?;
    core.store.delete_account(&account.id).await.map_err(|error| refusal(&error))?;
    end_logins_of(core, &account.id).await
}

async fn end_logins_of(core: &Core, id: &AccountId) -> Result<(), Refusal> {
    let ended = core.logins.close_where(|login| login.account.as_ref() == Some(id)).await;
    ended.map(|_| ()).map_err(|error| refusal(&error))
}

/// Logins that are open.
#[must_use]
pub fn logins(core: &Core) -> Vec<LoginView> {
    core.logins.list(Timestamp::now()).into_iter().map(login_view).collect()
}

/// A login as it is shown.
#[must_use]
pub fn login_view(login: cmdb::Login) -> LoginView {
    LoginView {
        id: login.hash.short(),
        user: login.user,
        eauth: login.backend,
        groups: login.groups,
        origin: login.origin,
        agent: login.agent,
        seen: login.used,
        made: login.made,
        expires: login.expires,
    }
}

/// Ends a login.
///
/// # Errors
/// When there is none of that id, or the store is away.
pub async fn end_login(core: &Core, caller: &Caller, id: &str) -> Result<(), Refusal> {
    core.audit(caller, "login.end", ("login", id), "ok", Value::map()).await?;
    match core.logins.close_where(|login| login.hash.short() == id).await.map_err(|error| refusal(&error))? {
        0 => Err(Refusal::not_found(format!("there is no login `{id}`")).with_hint("`sylvite account logins` shows them")),
        _ => Ok(()),
    }
}

async fn hashed(password: Secret<String>) -> Result<Secret<String>, Refusal> {
    let (characters, bytes) = (password.reveal().chars().count(), password.reveal().len());
    if characters < SHORTEST || bytes > LONGEST {
        let text =
            format!("a password has {SHORTEST} characters at least and {LONGEST} bytes at most; this one has {characters} characters");
        return Err(Refusal::invalid(text));
    }
    own::hash(password).await.map_err(|trouble| Refusal::internal(format!("the password cannot be hashed: {trouble}")))
}

/// Groups in the order of their names, each once.
fn checked(groups: Vec<String>) -> Result<Vec<String>, Refusal> {
    let groups: std::collections::BTreeSet<String> = groups.into_iter().collect();
    groups.iter().try_for_each(|group| check_name("the name of a group", group))?;
    Ok(groups.into_iter().collect())
}

/// Names stand in rules, where `%`, `*` and `^` mean something, and in commands and listings.
fn check_name(what: &str, name: &str) -> Result<(), Refusal> {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '@' | '+');
    if (1..=64).contains(&name.chars().count()) && name.chars().all(fits) && name.starts_with(char::is_alphanumeric) {
        return Ok(());
    }
    Err(Refusal::invalid(format!(
        "`{name}` cannot be {what}: letters, digits, `.`, `_`, `-`, `+` and `@`, 64 at most, a letter or digit first"
    )))
}

fn shown(account: &Account) -> api::Account {
    api::Account {
        id: account.id.to_string(),
        name: account.name.clone(),
        service: account.kind == AccountKind::Service,
        state: match account.state {
            AccountState::Active => api::AccountState::Active,
            AccountState::Disabled => api::AccountState::Disabled,
        },
        source: account.source.clone(),
        full_name: account.full_name.clone(),
        email: account.email.clone(),
        groups: account.groups.clone(),
        has_password: account.password.is_some(),
        made: account.made,
        made_by: account.made_by.clone(),
        changed: account.changed,
        last_login: account.last_login,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_would_mean_something_in_a_rule_are_none() {
        for good in ["anna", "anna.b@example.com", "ци-1", "a+b_c"] {
            assert!(check_name("a login name", good).is_ok(), "{good}");
        }
        for bad in ["", "^filename", "ops%", "*", "a b", "-x", "a:b", "a/b", "a\n"] {
            assert!(check_name("a login name", bad).is_err(), "{bad:?}");
        }
    }
}
