//! Addresses and interfaces.

mod act;
mod networks;
mod tables;

use ipnet::IpNet;
use sdk::{Args, Failure, Map, Query, Read, Value, text};
use std::net::IpAddr;

pub use tables::connected_to;

sdk::module!(
    network,
    [
        IsLoopback,
        IsPrivate,
        CalcNet,
        ConvertCidr,
        IpInSubnet,
        InSubnet,
        GetHostname,
        GetFqdn,
        IpAddrs,
        Ipaddrs,
        IpAddrs6,
        Ipaddrs6,
        Interfaces,
        HwAddr as "hwaddr",
        DefaultRoute,
        Subnets,
        networks::ReverseIp,
        Ping,
        networks::Interface,
        networks::InterfaceIp,
        networks::Subnets6,
        networks::IpNetworks,
        networks::IpNetworks6,
        networks::Ifacestartswith,
        networks::Iphexval,
        tables::Routes,
        tables::GetRoute,
        tables::Arp,
        tables::IpNeighs as "ipneighs",
        tables::IpNeighs6 as "ipneighs6",
        tables::Netstat,
        tables::ActiveTcp,
        act::ModHostname,
        act::Connect,
        act::Traceroute,
        act::Dig,
        act::Wol,
        act::GetBufsize,
        act::ModBufsize,
        act::Fqdns
    ]
);

fn address(text: &str) -> Result<IpAddr, Failure> {
    text.parse().map_err(|_| Failure::bad_arguments(format!("`{text}` is no IP address")))
}

fn net(text: &str) -> Result<IpNet, Failure> {
    let bad = || Failure::bad_arguments(format!("`{text}` is no network such as 10.0.0.0/24"));
    text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).map_err(|_| bad())
}

/// Tell whether an address is a loopback address.
///
/// ```salt
/// salt '*' network.is_loopback 127.0.0.1
/// ```
#[derive(Args)]
pub struct IsLoopback {
    /// Address.
    ip_addr: String,
}

impl Query for IsLoopback {
    type Output = bool;
    async fn call(self, _read: &Read) -> Result<bool, Failure> {
        Ok(address(&self.ip_addr)?.is_loopback())
    }
}

/// Tell whether an address is a private one.
///
/// ```salt
/// salt '*' network.is_private 10.1.1.1
/// ```
#[derive(Args)]
pub struct IsPrivate {
    /// Address.
    ip_addr: String,
}

impl Query for IsPrivate {
    type Output = bool;
    async fn call(self, _read: &Read) -> Result<bool, Failure> {
        Ok(is_private(address(&self.ip_addr)?))
    }
}

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_unspecified(),
        IpAddr::V6(v6) => v6.is_unique_local() || v6.is_loopback() || v6.is_unicast_link_local() || v6.is_unspecified(),
    }
}

fn calculated(ip: &str, mask: Option<&str>) -> Result<IpNet, Failure> {
    let net = match mask {
        None => net(ip)?,
        Some(mask) => {
            let address = address(ip)?;
            let bits = mask.trim_start_matches('/').parse::<u8>().ok().or_else(|| ipnet::ip_mask_to_prefix(mask.parse().ok()?).ok());
            let made = bits.and_then(|bits| IpNet::new(address, bits).ok());
            made.ok_or_else(|| Failure::bad_arguments(format!("`{mask}` is no netmask for `{ip}`")))?
        }
    };
    Ok(net.trunc())
}

/// Return the network of an address.
///
/// ```salt
/// salt '*' network.calc_net 172.17.0.5 255.255.255.240
/// ```
#[derive(Args)]
pub struct CalcNet {
    /// Address, alone or with a prefix.
    ip_addr: String,
    /// Netmask or prefix length.
    netmask: Option<String>,
}

impl Query for CalcNet {
    type Output = String;
    async fn call(self, _read: &Read) -> Result<String, Failure> {
        Ok(calculated(&self.ip_addr, self.netmask.as_deref())?.to_string())
    }
}

/// Return network, netmask and broadcast address of a network.
///
/// ```salt
/// salt '*' network.convert_cidr 172.31.0.0/16
/// ```
#[derive(Args)]
pub struct ConvertCidr {
    /// Network.
    cidr: String,
}

impl Query for ConvertCidr {
    type Output = Map;
    async fn call(self, _read: &Read) -> Result<Map, Failure> {
        let net = net(&self.cidr)?;
        let parts = [("network", net.network()), ("netmask", net.netmask()), ("broadcast", net.broadcast())];
        Ok(parts.into_iter().map(|(name, address)| (name, address.to_string())).collect())
    }
}

/// Tell whether an address is in a network.
///
/// ```salt
/// salt '*' network.ip_in_subnet 172.17.0.4 172.16.0.0/12
/// ```
#[derive(Args)]
pub struct IpInSubnet {
    /// Address.
    ip_addr: String,
    /// Network.
    cidr: String,
}

impl Query for IpInSubnet {
    type Output = bool;
    async fn call(self, _read: &Read) -> Result<bool, Failure> {
        Ok(net(&self.cidr)?.contains(&address(&self.ip_addr)?))
    }
}

/// Tell whether this machine has an address in a network.
///
/// ```salt
/// salt '*' network.in_subnet 10.0.0.0/16
/// ```
#[derive(Args)]
pub struct InSubnet {
    /// Network, or a list of them.
    cidr: Vec<String>,
    /// Address to look at instead of this machine's.
    addr: Option<String>,
}

impl Query for InSubnet {
    type Output = bool;
    async fn call(self, read: &Read) -> Result<bool, Failure> {
        let nets = self.cidr.iter().map(|cidr| net(cidr)).collect::<Result<Vec<_>, _>>()?;
        let addresses = match &self.addr {
            Some(addr) => vec![address(addr)?],
            None => addresses(read, "ip_interfaces", None),
        };
        Ok(addresses.iter().any(|address| nets.iter().any(|net| net.contains(address))))
    }
}

/// Return the name of this machine.
///
/// ```salt
/// salt '*' network.get_hostname
/// ```
#[derive(Args)]
pub struct GetHostname;

impl Query for GetHostname {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        match read.grain_text("nodename") {
            "" => Ok(read.host().read_text("/proc/sys/kernel/hostname").map_err(crate::failure)?.trim().to_owned()),
            name => Ok(name.to_owned()),
        }
    }
}

/// Return the name of this machine with its domain.
///
/// ```salt
/// salt '*' network.get_fqdn
/// ```
#[derive(Args)]
pub struct GetFqdn;

impl Query for GetFqdn {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        Ok(read.grain_text("fqdn").to_owned())
    }
}

/// Addresses of interfaces, from the grain of that name, sorted.
fn addresses(read: &Read, grain: &str, interface: Option<&str>) -> Vec<IpAddr> {
    let interfaces = read.grain(grain).and_then(Value::as_map).map(Map::iter).into_iter().flatten();
    let wanted = interfaces.filter(|(name, _)| interface.is_none_or(|wanted| text::str(name) == wanted));
    let mut found: Vec<IpAddr> =
        wanted.filter_map(|(_, list)| list.as_list()).flatten().filter_map(|address| address.as_str()?.parse().ok()).collect();
    found.sort();
    found.dedup();
    found
}

macro_rules! addresses_function {
    ($(#[$doc:meta])* $name:ident, $function:literal, $grain:literal) => {
        $(#[$doc])*
        #[derive(Args)]
        #[args(name = $function)]
        pub struct $name {
            /// Interface; all unless given.
            interface: Option<String>,
            /// With loopback addresses.
            #[arg(default = false)]
            include_loopback: bool,
            /// In this network only.
            cidr: Option<String>,
            /// `public` or `private` ones only.
            #[arg(name = "type")]
            kind: Option<String>,
        }

        impl Query for $name {
            type Output = Vec<String>;
            async fn call(self, read: &Read) -> Result<Vec<String>, Failure> {
                let cidr = self.cidr.as_deref().map(net).transpose()?;
                let found = addresses(read, $grain, self.interface.as_deref()).into_iter();
                let found = found.filter(|address| self.include_loopback || !address.is_loopback());
                let found = found.filter(|address| cidr.is_none_or(|cidr| cidr.contains(address)));
                let found = found.filter(|address| match self.kind.as_deref() {
                    Some("private") => is_private(*address),
                    Some("public") => !is_private(*address),
                    Some(_) | None => true,
                });
                Ok(found.map(|address| address.to_string()).collect())
            }
        }
    };
}

addresses_function! {
    /// List the IPv4 addresses of this machine.
    IpAddrs, "ip_addrs", "ip4_interfaces"
}
addresses_function! {
    /// List the IPv4 addresses of this machine.
    Ipaddrs, "ipaddrs", "ip4_interfaces"
}
addresses_function! {
    /// List the IPv6 addresses of this machine.
    IpAddrs6, "ip_addrs6", "ip6_interfaces"
}
addresses_function! {
    /// List the IPv6 addresses of this machine.
    Ipaddrs6, "ipaddrs6", "ip6_interfaces"
}

/// Return the interfaces of this machine with their addresses.
///
/// ```salt
/// salt '*' network.interfaces
/// ```
#[derive(Args)]
pub struct Interfaces;

impl Query for Interfaces {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        parse_interfaces(&read.ask(["ip", "-json", "address", "show"]).await?)
    }
}

/// Reads what `ip -json address show` prints.
fn parse_interfaces(json: &str) -> Result<Map, Failure> {
    let links: Vec<Value> = serde_json::from_str(json).map_err(|error| Failure::failed(format!("`ip` printed no JSON: {error}")))?;
    let mut interfaces = Map::new();
    for link in &links {
        let word = |key: &str| link.get(key).and_then(Value::as_str).unwrap_or_default();
        let up = link.get("flags").and_then(Value::as_list).is_some_and(|flags| flags.contains(&"UP".into()));
        let mut entry = Map::new();
        entry.insert("up", up);
        entry.insert("hwaddr", word("address"));
        let (mut inet, mut inet6) = (Vec::new(), Vec::new());
        for info in link.get("addr_info").and_then(Value::as_list).unwrap_or_default() {
            let text = |key: &str| info.get(key).and_then(Value::as_str).unwrap_or_default();
            let prefix = info.get("prefixlen").and_then(Value::as_int).and_then(|bits| u8::try_from(bits).ok()).unwrap_or(0);
            let mut address = Map::new();
            address.insert("address", text("local"));
            if text("family") == "inet" {
                let mask = text("local").parse().ok().and_then(|local| IpNet::new(local, prefix).ok()).map(|net| net.netmask().to_string());
                address.insert("netmask", mask);
                address.insert("broadcast", info.get("broadcast").cloned().unwrap_or_default());
                address.insert("label", text("label"));
                inet.push(Value::Map(address));
            } else {
                address.insert("prefixlen", prefix.to_string());
                address.insert("scope", text("scope"));
                inet6.push(Value::Map(address));
            }
        }
        for (key, list) in [("inet", inet), ("inet6", inet6)] {
            if !list.is_empty() {
                entry.insert(key, list);
            }
        }
        interfaces.insert(word("ifname"), entry);
    }
    Ok(interfaces)
}

/// Return the hardware address of an interface.
///
/// ```salt
/// salt '*' network.hw_addr eth0
/// ```
#[derive(Args)]
pub struct HwAddr {
    /// Interface.
    iface: String,
}

impl Query for HwAddr {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        let path = format!("/sys/class/net/{}/address", self.iface);
        let missing = |_| Failure::failed(format!("Interface {} not in available interfaces", self.iface));
        Ok(read.host().read_text(&path).map_err(missing)?.trim().to_owned())
    }
}

/// Return the default routes.
///
/// ```salt
/// salt '*' network.default_route
/// ```
#[derive(Args)]
pub struct DefaultRoute {
    /// `inet` or `inet6`; both unless given.
    family: Option<String>,
}

impl Query for DefaultRoute {
    type Output = Vec<Value>;
    async fn call(self, read: &Read) -> Result<Vec<Value>, Failure> {
        let mut routes = Vec::new();
        for (family, flag, any) in [("inet", "-4", "0.0.0.0"), ("inet6", "-6", "::/0")] {
            if self.family.as_deref().is_some_and(|wanted| wanted != family) {
                continue;
            }
            let text = read.ask(["ip", flag, "route", "show", "default"]).await?;
            for line in text.lines() {
                let words: Vec<_> = line.split_whitespace().collect();
                let after = |key: &str| words.iter().position(|word| *word == key).and_then(|at| words.get(at + 1)).copied();
                let mut route = Map::new();
                route.insert("addr_family", family);
                route.insert("destination", any);
                route.insert("gateway", after("via").unwrap_or("::"));
                route.insert("interface", after("dev").unwrap_or_default());
                route.insert("flags", "UG");
                routes.push(route.into());
            }
        }
        Ok(routes)
    }
}

/// List the IPv4 networks this machine is in.
///
/// ```salt
/// salt '*' network.subnets
/// ```
#[derive(Args)]
pub struct Subnets;

impl Query for Subnets {
    type Output = Vec<String>;
    async fn call(self, read: &Read) -> Result<Vec<String>, Failure> {
        let text = read.ask(["ip", "-o", "-4", "address", "show"]).await?;
        let nets = text.lines().filter_map(|line| line.split_whitespace().skip_while(|word| *word != "inet").nth(1));
        let nets = nets.filter_map(|cidr| cidr.parse::<IpNet>().ok()).filter(|net| !net.addr().is_loopback());
        Ok(nets.map(|net| net.trunc().to_string()).collect())
    }
}

/// Ping a host.
///
/// ```salt
/// salt '*' network.ping archlinux.org return_boolean=True timeout=3
/// ```
#[derive(Args)]
pub struct Ping {
    /// Name or address.
    host: String,
    /// How long to wait, in seconds.
    timeout: Option<u32>,
    /// Tell only whether it answered.
    #[arg(default = false)]
    return_boolean: bool,
}

impl Query for Ping {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let timeout = self.timeout.unwrap_or(4).to_string();
        let output = read.try_run(["ping", "-c", "4", "-W", &timeout, "--", &self.host]).await?;
        Ok(if self.return_boolean { output.is_ok().into() } else { output.out().into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_netmask_and_an_address_make_a_network() {
        assert_eq!(calculated("172.17.0.5", Some("255.255.255.240")).unwrap().to_string(), "172.17.0.0/28");
        assert_eq!(calculated("2a00::1/64", None).unwrap().to_string(), "2a00::/64");
        assert!(calculated("10.0.0.1", Some("255.0.255.0")).is_err());
    }

    #[test]
    fn interfaces_are_read_from_what_ip_prints() {
        let printed = r#"[{"ifname":"lo","flags":["LOOPBACK","UP"],"address":"00:00:00:00:00:00","addr_info":
            [{"family":"inet","local":"127.0.0.1","prefixlen":8,"scope":"host","label":"lo"},
             {"family":"inet6","local":"::1","prefixlen":128,"scope":"host"}]}]"#;
        let seen = serde_json::to_string(&parse_interfaces(printed).unwrap()).unwrap();
        assert_eq!(
            seen,
            r#"{"lo":{"up":true,"hwaddr":"00:00:00:00:00:00","inet":[{"address":"127.0.0.1","netmask":"255.0.0.0","broadcast":null,"label":"lo"}],"inet6":[{"address":"::1","prefixlen":"128","scope":"host"}]}}"#
        );
    }
}
