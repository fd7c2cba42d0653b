//! Accounts of this system's own, and logins that are open.

use crate::{Page, Paged, Result, TokenHash};
use async_trait::async_trait;
use model::Timestamp;
use std::fmt;
use value::Secret;

/// Identity of an account: it outlives a change of name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(pub String);

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Whose an account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountKind {
    /// A person's.
    Person,
    /// A program's.
    Service,
}

/// Whether an account may log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountState {
    /// It may.
    Active,
    /// It may not; what it has done keeps its name.
    Disabled,
}

/// An account.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    /// Its identity.
    pub id: AccountId,
    /// Login name.
    pub name: String,
    /// Whose it is.
    pub kind: AccountKind,
    /// Whether it may log in.
    pub state: AccountState,
    /// Who keeps it: `local`, or what it was imported from.
    pub source: String,
    /// Name of the person.
    pub full_name: String,
    /// Where to write to them.
    pub email: String,
    /// Hash of the password in PHC form; without one nobody logs in by password.
    pub password: Option<Secret<String>>,
    /// Groups, in the order of their names.
    pub groups: Vec<String>,
    /// When it was made.
    pub made: Timestamp,
    /// Who made it.
    pub made_by: String,
    /// When it was last changed.
    pub changed: Timestamp,
    /// When somebody last logged in with it.
    pub last_login: Option<Timestamp>,
}

/// What a login is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginKind {
    /// A session of a person or a client.
    Session,
    /// A token that a program shows with each request.
    Token,
}

/// An open login of any backend. Only the hash of its token is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Login {
    /// Hash of its token: its identity.
    pub hash: TokenHash,
    /// What it is for.
    pub kind: LoginKind,
    /// The account, where the backend is our own.
    pub account: Option<AccountId>,
    /// The name that was proved.
    pub user: String,
    /// By which backend.
    pub backend: String,
    /// Groups that the backend knew of.
    pub groups: Vec<String>,
    /// What a token of a program is for; nothing for sessions.
    pub name: String,
    /// What it may of what its user may, where it may not all of it.
    pub scopes: Option<Vec<String>>,
    /// Networks that it is taken from; any where there is none.
    pub networks: Vec<String>,
    /// From where.
    pub origin: String,
    /// With what program, as it said itself.
    pub agent: String,
    /// When it was last shown.
    pub used: Option<Timestamp>,
    /// When it was opened.
    pub made: Timestamp,
    /// When it ends.
    pub expires: Timestamp,
}

/// Accounts.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// Stores a new account with its groups. A name or id that is taken is a conflict.
    async fn insert_account(&self, account: &Account) -> Result<()>;

    /// Puts an account in place of the one with its id, groups included. `false` when there is none. A name that another has is a conflict.
    async fn update_account(&self, account: &Account) -> Result<bool>;

    /// The account of a name.
    async fn account(&self, name: &str) -> Result<Option<Account>>;

    /// The account of a source, such as `oidc:gitlab:42`; sources of single accounts name one each.
    async fn account_of(&self, source: &str) -> Result<Option<Account>>;

    /// Accounts in the byte order of their names.
    async fn accounts(&self, page: &Page) -> Result<Paged<Account>>;

    /// Deletes an account with its groups and its logins. `false` when there is none.
    async fn delete_account(&self, id: &AccountId) -> Result<bool>;

    /// Writes down that somebody logged in with it.
    async fn note_login(&self, id: &AccountId, at: Timestamp) -> Result<()>;
}

/// Open logins.
#[async_trait]
pub trait Logins: Send + Sync {
    /// Stores a login, and removes those that ended before it was made. A hash that is taken is a conflict.
    async fn insert_login(&self, login: &Login) -> Result<()>;

    /// Logins that end after a moment, the newest last.
    async fn logins(&self, after: Timestamp) -> Result<Vec<Login>>;

    /// Writes down when logins were last shown. Those that are gone are passed over.
    async fn note_used(&self, used: &[(TokenHash, Timestamp)]) -> Result<()>;

    /// Ends logins. Answers how many there were.
    async fn delete_logins(&self, hashes: &[TokenHash]) -> Result<u64>;
}
