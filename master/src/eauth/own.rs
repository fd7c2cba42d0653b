//! Logins by accounts of this system's own.

use super::{Credentials, Proved, Trouble};
use crate::core::Core;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use cmdb::{Account, AccountState};
use value::Secret;

/// Name of this backend in `external_auth`.
pub const NAME: &str = "sylvite";

/// A hash that fits no password, as dear to check as a real one: whoever tries a name that nobody has waits as long as with a wrong
/// password.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The hash of new passwords: argon2id with 19 MiB and two passes, as OWASP advises.
fn hasher() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT)
}

/// Checks against the account.
pub async fn prove(core: &Core, asked: &Credentials) -> Proved {
    let account = core.store.account(&asked.user).await.map_err(|error| Trouble::new(output::chain(&error)))?;
    let may_log_in = account.filter(|account| account.state == AccountState::Active);
    let hash = hash_of(may_log_in.as_ref());
    let password = asked.password.clone();
    let fits = tokio::task::spawn_blocking(move || fits(hash.reveal(), password.reveal()));
    let fits = fits.await.map_err(|error| Trouble::new(error.to_string()))?;
    Ok(may_log_in.filter(|_| fits).map(|account| account.groups))
}

/// The one hash that is checked, whoever it is: a name that nobody has, an account that may not log in or has no password cost as much as a
/// wrong password.
fn hash_of(account: Option<&Account>) -> Secret<String> {
    account.and_then(|account| account.password.clone()).unwrap_or_else(|| Secret::new(NOBODY.to_owned()))
}

fn fits(hash: &str, password: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| hasher().verify_password(password.as_bytes(), &hash).is_ok())
}

/// The hash of a new password.
///
/// # Errors
/// When the system has no random numbers, or no memory.
pub async fn hash(password: Secret<String>) -> Result<Secret<String>, Trouble> {
    let hashed = tokio::task::spawn_blocking(move || hasher().hash_password(password.reveal().as_bytes()).map(|hash| hash.to_string()));
    let hashed = hashed.await.map_err(|error| Trouble::new(error.to_string()))?;
    hashed.map(Secret::new).map_err(|error| Trouble::new(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_fits_its_password_and_no_other() {
        let hash = hash(Secret::new("corrèct horse".to_owned())).await.unwrap();
        assert!(hash.reveal().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.reveal());
        assert!(fits(hash.reveal(), "corrèct horse"));
        assert!(!fits(hash.reveal(), "correct horse") && !fits(hash.reveal(), "") && !fits("", "") && !fits("plain", "plain"));
    }

    fn account(password: Option<Secret<String>>) -> Account {
        Account {
            id: cmdb::AccountId("1".to_owned()),
            name: "anna".to_owned(),
            kind: cmdb::AccountKind::Person,
            state: AccountState::Active,
            source: "local".to_owned(),
            full_name: String::new(),
            email: String::new(),
            password,
            groups: Vec::new(),
            made: model::Timestamp(0),
            made_by: String::new(),
            changed: model::Timestamp(0),
            last_login: None,
        }
    }

    /// Counted in the work of argon2, which is memory times passes: a clock would only say how busy this machine is.
    #[tokio::test]
    async fn a_wrong_user_costs_as_much_work_as_a_wrong_password() {
        let known = account(Some(hash(Secret::new("correct horse".to_owned())).await.unwrap()));
        let without = account(None);
        let work = |account: Option<&Account>| {
            let hash = hash_of(account);
            let params = Params::try_from(&PasswordHash::new(hash.reveal()).unwrap()).unwrap();
            (params.m_cost() * params.t_cost(), params.p_cost(), fits(hash.reveal(), "wrong horse"))
        };
        let (wrong_password, wrong_user, no_password) = (work(Some(&known)), work(None), work(Some(&without)));
        assert_eq!(wrong_password, (2 * 19_456, 1, false));
        assert_eq!((wrong_user, no_password), (wrong_password, wrong_password));
    }

    #[test]
    fn the_hash_of_nobody_is_one_and_as_dear_as_a_new_one() {
        let nobody = PasswordHash::new(NOBODY).unwrap();
        let params = Params::try_from(&nobody).unwrap();
        assert_eq!((params.m_cost(), params.t_cost(), params.p_cost()), (19_456, 2, 1));
        assert_eq!((params.m_cost(), params.t_cost(), params.p_cost()), (Params::DEFAULT.m_cost(), Params::DEFAULT.t_cost(), 1));
        assert!(!fits(NOBODY, "") && !fits(NOBODY, "x"));
    }
}
