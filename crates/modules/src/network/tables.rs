//! What the kernel knows of ways, neighbours and connections, read from `/proc/net`.

use sdk::{Args, Failure, Map, Query, Read, Value};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

fn table(read: &Read, name: &str) -> String {
    read.host().read_text(&format!("/proc/net/{name}")).unwrap_or_default()
}

/// An address of IPv4 as the kernel writes it: one number, in the order of this machine.
fn v4(hex: &str) -> Option<Ipv4Addr> {
    u32::from_str_radix(hex, 16).ok().map(|number| Ipv4Addr::from(number.to_ne_bytes()))
}

/// An address of IPv6 of the table of routes: its digits in their order.
fn v6(hex: &str) -> Option<Ipv6Addr> {
    u128::from_str_radix(hex, 16).ok().filter(|_| hex.len() == 32).map(Ipv6Addr::from)
}

/// An address in the tables of connections: of IPv6 each fourth part is a number in the order of this machine.
fn socket(word: &str) -> Option<(IpAddr, u16)> {
    let (address, port) = word.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    if address.len() == 8 {
        return Some((v4(address)?.into(), port));
    }
    let mut bytes = Vec::with_capacity(16);
    for at in [0, 8, 16, 24] {
        bytes.extend(u32::from_str_radix(address.get(at..at + 8)?, 16).ok()?.to_ne_bytes());
    }
    let whole: [u8; 16] = bytes.try_into().ok()?;
    Some((Ipv6Addr::from(whole).into(), port))
}

/// The letters that tools print for a route's flags.
fn flags(bits: u32) -> String {
    [(1, 'U'), (2, 'G'), (4, 'H'), (0x200, '!')].into_iter().filter(|(bit, _)| bits & bit != 0).map(|(_, letter)| letter).collect()
}

fn route(family: &str, parts: [String; 5]) -> Map {
    let mut map: Map = [("addr_family", family)].into_iter().collect();
    map.extend(["destination", "gateway", "netmask", "flags", "interface"].into_iter().zip(parts));
    map
}

fn routes4(text: &str) -> Vec<Map> {
    let row = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [device, to, gateway, bits, _, _, _, mask, ..] = words.as_slice() else { return None };
        let bits = u32::from_str_radix(bits, 16).ok()?;
        Some(route("inet", [v4(to)?.to_string(), v4(gateway)?.to_string(), v4(mask)?.to_string(), flags(bits), (*device).to_owned()]))
    };
    text.lines().skip(1).filter_map(row).collect()
}

fn routes6(text: &str) -> Vec<Map> {
    let row = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [to, prefix, _, _, gateway, _, _, _, bits, device] = words.as_slice() else { return None };
        let prefix = u8::from_str_radix(prefix, 16).ok()?;
        let bits = u32::from_str_radix(bits, 16).ok()?;
        let to = format!("{}/{prefix}", v6(to)?);
        // Addresses of this machine and what it throws away are no ways to anywhere.
        let is_way = bits & 0x8000_0200 == 0 && *device != "lo";
        is_way.then(|| {
            route(
                "inet6",
                [to, v6(gateway).map(|gateway| gateway.to_string()).unwrap_or_default(), String::new(), flags(bits), (*device).to_owned()],
            )
        })
    };
    text.lines().filter_map(row).collect()
}

/// Return the routes of this machine.
///
/// ```salt
/// salt '*' network.routes
/// ```
#[derive(Args)]
pub struct Routes {
    /// `inet` or `inet6`; both unless given.
    family: Option<String>,
}

impl Query for Routes {
    type Output = Vec<Map>;
    async fn call(self, read: &Read) -> Result<Vec<Map>, Failure> {
        let (with4, with6) = match self.family.as_deref() {
            None => (true, true),
            Some("inet") => (true, false),
            Some("inet6") => (false, true),
            Some(other) => return Err(Failure::bad_arguments(format!("Invalid address family {other}: expected inet or inet6"))),
        };
        let mut all = if with4 { routes4(&table(read, "route")) } else { Vec::new() };
        if with6 {
            all.extend(routes6(&table(read, "ipv6_route")));
        }
        Ok(all)
    }
}

/// Return the way a packet to an address would take.
///
/// ```salt
/// salt '*' network.get_route 10.10.10.10
/// ```
#[derive(Args)]
pub struct GetRoute {
    /// Address.
    ip: String,
}

fn parse_way(text: &str) -> Map {
    let words: Vec<&str> = text.lines().next().unwrap_or_default().split_whitespace().collect();
    let after = |key: &str| words.iter().position(|word| *word == key).and_then(|at| words.get(at + 1)).copied();
    let mut map = Map::new();
    map.insert("destination", words.first().copied());
    map.insert("gateway", after("via"));
    map.insert("interface", after("dev"));
    map.insert("source", after("src"));
    map
}

impl Query for GetRoute {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let address: IpAddr = super::address(&self.ip)?;
        Ok(parse_way(&read.ask(["ip", "route", "get", &address.to_string()]).await?))
    }
}

fn neighbours(text: &str) -> Map {
    let row = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [address, _, bits, mac, ..] = words.as_slice() else { return None };
        // An entry without an answer has no address of hardware.
        (*bits != "0x0").then(|| ((*mac).to_owned(), (*address).to_owned()))
    };
    text.lines().skip(1).filter_map(row).collect()
}

macro_rules! neighbours {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name;

        impl Query for $name {
            type Output = Map;
            async fn call(self, read: &Read) -> Result<Map, Failure> {
                Ok(neighbours(&table(read, "arp")))
            }
        }
    };
}

neighbours! {
    /// Return the neighbours of this machine: addresses by those of their hardware.
    ///
    /// ```salt
    /// salt '*' network.arp
    /// ```
    Arp
}
neighbours! {
    /// Return the neighbours of this machine by IPv4: addresses by those of their hardware.
    ///
    /// ```salt
    /// salt '*' network.ip_neighs
    /// ```
    IpNeighs
}

/// Return the neighbours of this machine by IPv6: addresses by those of their hardware.
///
/// ```salt
/// salt '*' network.ip_neighs6
/// ```
#[derive(Args)]
#[args(name = "ip_neighs6")]
pub struct IpNeighs6;

fn neighbours6(text: &str) -> Map {
    let row = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let mac = words.iter().position(|word| *word == "lladdr").and_then(|at| words.get(at + 1))?;
        Some(((*mac).to_owned(), (*words.first()?).to_owned()))
    };
    text.lines().filter_map(row).collect()
}

impl Query for IpNeighs6 {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        Ok(neighbours6(&read.ask(["ip", "-6", "neigh", "show"]).await?))
    }
}

/// Names of the states of a connection, by the kernel's numbers.
const STATES: [&str; 11] =
    ["ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING"];

struct Connection {
    proto: &'static str,
    local: (IpAddr, u16),
    remote: (IpAddr, u16),
    state: &'static str,
    queues: (u32, u32),
    user: String,
    inode: String,
}

fn connections(proto: &'static str, text: &str) -> Vec<Connection> {
    let row = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [_, local, remote, state, queues, _, _, user, _, inode, ..] = words.as_slice() else { return None };
        let (sent, received) = queues.split_once(':')?;
        let number = |hex: &str| u32::from_str_radix(hex, 16).ok();
        let state = usize::try_from(number(state)?).ok()?.checked_sub(1).and_then(|at| STATES.get(at)).copied()?;
        // Only TCP has states.
        let state = if proto.starts_with("udp") { "" } else { state };
        Some(Connection {
            proto,
            local: socket(local)?,
            remote: socket(remote)?,
            state,
            queues: (number(received)?, number(sent)?),
            user: (*user).to_owned(),
            inode: (*inode).to_owned(),
        })
    };
    text.lines().skip(1).filter_map(row).collect()
}

fn all(read: &Read, protos: &[&'static str]) -> Vec<Connection> {
    protos.iter().flat_map(|proto| connections(proto, &table(read, proto))).collect()
}

/// Where connections of TCP lead to that stand.
pub fn connected_to(read: &Read) -> Vec<std::net::SocketAddr> {
    all(read, &["tcp", "tcp6"]).into_iter().filter(|one| one.state == "ESTABLISHED").map(|one| one.remote.into()).collect()
}

/// Which process has which socket; processes of others are hidden from those that are not root.
fn owners(read: &Read) -> BTreeMap<String, String> {
    let mut owners = BTreeMap::new();
    let host = read.host();
    for pid in host.list("/proc").unwrap_or_default().into_iter().filter(|name| name.bytes().all(|byte| byte.is_ascii_digit())) {
        for open in host.list(&format!("/proc/{pid}/fd")).unwrap_or_default() {
            let Ok(target) = host.read_link(&format!("/proc/{pid}/fd/{open}")) else { continue };
            if let Some(inode) = target.strip_prefix("socket:[").and_then(|rest| rest.strip_suffix(']')) {
                let name = host.read_text(&format!("/proc/{pid}/comm")).unwrap_or_default();
                owners.entry(inode.to_owned()).or_insert_with(|| format!("{pid}/{}", name.trim()));
            }
        }
    }
    owners
}

/// Return open ports and connections, each with its process.
///
/// ```salt
/// salt '*' network.netstat
/// ```
#[derive(Args)]
pub struct Netstat;

impl Query for Netstat {
    type Output = Vec<Map>;
    async fn call(self, read: &Read) -> Result<Vec<Map>, Failure> {
        let owners = owners(read);
        let place = |(address, port): (IpAddr, u16)| {
            let port = if port == 0 { "*".to_owned() } else { port.to_string() };
            if address.is_ipv6() { format!("[{address}]:{port}") } else { format!("{address}:{port}") }
        };
        let shown = |connection: Connection| {
            let mut map = Map::new();
            map.insert("proto", connection.proto);
            map.insert("recv-q", connection.queues.0.to_string());
            map.insert("send-q", connection.queues.1.to_string());
            map.insert("local-address", place(connection.local));
            map.insert("remote-address", place(connection.remote));
            map.insert("state", connection.state);
            map.insert("user", connection.user);
            map.insert("program", owners.get(&connection.inode).map_or("-", String::as_str));
            map.insert("inode", connection.inode);
            map
        };
        Ok(all(read, &["tcp", "tcp6", "udp", "udp6"]).into_iter().map(shown).collect())
    }
}

/// Return the connections that are open.
///
/// ```salt
/// salt '*' network.active_tcp
/// ```
#[derive(Args)]
pub struct ActiveTcp;

impl Query for ActiveTcp {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let open = all(read, &["tcp", "tcp6"]).into_iter().filter(|connection| connection.state == "ESTABLISHED");
        let shown = |(number, connection): (usize, Connection)| {
            let mut map = Map::new();
            for (start, (address, port)) in [("local", connection.local), ("remote", connection.remote)] {
                map.insert(format!("{start}_addr"), address.to_string());
                map.insert(format!("{start}_port"), Value::from(i64::from(port)));
            }
            (number.to_string(), map)
        };
        Ok(open.enumerate().map(shown).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_endian = "little")]
    #[test]
    fn the_tables_of_the_kernel_are_read() {
        let routes = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\neth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n";
        assert_eq!(
            serde_json::to_string(&routes4(routes)[0]).unwrap(),
            r#"{"addr_family":"inet","destination":"0.0.0.0","gateway":"192.0.2.1","netmask":"0.0.0.0","flags":"UG","interface":"eth0"}"#
        );
        let routes = "fd000000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0\n00000000000000000000000000000001 80 00000000000000000000000000000000 00 00000000000000000000000000000000 00000000 00000002 00000000 80200001       lo\n";
        assert_eq!(
            serde_json::to_string(&routes6(routes)).unwrap(),
            r#"[{"addr_family":"inet6","destination":"fd00::/64","gateway":"::","netmask":"","flags":"U","interface":"eth0"}]"#
        );
        let tcp = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   0: 0100007F:1FBB 00000000:0000 0A 00000000:00000002 00:00000000 00000000  1000        0 6732418 1\n";
        let found = connections("tcp", tcp);
        assert_eq!((found[0].local, found[0].state, found[0].queues), (("127.0.0.1".parse().unwrap(), 8123), "LISTEN", (2, 0)));
        assert_eq!(socket("00000000000000000000000001000000:0016").unwrap(), ("::1".parse().unwrap(), 22));
    }

    #[test]
    fn neighbours_without_an_answer_are_left_out() {
        let arp = "IP address       HW type     Flags       HW address            Mask     Device\n192.0.2.1        0x1         0x2         02:fc:00:00:00:05     *        eth0\n192.0.2.7        0x1         0x0         00:00:00:00:00:00     *        eth0\n";
        assert_eq!(serde_json::to_string(&neighbours(arp)).unwrap(), r#"{"02:fc:00:00:00:05":"192.0.2.1"}"#);
        let six = "fd00::9 dev eth0 lladdr 02:fc:00:00:00:06 REACHABLE\nfd00::1 dev eth0 FAILED\n";
        assert_eq!(serde_json::to_string(&neighbours6(six)).unwrap(), r#"{"02:fc:00:00:00:06":"fd00::9"}"#);
    }

    #[test]
    fn a_way_is_read_from_what_ip_prints() {
        let way = parse_way("8.8.8.8 via 192.0.2.1 dev eth0 src 192.0.2.2 uid 0 \n    cache \n");
        assert_eq!(
            serde_json::to_string(&way).unwrap(),
            r#"{"destination":"8.8.8.8","gateway":"192.0.2.1","interface":"eth0","source":"192.0.2.2"}"#
        );
    }
}
