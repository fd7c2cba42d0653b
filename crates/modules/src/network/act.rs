//! What is done to the network of this machine, and what is asked of others.

use sdk::host::Write;
use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Value, text};

/// Set the name of this machine, now and for every boot, also where `/etc/hosts` has the old one.
///
/// ```salt
/// salt '*' network.mod_hostname web7.example.org
/// ```
#[derive(Args)]
pub struct ModHostname {
    /// Name.
    hostname: String,
}

/// The names of a file of hosts with the old name of this machine replaced by the new one, whole and short.
fn renamed(hosts: &str, old: &str, new: &str) -> String {
    let short = |name: &str| name.split('.').next().unwrap_or(name).to_owned();
    let (old_short, new_short) = (short(old), short(new));
    let word = |word: &str| match word {
        word if word == old => new.to_owned(),
        word if word == old_short => new_short.clone(),
        other => other.to_owned(),
    };
    let line = |line: &str| {
        let (names, comment) = line.split_once('#').map_or((line, None), |(names, comment)| (names, Some(comment)));
        if !names.split_whitespace().skip(1).any(|name| name == old || name == old_short) {
            return format!("{line}\n");
        }
        let names: Vec<String> =
            names.split_whitespace().enumerate().map(|(at, name)| if at == 0 { name.to_owned() } else { word(name) }).collect();
        format!("{}{}\n", names.join(" "), comment.map(|comment| format!(" #{comment}")).unwrap_or_default())
    };
    hosts.lines().map(line).collect()
}

impl Action for ModHostname {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let old = crate::system::hostname(cx)?;
        crate::system::set_hostname(cx, &self.hostname).await?;
        let hosts = cx.host().read_text("/etc/hosts").unwrap_or_default();
        let new = renamed(&hosts, &old, &self.hostname);
        if new != hosts {
            cx.host().write("/etc/hosts", new.as_bytes(), &Write::default()).map_err(crate::failure)?;
        }
        Ok(true)
    }
}

/// Tell whether a port of another machine can be reached.
///
/// ```salt
/// salt '*' network.connect archlinux.org 80 timeout=3
/// ```
#[derive(Args)]
pub struct Connect {
    /// Name or address.
    host: String,
    /// Port.
    port: u16,
    /// `tcp` or `udp`. Of `udp` only a refusal can be told.
    #[arg(default = "tcp", named)]
    proto: String,
    /// How long to wait, in seconds.
    #[arg(default = 5, named)]
    timeout: u16,
    /// `ipv4` or `ipv6`.
    #[arg(named)]
    family: Option<String>,
}

impl Query for Connect {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        if read.host().which("nc").is_none() {
            return Err(Failure::unavailable("there is no program `nc` here; the packages netcat-openbsd, nmap-ncat and busybox have it"));
        }
        let mut argv = vec!["nc".to_owned(), "-z".to_owned(), "-w".to_owned(), self.timeout.to_string()];
        match (self.proto.as_str(), self.family.as_deref()) {
            ("udp", _) => argv.push("-u".to_owned()),
            ("tcp", _) => {}
            (other, _) => return Err(Failure::bad_arguments(format!("`{other}` is no protocol; known are tcp, udp"))),
        }
        argv.extend(self.family.as_deref().and_then(|family| match family {
            "ipv4" => Some("-4".to_owned()),
            "ipv6" => Some("-6".to_owned()),
            _ => None,
        }));
        argv.extend([self.host.clone(), self.port.to_string()]);
        let is_open = read.try_run(argv).await?.is_ok();
        let words = if is_open { "Successfully connected to" } else { "Unable to connect to" };
        let mut map = Map::new();
        map.insert("result", is_open);
        map.insert("comment", format!("{words} {} on {} port {}", self.host, self.proto, self.port));
        Ok(map)
    }
}

/// Return the hosts on the way to another machine.
///
/// ```salt
/// salt '*' network.traceroute archlinux.org
/// ```
#[derive(Args)]
pub struct Traceroute {
    /// Name or address.
    host: String,
}

/// Lines of a number, a name with its address in brackets, and times.
fn parse_hops(text: &str) -> Vec<Map> {
    let row = |line: &str| {
        let mut words = line.split_whitespace();
        let count: i64 = words.next()?.parse().ok()?;
        let rest: Vec<&str> = words.collect();
        let mut map = Map::new();
        map.insert("count", count);
        let name = rest.iter().copied().find(|word| *word != "*");
        map.insert("hostname", name);
        map.insert("ip", rest.iter().find_map(|word| word.strip_prefix('(')?.strip_suffix(')')));
        let times: Vec<f64> =
            rest.windows(2).filter(|pair| pair.last() == Some(&"ms")).filter_map(|pair| pair.first()?.parse().ok()).collect();
        for (number, time) in times.into_iter().enumerate() {
            map.insert(format!("ms{}", number + 1), time);
        }
        Some(map)
    };
    text.lines().filter_map(row).collect()
}

impl Query for Traceroute {
    type Output = Vec<Map>;
    async fn call(self, read: &Read) -> Result<Vec<Map>, Failure> {
        if read.host().which("traceroute").is_none() {
            return Err(Failure::unavailable("there is no program `traceroute` here; the package traceroute has it"));
        }
        Ok(parse_hops(&read.ask(["traceroute", "--", &self.host]).await?))
    }
}

/// Return what the program `dig` prints for a name.
///
/// ```salt
/// salt '*' network.dig archlinux.org
/// ```
#[derive(Args)]
pub struct Dig {
    /// Name.
    host: String,
}

impl Query for Dig {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        if read.host().which("dig").is_none() {
            return Err(Failure::unavailable("there is no program `dig` here; the packages bind9-dnsutils and bind-utils have it"));
        }
        if self.host.starts_with(['-', '+', '@']) {
            return Err(Failure::bad_arguments(format!("`{}` is no name", self.host)));
        }
        read.ask(["dig", &self.host]).await
    }
}

/// Switch another machine on by a packet to its network card.
///
/// ```salt
/// salt '*' network.wol 08:00:27:13:69:77
/// ```
#[derive(Args)]
pub struct Wol {
    /// Hardware address.
    mac: String,
    /// Address the packet is sent to.
    #[arg(default = "255.255.255.255")]
    bcast: String,
    /// Port.
    #[arg(default = 9)]
    destport: u16,
}

impl Action for Wol {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let digits: String = self.mac.chars().filter(char::is_ascii_hexdigit).collect();
        if digits.len() != 12 {
            return Err(Failure::bad_arguments(format!("`{}` is no hardware address", self.mac)));
        }
        let pairs: Vec<&str> = [0, 2, 4, 6, 8, 10].iter().filter_map(|at| digits.get(*at..at + 2)).collect();
        let mac = pairs.join(":");
        if cx.host().which("wakeonlan").is_some() {
            cx.run(["wakeonlan", "-i", &self.bcast, "-p", &self.destport.to_string(), &mac]).await?;
        } else if cx.host().which("ether-wake").is_some() {
            cx.run(["ether-wake", "-b", &mac]).await?;
        } else {
            return Err(Failure::unavailable("nothing here sends such packets; looked for wakeonlan and ether-wake"));
        }
        Ok(true)
    }
}

/// Return the sizes of a network card's buffers, and how large they can be.
///
/// ```salt
/// salt '*' network.get_bufsize eth0
/// ```
#[derive(Args)]
pub struct GetBufsize {
    /// Interface.
    iface: String,
}

impl Query for GetBufsize {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let ring = crate::ethtool::ring(read, &self.iface).await?;
        let mut map: Map = [("result", true)].into_iter().collect();
        map.extend(ring.into_iter().map(|(key, value)| (text::str(&key).replace('_', "-"), value)));
        Ok(map)
    }
}

/// Set the sizes of a network card's buffers.
///
/// ```salt
/// salt '*' network.mod_bufsize eth0 rx=1024 tx=1024
/// ```
#[derive(Args)]
pub struct ModBufsize {
    /// Interface.
    iface: String,
    /// `rx`, `tx`, `rx-mini`, `rx-jumbo`.
    #[arg(extra)]
    sizes: Map,
}

impl Action for ModBufsize {
    type Output = Map;
    async fn call(self, cx: &Cx) -> Result<Map, Failure> {
        crate::ethtool::set(cx, "-G", &self.iface, &self.sizes).await?;
        GetBufsize { iface: self.iface }.call(cx).await
    }
}

/// Return the whole names that the name service has for the addresses of this machine.
///
/// ```salt
/// salt '*' network.fqdns
/// ```
#[derive(Args)]
pub struct Fqdns;

impl Query for Fqdns {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let mut names = std::collections::BTreeSet::new();
        for grain in ["ipv4", "ipv6"] {
            for address in read.grain(grain).and_then(Value::as_list).unwrap_or_default().iter().filter_map(Value::as_str) {
                let is_ours = address.parse::<std::net::IpAddr>().is_ok_and(|address| !address.is_loopback());
                if !is_ours {
                    continue;
                }
                let output = read.try_run(["getent", "hosts", address]).await?;
                names.extend(output.out().split_whitespace().skip(1).filter(|name| name.contains('.')).map(str::to_owned));
            }
        }
        Ok([("fqdns", names.into_iter().collect::<Vec<_>>())].into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_name_of_this_machine_is_replaced() {
        let hosts = "127.0.0.1 localhost\n127.0.1.1\told.example.org old # mine\n10.0.0.1 older\n";
        assert_eq!(
            renamed(hosts, "old.example.org", "new.example.com"),
            "127.0.0.1 localhost\n127.0.1.1 new.example.com new # mine\n10.0.0.1 older\n"
        );
    }

    #[test]
    fn hops_that_do_not_answer_have_no_name() {
        let text = "traceroute to x (10.0.0.9), 30 hops max\n 1  gw.lan (10.0.0.1)  0.4 ms  0.3 ms  0.3 ms\n 2  * * *\n";
        let shown = serde_json::to_string(&parse_hops(text)).unwrap();
        assert_eq!(
            shown,
            r#"[{"count":1,"hostname":"gw.lan","ip":"(10.0.0.1)","ms1":0.4,"ms2":0.3,"ms3":0.3},{"count":2,"hostname":null,"ip":null}]"#
                .replace("(10.0.0.1)", "10.0.0.1")
        );
    }
}
