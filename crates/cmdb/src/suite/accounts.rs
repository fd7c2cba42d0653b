//! Laws of accounts and logins.

use super::{Lab, at};
use crate::{Account, AccountId, AccountKind, AccountState, Error, Login, LoginKind, Page, TokenHash};
use value::Secret;

fn account(id: &str, name: &str, groups: &[&str]) -> Account {
    Account {
        id: AccountId(id.into()),
        name: name.into(),
        kind: AccountKind::Person,
        state: AccountState::Active,
        source: "local".into(),
        full_name: "Anna Müller".into(),
        email: "anna@example.com".into(),
        password: Some(Secret::new("$argon2id$…".into())),
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        made: at(0),
        made_by: "root".into(),
        changed: at(0),
        last_login: None,
    }
}

fn login(token: &str, account: Option<&str>, until: i64) -> Login {
    Login {
        hash: TokenHash::of(token),
        kind: LoginKind::Session,
        account: account.map(|id| AccountId(id.into())),
        user: "anna".into(),
        backend: if account.is_some() { "sylvite" } else { "file" }.into(),
        groups: vec!["operators".into()],
        name: if account.is_some() { "ci".into() } else { String::new() },
        scopes: account.map(|_| vec!["host:read".into(), "run:test.*".into()]),
        networks: account.map(|_| "192.0.2.0/24".to_owned()).into_iter().collect(),
        origin: "192.0.2.1:4000".into(),
        agent: "curl/8".into(),
        used: None,
        made: at(0),
        expires: at(until),
    }
}

pub async fn an_account_reads_back_with_its_groups_after_a_restart(lab: &dyn Lab) {
    let store = lab.open().await;
    let mut anna = account("a1", "anna", &["admins", "web"]);
    store.insert_account(&anna).await.unwrap();
    assert_eq!(lab.open().await.account("anna").await.unwrap(), Some(anna.clone()));
    assert_eq!(store.account("Anna").await.unwrap(), None);
    assert_eq!(store.account_of("oidc:gitlab:7").await.unwrap(), None);
    anna.groups = vec!["db".into()];
    (anna.state, anna.password, anna.changed) = (AccountState::Disabled, None, at(5));
    assert!(store.update_account(&anna).await.unwrap());
    store.note_login(&anna.id, at(7)).await.unwrap();
    (anna.last_login, anna.source) = (Some(at(7)), "oidc:gitlab:7".into());
    assert!(store.update_account(&anna).await.unwrap());
    assert_eq!(store.account_of("oidc:gitlab:7").await.unwrap(), Some(anna.clone()));
    assert_eq!(lab.open().await.account("anna").await.unwrap(), Some(anna));
}

pub async fn a_name_belongs_to_one_account_only(lab: &dyn Lab) {
    let store = lab.open().await;
    store.insert_account(&account("a1", "anna", &[])).await.unwrap();
    store.insert_account(&account("b1", "bert", &["x"])).await.unwrap();
    for taken in [account("a2", "anna", &[]), account("a1", "other", &[])] {
        let refused = store.insert_account(&taken).await.unwrap_err();
        assert!(matches!(refused, Error::Conflict { .. }), "{refused}");
    }
    let refused = store.update_account(&account("b1", "anna", &[])).await.unwrap_err();
    assert!(matches!(refused, Error::Conflict { .. }), "{refused}");
    assert_eq!(store.account("bert").await.unwrap(), Some(account("b1", "bert", &["x"])), "a refused change changes nothing");
    assert!(store.update_account(&account("b1", "berta", &[])).await.unwrap());
    assert!(store.account("bert").await.unwrap().is_none() && store.account("berta").await.unwrap().is_some());
    assert!(!store.update_account(&account("c1", "carl", &[])).await.unwrap());
}

pub async fn accounts_page_in_the_order_of_their_names(lab: &dyn Lab) {
    let store = lab.open().await;
    for (id, name) in [("3", "b"), ("1", "c"), ("2", "a")] {
        store.insert_account(&account(id, name, &["g"])).await.unwrap();
    }
    let first = store.accounts(&Page::first(2)).await.unwrap();
    let names = |accounts: &[Account]| accounts.iter().map(|account| account.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&first.items), ["a", "b"]);
    let second = store.accounts(&Page::after(first.next.unwrap(), 2)).await.unwrap();
    assert!(names(&second.items) == ["c"] && second.next.is_none() && second.items[0].groups == ["g"]);
}

pub async fn an_account_goes_with_its_groups_and_its_logins(lab: &dyn Lab) {
    let store = lab.open().await;
    store.insert_account(&account("a1", "anna", &["g"])).await.unwrap();
    for (token, of) in [("t1", Some("a1")), ("t2", Some("b1")), ("t3", None)] {
        store.insert_login(&login(token, of, 100)).await.unwrap();
    }
    assert!(store.delete_account(&AccountId("a1".into())).await.unwrap());
    assert!(!store.delete_account(&AccountId("a1".into())).await.unwrap());
    assert_eq!(store.account("anna").await.unwrap(), None);
    assert_eq!(store.logins(at(0)).await.unwrap().len(), 2);
    store.insert_account(&account("a1", "anna", &[])).await.unwrap();
    assert!(store.account("anna").await.unwrap().unwrap().groups.is_empty());
}

pub async fn logins_are_there_after_a_restart_until_they_end(lab: &dyn Lab) {
    let store = lab.open().await;
    let (short, long) = (login("t1", None, 10), Login { made: at(1), kind: LoginKind::Token, ..login("t2", Some("a1"), 20) });
    store.insert_login(&short).await.unwrap();
    store.insert_login(&long).await.unwrap();
    let again = store.insert_login(&short).await.unwrap_err();
    assert!(matches!(again, Error::Conflict { .. }), "{again}");
    let short = Login { used: Some(at(4)), ..short };
    store.note_used(&[(short.hash, at(4)), (TokenHash::of("gone"), at(4))]).await.unwrap();
    let store = lab.open().await;
    assert_eq!(store.logins(at(5)).await.unwrap(), [short.clone(), long.clone()]);
    assert_eq!(store.logins(at(10)).await.unwrap(), std::slice::from_ref(&long));
    assert_eq!(store.delete_logins(&[long.hash, TokenHash::of("x")]).await.unwrap(), 1);
    assert_eq!(store.logins(at(5)).await.unwrap(), [short]);
    // A later one sweeps out what has ended.
    store.insert_login(&Login { made: at(15), ..login("t3", None, 30) }).await.unwrap();
    assert_eq!(store.logins(at(0)).await.unwrap().len(), 1);
}
