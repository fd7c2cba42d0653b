//! Rows of accounts and logins.

use super::{bytes32, from_json};
use crate::{Account, AccountId, AccountKind, AccountState, Error, Login, LoginKind, Result, TokenHash};
use model::Timestamp;
use value::Secret;

/// Number of an account's kind in the store.
#[must_use]
pub const fn account_kind_number(kind: AccountKind) -> i16 {
    match kind {
        AccountKind::Person => 0,
        AccountKind::Service => 1,
    }
}

/// Number of an account's state in the store.
#[must_use]
pub const fn account_state_number(state: AccountState) -> i16 {
    match state {
        AccountState::Active => 0,
        AccountState::Disabled => 1,
    }
}

/// Number of a login's kind in the store.
#[must_use]
pub const fn login_kind_number(kind: LoginKind) -> i16 {
    match kind {
        LoginKind::Session => 0,
        LoginKind::Token => 1,
    }
}

fn one_of<T: Copy>(what: &'static str, number: i16, known: &[(i16, T)]) -> Result<T> {
    let found = known.iter().find(|(known, _)| *known == number).map(|(_, value)| *value);
    found.ok_or_else(|| Error::corrupt(what, format!("`{number}` is none")))
}

/// Id, name, kind, state, source, full name, email, password, made, made by, changed, last login.
pub type AccountRow = (String, String, i16, i16, String, String, String, Option<String>, i64, String, i64, Option<i64>);

/// An account with its groups.
pub fn account(row: AccountRow, groups: Vec<String>) -> Result<Account> {
    let (id, name, kind, state, source, full_name, email, password, made, made_by, changed, last_login) = row;
    let kinds = [AccountKind::Person, AccountKind::Service].map(|kind| (account_kind_number(kind), kind));
    let states = [AccountState::Active, AccountState::Disabled].map(|state| (account_state_number(state), state));
    Ok(Account {
        id: AccountId(id),
        name,
        kind: one_of("the kind of an account", kind, &kinds)?,
        state: one_of("the state of an account", state, &states)?,
        source,
        full_name,
        email,
        password: password.map(Secret::new),
        groups,
        made: Timestamp(made),
        made_by,
        changed: Timestamp(changed),
        last_login: last_login.map(Timestamp),
    })
}

/// Hash, kind, account, user, backend, groups, origin, made, expires, name, scopes, networks, agent, used.
pub type LoginRow =
    (Vec<u8>, i16, Option<String>, String, String, String, String, i64, i64, String, Option<String>, String, String, Option<i64>);

/// An open login.
pub fn login(row: LoginRow) -> Result<Login> {
    let (hash, kind, account, user, backend, groups, origin, made, expires, name, scopes, networks, agent, used) = row;
    let kinds = [LoginKind::Session, LoginKind::Token].map(|kind| (login_kind_number(kind), kind));
    Ok(Login {
        hash: TokenHash(bytes32("the hash of a login", &hash)?),
        kind: one_of("the kind of a login", kind, &kinds)?,
        account: account.map(AccountId),
        groups: from_json(|| format!("the groups of a login of `{user}`"), &groups)?,
        scopes: scopes.map(|scopes| from_json(|| format!("the scopes of a token of `{user}`"), &scopes)).transpose()?,
        networks: from_json(|| format!("the networks of a token of `{user}`"), &networks)?,
        name,
        user,
        backend,
        origin,
        agent,
        used: used.map(Timestamp),
        made: Timestamp(made),
        expires: Timestamp(expires),
    })
}
