//! Interfaces, addresses and gateways.

use crate::{About, System};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use value::{Map, Value};

pub(crate) const NAMES: &[&str] =
    &["hwaddr_interfaces", "ip_interfaces", "ip4_interfaces", "ip6_interfaces", "ipv4", "ipv6", "ip_gw", "ip4_gw", "ip6_gw"];

/// One interface.
#[derive(Clone, Debug)]
struct Interface {
    name: String,
    hardware: Option<String>,
    addresses: Vec<IpAddr>,
}

pub(crate) fn collect(system: &System, _: &About, grains: &mut Map) {
    if system.is_live() {
        put_interfaces(&interfaces(system), grains);
    }
    let four = system.read("/proc/net/route").and_then(|text| gateway4(&text));
    let six = system.read("/proc/net/ipv6_route").and_then(|text| gateway6(&text));
    grains.insert("ip_gw", four.is_some() || six.is_some());
    grains.insert("ip4_gw", four.map_or(Value::Bool(false), |gateway| gateway.to_string().into()));
    grains.insert("ip6_gw", six.map_or(Value::Bool(false), |gateway| gateway.to_string().into()));
}

/// All interfaces in the kernel's order, those without an address too.
fn interfaces(system: &System) -> Vec<Interface> {
    let Ok(networks) = sysinfo::Networks::new_with_refreshed_list() else { return Vec::new() };
    let mut found: Vec<(u64, Interface)> = networks
        .iter()
        .map(|(name, data)| {
            let name = name.to_string_lossy().into_owned();
            let folder = format!("/sys/class/net/{name}");
            let place = system.line(&format!("{folder}/ifindex")).and_then(|text| text.parse().ok()).unwrap_or(u64::MAX);
            let hardware = system.line(&format!("{folder}/address")).or_else(|| {
                let address = data.mac_address();
                (!address.is_unspecified()).then(|| address.to_string())
            });
            let mut addresses: Vec<IpAddr> = data.ip_networks().iter().map(|network| network.addr).collect();
            addresses.sort_by_key(|address| (address.is_ipv6(), is_link_local(address)));
            (place, Interface { name, hardware, addresses })
        })
        .collect();
    found.sort_by_key(|(place, interface)| (*place, interface.name.clone()));
    found.into_iter().map(|(_, interface)| interface).collect()
}

fn is_link_local(address: &IpAddr) -> bool {
    matches!(address, IpAddr::V6(six) if six.segments().first().is_some_and(|first| first & 0xffc0 == 0xfe80))
}

fn put_interfaces(interfaces: &[Interface], grains: &mut Map) {
    let texts = |keep: &dyn Fn(&IpAddr) -> bool| -> Map {
        let of = |interface: &Interface| -> Value {
            Value::List(interface.addresses.iter().filter(|address| keep(address)).map(|address| address.to_string().into()).collect())
        };
        interfaces.iter().map(|interface| (interface.name.as_str(), of(interface))).collect()
    };
    let hardware: Map =
        interfaces.iter().filter_map(|interface| Some((interface.name.as_str(), Value::from(interface.hardware.as_deref()?)))).collect();
    grains.insert("hwaddr_interfaces", hardware);
    grains.insert("ip4_interfaces", texts(&IpAddr::is_ipv4));
    grains.insert("ip6_interfaces", texts(&IpAddr::is_ipv6));
    grains.insert("ip_interfaces", texts(&|_| true));
    let all: BTreeSet<IpAddr> = interfaces.iter().flat_map(|interface| interface.addresses.iter().copied()).collect();
    let list = |keep: fn(&IpAddr) -> bool| Value::List(all.iter().filter(|a| keep(a)).map(|a| a.to_string().into()).collect());
    grains.insert("ipv4", list(IpAddr::is_ipv4));
    grains.insert("ipv6", list(IpAddr::is_ipv6));
}

/// The default gateway in `/proc/net/route`: the one with the smallest metric.
fn gateway4(text: &str) -> Option<Ipv4Addr> {
    let candidates = text.lines().skip(1).filter_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let number = |index: usize| words.get(index).and_then(|word| u32::from_str_radix(word, 16).ok());
        let (destination, gateway, mask) = (number(1)?, number(2)?, number(7)?);
        let metric: u32 = words.get(6)?.parse().ok()?;
        (destination == 0 && mask == 0 && gateway != 0).then(|| (metric, Ipv4Addr::from(gateway.swap_bytes())))
    });
    candidates.min_by_key(|(metric, _)| *metric).map(|(_, gateway)| gateway)
}

/// The default gateway in `/proc/net/ipv6_route`.
fn gateway6(text: &str) -> Option<Ipv6Addr> {
    let candidates = text.lines().filter_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let address = |index: usize| words.get(index).and_then(|word| u128::from_str_radix(word, 16).ok());
        let (destination, gateway) = (address(0)?, address(4)?);
        let metric = u32::from_str_radix(words.get(5)?, 16).ok()?;
        (destination == 0 && *words.get(1)? == "00" && gateway != 0).then(|| (metric, Ipv6Addr::from(gateway)))
    });
    candidates.min_by_key(|(metric, _)| *metric).map(|(_, gateway)| gateway)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_gateway_with_the_smallest_metric_counts() {
        let text = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n\
                    wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n\
                    eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n\
                    eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n";
        assert_eq!(gateway4(text), Some(Ipv4Addr::new(192, 0, 2, 1)));
        assert_eq!(gateway4(""), None);
    }

    #[test]
    fn a_default_route_of_ipv6_is_read() {
        let zero = "0".repeat(32);
        let text = format!(
            "{zero} 00 {zero} 00 fd000000000000000000000000000001 00000400 00000001 00000000 00000003 eth0\n{zero} 00 {zero} 00 {zero} ffffffff 00000001 00000000 00200200 lo\n"
        );
        assert_eq!(gateway6(&text), Some("fd00::1".parse().unwrap()));
    }

    #[test]
    fn addresses_are_sorted_and_every_interface_is_listed() {
        let interfaces = [
            Interface {
                name: "lo".into(),
                hardware: Some("00:00:00:00:00:00".into()),
                addresses: vec!["127.0.0.1".parse().unwrap(), "::1".parse().unwrap()],
            },
            Interface { name: "eth1".into(), hardware: None, addresses: vec![] },
            Interface { name: "eth0".into(), hardware: None, addresses: vec!["10.0.0.9".parse().unwrap(), "9.0.0.1".parse().unwrap()] },
        ];
        let mut grains = Map::new();
        put_interfaces(&interfaces, &mut grains);
        assert_eq!(serde_json::to_string(grains.get("ipv4").unwrap()).unwrap(), r#"["9.0.0.1","10.0.0.9","127.0.0.1"]"#);
        assert_eq!(
            serde_json::to_string(grains.get("ip4_interfaces").unwrap()).unwrap(),
            r#"{"lo":["127.0.0.1"],"eth1":[],"eth0":["10.0.0.9","9.0.0.1"]}"#
        );
        assert_eq!(serde_json::to_string(grains.get("hwaddr_interfaces").unwrap()).unwrap(), r#"{"lo":"00:00:00:00:00:00"}"#);
    }
}
