//! `network_settings`: attributes of network interfaces that have changed, or have become what is waited for.

use super::section;
use crate::beacons::{Beacon, Finding};
use async_trait::async_trait;
use model::Glob;
use sdk::{Failure, Map, Read, Value};
use std::collections::BTreeMap;
use value::text;

/// Attributes with the file of the kernel that has them.
const FILES: [(&str, &str); 13] = [
    ("address", "address"),
    ("broadcast", "broadcast"),
    ("carrier", "carrier"),
    ("carrier_changes", "carrier_changes"),
    ("flags", "flags"),
    ("group", "netdev_group"),
    ("ifi_type", "type"),
    ("index", "ifindex"),
    ("linkmode", "link_mode"),
    ("mtu", "mtu"),
    ("operstate", "operstate"),
    ("promiscuity", "flags"),
    ("txqlen", "tx_queue_len"),
];
/// The kernel's flag of an interface that takes everything.
const PROMISCUOUS: i64 = 0x100;
/// Attribute that holds all addresses.
const ADDRESSES: &str = "ipaddr";

type Interface = BTreeMap<String, Value>;
/// An attribute, and the value that alone is told of, if there is one.
type Watched = (String, Option<Value>);

/// Watches interfaces.
pub struct Settings {
    /// Pattern of names, and what is watched of them.
    wanted: Vec<(Glob, Vec<Watched>)>,
    /// All changes of an interface in one event (`coalesce`).
    together: bool,
    last: BTreeMap<String, Interface>,
}

impl Settings {
    /// Reads `interfaces: {eth0: {ipaddr: , promiscuity: {onvalue: 1}}}`.
    pub fn new(options: &Map) -> Result<Self, String> {
        let mut wanted = Vec::new();
        for (name, attributes) in &section(options, "interfaces") {
            let mut watched = Vec::new();
            for (attribute, how) in &crate::beacons::options::flat(attributes) {
                let attribute = text::str(attribute);
                if attribute != ADDRESSES && !FILES.iter().any(|(known, _)| *known == attribute) {
                    let known: Vec<&str> = FILES.iter().map(|(known, _)| *known).chain([ADDRESSES]).collect();
                    return Err(format!("an interface has no `{attribute}` here; there are {}", known.join(", ")));
                }
                watched.push((attribute, how.get("onvalue").cloned()));
            }
            wanted.push((Glob::new(&text::str(name)), watched));
        }
        if wanted.is_empty() {
            return Err("it needs `interfaces`, such as {eth0: {ipaddr: , mtu: }}".to_owned());
        }
        Ok(Self { wanted, together: options.get("coalesce").is_some_and(Value::is_truthy), last: BTreeMap::new() })
    }

    fn judge(&mut self, now: BTreeMap<String, Interface>) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (name, attributes) in &now {
            let Some(before) = self.last.get(name) else { continue };
            let Some((_, watched)) = self.wanted.iter().find(|(glob, _)| glob.matches(name)) else { continue };
            let mut changes = Map::new();
            for (attribute, wanted) in watched {
                let (old, new) = (before.get(attribute), attributes.get(attribute));
                let is_told = old != new && wanted.as_ref().is_none_or(|wanted| new == Some(wanted));
                if let (true, Some(new)) = (is_told, new) {
                    changes.insert(attribute.as_str(), new.clone());
                }
            }
            let event = |change: Map| Finding {
                tag: name.clone(),
                data: Map::from_iter([("interface", Value::from(name)), ("change", change.into())]),
            };
            if self.together && !changes.is_empty() {
                findings.push(event(changes));
            } else {
                findings.extend(changes.into_iter().map(|(attribute, value)| event(Map::from_iter([(text::str(&attribute), value)]))));
            }
        }
        self.last = now;
        findings
    }
}

/// What an attribute's file says.
fn read_as(attribute: &str, said: &str) -> Value {
    let said = said.trim();
    let number = match said.strip_prefix("0x") {
        Some(digits) => i64::from_str_radix(digits, 16).ok(),
        None => said.parse().ok(),
    };
    match (attribute, number) {
        ("promiscuity", Some(flags)) => Value::Int(i64::from(flags & PROMISCUOUS != 0)),
        (_, Some(number)) => Value::Int(number),
        (_, None) => Value::from(said),
    }
}

fn addresses() -> BTreeMap<String, Vec<String>> {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for one in nix::ifaddrs::getifaddrs().into_iter().flatten() {
        let Some(address) = one.address else { continue };
        let text = match (address.as_sockaddr_in(), address.as_sockaddr_in6()) {
            (Some(four), _) => four.ip().to_string(),
            (_, Some(six)) => six.ip().to_string(),
            _ => continue,
        };
        all.entry(one.interface_name).or_default().push(text);
    }
    all.values_mut().for_each(|list| list.sort());
    all
}

#[async_trait]
impl Beacon for Settings {
    async fn look(&mut self, read: &Read) -> Result<Vec<Finding>, Failure> {
        const ROOT: &str = "/sys/class/net";
        let host = read.host();
        let names = host.list(ROOT).map_err(|error| Failure::failed(output::chain(&error)))?;
        let addresses = addresses();
        let mut now = BTreeMap::new();
        for name in names {
            // Some files cannot be read while an interface is down: then there is nothing to tell.
            let said = |file: &str| host.read(&format!("{ROOT}/{name}/{file}")).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            let mut interface: Interface =
                FILES.iter().filter_map(|(attribute, file)| Some(((*attribute).to_owned(), read_as(attribute, &said(file)?)))).collect();
            interface.insert(ADDRESSES.to_owned(), addresses.get(&name).cloned().unwrap_or_default().into());
            now.insert(name, interface);
        }
        Ok(self.judge(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(mtu: i64, flags: &str) -> BTreeMap<String, Interface> {
        let attributes =
            [("mtu", Value::Int(mtu)), ("promiscuity", read_as("promiscuity", flags)), ("operstate", read_as("operstate", "up\n"))];
        BTreeMap::from([("eth0".to_owned(), attributes.map(|(name, value)| (name.to_owned(), value)).into())])
    }

    fn told(options: &str, states: &[BTreeMap<String, Interface>]) -> Vec<String> {
        let mut beacon = Settings::new(&serde_json::from_str(options).unwrap()).unwrap();
        let findings = states.iter().flat_map(|state| beacon.judge(state.clone()));
        findings.map(|finding| format!("{} {}", finding.tag, serde_json::to_string(&finding.data).unwrap())).collect()
    }

    #[test]
    fn changes_are_told_singly_or_together_or_at_a_value() {
        let states = [state(1500, "0x1003"), state(9000, "0x1103\n"), state(9000, "0x1003")];
        assert_eq!(
            told(r#"{"interfaces": {"eth*": {"mtu": null, "promiscuity": {"onvalue": 1}}}}"#, &states),
            [r#"eth0 {"interface":"eth0","change":{"mtu":9000}}"#, r#"eth0 {"interface":"eth0","change":{"promiscuity":1}}"#]
        );
        assert_eq!(
            told(r#"{"coalesce": true, "interfaces": [{"eth0": {"mtu": null, "promiscuity": null}}]}"#, &states),
            [
                r#"eth0 {"interface":"eth0","change":{"mtu":9000,"promiscuity":1}}"#,
                r#"eth0 {"interface":"eth0","change":{"promiscuity":0}}"#
            ]
        );
        assert!(told(r#"{"interfaces": {"lo": {"mtu": null}}}"#, &states).is_empty());
        assert!(Settings::new(&serde_json::from_str(r#"{"interfaces": {"lo": {"mtx": null}}}"#).unwrap()).is_err());
    }
}
