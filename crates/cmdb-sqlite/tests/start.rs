//! How the SQLite store starts, and what it says when it cannot.

use cmdb::{Error, Retention, Store};
use cmdb_sqlite::SqliteStore;
use sqlx::{Connection, SqliteConnection};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

async fn open(path: &Path) -> cmdb::Result<SqliteStore> {
    SqliteStore::open(path, Retention::default()).await
}

async fn run(path: &Path, statement: &'static str) {
    let mut connection = SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_newer_schema_is_refused_with_both_versions() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cmdb.sqlite");
    open(&path).await.unwrap().close().await;
    run(&path, "PRAGMA user_version = 999").await;
    let error = open(&path).await.unwrap_err();
    assert!(matches!(error, Error::NewerSchema { found: 999, .. }), "{error}");
    assert!(error.to_string().contains("run the newer program"), "{error}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_corrupt() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cmdb.sqlite");
    std::fs::write(&path, "this is a text file, as anybody can see, and long enough to have a header of a hundred bytes in it.\n").unwrap();
    let error = open(&path).await.unwrap_err();
    assert!(matches!(error, Error::Corrupt { .. }) && !error.is_temporary(), "{error:?}");
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = open(&folder.path().join("nowhere/cmdb.sqlite")).await.unwrap_err();
    assert!(error.to_string().contains("nowhere/cmdb.sqlite"), "{error}");
}

#[tokio::test]
async fn the_file_is_its_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cmdb.sqlite");
    let _store = open(&path).await.unwrap();
    for name in ["cmdb.sqlite", "cmdb.sqlite-wal"] {
        let mode = std::fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}
