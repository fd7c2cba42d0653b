//! Networks and names of the interfaces of this machine.

use super::{Interfaces, address};
use ipnet::IpNet;
use sdk::{Args, Failure, Map, Query, Read, Value, text};
use std::net::IpAddr;

/// Addresses with their prefix lengths, by interface.
async fn nets(read: &Read) -> Result<Vec<(String, IpNet)>, Failure> {
    let text = read.ask(["ip", "-o", "address", "show"]).await?;
    Ok(parse(&text))
}

/// Lines such as `2: eth0    inet 192.0.2.2/24 brd …`.
fn parse(text: &str) -> Vec<(String, IpNet)> {
    let row = |line: &str| {
        let mut words = line.split_whitespace().skip(1);
        let name = words.next()?.to_owned();
        let cidr = words.skip_while(|word| !word.starts_with("inet")).nth(1)?;
        Some((name, cidr.parse().ok()?))
    };
    text.lines().filter_map(row).collect()
}

macro_rules! networks {
    ($(#[$doc:meta])* $name:ident, $function:literal, $is_v6:literal) => {
        $(#[$doc])*
        #[derive(Args)]
        #[args(name = $function)]
        pub struct $name {
            /// Interface; all unless given.
            interface: Option<String>,
            /// With loopback networks.
            #[arg(default = false)]
            include_loopback: bool,
            /// Tell netmask and size of each.
            #[arg(default = false)]
            verbose: bool,
        }

        impl Query for $name {
            type Output = Value;
            async fn call(self, read: &Read) -> Result<Value, Failure> {
                let all = nets(read).await?.into_iter();
                let all = all.filter(|(name, _)| self.interface.as_ref().is_none_or(|wanted| wanted == name)).map(|(_, net)| net.trunc());
                let mut all: Vec<IpNet> =
                    all.filter(|net| net.addr().is_ipv6() == $is_v6 && (self.include_loopback || !net.addr().is_loopback())).collect();
                all.sort();
                all.dedup();
                if !self.verbose {
                    return Ok(all.iter().map(ToString::to_string).collect());
                }
                Ok(Value::Map(all.iter().map(|net| (net.to_string(), described(net))).collect()))
            }
        }
    };
}

fn described(net: &IpNet) -> Map {
    let whole = if net.addr().is_ipv4() { 32 } else { 128 };
    let bits = u32::from(whole - net.prefix_len());
    let mut map = Map::new();
    map.insert("address", net.addr().to_string());
    map.insert("netmask", net.netmask().to_string());
    // The size of a large network of IPv6 is no number that fits.
    map.insert("num_addresses", 1_i64.checked_shl(bits).filter(|_| bits < 63).map_or_else(|| format!("2**{bits}").into(), Value::from));
    map.insert("prefixlen", i64::from(net.prefix_len()));
    map
}

networks! {
    /// List the IPv4 networks this machine is in.
    ///
    /// ```salt
    /// salt '*' network.ip_networks verbose=True
    /// ```
    IpNetworks, "ip_networks", false
}
networks! {
    /// List the IPv6 networks this machine is in.
    ///
    /// ```salt
    /// salt '*' network.ip_networks6
    /// ```
    IpNetworks6, "ip_networks6", true
}

/// List the IPv6 networks this machine is in.
///
/// ```salt
/// salt '*' network.subnets6
/// ```
#[derive(Args)]
#[args(name = "subnets6")]
pub struct Subnets6;

impl Query for Subnets6 {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        IpNetworks6 { interface: None, include_loopback: false, verbose: false }.call(read).await
    }
}

async fn interface(read: &Read, name: &str) -> Result<Value, Failure> {
    let all = Interfaces.call(read).await?;
    let found = all.get(name).ok_or_else(|| Failure::failed(format!("there is no interface `{name}`")))?;
    Ok(found.get("inet").cloned().unwrap_or_else(|| Value::List(Vec::new())))
}

/// Return the IPv4 addresses of an interface with their netmasks.
///
/// ```salt
/// salt '*' network.interface eth0
/// ```
#[derive(Args)]
pub struct Interface {
    /// Interface.
    iface: String,
}

impl Query for Interface {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        interface(read, &self.iface).await
    }
}

/// Return the first IPv4 address of an interface.
///
/// ```salt
/// salt '*' network.interface_ip eth0
/// ```
#[derive(Args)]
pub struct InterfaceIp {
    /// Interface.
    iface: String,
}

impl Query for InterfaceIp {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let all = interface(read, &self.iface).await?;
        Ok(all.as_list().and_then(<[Value]>::first).and_then(|first| first.get("address")).cloned().unwrap_or_default())
    }
}

/// List the interfaces with an IPv4 address that begins so.
///
/// ```salt
/// salt '*' network.ifacestartswith 10.0
/// ```
#[derive(Args)]
pub struct Ifacestartswith {
    /// Beginning of an address.
    cidr: String,
}

impl Query for Ifacestartswith {
    type Output = Vec<String>;
    async fn call(self, read: &Read) -> Result<Vec<String>, Failure> {
        let all = Interfaces.call(read).await?;
        let fits = |entry: &Value| {
            let addresses = entry.get("inet").and_then(Value::as_list).unwrap_or_default();
            addresses.iter().filter_map(|entry| entry.get("address")).any(|address| text::str(address).starts_with(&self.cidr))
        };
        Ok(all.iter().filter(|(_, entry)| fits(entry)).map(|(name, _)| text::str(name)).collect())
    }
}

/// Return an IPv4 address in hexadecimal digits.
///
/// ```salt
/// salt '*' network.iphexval 10.0.0.1
/// ```
#[derive(Args)]
pub struct Iphexval {
    /// Address.
    ip: String,
}

impl Query for Iphexval {
    type Output = String;
    async fn call(self, _read: &Read) -> Result<String, Failure> {
        match address(&self.ip)? {
            IpAddr::V4(v4) => Ok(format!("{:08X}", u32::from(v4))),
            IpAddr::V6(v6) => Ok(format!("{:032X}", u128::from(v6))),
        }
    }
}

/// Return the reverse name of an address.
///
/// ```salt
/// salt '*' network.reverse_ip 127.0.0.1
/// ```
#[derive(Args)]
pub struct ReverseIp {
    /// Address.
    ip_addr: String,
}

impl Query for ReverseIp {
    type Output = String;
    async fn call(self, _read: &Read) -> Result<String, Failure> {
        Ok(match address(&self.ip_addr)? {
            IpAddr::V4(v4) => {
                let [a, b, c, d] = v4.octets();
                format!("{d}.{c}.{b}.{a}.in-addr.arpa")
            }
            IpAddr::V6(v6) => {
                let digits: Vec<_> = format!("{:032x}", u128::from(v6)).chars().rev().map(String::from).collect();
                format!("{}.ip6.arpa", digits.join("."))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_read_from_what_ip_prints() {
        let text = "1: lo    inet 127.0.0.1/8 scope host lo\n2: eth0    inet 192.0.2.2/24 brd 192.0.2.255 scope global eth0\n2: eth0    inet6 fd00::2/64 scope global \n";
        let all = parse(text);
        assert_eq!(
            all.iter().map(|(name, net)| format!("{name} {}", net.trunc())).collect::<Vec<_>>(),
            ["lo 127.0.0.0/8", "eth0 192.0.2.0/24", "eth0 fd00::/64"]
        );
        let shown = serde_json::to_string(&described(&"192.0.2.0/24".parse().unwrap())).unwrap();
        assert_eq!(shown, r#"{"address":"192.0.2.0","netmask":"255.255.255.0","num_addresses":256,"prefixlen":24}"#);
    }
}
