//! The resolver's configuration.

use crate::{About, System};
use std::net::IpAddr;
use value::{Map, Value};

pub(crate) const NAMES: &[&str] = &["dns"];

pub(crate) fn collect(system: &System, _: &About, grains: &mut Map) {
    // The stub of systemd-resolved names only itself; its other file has the real servers.
    let text = ["/run/systemd/resolve/resolv.conf", "/etc/resolv.conf"].into_iter().find_map(|path| system.read(path));
    if let Some(text) = text {
        grains.insert("dns", parse(&text));
    }
}

fn parse(text: &str) -> Value {
    let (mut servers, mut sort, mut search, mut options) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut domain = "";
    for line in text.lines() {
        let line = line.split(['#', ';']).next().unwrap_or_default();
        let mut words = line.split_whitespace();
        match words.next() {
            Some("nameserver") => servers.extend(words.next()),
            Some("domain") => domain = words.next().unwrap_or_default(),
            // The last of several `search` lines counts, as for the resolver itself.
            Some("search") => search = words.collect(),
            Some("sortlist") => sort.extend(words),
            Some("options") => options.extend(words),
            _ => {}
        }
    }
    let address = |text: &str| text.split('%').next().unwrap_or_default().parse::<IpAddr>().ok();
    let list = |items: Vec<&str>| Value::List(items.into_iter().map(Value::from).collect());
    let four: Vec<&str> = servers.iter().copied().filter(|s| address(s).is_some_and(|a| a.is_ipv4())).collect();
    let six: Vec<&str> = servers.iter().copied().filter(|s| address(s).is_some_and(|a| a.is_ipv6())).collect();
    let mut dns = Map::new();
    dns.insert("nameservers", list(servers));
    dns.insert("ip4_nameservers", list(four));
    dns.insert("ip6_nameservers", list(six));
    dns.insert("sortlist", list(sort));
    dns.insert("domain", domain);
    dns.insert("search", list(search));
    dns.insert("options", list(options));
    Value::Map(dns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_split_by_family_and_comments_are_passed_over() {
        let got = parse(
            "# made by hand\nnameserver 10.0.0.1 ; first\nnameserver 2001:db8::1\nsearch a.example b.example\noptions edns0 trust-ad\ndomain example\n",
        );
        assert_eq!(
            serde_json::to_string(&got).unwrap(),
            r#"{"nameservers":["10.0.0.1","2001:db8::1"],"ip4_nameservers":["10.0.0.1"],"ip6_nameservers":["2001:db8::1"],"sortlist":[],"domain":"example","search":["a.example","b.example"],"options":["edns0","trust-ad"]}"#
        );
    }
}
