//! `network_info`: counters of interfaces.

use super::section;
use crate::beacons::{Beacon, Finding};
use async_trait::async_trait;
use sdk::{Failure, Map, Read, Value};

/// Counters of the kernel and the names they are told by.
const COUNTERS: [(&str, &str); 8] = [
    ("bytes_sent", "tx_bytes"),
    ("bytes_recv", "rx_bytes"),
    ("packets_sent", "tx_packets"),
    ("packets_recv", "rx_packets"),
    ("errin", "rx_errors"),
    ("errout", "tx_errors"),
    ("dropin", "rx_dropped"),
    ("dropout", "tx_dropped"),
];

struct Wanted {
    interface: String,
    is_equal: bool,
    bounds: Vec<(&'static str, i64)>,
}

/// Tells when a counter has come to its bound.
pub struct Network(Vec<Wanted>);

impl Network {
    /// Reads `interfaces: {eth0: {type: equal|greater, bytes_sent: N, …}}`.
    pub fn new(options: &Map) -> Result<Self, String> {
        let mut wanted = Vec::new();
        for (interface, value) in &section(options, "interfaces") {
            let interface = value::text::str(interface);
            if interface.contains('/') || interface == ".." {
                return Err(format!("`{interface}` is no name of an interface"));
            }
            let own = crate::beacons::options::flat(value);
            let bounds: Vec<_> =
                COUNTERS.iter().filter_map(|(name, _)| own.get(name).and_then(Value::as_int).map(|bound| (*name, bound))).collect();
            let is_equal = own.get("type").and_then(Value::as_str) == Some("equal");
            wanted.push(Wanted { interface, is_equal, bounds });
        }
        if wanted.is_empty() {
            return Err("it needs `interfaces`, such as {eth0: {type: greater, errin: 100}}".to_owned());
        }
        Ok(Self(wanted))
    }
}

impl Wanted {
    fn is_met(&self, counters: &Map) -> bool {
        let met = |(name, bound): &(&str, i64)| {
            let value = counters.get(name).and_then(Value::as_int).unwrap_or_default();
            if self.is_equal { value == *bound } else { value > *bound }
        };
        if self.is_equal {
            !self.bounds.is_empty() && self.bounds.iter().all(met)
        } else {
            self.bounds.is_empty() || self.bounds.iter().any(met)
        }
    }
}

#[async_trait]
impl Beacon for Network {
    async fn look(&mut self, read: &Read) -> Result<Vec<Finding>, Failure> {
        let mut findings = Vec::new();
        for wanted in &self.0 {
            let number = |file: &str| -> Option<i64> {
                let bytes = read.host().read(&format!("/sys/class/net/{}/statistics/{file}", wanted.interface)).ok()?;
                String::from_utf8(bytes).ok()?.trim().parse().ok()
            };
            let counters: Map = COUNTERS.iter().filter_map(|(name, file)| Some((*name, number(file)?))).collect();
            // An interface that is not there has nothing to tell.
            if !counters.is_empty() && wanted.is_met(&counters) {
                let mut data = Map::from_iter([("interface", Value::from(wanted.interface.as_str()))]);
                data.insert("network_info", counters);
                findings.push(Finding { tag: wanted.interface.clone(), data });
            }
        }
        Ok(findings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_met_as_their_type_says() {
        let make = |json: &str| Network::new(&serde_json::from_str(json).unwrap()).unwrap();
        let counters: Map = serde_json::from_str(r#"{"bytes_sent": 10, "errin": 3}"#).unwrap();
        let met = |json: &str| make(json).0[0].is_met(&counters);
        assert!(met(r#"{"interfaces": {"eth0": {"type": "greater", "errin": 2, "bytes_sent": 99}}}"#));
        assert!(!met(r#"{"interfaces": {"eth0": {"type": "equal", "errin": 3, "bytes_sent": 99}}}"#));
        assert!(met(r#"{"interfaces": [{"eth0": {"type": "equal", "errin": 3}}]}"#));
        assert!(met(r#"{"interfaces": {"eth0": {}}}"#), "without bounds every look is told");
        assert!(Network::new(&serde_json::from_str(r#"{"interfaces": {"../x": {}}}"#).unwrap()).is_err());
    }
}
