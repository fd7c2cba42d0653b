//! Arguments of runners: bound to names once, unknown ones refused.

use manager::Refusal;
use model::{JobId, Target, TargetKind, Timestamp, nearest};
use std::collections::BTreeMap;
use std::time::Duration;
use value::{Map, Value, text};

/// Takes all further positional arguments.
const REST: &str = "*args";
/// Takes all further named arguments.
const EXTRA: &str = "**kwargs";

/// Arguments by name.
#[derive(Debug)]
pub struct Arguments {
    runner: &'static str,
    values: BTreeMap<&'static str, Value>,
    rest: Vec<Value>,
    extra: Map,
}

impl Arguments {
    /// Binds positional and named arguments.
    ///
    /// # Errors
    /// When there are too many, one is not known, or one is given twice.
    pub fn bind(runner: &'static str, names: &[&'static str], mut args: Vec<Value>, kwargs: Map) -> Result<Self, Refusal> {
        let (has_rest, has_extra) = (names.contains(&REST), names.contains(&EXTRA));
        let names: Vec<_> = names.iter().copied().filter(|name| ![REST, EXTRA].contains(name)).collect();
        let rest = if has_rest { args.split_off(names.len().min(args.len())) } else { Vec::new() };
        if args.len() > names.len() {
            return Err(Refusal::invalid(format!("`{runner}` takes {} arguments, not {}: {}", names.len(), args.len(), names.join(", "))));
        }
        let mut values: BTreeMap<_, _> = names.iter().copied().zip(args).collect();
        let mut extra = Map::new();
        for (key, value) in kwargs {
            let key = text::str(&key);
            let Some(name) = names.iter().copied().find(|name| *name == key) else {
                if has_extra {
                    extra.insert(key, value);
                    continue;
                }
                let refusal = Refusal::invalid(format!("`{runner}` has no argument `{key}`"));
                return Err(match nearest(&key, names.iter().copied()) {
                    Some(near) => refusal.with_hint(format!("did you mean `{near}`?")),
                    None => refusal.with_hint(format!("its arguments are: {}", names.join(", "))),
                });
            };
            if values.insert(name, value).is_some() {
                return Err(Refusal::invalid(format!("`{runner}` is given `{name}` twice")));
            }
        }
        Ok(Self { runner, values, rest, extra })
    }

    /// An argument, if it is given and not null.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name).filter(|value| !value.is_null())
    }

    /// An argument, if it is given, also when it is null.
    #[must_use]
    pub fn given(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    /// Further positional arguments.
    #[must_use]
    pub fn rest(&self) -> &[Value] {
        &self.rest
    }

    /// Further named arguments.
    #[must_use]
    pub fn extra(&self) -> &Map {
        &self.extra
    }

    /// An argument as text, if it is given.
    #[must_use]
    pub fn optional_text(&self, name: &str) -> Option<String> {
        self.get(name).map(text::str)
    }

    /// An argument as text.
    ///
    /// # Errors
    /// When it is missing.
    pub fn text(&self, name: &str) -> Result<String, Refusal> {
        self.optional_text(name).ok_or_else(|| Refusal::invalid(format!("`{}` needs the argument `{name}`", self.runner)))
    }

    /// An argument as truth value; false when it is not given.
    #[must_use]
    pub fn flag(&self, name: &str) -> bool {
        self.get(name).is_some_and(Value::is_truthy)
    }

    /// An argument as a span in seconds.
    ///
    /// # Errors
    /// When it is none.
    pub fn seconds(&self, name: &str) -> Result<Option<Duration>, Refusal> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let number = value.as_float().or_else(|| value.as_str().and_then(|text| text.parse().ok()));
        let span = number.and_then(|number| Duration::try_from_secs_f64(number).ok());
        span.map(Some).ok_or_else(|| Refusal::invalid(format!("`{name}` is `{}`, which is no number of seconds", text::str(value))))
    }

    /// An argument as a moment: `2026-11-23`, `2026-11-23 06:19:33`, with `T` too, or a job id. UTC.
    ///
    /// # Errors
    /// When it is none of these.
    pub fn moment(&self, name: &str) -> Result<Option<Timestamp>, Refusal> {
        let Some(text) = self.optional_text(name) else { return Ok(None) };
        moment(&text).map(Some).ok_or_else(|| {
            Refusal::invalid(format!("`{name}` is `{text}`, which is no moment"))
                .with_hint("write it as 2026-11-23 or as 2026-11-23 06:19:33, in UTC")
        })
    }

    /// The arguments `tgt` and `tgt_type` as a target; everybody when they are not given.
    ///
    /// # Errors
    /// When there is no such kind of target.
    pub fn target(&self) -> Result<Target, Refusal> {
        let kind = self.optional_text("tgt_type").map_or(Ok(TargetKind::Glob), |kind| kind.parse()).map_err(Refusal::invalid)?;
        let expression = match self.get("tgt") {
            Some(Value::List(items)) => {
                items.iter().map(text::str).collect::<Vec<_>>().join(if kind == TargetKind::List { "," } else { " " })
            }
            Some(other) => text::str(other),
            None => "*".to_owned(),
        };
        Ok(Target::new(kind, expression))
    }

    /// The argument `jid`.
    ///
    /// # Errors
    /// When it is missing or no job id.
    pub fn job(&self) -> Result<JobId, Refusal> {
        crate::jobs::parse_id(&self.text("jid")?)
    }
}

fn moment(text: &str) -> Option<Timestamp> {
    if let Ok(id) = text.parse::<JobId>() {
        return Some(id.made());
    }
    let numbers: Vec<i64> =
        text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).map(str::parse).collect::<Result<_, _>>().ok()?;
    let mut civil = [0; 7];
    if !(3..=6).contains(&numbers.len()) {
        return None;
    }
    for (place, number) in civil.iter_mut().zip(numbers) {
        *place = number;
    }
    Timestamp::from_civil(civil)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_dates_times_and_job_ids() {
        let at = |civil| Timestamp::from_civil(civil);
        assert_eq!(moment("2026-11-23"), at([2026, 11, 23, 0, 0, 0, 0]));
        assert_eq!(moment("2026-11-23T06:19:33"), at([2026, 11, 23, 6, 19, 33, 0]));
        assert_eq!(moment("20261123061933000001"), at([2026, 11, 23, 6, 19, 33, 1]));
        assert_eq!(moment("yesterday"), None);
    }

    #[test]
    fn further_arguments_go_where_the_runner_takes_them() {
        let kwargs = Map::from_iter([("b", 2), ("z", 3)]);
        let bound = Arguments::bind("x.y", &["a", "b", "*args", "**kwargs"], vec![1.into()], kwargs).unwrap();
        assert_eq!((bound.get("a"), bound.get("b"), bound.extra().len()), (Some(&1.into()), Some(&2.into()), 1));
        let bound = Arguments::bind("x.y", &["a", "*args"], vec![1.into(), 2.into(), 3.into()], Map::new()).unwrap();
        assert_eq!(bound.rest(), [2.into(), 3.into()]);
        assert!(Arguments::bind("x.y", &["a"], vec![1.into(), 2.into()], Map::new()).is_err());
    }
}
