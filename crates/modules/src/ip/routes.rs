//! Routes of an interface, read from the arguments of `network.routes` and `ip.build_routes`.

use super::settings::bits_of;
use sdk::{Failure, Map, Value, text};
use std::net::IpAddr;

/// A route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Name, for people.
    pub name: String,
    /// Network as it was written; netmask or prefix length behind a slash.
    pub network: String,
    /// Network with a prefix length.
    pub cidr: String,
    /// Router.
    pub gateway: Option<String>,
    /// The lower, the sooner it is taken.
    pub metric: Option<String>,
    /// Whether it is one of IPv6.
    pub is_v6: bool,
}

impl Route {
    /// Every route of a call.
    pub fn parse_all(iface: &str, settings: &Map) -> Result<Vec<Self>, Failure> {
        let listed = settings.get("routes").and_then(Value::as_list).unwrap_or_default();
        listed.iter().map(|item| Self::parse(iface, item)).collect()
    }

    fn parse(iface: &str, item: &Value) -> Result<Self, Failure> {
        let of = |key: &str| item.get(key).filter(|value| !value.is_null()).map(text::str);
        let bad = |option: &str| {
            Failure::bad_arguments(format!("Invalid option -- Route: {} of {iface}, Option: {option}", of("name").unwrap_or_default()))
        };
        let written = of("ipaddr").ok_or_else(|| bad("ipaddr is missing"))?;
        let (ip, behind) = match written.split_once('/') {
            Some((ip, behind)) => (ip.to_owned(), Some(behind.to_owned())),
            None => (written.clone(), of("netmask")),
        };
        if ip == "default" || ip == "0.0.0.0" && behind.as_deref() == Some("0.0.0.0") {
            let is_v6 = of("gateway").is_some_and(|gateway| gateway.contains(':'));
            return Ok(Self {
                name: of("name").unwrap_or_default(),
                network: "default".into(),
                cidr: "default".into(),
                gateway: of("gateway"),
                metric: of("metric"),
                is_v6,
            });
        }
        let address: IpAddr = ip.parse().map_err(|_| bad(&format!("ipaddr: {written}")))?;
        let whole = if address.is_ipv4() { 32 } else { 128 };
        let bits = match &behind {
            Some(mask) => bits_of(address, mask).ok_or_else(|| bad(&format!("netmask: {mask}")))?,
            None => whole,
        };
        let network = behind.map_or_else(|| address.to_string(), |mask| format!("{address}/{mask}"));
        let gateway = of("gateway");
        if gateway.as_deref().is_some_and(|gateway| gateway.parse::<IpAddr>().is_err()) {
            return Err(bad(&format!("gateway: {}", gateway.unwrap_or_default())));
        }
        let cidr = format!("{address}/{bits}");
        Ok(Self { name: of("name").unwrap_or_default(), network, cidr, gateway, metric: of("metric"), is_v6: address.is_ipv6() })
    }

    /// What stands behind `ip route add`.
    #[must_use]
    pub fn words(&self, device: Option<&str>) -> String {
        let mut words = self.network.clone();
        for (word, value) in [("via", self.gateway.as_deref()), ("dev", device), ("metric", self.metric.as_deref())] {
            if let Some(value) = value {
                words.push_str(&format!(" {word} {value}"));
            }
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(route: &str) -> Result<Route, Failure> {
        Route::parse("eth0", &serde_json::from_str(route).unwrap())
    }

    #[test]
    fn a_route_is_written_as_it_was_given() {
        let route =
            one(r#"{"name": "two", "ipaddr": "10.3.0.0", "netmask": "255.255.255.0", "gateway": "10.1.0.3", "metric": 5}"#).unwrap();
        assert_eq!(route.words(Some("eth0")), "10.3.0.0/255.255.255.0 via 10.1.0.3 dev eth0 metric 5");
        assert_eq!(route.cidr, "10.3.0.0/24");
        assert!(one(r#"{"ipaddr": "2001:db8:1::/48", "gateway": "2001:db8::9"}"#).unwrap().is_v6);
        assert!(one(r#"{"ipaddr": "10.3.0.0", "netmask": "x"}"#).is_err());
        assert!(one("{}").is_err());
    }
}
