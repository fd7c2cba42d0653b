//! `service`: services that run, or do not.

use super::section;
use crate::beacons::{Beacon, Finding};
use async_trait::async_trait;
use sdk::{CallArgs, Failure, Map, Read, Value};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

struct Wanted {
    only_changes: bool,
    at_start: bool,
    delay: Duration,
    last: Option<bool>,
    /// Another state than the last, and since when it has been seen.
    changing: Option<(bool, Instant)>,
}

/// Tells how services are.
pub struct Services(BTreeMap<String, Wanted>);

impl Services {
    /// Reads `services: {name: {onchangeonly, delay, emitatstartup}}`.
    pub fn new(options: &Map) -> Result<Self, String> {
        let services = section(options, "services");
        if services.is_empty() {
            return Err("it needs `services`, such as {nginx: {onchangeonly: true}}".to_owned());
        }
        let wanted = |value: &Value| {
            let own = crate::beacons::options::flat(value);
            let flag = |key: &str, default: bool| own.get(key).map_or(default, Value::is_truthy);
            let delay = own.get("delay").and_then(Value::as_float).and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
            Wanted {
                only_changes: flag("onchangeonly", false),
                at_start: flag("emitatstartup", true),
                delay: delay.unwrap_or_default(),
                last: None,
                changing: None,
            }
        };
        Ok(Self(services.iter().map(|(name, value)| (value::text::str(name), wanted(value))).collect()))
    }
}

impl Wanted {
    /// Whether it is worth an event.
    fn judge(&mut self, runs: bool, now: Instant) -> bool {
        let Some(last) = self.last else {
            self.last = Some(runs);
            return !self.only_changes || self.at_start;
        };
        if !self.only_changes {
            self.last = Some(runs);
            return true;
        }
        if last == runs {
            self.changing = None;
            return false;
        }
        let since = match self.changing {
            Some((state, since)) if state == runs => since,
            _ => now,
        };
        self.changing = Some((runs, since));
        if now.duration_since(since) < self.delay {
            return false;
        }
        self.last = Some(runs);
        self.changing = None;
        true
    }
}

#[async_trait]
impl Beacon for Services {
    async fn look(&mut self, read: &Read) -> Result<Vec<Finding>, Failure> {
        let mut findings = Vec::new();
        for (name, wanted) in &mut self.0 {
            let args = CallArgs::new(vec![Value::from(name.as_str())], Map::new());
            let runs = read.agent().call("service.status", args).await?.is_truthy();
            if wanted.judge(runs, Instant::now()) {
                let mut data = Map::from_iter([("service_name", Value::from(name.as_str()))]);
                data.insert(name.as_str(), Map::from_iter([("running", runs)]));
                findings.push(Finding { tag: name.clone(), data });
            }
        }
        Ok(findings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_told_once_and_after_its_delay() {
        let options =
            serde_json::from_str(r#"{"services": {"a": {"onchangeonly": true, "delay": 5, "emitatstartup": false}, "b": {}}}"#).unwrap();
        let mut services = Services::new(&options).unwrap();
        let begin = Instant::now();
        let at = |second: u64| begin + Duration::from_secs(second);
        let a = services.0.get_mut("a").unwrap();
        let told = [(true, 0), (false, 1), (true, 3), (false, 4), (false, 8), (false, 9), (false, 20)]
            .map(|(runs, second)| a.judge(runs, at(second)));
        assert_eq!(told, [false, false, false, false, false, true, false]);
        let b = services.0.get_mut("b").unwrap();
        assert!(b.judge(true, at(0)) && b.judge(true, at(1)));
    }
}
