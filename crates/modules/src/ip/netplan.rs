//! Interfaces of netplan: one file of ours for each interface and one for its routes, which netplan merges with all others.

use super::{Interface, Kind, Provider, Route, lines_of, write};
use async_trait::async_trait;
use sdk::{Cx, Failure, Map, Read, Value};

pub(super) const FOLDER: &str = "/etc/netplan";

fn file(iface: &str) -> String {
    format!("{FOLDER}/90-salt-{iface}.yaml")
}

/// Routes have a file of their own, so that neither state takes away what the other put there; lists of several files are joined.
fn routes_file(iface: &str) -> String {
    format!("{FOLDER}/91-salt-routes-{iface}.yaml")
}

/// The part of the file an interface of this kind stands in.
const fn section(kind: Kind) -> &'static str {
    match kind {
        Kind::Bond => "bonds",
        Kind::Bridge => "bridges",
        Kind::Vlan => "vlans",
        Kind::Eth | Kind::Slave | Kind::Alias | Kind::Source => "ethernets",
    }
}

/// A mapping from its pairs, those without a value left out, in the order of their names.
fn mapping<const N: usize>(pairs: [(&str, Option<Value>); N]) -> Value {
    let mut map: Map = pairs.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
    map.sort_keys();
    Value::Map(map)
}

fn list(items: &[String]) -> Option<Value> {
    (!items.is_empty()).then(|| items.to_vec().into())
}

/// A number where it is one.
fn number(text: String) -> Value {
    text.parse::<i64>().map_or_else(|_| Value::from(text), Value::from)
}

const BOND: [(&str, &str); 11] = [
    ("mode", "mode"),
    ("miimon", "mii-monitor-interval"),
    ("arp_interval", "arp-interval"),
    ("downdelay", "down-delay"),
    ("updelay", "up-delay"),
    ("arp_ip_target", "arp-ip-targets"),
    ("primary", "primary"),
    ("lacp_rate", "lacp-rate"),
    ("ad_select", "ad-select"),
    ("xmit_hash_policy", "transmit-hash-policy"),
    ("fail_over_mac", "fail-over-mac-policy"),
];

fn parameters(interface: &Interface) -> Option<Value> {
    let mut map = Map::new();
    for (key, value) in &interface.bond {
        let Some((_, name)) = BOND.iter().find(|(known, _)| known == key) else { continue };
        let value =
            if *key == "arp_ip_target" { value.split(',').map(Value::from).collect::<Vec<_>>().into() } else { number(value.clone()) };
        map.insert(*name, value);
    }
    if interface.kind == Kind::Bridge {
        let rows = [("stp", interface.flag("stp").map(Value::from)), ("forward-delay", interface.text("fd").map(number))];
        let more = [("ageing-time", interface.text("ageing").map(number)), ("priority", interface.text("bridgeprio").map(number))];
        for (key, value) in rows.into_iter().chain(more) {
            if let Some(value) = value {
                map.insert(key, value);
            }
        }
    }
    map.sort_keys();
    (!map.is_empty()).then_some(Value::Map(map))
}

fn device(interface: &Interface) -> Value {
    let addresses: Vec<String> = interface.v4.iter().chain(&interface.v6).map(super::Address::cidr).collect();
    let router = |gateway: &Option<String>| Some(mapping([("to", Some("default".into())), ("via", Some(gateway.clone()?.into()))]));
    let routes: Vec<Value> = [&interface.gateway, &interface.gateway6].into_iter().filter_map(router).collect();
    let names = mapping([("addresses", list(&interface.dns)), ("search", list(&interface.search))]);
    let match_mac = interface.text("hwaddr").map(|mac| mapping([("macaddress", Some(mac.into()))]));
    let dhcp6 = interface.proto6.as_deref().filter(|proto| *proto == "dhcp").map(|_| true.into());
    mapping([
        ("addresses", list(&addresses)),
        ("dhcp4", Some((interface.proto == "dhcp").into())),
        ("dhcp6", dhcp6),
        ("accept-ra", interface.flag("accept_ra").map(Value::from)),
        ("activation-mode", (!interface.enabled).then(|| "manual".into())),
        ("match", match_mac),
        ("mtu", interface.text("mtu").map(number)),
        ("nameservers", Some(names).filter(|names| names.as_map().is_some_and(|map| !map.is_empty()))),
        ("routes", (!routes.is_empty()).then(|| routes.into())),
        ("interfaces", list(&interface.members)),
        ("parameters", parameters(interface)),
        ("id", interface.vlan.as_ref().map(|(id, _)| i64::from(*id).into())),
        ("link", interface.vlan.as_ref().map(|(_, below)| below.as_str().into())),
    ])
}

/// A whole file around sections.
fn document(mut sections: Map) -> Value {
    sections.insert("renderer", "networkd");
    sections.insert("version", 2);
    sections.sort_keys();
    mapping([("network", Some(Value::Map(sections)))])
}

fn config(interface: &Interface) -> Value {
    let mut sections = Map::new();
    // What a bond, a bridge or a virtual network is made of has to be declared somewhere.
    let below = interface.members.iter().cloned().chain(interface.vlan.as_ref().map(|(_, below)| below.clone()));
    let below: Map = below.map(|name| (name, Value::map())).collect();
    if !below.is_empty() {
        sections.insert("ethernets", below);
    }
    let its: Map = [(interface.name.as_str(), device(interface))].into_iter().collect();
    sections.insert(section(interface.kind), its);
    document(sections)
}

fn lines(read: &Read, document: &Value) -> Vec<String> {
    read.agent().dump_yaml(document).lines().map(|line| format!("{line}\n")).collect()
}

fn with_ends(lines: Vec<String>) -> Vec<String> {
    lines.into_iter().map(|line| format!("{line}\n")).collect()
}

/// The part an interface is declared in by our file; cards need no declaration.
fn declared(read: &Read, iface: &str) -> &'static str {
    let text = read.host().read_text(&file(iface)).unwrap_or_default();
    let found = read.agent().parse_yaml(&text).ok();
    let has = |section: &str| found.as_ref().and_then(|value| value.get("network")?.get(section)?.get(iface)).is_some();
    ["bonds", "bridges", "vlans"].into_iter().find(|section| has(section)).unwrap_or("ethernets")
}

/// netplan, with networkd behind it.
pub(super) struct Netplan;

#[async_trait]
impl Provider for Netplan {
    fn name(&self) -> &'static str {
        "netplan"
    }

    fn present(&self, read: &Read, iface: &str) -> Result<Vec<String>, Failure> {
        Ok(with_ends(lines_of(read, &file(iface))))
    }

    fn wanted(&self, read: &Read, interface: &Interface) -> Result<Vec<String>, Failure> {
        if matches!(interface.kind, Kind::Source | Kind::Alias) {
            return Err(Failure::bad_arguments(
                "netplan has no interfaces of this type; further addresses of an interface stand in `ipaddrs`",
            ));
        }
        Ok(lines(read, &config(interface)))
    }

    fn put(&self, cx: &Cx, interface: &Interface, lines: &[String]) -> Result<(), Failure> {
        // Secrets may stand in these files: netplan warns of any that others can read.
        write(cx, &file(&interface.name), &lines.concat(), Some(0o600))
    }

    fn present_routes(&self, read: &Read, iface: &str) -> Result<Vec<String>, Failure> {
        Ok(with_ends(lines_of(read, &routes_file(iface))))
    }

    fn wanted_routes(&self, read: &Read, iface: &str, routes: &[Route]) -> Result<Vec<String>, Failure> {
        let row = |route: &Route| {
            let metric = route.metric.clone().map(number);
            mapping([("to", Some(route.cidr.as_str().into())), ("via", route.gateway.clone().map(Value::from)), ("metric", metric)])
        };
        let device = mapping([("routes", Some(routes.iter().map(row).collect::<Vec<_>>().into()))]);
        let its: Map = [(iface, device)].into_iter().collect();
        let mut sections = Map::new();
        sections.insert(declared(read, iface), its);
        Ok(lines(read, &document(sections)))
    }

    fn put_routes(&self, cx: &Cx, iface: &str, routes: &[Route]) -> Result<(), Failure> {
        write(cx, &routes_file(iface), &self.wanted_routes(cx, iface, routes)?.concat(), Some(0o600))
    }

    // netplan has nothing that holds for the whole machine.
    fn present_system(&self, _read: &Read) -> Result<Vec<String>, Failure> {
        Ok(Vec::new())
    }

    fn wanted_system(&self, _read: &Read, _settings: &Map) -> Result<Vec<String>, Failure> {
        Ok(Vec::new())
    }

    fn put_system(&self, _cx: &Cx, _settings: &Map) -> Result<(), Failure> {
        Ok(())
    }

    async fn apply_system(&self, cx: &Cx) -> Result<(), Failure> {
        cx.run(["netplan", "apply"]).await.map(drop)
    }

    async fn up(&self, cx: &Cx, iface: &str) -> Result<(), Failure> {
        cx.run(["netplan", "apply"]).await?;
        cx.run(["ip", "link", "set", iface, "up"]).await.map(drop)
    }

    async fn down(&self, cx: &Cx, iface: &str) -> Result<(), Failure> {
        cx.run(["ip", "link", "set", iface, "down"]).await.map(drop)
    }

    async fn apply_routes(&self, cx: &Cx, _iface: &str) -> Result<(), Failure> {
        cx.run(["netplan", "apply"]).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(kind: &str, name: &str, settings: &str) -> String {
        let interface = Interface::parse(name, kind, true, &serde_json::from_str(settings).unwrap()).unwrap();
        serde_json::to_string(&config(&interface)).unwrap()
    }

    // Recorded from Salt 3008.5 on Debian 12 with netplan, but for the family of each address.
    #[test]
    fn documents_are_those_of_salt() {
        let eth = r#"{"proto": "static", "ipaddr": "10.1.0.103", "netmask": "255.255.255.0", "gateway": "10.1.0.1", "dns": ["8.8.8.8", "8.8.4.4"], "mtu": 1400}"#;
        assert_eq!(
            wanted("eth", "eth0", eth),
            r#"{"network":{"ethernets":{"eth0":{"addresses":["10.1.0.103/24"],"dhcp4":false,"mtu":1400,"nameservers":{"addresses":["8.8.8.8","8.8.4.4"]},"routes":[{"to":"default","via":"10.1.0.1"}]}},"renderer":"networkd","version":2}}"#
        );
        let bond = r#"{"proto": "static", "ipaddr": "10.1.0.7", "netmask": "255.255.255.0", "mode": "802.3ad", "slaves": "eth4 eth5", "miimon": 100, "lacp_rate": "fast", "xmit_hash_policy": "layer2"}"#;
        assert_eq!(
            wanted("bond", "bond0", bond),
            r#"{"network":{"bonds":{"bond0":{"addresses":["10.1.0.7/24"],"dhcp4":false,"interfaces":["eth4","eth5"],"parameters":{"lacp-rate":"fast","mii-monitor-interval":100,"mode":"802.3ad","transmit-hash-policy":"layer2"}}},"ethernets":{"eth4":{},"eth5":{}},"renderer":"networkd","version":2}}"#
        );
        let vlan = r#"{"ipaddr": "10.1.12.7", "netmask": "255.255.255.0", "proto": "static"}"#;
        assert_eq!(
            wanted("vlan", "bond0.12", vlan),
            r#"{"network":{"ethernets":{"bond0":{}},"renderer":"networkd","version":2,"vlans":{"bond0.12":{"addresses":["10.1.12.7/24"],"dhcp4":false,"id":12,"link":"bond0"}}}}"#
        );
        assert_eq!(
            wanted("bridge", "br0", r#"{"proto": "dhcp", "ports": "eth1 eth2", "stp": true}"#),
            r#"{"network":{"bridges":{"br0":{"dhcp4":true,"interfaces":["eth1","eth2"],"parameters":{"stp":true}}},"ethernets":{"eth1":{},"eth2":{}},"renderer":"networkd","version":2}}"#
        );
    }
}
