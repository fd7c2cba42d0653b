//! Returns in a PostgreSQL database of one's own, in the tables of Salt's returner: `jids` and `salt_returns`.

use super::{Options, Record, Returner, Trouble};
use async_trait::async_trait;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use std::time::Duration;
use tokio::sync::OnceCell;

/// The tables, where they are not there yet. The index makes a return that comes twice one.
const TABLES: &str = "CREATE TABLE IF NOT EXISTS jids (jid varchar(20) PRIMARY KEY, load text NOT NULL);
    CREATE TABLE IF NOT EXISTS salt_returns (fun text NOT NULL, jid varchar(20) NOT NULL, return text NOT NULL, id text NOT NULL,
        success boolean, full_ret text, alter_time timestamptz DEFAULT now());
    CREATE UNIQUE INDEX IF NOT EXISTS salt_returns_once ON salt_returns (jid, id);
    CREATE INDEX IF NOT EXISTS salt_returns_id ON salt_returns (id);
    CREATE INDEX IF NOT EXISTS salt_returns_fun ON salt_returns (fun);";

/// The database has so long to take a connection.
const CONNECT: Duration = Duration::from_secs(10);

/// Writes to a database.
pub struct Postgres {
    pool: PgPool,
    ready: OnceCell<()>,
}

impl Postgres {
    /// The option is `url`.
    ///
    /// # Errors
    /// When it is none.
    pub fn new(options: &Options<'_>) -> Result<Self, String> {
        options.known(&["url"])?;
        let connect: PgConnectOptions =
            options.need("url")?.parse().map_err(|_| "`url` is no address of a PostgreSQL database".to_owned())?;
        let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(CONNECT).connect_lazy_with(connect);
        Ok(Self { pool, ready: OnceCell::new() })
    }

    async fn write(&self, records: &[Record]) -> Result<(), sqlx::Error> {
        self.ready.get_or_try_init(|| async { sqlx::raw_sql(TABLES).execute(&self.pool).await.map(drop) }).await?;
        // PostgreSQL takes no zero byte in a text.
        let clean = |text: String| text.replace("\\u0000", "\u{fffd}").replace('\0', "\u{fffd}");
        let mut transaction = self.pool.begin().await?;
        for record in records {
            let job = record.returned.job.to_string();
            sqlx::query("INSERT INTO jids (jid, load) VALUES ($1, $2) ON CONFLICT DO NOTHING")
                .bind(&job)
                .bind(clean(record.load()))
                .execute(&mut *transaction)
                .await?;
            let value = serde_json::to_string(&record.returned.value).unwrap_or_default();
            sqlx::query(
                "INSERT INTO salt_returns (fun, jid, return, id, success, full_ret) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
            )
            .bind(&record.returned.function)
            .bind(&job)
            .bind(clean(value))
            .bind(record.returned.minion.as_str())
            .bind(record.returned.success)
            .bind(clean(record.to_json()))
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await
    }
}

#[async_trait]
impl Returner for Postgres {
    async fn deliver(&self, records: &[Record]) -> Result<(), Trouble> {
        self.write(records).await.map_err(|error| match &error {
            // Class 22 is "data exception": the same data fails again.
            sqlx::Error::Database(told) if told.code().is_some_and(|code| code.starts_with("22")) => {
                Trouble::Refused(output::chain(&error))
            }
            _ => Trouble::away(&error),
        })
    }
}
