//! Who this host is: its names and ids.

use crate::{About, System};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::net::{IpAddr, ToSocketAddrs};
use value::{Map, Value};

pub(crate) const NAMES: &[&str] =
    &["id", "host", "domain", "fqdn", "fqdns", "localhost", "fqdn_ip4", "fqdn_ip6", "server_id", "machine_id", "master"];

pub(crate) fn collect(system: &System, about: &About, grains: &mut Map) {
    grains.insert("id", about.id.as_str());
    grains.insert("master", about.master.clone());
    grains.insert("server_id", server_id(&about.id));
    if let Some(id) = ["/etc/machine-id", "/var/lib/dbus/machine-id"].into_iter().find_map(|path| system.line(path)) {
        grains.insert("machine_id", id);
    }
    let own = if system.is_live() {
        nix::unistd::gethostname().ok().and_then(|name| name.into_string().ok())
    } else {
        system.line("/etc/hostname")
    };
    let own = own.unwrap_or_else(|| "localhost".to_owned());
    let hosts = system.read("/etc/hosts").unwrap_or_default();
    let fqdn = full_name(&own, &hosts);
    let (host, domain) = fqdn.split_once('.').unwrap_or((&fqdn, ""));
    grains.insert("localhost", own.as_str());
    grains.insert("fqdn", fqdn.as_str());
    grains.insert("host", host);
    grains.insert("domain", domain);

    let mut addresses = addresses_in(&hosts, &fqdn);
    // Only a name that the hosts file does not know is worth asking the resolver for: it may be slow.
    if addresses.is_empty() && system.is_live() {
        addresses = resolve(&fqdn);
    }
    let list = |keep: fn(&IpAddr) -> bool| Value::List(addresses.iter().filter(|a| keep(a)).map(|a| a.to_string().into()).collect());
    grains.insert("fqdn_ip4", list(IpAddr::is_ipv4));
    grains.insert("fqdn_ip6", list(IpAddr::is_ipv6));
    let names: Vec<Value> = if about.fqdns { names_in(&hosts, &fqdn).into_iter().map(Value::from).collect() } else { Vec::new() };
    grains.insert("fqdns", Value::List(names));
}

/// A number made of the id alone, so that it survives a new installation.
fn server_id(id: &str) -> i64 {
    let digest = Sha256::digest(id.as_bytes());
    let last = digest.iter().rev().take(4).rev().fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
    i64::from(last & 0x7fff_ffff)
}

/// Lines of the hosts file as address and names.
fn entries(hosts: &str) -> impl Iterator<Item = (IpAddr, Vec<&str>)> {
    hosts.lines().filter_map(|line| {
        let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
        let address = words.next()?.parse().ok()?;
        Some((address, words.collect()))
    })
}

/// The name of this host with its domain: itself if it has one, else the dotted name that stands beside it in the hosts file.
fn full_name(own: &str, hosts: &str) -> String {
    if own.contains('.') {
        return own.trim_end_matches('.').to_owned();
    }
    let beside = entries(hosts)
        .filter(|(_, names)| names.contains(&own))
        .find_map(|(_, names)| names.into_iter().find(|name| name.contains('.') && !name.starts_with("localhost")));
    beside.unwrap_or(own).to_owned()
}

fn addresses_in(hosts: &str, name: &str) -> BTreeSet<IpAddr> {
    entries(hosts).filter(|(_, names)| names.contains(&name)).map(|(address, _)| address).collect()
}

/// Dotted names of this host's own lines in the hosts file.
fn names_in(hosts: &str, fqdn: &str) -> BTreeSet<String> {
    let own = entries(hosts).filter(|(_, names)| names.contains(&fqdn)).flat_map(|(_, names)| names);
    own.filter(|name| name.contains('.')).map(str::to_owned).collect()
}

/// Asks the system's resolver, but does not wait for one that hangs: the names of a host must not hold up its agent.
fn resolve(name: &str) -> BTreeSet<IpAddr> {
    let (answer, wait) = std::sync::mpsc::channel();
    let name = name.to_owned();
    std::thread::spawn(move || {
        let found = (name.as_str(), 0).to_socket_addrs().map(|all| all.map(|one| one.ip()).collect()).unwrap_or_default();
        let _ = answer.send(found);
    });
    wait.recv_timeout(std::time::Duration::from_secs(2)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_id_is_the_one_salt_gives() {
        assert_eq!(server_id("testmin.example.org"), 1_414_228_461);
    }

    #[test]
    fn the_full_name_comes_from_the_hosts_file_when_the_host_has_a_short_one() {
        let hosts = "127.0.0.1 localhost\n127.0.1.1 web01.example.org web01 # us\n";
        assert_eq!(full_name("web01", hosts), "web01.example.org");
        assert_eq!(full_name("web02", hosts), "web02");
        assert_eq!(full_name("db.other.org", hosts), "db.other.org");
        assert_eq!(full_name("web01", "127.0.0.1 localhost.localdomain web01\n"), "web01");
        assert_eq!(addresses_in(hosts, "web01.example.org"), BTreeSet::from(["127.0.1.1".parse().unwrap()]));
    }
}
