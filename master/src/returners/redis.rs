//! Returns in Redis, under the keys of Salt's returner: `ret:<jid>` by minion, `load:<jid>`, `<minion>:<function>`, `minions`.

use super::{Options, Record, Returner, Trouble};
use ::redis::aio::ConnectionManager;
use ::redis::{Client, RedisError};
use async_trait::async_trait;
use tokio::sync::OnceCell;

/// Writes to Redis.
pub struct Redis {
    client: Client,
    connection: OnceCell<ConnectionManager>,
    prefix: String,
    keep: i64,
}

impl Redis {
    /// The options are `url` (`redis://…`, `unix:///…`), `prefix` and `keep` (seconds).
    ///
    /// # Errors
    /// When the address is none.
    pub fn new(options: &Options<'_>) -> Result<Self, String> {
        options.known(&["url", "prefix", "keep"])?;
        let url = options.get("url").unwrap_or_else(|| "redis://127.0.0.1:6379/0".to_owned());
        let client = Client::open(url).map_err(|error| format!("`url` is no address of Redis: {error}"))?;
        let keep = options.number("keep", 86_400)?;
        Ok(Self { client, connection: OnceCell::new(), prefix: options.get("prefix").unwrap_or_default(), keep })
    }
}

fn trouble(error: &RedisError) -> Trouble {
    Trouble::Away(format!("Redis: {error}"))
}

#[async_trait]
impl Returner for Redis {
    async fn deliver(&self, records: &[Record]) -> Result<(), Trouble> {
        let connection = self.connection.get_or_try_init(|| self.client.get_connection_manager()).await;
        let mut connection = connection.map_err(|error| trouble(&error))?.clone();
        let mut pipe = ::redis::pipe();
        pipe.atomic();
        for record in records {
            let (job, minion) = (record.returned.job.to_string(), record.returned.minion.as_str());
            let (returns, load) = (format!("{}ret:{job}", self.prefix), format!("{}load:{job}", self.prefix));
            pipe.hset(&returns, minion, record.to_json()).ignore().expire(&returns, self.keep).ignore();
            pipe.set(&load, record.load()).ignore().expire(&load, self.keep).ignore();
            pipe.set(format!("{}{minion}:{}", self.prefix, record.returned.function), &job).ignore();
            pipe.sadd(format!("{}minions", self.prefix), minion).ignore();
        }
        pipe.query_async::<()>(&mut connection).await.map_err(|error| trouble(&error))
    }
}
