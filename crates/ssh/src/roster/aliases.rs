//! The aliases of an `ssh_config`: how they are reached is left to `ssh`, which reads the same file.

use crate::Host;

pub(super) fn parse(config: &str) -> Vec<Host> {
    let mut hosts: Vec<Host> = Vec::new();
    for line in config.lines() {
        let line = line.trim();
        let mut words = line.split([' ', '\t', '=']).filter(|word| !word.is_empty());
        if !words.next().is_some_and(|word| word.eq_ignore_ascii_case("host")) {
            continue;
        }
        for alias in words.map(|word| word.trim_matches('"')).take_while(|word| !word.starts_with('#')) {
            let is_pattern = alias.contains(['*', '?', '!']);
            if !is_pattern && !hosts.iter().any(|host| host.id == alias) {
                hosts.push(Host::named(alias));
            }
        }
    }
    hosts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_are_hosts_and_patterns_are_not() {
        let hosts = parse("Host web1 web2\n  HostName 10.0.0.1\nHost *\n  User x\nhost=db1\nHost web1\n");
        let ids: Vec<_> = hosts.iter().map(|host| host.id.as_str()).collect();
        assert_eq!(ids, ["web1", "web2", "db1"]);
    }
}
