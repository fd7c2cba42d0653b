//! How the PostgreSQL store starts, what it says when it cannot, and that it outlives its server.

use cmdb::suite::{at, id, ids, job, returned};
use cmdb::{Audit, AuditEntry, Error, Jobs, Retention, Returns, Store, Stored};
use cmdb_postgres::testing::{Database, Server};
use cmdb_postgres::{Options, PostgresStore};
use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

async fn open(url: &str) -> cmdb::Result<PostgresStore> {
    PostgresStore::open_with(&Options { patience: Duration::from_secs(2), ..Options::new(url) }).await
}

#[tokio::test]
async fn an_unreachable_server_is_named_without_the_password() {
    // A port that was free a moment ago.
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    drop(socket);
    let error = open(&format!("postgres://sylvite:s3cret@127.0.0.1:{port}/cmdb")).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable { .. }) && error.is_temporary(), "{error:?}");
    let chain = format!("{error}: {}", error.source().unwrap());
    assert!(chain.contains(&format!("postgres://sylvite@127.0.0.1:{port}/cmdb")), "{chain}");
    assert!(chain.contains("refused"), "{chain}");
    assert!(!chain.contains("s3cret") && !format!("{error:?}").contains("s3cret"), "{chain}");
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_without_being_shown() {
    let error = open("postgres://sylvite:s3cret@host:port/cmdb").await.unwrap_err();
    assert!(matches!(error, Error::Refused { .. }), "{error:?}");
    assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
}

#[tokio::test]
async fn a_database_that_is_not_there_is_refused() {
    let database = Database::create().await.unwrap();
    let url = database.url().replacen("sylvite_test_", "nowhere_", 1);
    let error = open(&url).await.unwrap_err();
    assert!(matches!(error, Error::Refused { .. }) && !error.is_temporary(), "{error:?}");
}

#[tokio::test]
async fn a_newer_schema_is_refused_with_both_versions() {
    let database = Database::create().await.unwrap();
    open(database.url()).await.unwrap().close().await;
    database.run("UPDATE sylvite_schema SET version = 999").await.unwrap();
    let error = open(database.url()).await.unwrap_err();
    assert!(matches!(error, Error::NewerSchema { found: 999, .. }), "{error}");
}

#[tokio::test]
async fn masters_that_start_at_once_make_the_tables_once() {
    let database = Database::create().await.unwrap();
    let (one, two, three) = tokio::join!(open(database.url()), open(database.url()), open(database.url()));
    assert!(one.is_ok() && two.is_ok() && three.is_ok(), "{one:?} {two:?} {three:?}");
}

#[tokio::test]
async fn two_masters_with_the_same_returns_store_each_once() {
    let database = Database::create().await.unwrap();
    let (one, two) = (open(database.url()).await.unwrap(), open(database.url()).await.unwrap());
    let made = job(1, "test.ping", &ids(500));
    one.insert_job(&made, &[]).await.unwrap();
    let returns: Vec<_> = made.expected.iter().map(|minion| returned(&made, minion, true)).collect();
    let mut backwards = returns.clone();
    backwards.reverse();
    let (first, second) = tokio::join!(one.insert_returns(&returns, at(2)), two.insert_returns(&backwards, at(2)));
    let mut answers = first.unwrap();
    answers.extend(second.unwrap());
    assert_eq!(answers.iter().filter(|answer| **answer == Stored::New).count(), 500);
    assert_eq!(answers.iter().filter(|answer| **answer == Stored::Again).count(), 500);
}

#[tokio::test]
async fn a_database_that_goes_away_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    // The server's user must get through to its folder.
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o711)).unwrap();
    let server = Server::start(&folder.path().join("server")).unwrap();
    let store = Arc::new(open(&server.url()).await.unwrap());
    let made = job(1, "test.ping", &[id("web1")]);
    store.insert_job(&made, &[]).await.unwrap();
    server.stop().unwrap();
    let error = store.insert_returns(&[returned(&made, &id("web1"), true)], at(2)).await.unwrap_err();
    assert!(error.is_temporary(), "{error:?}");
    let error = store.health().await.unwrap_err();
    assert!(matches!(error, Error::Unavailable { .. }), "{error:?}");
    server.resume().unwrap();
    assert_eq!(store.insert_returns(&[returned(&made, &id("web1"), true)], at(3)).await.unwrap(), [Stored::New]);
}

#[tokio::test]
async fn a_changed_audit_entry_is_found() {
    let database = Database::create().await.unwrap();
    let store = PostgresStore::open(database.url(), Retention::default()).await.unwrap();
    let entry = |second: i64| AuditEntry {
        at: at(second),
        actor: "user:a".into(),
        origin: "unix".into(),
        verb: "key.accept".into(),
        object_kind: "key".into(),
        object: "web1".into(),
        result: "ok".into(),
        detail: value::Value::Null,
    };
    store.append_audit(&[entry(1), entry(2), entry(3)]).await.unwrap();
    assert!(database.run("DELETE FROM audit").await.is_err(), "the log refuses to be cut");
    database.run("ALTER TABLE audit DISABLE TRIGGER ALL; UPDATE audit SET actor = 'user:b' WHERE sequence = 2").await.unwrap();
    assert_eq!(store.verify_audit().await.unwrap().broken, Some(2));
}
