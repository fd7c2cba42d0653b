//! Structured logs of a daemon, to standard error or a file, as text or JSON lines.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::reload;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};
use tracing_subscriber::{Layer, Registry};

/// Form of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Where and what to log.
#[derive(Clone, Debug, Default)]
pub struct Logs {
    /// `error`, `warning`, `info`, `debug`, `trace`, `quiet`, Salt's further names, or a filter such as `info,net=debug`.
    pub level: String,
    /// File to append to instead of standard error.
    pub file: Option<PathBuf>,
    /// Form of a line.
    pub form: Form,
}

/// Logs cannot start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The level is no level.
    #[error("log level `{level}` is none of error, warning, info, debug, trace, quiet, and no filter such as `info,net=debug`")]
    Level {
        /// What was asked for.
        level: String,
    },
    /// The file cannot be opened.
    #[error("cannot open log file `{path}`")]
    Open {
        /// Its path.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Logs were started already.
    #[error("logs are started twice")]
    Twice(#[source] TryInitError),
}

/// Changes the level of running logs.
pub struct Handle(reload::Handle<EnvFilter, Registry>);

impl Handle {
    /// Sets another level.
    ///
    /// # Errors
    /// When it is no level.
    pub fn set_level(&self, level: &str) -> Result<(), Error> {
        let filter = filter(level)?;
        // The only other error is a subscriber that is gone, and it lives as long as the process.
        let _ = self.0.reload(filter);
        Ok(())
    }
}

/// Starts the logs of this process.
///
/// # Errors
/// When the level is no level, the file cannot be opened, or logs run already.
pub fn start(logs: &Logs) -> Result<Handle, Error> {
    let (filter, handle) = reload::Layer::new(filter(&logs.level)?);
    let lines = match &logs.file {
        Some(path) => formed(logs.form, fmt::layer().with_ansi(false).with_writer(Mutex::new(open(path)?))),
        None => formed(logs.form, fmt::layer().with_ansi(false).with_writer(std::io::stderr)),
    };
    tracing_subscriber::registry().with(filter).with(lines).try_init().map_err(Error::Twice)?;
    Ok(Handle(handle))
}

type Filtered = tracing_subscriber::layer::Layered<reload::Layer<EnvFilter, Registry>, Registry>;

fn formed<W>(
    form: Form,
    layer: fmt::Layer<Filtered, fmt::format::DefaultFields, fmt::format::Format, W>,
) -> Box<dyn Layer<Filtered> + Send + Sync>
where
    W: for<'a> fmt::MakeWriter<'a> + Send + Sync + 'static,
{
    match form {
        Form::Text => layer.boxed(),
        Form::Json => layer.json().flatten_event(true).boxed(),
    }
}

fn open(path: &Path) -> Result<std::fs::File, Error> {
    OpenOptions::new().create(true).append(true).open(path).map_err(|source| Error::Open { path: path.to_owned(), source })
}

fn filter(level: &str) -> Result<EnvFilter, Error> {
    let directives = match level {
        "" | "info" | "profile" => "info",
        "warning" | "warn" => "warn",
        "critical" | "fatal" | "error" => "error",
        "debug" => "debug,hyper=info,sqlx=info,zeromq=info",
        "trace" | "garbage" | "all" => "trace",
        "quiet" => "off",
        other => other,
    };
    EnvFilter::try_new(directives).map_err(|_| Error::Level { level: level.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn salts_level_names_are_known_and_nonsense_is_refused() {
        for level in ["quiet", "critical", "warning", "garbage", "info,net=debug"] {
            assert!(filter(level).is_ok(), "{level}");
        }
        let error = filter("info,net=loud").unwrap_err();
        assert!(error.to_string().starts_with("log level `info,net=loud`"), "{error}");
    }
}
