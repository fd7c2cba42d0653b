//! Databases for tests: a real PostgreSQL server, one database for each test.
//!
//! All test processes of a user share one server, which the first one starts and which ends by itself some seconds after the last one
//! (`shared`). A test that takes its server away from under the store has one of its own ([`Server::start`]). Where `SYLVITE_TEST_DATABASE_URL`
//! names a server on which databases may be made, that one is used. Without any server these functions fail and say what to install: a
//! test is never skipped silently.

mod server;
mod shared;

pub use server::Server;

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Names a server that is to be used instead of one of our own.
pub const URL_VARIABLE: &str = "SYLVITE_TEST_DATABASE_URL";

/// What kept a test from its database; the text says the way out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no server to start.
    #[error(
        "no PostgreSQL server found (looked for `initdb` in {looked}); install one (`apt-get install postgresql`, `dnf install \
         postgresql-server`, `apk add postgresql`), or set {URL_VARIABLE} to the address of a server on which databases may be made"
    )]
    NoServer {
        /// Where it was looked for.
        looked: String,
    },
    /// A program of the server failed.
    #[error("cannot {action}: {output}")]
    Program {
        /// What was tried.
        action: &'static str,
        /// What the program said.
        output: String,
    },
    /// A file or folder of the server.
    #[error("cannot {action} `{path}`")]
    File {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: String,
        /// Why not.
        source: std::io::Error,
    },
    /// The server is there, but refuses.
    #[error("the test server refused to {action}")]
    Refused {
        /// What was tried.
        action: &'static str,
        /// Why.
        source: sqlx::Error,
    },
}

/// An empty database of a test's own, removed when this is dropped.
#[derive(Debug)]
pub struct Database {
    url: String,
    name: String,
    admin: PgConnectOptions,
}

impl Database {
    /// Makes one on the shared server, or on the one that the environment names.
    ///
    /// # Errors
    /// When there is no server, or it makes no database.
    pub async fn create() -> Result<Self, Error> {
        let base = match std::env::var(URL_VARIABLE) {
            Ok(url) if !url.is_empty() => url,
            _ => tokio::task::spawn_blocking(shared::url)
                .await
                .map_err(|error| Error::Program { action: "start the test server", output: error.to_string() })??,
        };
        Self::create_on(&base).await
    }

    /// Makes one on the server of an address.
    ///
    /// # Errors
    /// When the server makes no database.
    pub async fn create_on(base: &str) -> Result<Self, Error> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let moment = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_micros();
        let name = format!("sylvite_test_{}_{}_{moment}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let admin: PgConnectOptions = base.parse().map_err(|source| Error::Refused { action: "understand its address", source })?;
        let mut url = admin.to_url_lossy();
        url.set_path(&format!("/{name}"));
        run(&admin, "make a database", format!("CREATE DATABASE {name}")).await?;
        Ok(Self { url: url.to_string(), name, admin })
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Runs statements in it, past the store.
    ///
    /// # Errors
    /// When the server refuses them.
    pub async fn run(&self, statements: &str) -> Result<(), Error> {
        run(&self.admin.clone().database(&self.name), "run the test's statements", statements.to_owned()).await
    }
}

async fn run(options: &PgConnectOptions, action: &'static str, statements: String) -> Result<(), Error> {
    let refused = |source| Error::Refused { action, source };
    let mut connection = options.connect().await.map_err(refused)?;
    // Names and statements come from the tests.
    sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut connection).await.map_err(refused)?;
    connection.close().await.map_err(refused)
}

impl Drop for Database {
    /// A thread with a runtime of its own: the test's runtime may be ending, and a drop cannot wait on it.
    fn drop(&mut self) {
        let (admin, statement) = (self.admin.clone(), format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
            let work = async { tokio::time::timeout(Duration::from_secs(10), run(&admin, "drop a database", statement)).await.ok() };
            runtime.block_on(work)?.ok()
        });
        // What cannot be dropped goes with the server.
        let _ = dropping.join();
    }
}
