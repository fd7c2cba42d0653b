//! The open store: its connections and how long it keeps things.

use crate::{Options, error, schema};
use async_trait::async_trait;
use cmdb::{Cutoffs, Error, Health, Purged, Result, Retention, Store, WriteTime};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Sqlite, Transaction};
use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

/// An open SQLite store.
#[derive(Debug)]
pub struct SqliteStore {
    pub(crate) reader: SqlitePool,
    writer: SqlitePool,
    place: String,
    pub(crate) keep_jobs: WriteTime,
    pub(crate) keep_events: WriteTime,
    pub(crate) keep_grain_history: WriteTime,
}

/// How long a call waits for its turn before it says that the store does not answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Bytes that the write-ahead log is cut back to after it has grown.
const LOG_LIMIT: &str = "16777216";

impl SqliteStore {
    /// Opens the store with the usual options.
    ///
    /// # Errors
    /// As [`SqliteStore::open_with`].
    pub async fn open(path: &Path, retention: Retention) -> Result<Self> {
        Self::open_with(&Options { retention, ..Options::new(path) }).await
    }

    /// Opens the store, making the file (readable by its owner alone) and its tables where they are not there yet.
    ///
    /// # Errors
    /// When the file cannot be opened, or a newer program has made its tables.
    pub async fn open_with(options: &Options) -> Result<Self> {
        let place = format!("`{}`", options.path.display());
        make_private(&options.path).map_err(|error| error::sort(&place, "open it", error.into()))?;
        let connect = SqliteConnectOptions::new()
            .filename(&options.path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(Duration::from_secs(5))
            .pragma("journal_size_limit", LOG_LIMIT)
            .foreign_keys(false);
        let opening = |error| error::sort(&place, "open it", error);
        let pool = SqlitePoolOptions::new().acquire_timeout(PATIENCE).idle_timeout(None).max_lifetime(None);
        let writer = pool.clone().max_connections(1).connect_with(connect.clone()).await.map_err(opening)?;
        schema::migrate(&writer, &place).await?;
        // Readers come when needed and go when idle: each holds a cache of its own.
        let reader =
            pool.max_connections(options.readers.max(1)).idle_timeout(Duration::from_secs(60)).connect_lazy_with(connect.read_only(true));
        Ok(Self {
            reader,
            writer,
            place,
            keep_jobs: WriteTime::new(options.retention.jobs),
            keep_events: WriteTime::new(options.retention.events),
            keep_grain_history: WriteTime::new(options.retention.grain_history),
        })
    }

    /// Begins a transaction that writes.
    pub(crate) async fn begin(&self, action: &'static str) -> Result<Transaction<'static, Sqlite>> {
        const BEGIN: &str = "BEGIN IMMEDIATE";
        match self.writer.begin_with(BEGIN).await {
            // A write for which there was no room is taken back by SQLite itself, which the driver does not notice: in its eyes the
            // transaction goes on, and this connection would never begin another one.
            Err(sqlx::Error::InvalidSavePointStatement) => {
                let stuck = self.writer.acquire().await.map_err(self.failed(action))?;
                stuck.close().await.map_err(self.failed(action))?;
                self.writer.begin_with(BEGIN).await.map_err(self.failed(action))
            }
            begun => begun.map_err(self.failed(action)),
        }
    }

    /// The driver's error as one of ours.
    pub(crate) fn failed(&self, action: &'static str) -> impl Fn(sqlx::Error) -> Error + Copy + '_ {
        move |error| error::sort(&self.place, action, error)
    }
}

/// Makes the file with its owner's rights alone; SQLite gives its side files the same.
fn make_private(path: &Path) -> std::io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn health(&self) -> Result<Health> {
        let failed = self.failed("ask how it is");
        // By way of the writer: only its connection being free says that writing works.
        let (engine, schema, bytes): (String, i64, i64) = sqlx::query_as(
            "SELECT sqlite_version(), (SELECT user_version FROM pragma_user_version), \
             (SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size)",
        )
        .fetch_one(&self.writer)
        .await
        .map_err(failed)?;
        let place = self.place.trim_matches('`').to_owned();
        Ok(Health { kind: "sqlite".into(), place, engine, schema, bytes: u64::try_from(bytes).unwrap_or_default() })
    }

    async fn purge(&self, before: &Cutoffs) -> Result<Purged> {
        self.purge_all(before).await
    }

    async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cmdb::{Document, Documents};
    use model::Timestamp;
    use value::Value;

    #[tokio::test]
    async fn a_store_that_was_full_writes_again_once_there_is_room() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open_with(&Options::new(folder.path().join("cmdb.db"))).await.unwrap();
        let write = async |name: &str, bytes: usize| {
            let value = Value::from("x".repeat(bytes));
            store.put_documents("room", &[Document { name: name.to_owned(), value, at: Timestamp(1) }]).await
        };
        write("before", 10).await.unwrap();
        // As on a full disk: the file may not grow any more.
        sqlx::query("PRAGMA max_page_count = 1").execute(&store.writer).await.unwrap();
        assert!(matches!(write("large", 4 << 20).await, Err(Error::Full { .. })));
        sqlx::query("PRAGMA max_page_count = 1000000").execute(&store.writer).await.unwrap();
        write("after", 4 << 20).await.unwrap();
        let names: Vec<String> = store.documents("room", "", 9).await.unwrap().into_iter().map(|document| document.name).collect();
        assert_eq!(names, ["after", "before"]);
    }
}
