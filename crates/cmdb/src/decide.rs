//! Decisions about keys, apart from any storage: stored keys in, what is to be written out. Both backends act on these, so both decide alike.

use crate::{Error, Grant, Offer, Offered, Result, Token, TokenUse, matches_pattern};
use model::{Fingerprint, Key, KeyState, MinionId};

/// What an offer comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct OfferDecision {
    /// The state that the offered key gets.
    pub state: KeyState,
    /// The state it had; `None` when it was not known.
    pub from: Option<KeyState>,
    /// Who or what decided, for the history.
    pub by: String,
    /// What becomes of the token, if one came.
    pub token: Option<TokenUse>,
    /// Whether the key is too many to be kept: see [`MOST_DENIED`].
    pub is_dropped: bool,
}

/// The most denied keys that are kept for an id. Anybody can offer ever new keys for a taken id; an operator has seen enough after these.
pub const MOST_DENIED: usize = 16;

impl OfferDecision {
    /// Whether something is to be written.
    #[must_use]
    pub fn is_change(&self) -> bool {
        self.from != Some(self.state) && !self.is_dropped
    }

    /// The answer where nothing is to be written.
    #[must_use]
    pub fn unchanged(&self, keys: &[Key], offer: &Offer) -> Offered {
        let known = keys.iter().find(|key| key.fingerprint == offer.fingerprint).cloned();
        let key = known.unwrap_or_else(|| Key {
            minion: offer.minion.clone(),
            fingerprint: offer.fingerprint,
            public: offer.public.clone(),
            state: self.state,
            first_seen: offer.at,
            changed: offer.at,
            changed_by: self.by.clone(),
        });
        Offered { key, is_new: false, token: self.token }
    }
}

/// Decides about an offer, given all keys of the id and the token that the grant names, if it exists.
#[must_use]
pub fn decide_offer(keys: &[Key], offer: &Offer, grant: &Grant, token: Option<&Token>) -> OfferDecision {
    let known = keys.iter().find(|key| key.fingerprint == offer.fingerprint);
    let from = known.map(|key| key.state);
    let taken = keys.iter().any(|key| key.state != KeyState::Denied && key.fingerprint != offer.fingerprint);
    let may_accept = !taken && !matches!(from, Some(KeyState::Accepted | KeyState::Rejected));
    let token_use = match grant {
        Grant::Token(_) => Some(judge(token, offer, may_accept)),
        Grant::None | Grant::Setting(_) => None,
    };
    let accepted_by = match grant {
        _ if !may_accept => None,
        Grant::None => None,
        Grant::Setting(name) => Some(name.clone()),
        Grant::Token(hash) => (token_use == Some(TokenUse::Used)).then(|| format!("join token {}", hash.short())),
    };
    let state = match (from, accepted_by.is_some()) {
        (_, true) => KeyState::Accepted,
        (Some(KeyState::Pending | KeyState::Accepted | KeyState::Rejected), false) => from.unwrap_or(KeyState::Pending),
        (Some(KeyState::Denied) | None, false) => {
            if taken {
                KeyState::Denied
            } else {
                KeyState::Pending
            }
        }
    };
    let denied = keys.iter().filter(|key| key.state == KeyState::Denied).count();
    let is_dropped = state == KeyState::Denied && known.is_none() && denied >= MOST_DENIED;
    OfferDecision { state, from, is_dropped, by: accepted_by.unwrap_or_else(|| format!("offer from {}", offer.address)), token: token_use }
}

fn judge(token: Option<&Token>, offer: &Offer, may_accept: bool) -> TokenUse {
    match token {
        None => TokenUse::Unknown,
        Some(token) if token.used.is_some() => TokenUse::Spent,
        Some(token) if token.expires <= offer.at => TokenUse::Expired,
        Some(token) if !matches_pattern(&token.pattern, offer.minion.as_str()) => TokenUse::OtherId,
        Some(_) if may_accept => TokenUse::Used,
        Some(_) => TokenUse::Kept,
    }
}

/// States to set, in this order: the key that held the id first, so that at no moment two hold it. Empty when nothing changes; `None` when
/// there is no such key.
pub fn decide_state(
    keys: &[Key],
    minion: &MinionId,
    fingerprint: &Fingerprint,
    state: KeyState,
) -> Result<Option<Vec<(Fingerprint, KeyState, KeyState)>>> {
    let Some(key) = keys.iter().find(|key| key.fingerprint == *fingerprint) else { return Ok(None) };
    if key.state == state {
        return Ok(Some(Vec::new()));
    }
    let holder = keys.iter().find(|other| other.state != KeyState::Denied && other.fingerprint != *fingerprint);
    let mut changes = Vec::new();
    match (holder, state) {
        (None, _) | (Some(_), KeyState::Denied) => {}
        (Some(holder), KeyState::Accepted) => changes.push((holder.fingerprint, holder.state, KeyState::Denied)),
        (Some(holder), KeyState::Pending | KeyState::Rejected) => {
            return Err(Error::conflict(format!(
                "the key {fingerprint} of `{minion}` cannot become {state} while the {} key {} holds the id; delete that key first, or \
                 accept this one in its place",
                holder.state, holder.fingerprint
            )));
        }
    }
    changes.push((*fingerprint, key.state, state));
    Ok(Some(changes))
}
