//! Interfaces of the initscripts: `ifcfg-*` and `route-*` in `/etc/sysconfig/network-scripts`, and `/etc/sysconfig/network`.

use super::debian::restart;
use super::{Interface, Kind, Provider, Route, lines_of, with_values, write, yes};
use async_trait::async_trait;
use sdk::{Cx, Failure, Map, Read, text};

pub(super) const FOLDER: &str = "/etc/sysconfig/network-scripts";
const SYSTEM: &str = "/etc/sysconfig/network";

fn ifcfg(iface: &str) -> String {
    format!("{FOLDER}/ifcfg-{iface}")
}

const ETHTOOL: [&str; 10] = ["advertise", "autoneg", "duplex", "gro", "gso", "rx", "sg", "speed", "tso", "tx"];

fn config(interface: &Interface) -> Vec<String> {
    let mut rows = Rows::default();
    rows.put("DEVICE", Some(interface.name.clone()));
    rows.put("HWADDR", interface.text("hwaddr"));
    rows.put("MACADDR", interface.text("macaddr"));
    rows.put("USERCTL", Some(yes(interface.flag("userctl") == Some(true)).to_owned()));
    if interface.vlan.is_some() {
        rows.put("VLAN", Some("yes".to_owned()));
    }
    rows.put(
        "TYPE",
        match interface.kind {
            Kind::Eth => Some("Ethernet".to_owned()),
            Kind::Bond => Some("Bond".to_owned()),
            Kind::Bridge => Some("Bridge".to_owned()),
            Kind::Slave | Kind::Vlan | Kind::Alias | Kind::Source => None,
        },
    );
    if interface.kind == Kind::Slave {
        rows.put("MASTER", interface.text("master"));
        rows.put("SLAVE", Some("yes".to_owned()));
    }
    let proto = match interface.proto.as_str() {
        "dhcp" | "bootp" => interface.proto.clone(),
        // What has fixed addresses, or none, needs no protocol here.
        _ => "none".to_owned(),
    };
    rows.put("BOOTPROTO", Some(proto));
    rows.put("ONBOOT", Some(yes(interface.enabled).to_owned()));
    for (number, address) in interface.v4.iter().enumerate() {
        let behind = if number == 0 { String::new() } else { number.to_string() };
        rows.put(&format!("IPADDR{behind}"), Some(address.ip.to_string()));
        match &address.netmask {
            Some(mask) if mask.contains('.') => rows.put(&format!("NETMASK{behind}"), Some(mask.clone())),
            Some(_) | None => rows.put(&format!("PREFIX{behind}"), address.prefix.map(|bits| bits.to_string())),
        }
    }
    rows.put("GATEWAY", interface.gateway.clone());
    if interface.proto6.is_some() {
        rows.put("IPV6INIT", Some("yes".to_owned()));
        rows.put("IPV6_AUTOCONF", interface.flag("ipv6_autoconf").map(|on| yes(on).to_owned()));
        rows.put("IPV6ADDR", interface.v6.first().map(super::Address::written));
        rows.put("IPV6_DEFAULTGW", interface.gateway6.clone());
        let more: Vec<String> = interface.v6.iter().skip(1).map(super::Address::written).collect();
        rows.put("IPV6ADDR_SECONDARIES", (!more.is_empty()).then(|| more.join(" ")));
    }
    let peerdns = interface.flag("peerdns").or_else(|| (!interface.dns.is_empty()).then_some(true));
    rows.put("PEERDNS", peerdns.map(|on| yes(on).to_owned()));
    rows.put("DEFROUTE", interface.flag("defroute").map(|on| yes(on).to_owned()));
    rows.put("BRIDGE", interface.text("bridge"));
    if interface.kind == Kind::Bridge {
        rows.put("STP", interface.flag("stp").map(|on| if on { "on" } else { "off" }.to_owned()));
        rows.put("DELAY", interface.text("delay"));
    }
    rows.put("METRIC", interface.text("metric"));
    rows.put("MTU", interface.text("mtu"));
    rows.put("ZONE", interface.text("zone"));
    rows.put("DHCP_HOSTNAME", interface.text("hostname"));
    let options: Vec<String> = ETHTOOL.iter().filter_map(|key| Some(format!("{key} {}", interface.text(key)?))).collect();
    rows.put("ETHTOOL_OPTS", (!options.is_empty()).then(|| options.join(" ")));
    if !interface.bond.is_empty() {
        let options: Vec<String> = interface.bond.iter().map(|(key, value)| format!("{key}={value}")).collect();
        rows.put("BONDING_OPTS", Some(options.join(" ")));
    }
    rows.put("NM_CONTROLLED", Some(yes(interface.flag("nm_controlled") == Some(true)).to_owned()));
    for (number, server) in interface.dns.iter().enumerate() {
        rows.put(&format!("DNS{}", number + 1), Some(server.clone()));
    }
    rows.put("DOMAIN", (!interface.search.is_empty()).then(|| interface.search.join(" ")));
    rows.0
}

#[derive(Default)]
struct Rows(Vec<String>);

impl Rows {
    fn put(&mut self, name: &str, value: Option<String>) {
        if let Some(value) = value {
            // The shell reads these files.
            let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$").replace('`', "\\`");
            self.0.push(format!("{name}=\"{value}\""));
        }
    }
}

fn route_lines(routes: &[Route], is_v6: bool) -> Vec<String> {
    let its = routes.iter().filter(|route| route.is_v6 == is_v6);
    its.flat_map(|route| [format!("# {}", route.name), route.words(None)]).collect()
}

fn route_files(iface: &str) -> [(String, bool); 2] {
    [(format!("{FOLDER}/route-{iface}"), false), (format!("{FOLDER}/route6-{iface}"), true)]
}

/// What `NETWORKING` and its like are to be.
fn system_values(settings: &Map) -> Vec<(&'static str, String)> {
    let of = |key: &str| settings.get(key).filter(|value| !value.is_null()).map(text::str);
    let flag = |key: &str| settings.get(key).map(|value| yes(sdk::is_true(value)).to_owned());
    let rows = [
        ("NETWORKING", flag("enabled")),
        ("NETWORKING_IPV6", flag("enableipv6")),
        ("HOSTNAME", of("hostname")),
        ("GATEWAY", of("gateway")),
        ("GATEWAYDEV", of("gatewaydev")),
        ("NISDOMAIN", of("nisdomain")),
        ("NOZEROCONF", flag("nozeroconf")),
    ];
    rows.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

fn joined(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// The initscripts of Red Hat's family.
pub(super) struct RedHat;

#[async_trait]
impl Provider for RedHat {
    fn name(&self) -> &'static str {
        "initscripts"
    }

    fn present(&self, read: &Read, iface: &str) -> Result<Vec<String>, Failure> {
        Ok(lines_of(read, &ifcfg(iface)))
    }

    fn wanted(&self, _read: &Read, interface: &Interface) -> Result<Vec<String>, Failure> {
        if interface.kind == Kind::Source {
            return Err(Failure::bad_arguments("interfaces of the type `source` are those of ifupdown"));
        }
        Ok(config(interface))
    }

    fn put(&self, cx: &Cx, interface: &Interface, lines: &[String]) -> Result<(), Failure> {
        write(cx, &ifcfg(&interface.name), &joined(lines), None)
    }

    fn present_routes(&self, read: &Read, iface: &str) -> Result<Vec<String>, Failure> {
        Ok(route_files(iface).iter().flat_map(|(path, _)| lines_of(read, path)).collect())
    }

    fn wanted_routes(&self, _read: &Read, _iface: &str, routes: &[Route]) -> Result<Vec<String>, Failure> {
        Ok([route_lines(routes, false), route_lines(routes, true)].concat())
    }

    fn put_routes(&self, cx: &Cx, iface: &str, routes: &[Route]) -> Result<(), Failure> {
        for (path, is_v6) in route_files(iface) {
            let lines = route_lines(routes, is_v6);
            if !lines.is_empty() || cx.host().exists(&path) {
                write(cx, &path, &joined(&lines), None)?;
            }
        }
        Ok(())
    }

    fn present_system(&self, read: &Read) -> Result<Vec<String>, Failure> {
        Ok(lines_of(read, SYSTEM))
    }

    fn wanted_system(&self, read: &Read, settings: &Map) -> Result<Vec<String>, Failure> {
        let kept =
            if settings.get("retain_settings").is_some_and(|keep| !sdk::is_true(keep)) { Vec::new() } else { lines_of(read, SYSTEM) };
        Ok(with_values(kept, &system_values(settings)))
    }

    fn put_system(&self, cx: &Cx, settings: &Map) -> Result<(), Failure> {
        write(cx, SYSTEM, &joined(&self.wanted_system(cx, settings)?), None)
    }

    async fn apply_system(&self, cx: &Cx) -> Result<(), Failure> {
        restart(cx, "network").await
    }

    async fn up(&self, cx: &Cx, iface: &str) -> Result<(), Failure> {
        cx.run(["ifup", iface]).await.map(drop)
    }

    async fn down(&self, cx: &Cx, iface: &str) -> Result<(), Failure> {
        cx.run(["ifdown", iface]).await.map(drop)
    }

    async fn apply_routes(&self, cx: &Cx, iface: &str) -> Result<(), Failure> {
        cx.run([&format!("{FOLDER}/ifup-routes"), iface]).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(kind: &str, name: &str, enabled: bool, settings: &str) -> String {
        config(&Interface::parse(name, kind, enabled, &serde_json::from_str(settings).unwrap()).unwrap()).join("\n")
    }

    // Recorded from Salt 3008.5 on a system that says of itself that it is CentOS 7.
    #[test]
    fn files_are_those_of_salt() {
        let eth = r#"{"proto": "none", "ipaddr": "10.1.0.103", "netmask": "255.255.255.0", "gateway": "10.1.0.1", "dns": ["8.8.8.8", "8.8.4.4"], "mtu": 1400, "enable_ipv6": true,
            "ipv6addr": "2001:db8::5/64", "ipv6gateway": "2001:db8::1", "ipv6addrs": ["2001:db8::6/64"], "ipv6_autoconf": false, "ipaddrs": ["10.1.0.8/24"], "rx": "off", "autoneg": "on", "speed": 1000, "duplex": "full"}"#;
        assert_eq!(
            wanted("eth", "eth0", true, eth),
            "DEVICE=\"eth0\"\nUSERCTL=\"no\"\nTYPE=\"Ethernet\"\nBOOTPROTO=\"none\"\nONBOOT=\"yes\"\nIPADDR=\"10.1.0.103\"\nNETMASK=\"255.255.255.0\"\nIPADDR1=\"10.1.0.8\"\nPREFIX1=\"24\"\nGATEWAY=\"10.1.0.1\"\nIPV6INIT=\"yes\"\nIPV6_AUTOCONF=\"no\"\nIPV6ADDR=\"2001:db8::5/64\"\nIPV6_DEFAULTGW=\"2001:db8::1\"\nIPV6ADDR_SECONDARIES=\"2001:db8::6/64\"\nPEERDNS=\"yes\"\nMTU=\"1400\"\nETHTOOL_OPTS=\"autoneg on duplex full rx off speed 1000\"\nNM_CONTROLLED=\"no\"\nDNS1=\"8.8.8.8\"\nDNS2=\"8.8.4.4\""
        );
        let dhcp = r#"{"proto": "dhcp", "peerdns": "yes", "defroute": "no", "nm_controlled": "no", "userctl": "no", "zone": "public", "hwaddr": "aa:bb:cc:dd:ee:ff"}"#;
        assert_eq!(
            wanted("eth", "eth1", false, dhcp),
            "DEVICE=\"eth1\"\nHWADDR=\"aa:bb:cc:dd:ee:ff\"\nUSERCTL=\"no\"\nTYPE=\"Ethernet\"\nBOOTPROTO=\"dhcp\"\nONBOOT=\"no\"\nPEERDNS=\"yes\"\nDEFROUTE=\"no\"\nZONE=\"public\"\nNM_CONTROLLED=\"no\""
        );
        assert_eq!(
            wanted("slave", "eth4", true, r#"{"master": "bond0"}"#),
            "DEVICE=\"eth4\"\nUSERCTL=\"no\"\nMASTER=\"bond0\"\nSLAVE=\"yes\"\nBOOTPROTO=\"none\"\nONBOOT=\"yes\"\nNM_CONTROLLED=\"no\""
        );
        assert_eq!(
            wanted("vlan", "bond0.12", true, r#"{"ipaddr": "10.1.12.7", "prefix": 24, "proto": "none"}"#),
            "DEVICE=\"bond0.12\"\nUSERCTL=\"no\"\nVLAN=\"yes\"\nBOOTPROTO=\"none\"\nONBOOT=\"yes\"\nIPADDR=\"10.1.12.7\"\nPREFIX=\"24\"\nNM_CONTROLLED=\"no\""
        );
    }

    #[test]
    fn a_bond_has_its_options_in_one_line() {
        let text = wanted("bond", "bond0", true, r#"{"proto": "none", "mode": "802.3ad", "miimon": 100}"#);
        assert!(text.contains("\nBONDING_OPTS=\"mode=802.3ad miimon=100\"\n"), "{text}");
    }

    #[test]
    fn routes_stand_in_a_file_for_each_kind_of_address() {
        let settings = r#"{"routes": [{"name": "two", "ipaddr": "10.3.0.0", "netmask": "255.255.255.0", "gateway": "10.1.0.3", "metric": 5}, {"name": "six", "ipaddr": "2001:db8:1::/48", "gateway": "2001:db8::9"}]}"#;
        let routes = Route::parse_all("eth0", &serde_json::from_str(settings).unwrap()).unwrap();
        assert_eq!(route_lines(&routes, false), ["# two", "10.3.0.0/255.255.255.0 via 10.1.0.3 metric 5"]);
        assert_eq!(route_lines(&routes, true), ["# six", "2001:db8:1::/48 via 2001:db8::9"]);
    }
}
