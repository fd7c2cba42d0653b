//! Join tokens: single use, expiring, bound to a pattern of ids. The store knows only their hashes.

use crate::Result;
use async_trait::async_trait;
use model::{MinionId, Timestamp};
use sha2::{Digest as _, Sha256};
use std::fmt;

/// SHA-256 of a join token's secret. The secret is 128 random bits or more, so a plain hash is enough.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenHash(pub [u8; 32]);

impl TokenHash {
    /// The hash of a secret.
    #[must_use]
    pub fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret.as_bytes()).into())
    }

    /// The first eight hex digits, by which listings and the history name the token.
    #[must_use]
    pub fn short(&self) -> String {
        hex::encode(self.0.get(..4).unwrap_or_default())
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenHash({}…)", self.short())
    }
}

/// A join token as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    /// Hash of its secret: its identity.
    pub hash: TokenHash,
    /// Ids it may accept: a pattern with `*` and `?`.
    pub pattern: String,
    /// When it was made.
    pub made: Timestamp,
    /// Who made it.
    pub made_by: String,
    /// When it ends.
    pub expires: Timestamp,
    /// Which minion used it, and when.
    pub used: Option<(MinionId, Timestamp)>,
}

/// Join tokens. They are used by [`crate::Keys::offer_key`].
#[async_trait]
pub trait Tokens: Send + Sync {
    /// Stores a token. A hash that is taken is a conflict.
    async fn insert_token(&self, token: &Token) -> Result<()>;

    /// All tokens, newest first.
    async fn tokens(&self) -> Result<Vec<Token>>;

    /// Deletes the tokens whose short name is given. Answers how many.
    async fn delete_token(&self, short: &str) -> Result<u64>;
}

/// Whether an id fits a pattern with `*` (any run) and `?` (any one character).
#[must_use]
pub fn matches_pattern(pattern: &str, id: &str) -> bool {
    let (pattern, id): (Vec<char>, Vec<char>) = (pattern.chars().collect(), id.chars().collect());
    let (mut at, mut in_id) = (0, 0);
    // Where the last `*` stood, and up to where it has been stretched.
    let mut star = None;
    while let Some(next) = id.get(in_id) {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, in_id));
                at += 1;
            }
            Some(c) if *c == '?' || c == next => {
                at += 1;
                in_id += 1;
            }
            _ => match star {
                Some((star_at, stretched)) => {
                    star = Some((star_at, stretched + 1));
                    at = star_at + 1;
                    in_id = stretched + 1;
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(at).all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_fits_as_a_shell_user_expects() {
        for (pattern, id, fits) in [
            ("*", "web1", true),
            ("web*", "web1.example.com", true),
            ("web?", "web1", true),
            ("web?", "web12", false),
            ("*.example.com", "web1.example.com", true),
            ("*a*b", "xaybzb", true),
            ("web1", "web1", true),
            ("", "web1", false),
            ("db*", "web1", false),
        ] {
            assert_eq!(matches_pattern(pattern, id), fits, "{pattern} {id}");
        }
    }
}
