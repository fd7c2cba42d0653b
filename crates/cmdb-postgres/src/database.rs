//! The open store: its connections and how long it keeps things.

use crate::{Options, error, schema};
use async_trait::async_trait;
use cmdb::{Cutoffs, Error, Health, Purged, Result, Retention, Store, WriteTime};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, Postgres, Transaction};
use std::io::{self, ErrorKind};
use std::time::Duration;

/// An open PostgreSQL store.
#[derive(Debug)]
pub struct PostgresStore {
    pub(crate) pool: PgPool,
    place: String,
    pub(crate) keep_jobs: WriteTime,
    pub(crate) keep_events: WriteTime,
    pub(crate) keep_grain_history: WriteTime,
}

impl PostgresStore {
    /// Connects with the usual options.
    ///
    /// # Errors
    /// As [`PostgresStore::open_with`].
    pub async fn open(url: &str, retention: Retention) -> Result<Self> {
        Self::open_with(&Options { retention, ..Options::new(url) }).await
    }

    /// Connects, making the tables where they are not there yet.
    ///
    /// # Errors
    /// When nobody answers at the address, it refuses, or a newer program has made its tables.
    pub async fn open_with(options: &Options) -> Result<Self> {
        let connect: PgConnectOptions =
            options.url.parse().map_err(|problem| error::sort("given by `database_url`", "understand its address", problem))?;
        let connect = connect.application_name("sylvite");
        let place = place(&connect);
        first_contact(&connect, &place, options.patience).await?;
        let pool =
            PgPoolOptions::new().max_connections(options.connections.max(2)).acquire_timeout(options.patience).connect_lazy_with(connect);
        schema::migrate(&pool, &place).await?;
        Ok(Self {
            pool,
            place,
            keep_jobs: WriteTime::new(options.retention.jobs),
            keep_events: WriteTime::new(options.retention.events),
            keep_grain_history: WriteTime::new(options.retention.grain_history),
        })
    }

    /// Begins a transaction.
    pub(crate) async fn begin(&self, action: &'static str) -> Result<Transaction<'static, Postgres>> {
        self.pool.begin().await.map_err(self.failed(action))
    }

    /// The driver's error as one of ours.
    pub(crate) fn failed(&self, action: &'static str) -> impl Fn(sqlx::Error) -> Error + Copy + '_ {
        move |error| error::sort(&self.place, action, error)
    }
}

/// The address without its password.
fn place(options: &PgConnectOptions) -> String {
    let host = match options.get_socket() {
        Some(socket) => socket.display().to_string(),
        None => options.get_host().to_owned(),
    };
    let (user, database) = (options.get_username(), options.get_database().unwrap_or(options.get_username()));
    format!("`postgres://{user}@{host}:{}/{database}`", options.get_port())
}

/// Connects once, outside the pool: a pool tries until its patience ends and then does not say what the matter was.
async fn first_contact(options: &PgConnectOptions, place: &str, patience: Duration) -> Result<()> {
    let failed = |problem| error::sort(place, "connect to it", problem);
    match tokio::time::timeout(patience, options.connect()).await {
        Ok(connection) => connection.map_err(failed)?.close().await.map_err(failed),
        Err(_) => Err(failed(io::Error::new(ErrorKind::TimedOut, format!("no answer within {patience:?}")).into())),
    }
}

#[async_trait]
impl Store for PostgresStore {
    async fn health(&self) -> Result<Health> {
        let (engine, schema, bytes): (String, i64, i64) = sqlx::query_as(
            "SELECT current_setting('server_version'), (SELECT version FROM sylvite_schema), pg_database_size(current_database())",
        )
        .fetch_one(&self.pool)
        .await
        .map_err(self.failed("ask how it is"))?;
        let place = self.place.trim_matches('`').to_owned();
        Ok(Health { kind: "postgres".into(), place, engine, schema, bytes: u64::try_from(bytes).unwrap_or_default() })
    }

    async fn purge(&self, before: &Cutoffs) -> Result<Purged> {
        self.purge_all(before).await
    }

    async fn close(&self) {
        self.pool.close().await;
    }
}
