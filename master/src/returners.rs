//! Returners: where returns go besides the CMDB. Each has a queue of its own in the CMDB and a task of its own, so one that is away holds up
//! no other, and nothing is lost over a restart.
//!
//! A return is noted for its returners before it is acknowledged to its minion, and the note goes when the returner has taken it: it arrives
//! at least once. A returner that refuses a single return for good (not: that is away) has it put aside with the reason.

mod courier;
mod elasticsearch;
mod file;
mod postgres;
mod record;
mod redis;
mod smtp;
mod syslog;
mod webhook;

use crate::config::MasterConfig;
use async_trait::async_trait;
pub use courier::Couriers;
use model::nearest;
use record::Record;
use std::collections::BTreeMap;
use std::sync::Arc;
use value::{Map, Value, text};

/// Why a returner has not taken returns.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// It is away, or has no room: the same may go well later.
    #[error("{0}")]
    Away(String),
    /// It will never take this.
    #[error("{0}")]
    Refused(String),
}

impl Trouble {
    /// It is away, with the chain of causes.
    fn away(error: &(dyn std::error::Error + 'static)) -> Self {
        Self::Away(output::chain(error))
    }
}

/// Takes returns.
#[async_trait]
pub trait Returner: Send + Sync {
    /// How many at most it takes at once. Those that cannot take many as one whole take one.
    fn at_once(&self) -> u32 {
        100
    }

    /// Takes returns.
    ///
    /// Law: what it has answered `Ok` to is kept by it; of what it has answered with trouble it may have taken a part, and is given it again.
    async fn deliver(&self, records: &[Record]) -> Result<(), Trouble>;
}

/// A returner's configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadReturner {
    /// It is no mapping.
    #[error("`returners:{0}` is no mapping of its options")]
    Shape(String),
    /// No such kind.
    #[error("`returners:{name}` has the type `{kind}`; the types are {}", KINDS.join(", "))]
    Kind {
        /// Its name.
        name: String,
        /// What stands there.
        kind: String,
    },
    /// An option is missing or wrong.
    #[error("`returners:{name}`: {problem}")]
    Option {
        /// Its name.
        name: String,
        /// What is wrong.
        problem: String,
    },
    /// `ext_job_cache` names one that is not there.
    #[error("`ext_job_cache` names the returner `{0}`, which `returners` does not have")]
    Unknown(String),
}

/// Every kind of returner.
const KINDS: [&str; 7] = ["elasticsearch", "file", "postgres", "redis", "smtp", "syslog", "webhook"];

/// Options of one returner.
pub struct Options<'a>(&'a Map);

impl Options<'_> {
    fn get(&self, key: &str) -> Option<String> {
        self.0.get(key).filter(|value| !value.is_null()).map(text::str)
    }

    fn need(&self, key: &str) -> Result<String, String> {
        self.get(key).ok_or_else(|| format!("the option `{key}` is missing"))
    }

    fn list(&self, key: &str) -> Vec<String> {
        match self.0.get(key) {
            Some(Value::List(items)) => items.iter().map(text::str).collect(),
            Some(Value::Null) | None => Vec::new(),
            Some(one) => text::str(one).split(',').map(|word| word.trim().to_owned()).collect(),
        }
    }

    fn number<T: std::str::FromStr>(&self, key: &str, usual: T) -> Result<T, String> {
        self.get(key).map_or(Ok(usual), |text| text.parse().map_err(|_| format!("`{key}` is `{text}`, which is no number that fits")))
    }

    fn known(&self, known: &[&str]) -> Result<(), String> {
        let unknown = self.0.keys().map(text::str).find(|key| key != "type" && !known.contains(&key.as_str()));
        match unknown {
            None => Ok(()),
            Some(key) => Err(match nearest(&key, known.iter().copied()) {
                Some(near) => format!("there is no option `{key}`; did you mean `{near}`?"),
                None => format!("there is no option `{key}`; the options are {}", known.join(", ")),
            }),
        }
    }
}

/// The returners of a configuration.
#[derive(Clone, Default)]
pub struct Returners {
    /// By name.
    pub all: BTreeMap<String, Arc<dyn Returner>>,
    /// Those that get the returns of every job.
    pub usual: Vec<String>,
}

impl Returners {
    /// Makes the returners of a configuration. None of them is asked anything yet.
    ///
    /// # Errors
    /// With the first that cannot be made.
    pub fn new(config: &MasterConfig) -> Result<Self, BadReturner> {
        let mut all = BTreeMap::new();
        for (name, options) in &config.returners {
            let name = text::str(name);
            let Value::Map(options) = options else { return Err(BadReturner::Shape(name)) };
            let kind = options.get("type").map(text::str).unwrap_or_else(|| name.clone());
            let returner = make(&kind, &Options(options));
            let returner = returner.ok_or_else(|| BadReturner::Kind { name: name.clone(), kind })?;
            let returner = returner.map_err(|problem| BadReturner::Option { name: name.clone(), problem })?;
            all.insert(name, returner);
        }
        let usual = match &config.ext_job_cache {
            Value::Null => Vec::new(),
            Value::List(items) => items.iter().map(text::str).collect(),
            one => text::str(one).split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect(),
        };
        match usual.iter().find(|name| !all.contains_key(*name)) {
            None => Ok(Self { all, usual }),
            Some(unknown) => Err(BadReturner::Unknown(unknown.clone())),
        }
    }

    /// The returners of a job: the usual ones and those that it names.
    #[must_use]
    pub fn of(&self, named: &[String]) -> Vec<String> {
        let mut of: Vec<String> = self.usual.clone();
        of.extend(named.iter().filter(|name| self.all.contains_key(*name)).cloned());
        of.sort();
        of.dedup();
        of
    }

    /// Why a name that a job gives is no returner.
    #[must_use]
    pub fn unknown(&self, named: &[String]) -> Option<String> {
        let unknown = named.iter().find(|name| !self.all.contains_key(*name))?;
        let near = nearest(unknown, self.all.keys().map(String::as_str)).map(|near| format!("; did you mean `{near}`?"));
        Some(format!("no returner `{unknown}` is configured in `returners`{}", near.unwrap_or_default()))
    }
}

type Made = Result<Arc<dyn Returner>, String>;

fn make(kind: &str, options: &Options<'_>) -> Option<Made> {
    fn arc<R: Returner + 'static>(made: Result<R, String>) -> Made {
        made.map(|returner| Arc::new(returner) as Arc<dyn Returner>)
    }
    Some(match kind {
        "elasticsearch" => arc(elasticsearch::Elasticsearch::new(options)),
        "file" => arc(file::File::new(options)),
        "postgres" => arc(postgres::Postgres::new(options)),
        "redis" => arc(redis::Redis::new(options)),
        "smtp" => arc(smtp::Smtp::new(options)),
        "syslog" => arc(syslog::Syslog::new(options)),
        "webhook" => arc(webhook::Webhook::new(options)),
        _ => return None,
    })
}
