//! `load`: the load averages leave their range.

use crate::beacons::{Beacon, Finding};
use async_trait::async_trait;
use sdk::{Failure, Map, Read, Value};

const NAMES: [&str; 3] = ["1m", "5m", "15m"];

/// Tells when a load average is below or above its bounds.
pub struct Load {
    bounds: Vec<(usize, f64, f64)>,
    only_changes: bool,
    at_start: bool,
    /// Whether the last look was outside, once there was one.
    last: Option<bool>,
}

impl Load {
    /// Reads `averages: {1m: [low, high], …}`.
    pub fn new(options: &Map) -> Result<Self, String> {
        let mut bounds = Vec::new();
        for (name, value) in &super::section(options, "averages") {
            let name = value::text::str(name);
            let place =
                NAMES.iter().position(|known| *known == name).ok_or_else(|| format!("`averages` has 1m, 5m and 15m, not {name}"))?;
            let part = |index: usize| value.as_list().and_then(|list| list.get(index)).and_then(super::percent);
            match (part(0), part(1)) {
                (Some(low), Some(high)) => bounds.push((place, low, high)),
                _ => return Err(format!("the average {name} needs a lower and an upper bound, such as [0.0, 2.0]")),
            }
        }
        if bounds.is_empty() {
            return Err("it needs `averages`, such as {1m: [0.0, 2.0]}".to_owned());
        }
        let flag = |key: &str, default: bool| options.get(key).map_or(default, Value::is_truthy);
        Ok(Self { bounds, only_changes: flag("onchangeonly", false), at_start: flag("emitatstartup", true), last: None })
    }

    fn judge(&mut self, averages: [f64; 3]) -> bool {
        let value = |place: usize| averages.get(place).copied().unwrap_or_default();
        let is_outside = self.bounds.iter().any(|(place, low, high)| value(*place) < *low || value(*place) > *high);
        let last = self.last.replace(is_outside);
        match last {
            None => is_outside && (self.at_start || !self.only_changes),
            Some(last) if self.only_changes => last != is_outside,
            Some(_) => is_outside,
        }
    }
}

#[async_trait]
impl Beacon for Load {
    async fn look(&mut self, read: &Read) -> Result<Vec<Finding>, Failure> {
        let text = read.host().read("/proc/loadavg").map_err(|error| Failure::failed(output::chain(&error)))?;
        let text = String::from_utf8_lossy(&text);
        let mut averages = [0.0; 3];
        for (place, word) in averages.iter_mut().zip(text.split_whitespace()) {
            *place = word.parse().map_err(|_| Failure::failed(format!("`{word}` in /proc/loadavg is no number")))?;
        }
        if !self.judge(averages) {
            return Ok(Vec::new());
        }
        Ok(vec![Finding::plain(NAMES.into_iter().zip(averages).collect())])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_tells_outside_of_the_bounds_or_only_changes() {
        let make = |json: &str| Load::new(&serde_json::from_str(json).unwrap()).unwrap();
        let mut each = make(r#"{"averages": {"1m": [0.5, 2.0], "5m": [0, 9]}}"#);
        assert_eq!([0.1, 1.0, 3.0, 3.0].map(|load| each.judge([load, 1.0, 1.0])), [true, false, true, true]);
        let mut changes = make(r#"{"averages": [{"1m": [0.5, 2.0]}], "onchangeonly": true, "emitatstartup": false}"#);
        assert_eq!([3.0, 3.0, 1.0, 1.0, 3.0].map(|load| changes.judge([load, 1.0, 1.0])), [false, false, true, false, true]);
        assert!(Load::new(&Map::new()).is_err());
    }
}
