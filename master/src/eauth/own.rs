//! Logins by accounts of this system's own.

use super::{Credentials, Proved, Trouble};
use crate::core::Core;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use cmdb::AccountState;
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
    let hash = may_log_in.as_ref().and_then(|account| account.password.clone()).unwrap_or_else(|| Secret::new(NOBODY.to_owned()));
    let password = asked.password.clone();
    let fits = tokio::task::spawn_blocking(move || fits(hash.reveal(), password.reveal()));
    let fits = fits.await.map_err(|error| Trouble::new(error.to_string()))?;
    Ok(may_log_in.filter(|_| fits).map(|account| account.groups))
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

    #[test]
    fn the_hash_of_nobody_is_one_and_as_dear_as_a_new_one() {
        let nobody = PasswordHash::new(NOBODY).unwrap();
        let params = Params::try_from(&nobody).unwrap();
        assert_eq!((params.m_cost(), params.t_cost(), params.p_cost()), (19_456, 2, 1));
        assert_eq!((params.m_cost(), params.t_cost(), params.p_cost()), (Params::DEFAULT.m_cost(), Params::DEFAULT.t_cost(), 1));
        assert!(!fits(NOBODY, "") && !fits(NOBODY, "x"));
    }
}
