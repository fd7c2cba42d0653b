//! An entry of `schedule:`, read once.

use crate::clock::{self, Moment};
use crate::{BadCron, Cron, Trigger};
use jiff::civil::DateTime;
use value::{Map, Value, text};

/// An entry that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadEntry {
    /// It is no mapping.
    #[error("the entry `{0}` is no mapping")]
    Shape(String),
    /// It says in several ways when it is due.
    #[error("the entry `{name}` has {first} and {second}, which exclude each other")]
    Mixed {
        /// The entry.
        name: String,
        /// One way.
        first: &'static str,
        /// Another.
        second: &'static str,
    },
    /// It does not say when it is due.
    #[error("the entry `{0}` does not say when; it needs one of seconds, minutes, hours, days, when, cron, once, run_explicit")]
    Never(String),
    /// It does not say what to run.
    #[error("the entry `{0}` has no `function`")]
    Nothing(String),
    /// A value makes no sense.
    #[error("`{key}` of the entry `{name}` is {value}, and {wanted} is wanted")]
    Value {
        /// The entry.
        name: String,
        /// The option.
        key: &'static str,
        /// What stands there.
        value: String,
        /// What should.
        wanted: &'static str,
    },
    /// The cron expression is none.
    #[error("the entry `{name}` cannot be used")]
    Cron {
        /// The entry.
        name: String,
        /// Why.
        source: BadCron,
    },
}

/// Random seconds on top of the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Splay {
    /// Least.
    pub start: i64,
    /// Most.
    pub end: i64,
}

/// A span of time, by clock or date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// Its beginning.
    pub start: Moment,
    /// Its end.
    pub end: Moment,
    /// What is meant is the time outside of it.
    pub invert: bool,
}

/// What becomes of the return.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReturnJob {
    /// It goes to the master.
    #[default]
    Yes,
    /// It goes to the master's listeners and is not kept (`nocache`).
    NotKept,
    /// It goes nowhere.
    No,
}

/// An entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Functions to run, one after the other.
    pub functions: Vec<String>,
    /// Positional arguments.
    pub args: Vec<Value>,
    /// Named arguments.
    pub kwargs: Map,
    /// When.
    pub trigger: Trigger,
    /// Further times, whatever `trigger` says.
    pub run_explicit: Vec<DateTime>,
    /// Times at which it is not run.
    pub skip_explicit: Vec<DateTime>,
    /// Random seconds on top.
    pub splay: Option<Splay>,
    /// It runs only within this span.
    pub range: Option<Range>,
    /// It does not run within this span.
    pub skip_during: Option<Range>,
    /// A run that was skipped by `skip_during` is made up for after it.
    pub after_skip: bool,
    /// It does not run after this moment.
    pub until: Option<Moment>,
    /// It does not run before this moment.
    pub after: Option<Moment>,
    /// Most runs of it at the same time.
    pub most_running: usize,
    /// It runs at the start too.
    pub on_start: bool,
    /// It runs at all.
    pub is_enabled: bool,
    /// It stands in the table of running jobs.
    pub jid_include: bool,
    /// What becomes of the return.
    pub return_job: ReturnJob,
    /// Further places for the return.
    pub returners: Vec<String>,
    /// Options of those places.
    pub return_config: Value,
    /// Arguments of those places.
    pub return_kwargs: Map,
    /// Free data for listings.
    pub metadata: Map,
}

impl Entry {
    /// Reads an entry. Names of moments in `when` are looked up in `whens` (pillar and grains) first.
    ///
    /// # Errors
    /// When it cannot be used.
    pub fn read(name: &str, value: &Value, whens: &Map) -> Result<Self, BadEntry> {
        let map = value.as_map().ok_or_else(|| BadEntry::Shape(name.to_owned()))?;
        let reader = Reader { name, map, whens };
        let functions: Vec<String> = match map.get("function") {
            Some(Value::List(items)) => items.iter().map(text::str).collect(),
            Some(Value::Str(function)) => function.split(',').map(|word| word.trim().to_owned()).collect(),
            _ => Vec::new(),
        };
        if functions.iter().all(String::is_empty) {
            return Err(BadEntry::Nothing(name.to_owned()));
        }
        let run_explicit = reader.explicit("run_explicit")?;
        let trigger = reader.trigger(!run_explicit.is_empty())?;
        let list = |key: &str| match map.get(key) {
            Some(Value::List(items)) => items.clone(),
            None | Some(Value::Null) => Vec::new(),
            Some(other) => vec![other.clone()],
        };
        let flag = |key: &str, default: bool| map.get(key).filter(|value| !value.is_null()).map_or(default, Value::is_truthy);
        let own = |key: &str| map.get(key).and_then(Value::as_map).cloned().unwrap_or_default();
        Ok(Self {
            name: name.to_owned(),
            functions,
            args: list(if map.contains_key("args") { "args" } else { "job_args" }),
            kwargs: if map.contains_key("kwargs") { own("kwargs") } else { own("job_kwargs") },
            on_start: flag("run_on_start", trigger.is_interval()),
            trigger,
            run_explicit,
            skip_explicit: reader.explicit("skip_explicit")?,
            splay: splay(name, map.get("splay"))?,
            range: reader.range("range")?,
            skip_during: reader.range("skip_during_range")?,
            after_skip: flag("run_after_skip_range", false),
            until: reader.moment("until")?,
            after: reader.moment("after")?,
            most_running: reader.number("maxrunning")?.and_then(|number| usize::try_from(number).ok()).unwrap_or(1).max(1),
            is_enabled: flag("enabled", true),
            jid_include: flag("jid_include", true),
            return_job: match map.get("return_job") {
                Some(Value::Str(word)) if word == "nocache" => ReturnJob::NotKept,
                Some(value) if !value.is_null() && !value.is_truthy() => ReturnJob::No,
                _ => ReturnJob::Yes,
            },
            returners: list("returner").iter().map(text::str).collect(),
            return_config: map.get("return_config").cloned().unwrap_or_default(),
            return_kwargs: own("return_kwargs"),
            metadata: own("metadata"),
        })
    }
}

/// Random seconds: a number or a mapping of `start` and `end`.
pub(crate) fn splay(name: &str, value: Option<&Value>) -> Result<Option<Splay>, BadEntry> {
    let bad = |value: &Value| BadEntry::Value {
        name: name.to_owned(),
        key: "splay",
        value: text::repr(value),
        wanted: "a number of seconds, or a mapping of `start` and `end` with `end` the larger one",
    };
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Map(map)) => {
            let part = |key: &str| map.get(key).and_then(Value::as_int);
            match (part("start").unwrap_or(0), part("end")) {
                (start, Some(end)) if start >= 0 && end > start => Ok(Some(Splay { start, end })),
                _ => Err(bad(&Value::Map(map.clone()))),
            }
        }
        Some(other) => match other.as_int() {
            Some(end) if end >= 1 => Ok(Some(Splay { start: 1.min(end), end })),
            Some(0) => Ok(None),
            _ => Err(bad(other)),
        },
    }
}

/// Reads the options of one entry.
struct Reader<'a> {
    name: &'a str,
    map: &'a Map,
    whens: &'a Map,
}

impl Reader<'_> {
    fn bad(&self, key: &'static str, value: &Value, wanted: &'static str) -> BadEntry {
        BadEntry::Value { name: self.name.to_owned(), key, value: text::repr(value), wanted }
    }

    fn number(&self, key: &'static str) -> Result<Option<i64>, BadEntry> {
        match self.map.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => value.as_int().map(Some).ok_or_else(|| self.bad(key, value, "a whole number")),
        }
    }

    /// A moment as text, or by its name among the `whens`.
    fn written(&self, key: &'static str, value: &Value) -> Result<Moment, BadEntry> {
        let word = text::str(value);
        let meant = self.whens.get(word.as_str()).map_or(word, text::str);
        clock::parse(&meant).ok_or_else(|| self.bad(key, value, "a moment such as `17:00`, `Monday 5:00pm` or `2026-12-24T18:30:00`"))
    }

    fn moment(&self, key: &'static str) -> Result<Option<Moment>, BadEntry> {
        match self.map.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => self.written(key, value).map(Some),
        }
    }

    fn range(&self, key: &'static str) -> Result<Option<Range>, BadEntry> {
        let Some(value) = self.map.get(key).filter(|value| !value.is_null()) else { return Ok(None) };
        let wanted = "a mapping of `start` and `end`";
        let part = |name: &str| value.get(name).ok_or_else(|| self.bad(key, value, wanted)).and_then(|part| self.written(key, part));
        let invert = value.get("invert").is_some_and(Value::is_truthy);
        Ok(Some(Range { start: part("start")?, end: part("end")?, invert }))
    }

    /// Moments as dates, or mappings of `time` and `time_fmt`.
    fn explicit(&self, key: &'static str) -> Result<Vec<DateTime>, BadEntry> {
        let list = match self.map.get(key) {
            None | Some(Value::Null) => return Ok(Vec::new()),
            Some(Value::List(items)) => items.clone(),
            Some(one) => vec![one.clone()],
        };
        let one = |value: &Value| {
            let found = match value {
                Value::Map(map) => dated(map.get("time"), map.get("time_fmt")),
                other => dated(Some(other), None),
            };
            found.ok_or_else(|| self.bad(key, value, "a date with time such as `2026-12-24T18:30:00`"))
        };
        list.iter().map(one).collect()
    }

    fn trigger(&self, has_explicit: bool) -> Result<Trigger, BadEntry> {
        const INTERVALS: [(&str, i64); 4] = [("seconds", 1), ("minutes", 60), ("hours", 3600), ("days", 86_400)];
        let is_set = |key: &str| self.map.get(key).is_some_and(|value| !value.is_null());
        let interval = INTERVALS.iter().find(|(key, _)| is_set(key)).map(|(key, _)| *key);
        let ways: Vec<&'static str> = interval.into_iter().chain(["when", "cron", "once"].into_iter().filter(|key| is_set(key))).collect();
        match ways.as_slice() {
            [] if has_explicit => Ok(Trigger::Asked),
            [] => Err(BadEntry::Never(self.name.to_owned())),
            ["when"] => {
                let value = self.map.get("when").cloned().unwrap_or_default();
                let all = match &value {
                    Value::List(items) => items.iter().map(|item| self.written("when", item)).collect::<Result<_, _>>()?,
                    one => vec![self.written("when", one)?],
                };
                Ok(Trigger::When(all))
            }
            ["cron"] => {
                let expression = self.map.get("cron").map(text::str).unwrap_or_default();
                let cron = Cron::parse(&expression).map_err(|source| BadEntry::Cron { name: self.name.to_owned(), source })?;
                Ok(Trigger::Cron(cron))
            }
            ["once"] => {
                let value = self.map.get("once").cloned().unwrap_or_default();
                let moment = dated(Some(&value), self.map.get("once_fmt")).map(Moment::At);
                moment.map(Trigger::Once).ok_or_else(|| self.bad("once", &value, "a date with time such as `2026-12-24T18:30:00`"))
            }
            [_] => {
                let mut seconds = 0_i64;
                for (key, factor) in INTERVALS {
                    seconds = seconds.saturating_add(self.number(key)?.unwrap_or(0).saturating_mul(factor));
                }
                if seconds < 1 {
                    return Err(self.bad("seconds", &Value::Int(seconds), "a span of at least a second"));
                }
                Ok(Trigger::Every(seconds))
            }
            [first, second, ..] => Err(BadEntry::Mixed { name: self.name.to_owned(), first, second }),
        }
    }
}

fn dated(time: Option<&Value>, format: Option<&Value>) -> Option<DateTime> {
    let time = text::str(time?);
    match format.and_then(Value::as_str) {
        Some(format) => DateTime::strptime(format, &time).ok(),
        None => match clock::parse(&time)? {
            Moment::At(moment) => Some(moment),
            Moment::Daily(_) | Moment::Weekly(..) => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Entry, String> {
        Entry::read("x", &serde_json::from_str(json).unwrap(), &Map::new()).map_err(|error| error.to_string())
    }

    #[test]
    fn every_way_of_saying_when_is_read_and_two_exclude_each_other() {
        let trigger = |json: &str| read(json).map(|entry| entry.trigger);
        assert_eq!(trigger(r#"{"function":"a.b","minutes":2,"seconds":5}"#), Ok(Trigger::Every(125)));
        assert!(matches!(trigger(r#"{"function":"a.b","when":["17:00","Monday 8am"]}"#), Ok(Trigger::When(all)) if all.len() == 2));
        assert!(matches!(trigger(r#"{"function":"a.b","once":"24.12.2026","once_fmt":"%d.%m.%Y"}"#), Ok(Trigger::Once(_))));
        assert!(matches!(trigger(r#"{"function":"a.b","once":"24.12.2026 10:00","once_fmt":"%d.%m.%Y %H:%M"}"#), Ok(Trigger::Once(_))));
        assert!(trigger(r#"{"function":"a.b","seconds":5,"when":"5pm"}"#).unwrap_err().contains("seconds and when"));
        assert!(trigger(r#"{"function":"a.b"}"#).unwrap_err().contains("does not say when"));
        assert!(read(r#"{"seconds":5}"#).unwrap_err().contains("no `function`"));
        assert!(trigger(r#"{"function":"a.b","when":"tea"}"#).unwrap_err().contains("`when` of the entry `x`"));
    }

    #[test]
    fn names_of_moments_are_looked_up() {
        let whens: Map = serde_json::from_str(r#"{"tea": "4:30pm"}"#).unwrap();
        let entry = Entry::read("x", &serde_json::from_str(r#"{"function":"a.b","when":"tea"}"#).unwrap(), &whens).unwrap();
        assert_eq!(entry.trigger, Trigger::When(vec![clock::parse("16:30").unwrap()]));
    }

    #[test]
    fn defaults_are_salts() {
        let entry = read(r#"{"function":"a.b","seconds":5,"splay":10,"return_job":"nocache"}"#).unwrap();
        assert!(entry.on_start && entry.jid_include && entry.is_enabled && entry.most_running == 1);
        assert_eq!((entry.splay, entry.return_job), (Some(Splay { start: 1, end: 10 }), ReturnJob::NotKept));
        assert!(!read(r#"{"function":"a.b","cron":"* * * * *"}"#).unwrap().on_start);
        assert!(read(r#"{"function":"a.b","seconds":5,"splay":{"start":9,"end":1}}"#).is_err());
    }
}
