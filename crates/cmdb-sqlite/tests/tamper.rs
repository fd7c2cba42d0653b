//! Whoever changes the audit log behind the program's back is found out: SQLite has triggers against it, which this test takes away first.

use cmdb::{Audit, AuditEntry, Checkpoint, TrailFault, check_trail};
use cmdb_sqlite::SqliteStore;
use model::Timestamp;
use sqlx::{Connection, SqliteConnection};

fn entry(second: i64) -> AuditEntry {
    AuditEntry {
        at: Timestamp(second),
        actor: "user:a".into(),
        origin: "unix".into(),
        verb: "key.accept".into(),
        object_kind: "key".into(),
        object: format!("web{second}"),
        result: "ok".into(),
        detail: value::Value::Null,
    }
}

/// Writes five entries, signs the end, does something to the tables, and says what is found.
async fn after(tampering: &'static str) -> Vec<TrailFault> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cmdb.sqlite");
    let store = SqliteStore::open(&path, cmdb::Retention::default()).await.unwrap();
    let head = store.append_audit(&[entry(1), entry(2), entry(3), entry(4), entry(5)]).await.unwrap();
    let signed = Checkpoint { sequence: head.sequence, hash: head.hash, at: Timestamp(6), key: String::new(), signature: String::new() };
    store.put_checkpoint(&signed).await.unwrap();
    let mut connection = SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    for statement in ["DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete", tampering] {
        sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
    let kept = store.checkpoints().await.unwrap();
    check_trail(&store, &kept).await.unwrap().faults
}

#[tokio::test]
async fn a_changed_entry_is_found() {
    let column = "UPDATE audit SET actor = 'user:b' WHERE sequence = 2";
    assert_eq!(after(column).await, [TrailFault::Broken { sequence: 2 }]);
    let body = "UPDATE audit SET body = replace(body, 'user:a', 'user:b'), actor = 'user:b' WHERE sequence = 5";
    assert_eq!(after(body).await, [TrailFault::Broken { sequence: 5 }]);
}

#[tokio::test]
async fn a_deleted_entry_is_found() {
    assert_eq!(after("DELETE FROM audit WHERE sequence = 3").await, [TrailFault::Broken { sequence: 3 }]);
    let closed_up = "DELETE FROM audit WHERE sequence = 3; UPDATE audit SET sequence = 3 WHERE sequence = 4";
    assert_eq!(after(closed_up).await, [TrailFault::Broken { sequence: 3 }]);
}

#[tokio::test]
async fn two_entries_in_another_order_are_found() {
    let swap = "UPDATE audit SET sequence = 99 WHERE sequence = 2; UPDATE audit SET sequence = 2 WHERE sequence = 4; \
        UPDATE audit SET sequence = 4 WHERE sequence = 99";
    assert_eq!(after(swap).await, [TrailFault::Broken { sequence: 2 }]);
}

#[tokio::test]
async fn entries_that_are_cut_off_the_end_are_found() {
    assert_eq!(after("DELETE FROM audit WHERE sequence > 3").await, [TrailFault::Cut { end: 3, signed: 5 }]);
}

#[tokio::test]
async fn nothing_is_found_where_nothing_was_done() {
    assert_eq!(after("SELECT 1").await, []);
}
