//! Laws of join tokens.

use super::{Lab, at, id, offer};
use crate::{Error, Grant, Token, TokenHash, TokenUse};
use model::KeyState;

fn token(secret: &str, pattern: &str) -> Token {
    let (hash, pattern) = (TokenHash::of(secret), pattern.to_owned());
    Token { hash, pattern, made: at(0), made_by: "alice".into(), expires: at(100), used: None }
}

fn grant(secret: &str) -> Grant {
    Grant::Token(TokenHash::of(secret))
}

pub async fn a_token_accepts_one_key_and_no_second(lab: &dyn Lab) {
    let store = lab.open().await;
    store.insert_token(&token("s1", "web*")).await.unwrap();
    let taken = store.insert_token(&token("s1", "db*")).await.unwrap_err();
    assert!(matches!(taken, Error::Conflict { .. }), "{taken}");
    let first = store.offer_key(&offer("web1", 1, 5), &grant("s1")).await.unwrap();
    assert_eq!((first.key.state, first.token), (KeyState::Accepted, Some(TokenUse::Used)));
    assert_eq!(first.key.changed_by, format!("join token {}", TokenHash::of("s1").short()));
    let again = store.offer_key(&offer("web1", 1, 6), &grant("s1")).await.unwrap();
    assert_eq!((again.key.state, again.token), (KeyState::Accepted, Some(TokenUse::Spent)), "its minion stays accepted");
    let second = lab.open().await.offer_key(&offer("web2", 2, 7), &grant("s1")).await.unwrap();
    assert_eq!((second.key.state, second.token), (KeyState::Pending, Some(TokenUse::Spent)));
    assert_eq!(store.tokens().await.unwrap()[0].used, Some((id("web1"), at(5))));
}

pub async fn a_token_does_not_fit_other_ids_or_later_times(lab: &dyn Lab) {
    let store = lab.open().await;
    store.insert_token(&token("s1", "web*")).await.unwrap();
    for (minion, second, secret, expected) in
        [("db1", 5, "s1", TokenUse::OtherId), ("web1", 100, "s1", TokenUse::Expired), ("web1", 5, "s2", TokenUse::Unknown)]
    {
        let offered = store.offer_key(&offer(minion, 1, second), &grant(secret)).await.unwrap();
        assert_eq!((offered.key.state, offered.token), (KeyState::Pending, Some(expected)), "{minion} {second} {secret}");
    }
    let late = store.offer_key(&offer("web1", 1, 6), &grant("s1")).await.unwrap();
    assert_eq!((late.key.state, late.token), (KeyState::Accepted, Some(TokenUse::Used)), "a pending key takes a good token");
}

pub async fn a_token_does_not_help_against_a_taken_id_and_is_kept(lab: &dyn Lab) {
    let store = lab.open().await;
    store.insert_token(&token("s1", "*")).await.unwrap();
    store.offer_key(&offer("web1", 1, 1), &Grant::None).await.unwrap();
    let other = store.offer_key(&offer("web1", 2, 2), &grant("s1")).await.unwrap();
    assert_eq!((other.key.state, other.token), (KeyState::Denied, Some(TokenUse::Kept)));
    assert_eq!(store.tokens().await.unwrap()[0].used, None);
}

pub async fn tokens_are_listed_and_deleted_by_their_short_name(lab: &dyn Lab) {
    let store = lab.open().await;
    let (old, new) = (token("s1", "*"), Token { made: at(1), ..token("s2", "*") });
    store.insert_token(&old).await.unwrap();
    store.insert_token(&new).await.unwrap();
    assert_eq!(store.tokens().await.unwrap(), [new.clone(), old.clone()]);
    assert_eq!(store.delete_token(&old.hash.short()).await.unwrap(), 1);
    assert_eq!(store.delete_token(&old.hash.short()).await.unwrap(), 0);
    assert_eq!(store.tokens().await.unwrap(), [new]);
}
