//! The rules of the configuration: who may do what, as `publisher_acl`, `external_auth`, `access_deny`, `peer` and `peer_run` say it.
//!
//! Names fit as a whole: `test.ping` does not allow `test.pingx`. Function names are regular expressions, as in Salt.

use fancy_regex::Regex;
use model::{Call, Glob, Target, TargetKind};
use value::{Map, Value, text};

/// A rule that means nothing.
#[derive(Debug, thiserror::Error)]
pub enum BadRule {
    /// A pattern is none.
    #[error("`{place}`: `{pattern}` is no regular expression: {reason}")]
    Pattern {
        /// Where it stands.
        place: String,
        /// The pattern.
        pattern: String,
        /// What is wrong.
        reason: String,
    },
    /// The shape is wrong.
    #[error("`{place}`: {wanted}")]
    Shape {
        /// Where it stands.
        place: String,
        /// What is wanted.
        wanted: &'static str,
    },
}

/// A regular expression that must fit the whole of a name.
#[derive(Clone, Debug)]
pub struct Whole(Regex);

impl Whole {
    /// Compiles a pattern that stands at `place`.
    ///
    /// # Errors
    /// When it is none.
    pub fn new(pattern: &str, place: &str) -> Result<Self, BadRule> {
        let regex = Regex::new(&format!("^(?:{pattern})$")).map_err(|error| BadRule::Pattern {
            place: place.to_owned(),
            pattern: pattern.to_owned(),
            reason: error.to_string(),
        })?;
        Ok(Self(regex))
    }

    /// Whether a name fits. A pattern that takes too long to decide fits nothing.
    #[must_use]
    pub fn fits(&self, name: &str) -> bool {
        // `$` also stands before a last line break: a name with one is nobody's.
        !name.contains('\n') && self.0.is_match(name).unwrap_or(false)
    }
}

/// Whose rules they are.
#[derive(Clone, Debug)]
pub enum Who {
    /// Users of this name: exactly, by pattern or by regular expression.
    User(String, Option<Whole>),
    /// Members of a group (`name%` or `%name`).
    Group(String),
    /// Whoever has no rules of his own.
    Others,
}

impl Who {
    fn read(text: &str) -> Self {
        if text == "*" {
            return Self::Others;
        }
        match text.strip_suffix('%').or_else(|| text.strip_prefix('%')) {
            Some(group) => Self::Group(group.to_owned()),
            None => Self::User(text.to_owned(), Whole::new(text, "").ok()),
        }
    }

    /// Whether a user is meant by name.
    #[must_use]
    pub fn names(&self, user: &str) -> bool {
        match self {
            Self::User(name, regex) => {
                name == user || Glob::new(name).matches(user) || regex.as_ref().is_some_and(|regex| regex.fits(user))
            }
            Self::Group(_) | Self::Others => false,
        }
    }
}

/// A function, with what its arguments must be.
#[derive(Clone, Debug)]
pub struct Function {
    name: Whole,
    args: Vec<Option<Whole>>,
    kwargs: Vec<(String, Option<Whole>)>,
}

impl Function {
    fn read(value: &Value, place: &str) -> Result<Self, BadRule> {
        let shape = |wanted| BadRule::Shape { place: place.to_owned(), wanted };
        let (name, wanted) = match value {
            Value::Str(name) => (name.clone(), None),
            Value::Map(map) if map.len() == 1 => {
                let (name, wanted) = map.iter().next().ok_or_else(|| shape("a function is wanted"))?;
                (text::str(name), Some(wanted))
            }
            _ => return Err(shape("a function is a pattern, or a mapping of a pattern to `args` and `kwargs`")),
        };
        let pattern = |value: &Value| match value {
            Value::Null => Ok(None),
            other => Whole::new(&text::str(other), place).map(Some),
        };
        let mut function = Self { name: Whole::new(&name, place)?, args: Vec::new(), kwargs: Vec::new() };
        let Some(wanted) = wanted else { return Ok(function) };
        let Value::Map(wanted) = wanted else { return Err(shape("what a function's arguments must be is a mapping")) };
        for (key, value) in wanted {
            match (key.as_str(), value) {
                (Some("args"), Value::List(args)) => function.args = args.iter().map(pattern).collect::<Result<_, _>>()?,
                (Some("kwargs"), Value::Map(kwargs)) => {
                    let named = |(name, value): (&Value, &Value)| Ok((text::str(name), pattern(value)?));
                    function.kwargs = kwargs.iter().map(named).collect::<Result<_, BadRule>>()?;
                }
                _ => return Err(shape("`args` takes a list, `kwargs` takes a mapping, and nothing else is known here")),
            }
        }
        Ok(function)
    }

    /// Whether a call fits: its name, and every argument that the rule speaks of.
    #[must_use]
    pub fn fits(&self, name: &str, args: &[Value], kwargs: &Map) -> bool {
        let holds = |wanted: &Option<Whole>, given: Option<&Value>| match (wanted, given) {
            (None, _) => true,
            (Some(wanted), Some(given)) => wanted.fits(&text::str(given)),
            (Some(_), None) => false,
        };
        self.name.fits(name)
            && self.args.iter().enumerate().all(|(place, wanted)| holds(wanted, args.get(place)))
            && self.kwargs.iter().all(|(name, wanted)| holds(wanted, kwargs.get(name)))
    }

    /// Whether a call of a job fits.
    #[must_use]
    pub fn fits_call(&self, call: &Call) -> bool {
        self.fits(call.function.as_str(), &call.args, &call.kwargs)
    }
}

/// Functions of the master: runners or wheel functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Runners.
    Runner,
    /// Wheel functions.
    Wheel,
}

impl Side {
    /// The word in rules and events.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Runner => "runner",
            Self::Wheel => "wheel",
        }
    }

    /// The word in tags of events.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Runner => "run",
            Self::Wheel => "wheel",
        }
    }
}

/// What is allowed, or denied.
#[derive(Clone, Debug)]
pub enum Rule {
    /// A function on every minion.
    Everywhere(Function),
    /// Functions on some minions.
    On(Target, Vec<Function>),
    /// `@runner`, `@wheel`, or with functions of these.
    Master(Side, Vec<Function>),
    /// `@jobs`: a module of runners or of wheel functions, whole or some functions of it.
    Module(String, Vec<Function>),
}

impl Rule {
    /// Reads a rule that stands at `place`.
    ///
    /// # Errors
    /// When it means nothing.
    pub fn read(value: &Value, place: &str) -> Result<Self, BadRule> {
        let shape = |wanted| BadRule::Shape { place: place.to_owned(), wanted };
        let special = |name: &str, functions: Vec<Function>| match name {
            "runner" | "runners" => Self::Master(Side::Runner, functions),
            "wheel" | "wheels" => Self::Master(Side::Wheel, functions),
            module => Self::Module(module.to_owned(), functions),
        };
        match value {
            Value::Str(text) => match text.strip_prefix('@') {
                Some(name) => Ok(special(name, Vec::new())),
                None => Function::read(value, place).map(Self::Everywhere),
            },
            Value::Map(map) if map.len() == 1 => {
                let (key, functions) = map.iter().next().ok_or_else(|| shape("a rule is wanted"))?;
                let functions = match functions {
                    Value::List(items) => items.iter().map(|item| Function::read(item, place)).collect::<Result<_, _>>()?,
                    one => vec![Function::read(one, place)?],
                };
                let key = text::str(key);
                Ok(match key.strip_prefix('@') {
                    Some(name) => special(name, functions),
                    None => Self::On(Target::new(TargetKind::Compound, key), functions),
                })
            }
            _ => Err(shape("a rule is a function pattern, `@runner`, `@wheel`, `@module`, or a mapping of a target to functions")),
        }
    }

    /// Whether it speaks of a function of the master.
    #[must_use]
    pub fn fits_master(&self, side: Side, name: &str, args: &[Value], kwargs: &Map) -> bool {
        match self {
            Self::Everywhere(_) | Self::On(..) => false,
            Self::Master(of, functions) => {
                *of == side && (functions.is_empty() || functions.iter().any(|function| function.fits(name, args, kwargs)))
            }
            Self::Module(module, functions) => name.split_once('.').is_some_and(|(of, function)| {
                of == module && (functions.is_empty() || functions.iter().any(|one| one.fits(function, args, kwargs)))
            }),
        }
    }
}

/// The rules of one user or group.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Whose they are.
    pub who: Who,
    /// As it stands in the configuration, for explanations.
    pub place: String,
    /// The rules.
    pub rules: Vec<Rule>,
    /// The rules as they stand in the configuration.
    pub shown: Vec<Value>,
}

/// Reads a mapping of users to rules; keys that begin with `^` are options of a backend.
///
/// # Errors
/// With the first rule that means nothing.
pub fn entries(map: &Map, place: &str) -> Result<Vec<Entry>, BadRule> {
    let named = map.iter().map(|(name, rules)| (text::str(name), rules)).filter(|(name, _)| !name.starts_with('^'));
    let entry = |(name, rules): (String, &Value)| {
        let place = format!("{place}:{name}");
        let shown = match rules {
            Value::List(items) => items.clone(),
            Value::Null => Vec::new(),
            one => vec![one.clone()],
        };
        let rules = shown.iter().map(|rule| Rule::read(rule, &place)).collect::<Result<_, _>>()?;
        Ok(Entry { who: Who::read(&name), place, rules, shown })
    };
    named.map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(json: &str) -> Result<Vec<Entry>, BadRule> {
        entries(&serde_json::from_str(json).unwrap(), "publisher_acl")
    }

    #[test]
    fn a_name_fits_as_a_whole_and_never_with_something_after_it() {
        let whole = Whole::new("test.ping|cmd.run", "x").unwrap();
        assert!(whole.fits("test.ping") && whole.fits("cmd.run"));
        for bad in ["test.pingx", "xcmd.run", "test.ping\n", "test.ping;id", ""] {
            assert!(!whole.fits(bad), "{bad:?}");
        }
    }

    #[test]
    fn arguments_that_a_rule_names_must_be_there_and_fit() {
        let entries = rules(r#"{"fred": [{"web*": [{"cmd.run": {"args": ["uptime", null], "kwargs": {"cwd": "/srv/.*"}}}]}]}"#).unwrap();
        let Rule::On(_, functions) = &entries[0].rules[0] else { panic!() };
        let kwargs = |cwd: &str| Map::from_iter([("cwd", cwd)]);
        assert!(functions[0].fits("cmd.run", &["uptime".into()], &kwargs("/srv/x")));
        assert!(!functions[0].fits("cmd.run", &["uptime; id".into()], &kwargs("/srv/x")));
        assert!(!functions[0].fits("cmd.run", &["uptime".into()], &kwargs("/etc")));
        assert!(!functions[0].fits("cmd.run", &[], &kwargs("/srv/x")));
    }

    #[test]
    fn functions_of_the_master_need_rules_of_their_own() {
        let entries =
            rules(r#"{"a": [".*"], "b": ["@runner"], "c": ["@jobs"], "d": [{"@jobs": ["list_jobs"]}], "e": [{"@wheel": ["key\\..*"]}]}"#)
                .unwrap();
        let may = |at: usize, side, name| entries[at].rules[0].fits_master(side, name, &[], &Map::new());
        assert!(!may(0, Side::Runner, "jobs.list_jobs") && !may(0, Side::Wheel, "key.list_all"));
        assert!(may(1, Side::Runner, "jobs.list_jobs") && !may(1, Side::Wheel, "key.list_all"));
        assert!(may(2, Side::Runner, "jobs.active") && !may(2, Side::Runner, "manage.up"));
        assert!(may(3, Side::Runner, "jobs.list_jobs") && !may(3, Side::Runner, "jobs.list_jobs_filter"));
        assert!(may(4, Side::Wheel, "key.accept") && !may(4, Side::Wheel, "config.values"));
    }

    #[test]
    fn a_rule_that_means_nothing_is_told_with_its_place() {
        for (bad, wanted) in
            [(r#"{"a": ["("]}"#, "publisher_acl:a"), (r#"{"a": [5]}"#, "publisher_acl:a"), (r#"{"a": [{"x": [{"f": 5}]}]}"#, "mapping")]
        {
            assert!(rules(bad).unwrap_err().to_string().contains(wanted), "{bad}");
        }
    }
}
