//! What ifupdown is told of an interface: its stanzas.

use super::{Interface, Kind};

/// Settings that are written as they are, by the name ifupdown gives them.
const PLAIN: [(&str, &str); 8] = [
    ("hwaddr", "hwaddress"),
    ("metric", "metric"),
    ("hostname", "hostname"),
    ("broadcast", "broadcast"),
    ("pointopoint", "pointopoint"),
    ("mtu", "mtu"),
    ("scope", "scope"),
    ("vendor", "vendor"),
];

const COMMANDS: [(&str, &str); 6] = [
    ("pre_up_cmds", "pre-up"),
    ("up_cmds", "up"),
    ("post_up_cmds", "post-up"),
    ("pre_down_cmds", "pre-down"),
    ("down_cmds", "down"),
    ("post_down_cmds", "post-down"),
];

const LINK: [(&str, &str); 3] = [("speed", "link-speed"), ("duplex", "link-duplex"), ("autoneg", "link-autoneg")];
const OFFLOAD: [&str; 8] = ["gro", "gso", "lro", "rx", "sg", "tso", "tx", "ufo"];
const BRIDGE: [(&str, &str); 7] = [
    ("stp", "bridge_stp"),
    ("fd", "bridge_fd"),
    ("maxwait", "bridge_maxwait"),
    ("hello", "bridge_hello"),
    ("maxage", "bridge_maxage"),
    ("ageing", "bridge_ageing"),
    ("bridgeprio", "bridge_bridgeprio"),
];

/// The lines of an interface in `/etc/network/interfaces`, a blank one at their end.
pub(super) fn stanza(interface: &Interface) -> Vec<String> {
    let name = &interface.name;
    if interface.kind == Kind::Source {
        return vec![format!("source {name}\n"), "\n".to_owned()];
    }
    let mut out = Vec::new();
    if interface.enabled {
        let word = if interface.flag("hotplug") == Some(true) { "allow-hotplug" } else { "auto" };
        out.push(format!("{word} {name}\n"));
    }
    let proto = if interface.proto == "none" { "manual" } else { &interface.proto };
    let mut rows = Rows::default();
    for (key, word) in PLAIN.iter().take(3) {
        rows.text(word, interface.text(key));
    }
    if proto == "static" {
        for address in &interface.v4 {
            rows.text("address", Some(address.written()));
        }
        rows.text("netmask", interface.v4.iter().find_map(|address| address.netmask.clone()));
        for (key, word) in PLAIN.iter().skip(3).take(2) {
            rows.text(word, interface.text(key));
        }
        rows.text("gateway", interface.gateway.clone());
    }
    common(interface, &mut rows);
    for (key, word) in LINK {
        rows.text(word, interface.text(key));
    }
    for key in OFFLOAD {
        rows.text(&format!("offload-{key}"), interface.flag(key).map(|on| if on { "on" } else { "off" }.to_owned()));
    }
    if let Some((_, below)) = &interface.vlan {
        rows.text("vlan-raw-device", Some(below.clone()));
    }
    if interface.kind == Kind::Bridge {
        rows.text("bridge_ports", Some(if interface.members.is_empty() { "none".to_owned() } else { interface.members.join(" ") }));
        for (key, word) in BRIDGE {
            let value =
                if key == "stp" { interface.flag(key).map(|on| if on { "on" } else { "off" }.to_owned()) } else { interface.text(key) };
            rows.text(word, value.or_else(|| if key == "fd" { interface.text("delay") } else { None }));
        }
    }
    if interface.kind == Kind::Bond {
        rows.text("bond-slaves", Some(if interface.members.is_empty() { "none".to_owned() } else { interface.members.join(" ") }));
        for (key, value) in &interface.bond {
            rows.text(&format!("bond-{key}"), Some(value.clone()));
        }
    }
    if interface.kind == Kind::Slave {
        rows.text("bond-master", interface.text("master"));
    }
    for key in interface.keys().filter(|key| key.starts_with("wireless-") || key.starts_with("wpa-") || key.starts_with("ethernet-")) {
        rows.text(&key, interface.text(&key));
    }
    commands(interface, &mut rows);
    out.push(format!("iface {name} inet {proto}\n"));
    out.append(&mut rows.0);
    if let Some(proto6) = &interface.proto6 {
        let mut rows = Rows::default();
        for address in interface.v6.iter() {
            rows.text("address", Some(address.written()));
        }
        rows.text("netmask", interface.v6.iter().find_map(|address| address.netmask.clone()));
        rows.text("gateway", interface.gateway6.clone());
        for key in ["accept_ra", "autoconf", "privext"] {
            let number = interface.flag(key).map(|on| u8::from(on).to_string());
            rows.text(key, interface.text(key).filter(|value| value.parse::<u8>().is_ok()).or(number));
        }
        if interface.v4.is_empty() && proto == "manual" {
            common(interface, &mut rows);
        }
        out.push(format!("iface {name} inet6 {proto6}\n"));
        out.append(&mut rows.0);
    }
    out.push("\n".to_owned());
    out
}

fn common(interface: &Interface, rows: &mut Rows) {
    for (key, word) in PLAIN.iter().skip(5) {
        rows.text(word, interface.text(key));
    }
    if !interface.dns.is_empty() {
        rows.text("dns-nameservers", Some(interface.dns.join(" ")));
    }
    if !interface.search.is_empty() {
        rows.text("dns-search", Some(interface.search.join(" ")));
    }
}

fn commands(interface: &Interface, rows: &mut Rows) {
    for (key, word) in COMMANDS {
        for command in interface.lines(key) {
            rows.text(word, Some(command));
        }
    }
}

#[derive(Default)]
struct Rows(Vec<String>);

impl Rows {
    fn text(&mut self, word: &str, value: Option<String>) {
        if let Some(value) = value {
            self.0.push(format!("    {word} {}\n", value.split_whitespace().collect::<Vec<_>>().join(" ")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(kind: &str, name: &str, settings: &str) -> Vec<String> {
        stanza(&Interface::parse(name, kind, true, &serde_json::from_str(settings).unwrap()).unwrap())
    }

    #[test]
    fn stanzas_are_those_of_salt() {
        // Recorded from Salt 3008.5.
        let eth = wanted(
            "eth",
            "eth0",
            r#"{"proto": "static", "ipaddr": "10.1.0.103", "netmask": "255.255.255.0", "gateway": "10.1.0.1", "dns": ["8.8.8.8", "8.8.4.4"], "mtu": 1400}"#,
        );
        assert_eq!(
            eth.concat(),
            "auto eth0\niface eth0 inet static\n    address 10.1.0.103\n    netmask 255.255.255.0\n    gateway 10.1.0.1\n    mtu 1400\n    dns-nameservers 8.8.8.8 8.8.4.4\n\n"
        );
        let slave = wanted("slave", "eth4", r#"{"master": "bond0"}"#);
        assert_eq!(slave.concat(), "auto eth4\niface eth4 inet manual\n    bond-master bond0\n\n");
        let manual = wanted(
            "eth",
            "eth2",
            r#"{"proto": "manual", "up_cmds": ["ip link set eth2 up"], "post_down_cmds": ["echo x"], "hwaddr": "aa:bb:cc:dd:ee:ff"}"#,
        );
        assert_eq!(
            manual.concat(),
            "auto eth2\niface eth2 inet manual\n    hwaddress aa:bb:cc:dd:ee:ff\n    up ip link set eth2 up\n    post-down echo x\n\n"
        );
    }

    #[test]
    fn a_bridge_a_bond_and_a_virtual_network_say_what_they_are_made_of() {
        let bridge = wanted("bridge", "br0", r#"{"proto": "dhcp", "ports": "eth1 eth2", "stp": true, "maxwait": 0}"#);
        assert_eq!(
            bridge.concat(),
            "auto br0\niface br0 inet dhcp\n    bridge_ports eth1 eth2\n    bridge_stp on\n    bridge_maxwait 0\n\n"
        );
        let bond = wanted("bond", "bond0", r#"{"proto": "manual", "slaves": "eth4 eth5", "mode": 4, "miimon": 100}"#);
        assert_eq!(
            bond.concat(),
            "auto bond0\niface bond0 inet manual\n    bond-slaves eth4 eth5\n    bond-mode 802.3ad\n    bond-miimon 100\n\n"
        );
        let vlan = wanted("vlan", "bond0.12", r#"{"ipaddr": "10.1.12.7/24", "ipv6addr": "2001:db8::5/64"}"#);
        assert_eq!(
            vlan.concat(),
            "auto bond0.12\niface bond0.12 inet static\n    address 10.1.12.7/24\n    vlan-raw-device bond0\niface bond0.12 inet6 static\n    address 2001:db8::5/64\n\n"
        );
    }
}
