//! Salt's flat roster: a mapping of ids, each with an address or a mapping of how it is reached.

use crate::Host;
use std::time::Duration;
use value::{Map, Value, text};

const KEYS: [&str; 14] = [
    "host",
    "user",
    "passwd",
    "port",
    "sudo",
    "sudo_user",
    "priv",
    "timeout",
    "minion_opts",
    "thin_dir",
    "ssh_options",
    "identities_only",
    "set_path",
    "tty",
];

pub(super) fn parse(roster: &str) -> Result<Vec<Host>, String> {
    if roster.contains("{%") || roster.contains("{{") {
        return Err("templates are not rendered in rosters; write the hosts out, or use an inventory with ranges".to_owned());
    }
    let entries = match yaml::load_value(roster).map_err(|error| error.to_string())? {
        Value::Map(entries) => entries,
        Value::Null => Map::new(),
        _ => return Err("it is no mapping of ids to hosts".to_owned()),
    };
    entries.iter().map(|(id, entry)| host(&text::str(id), entry)).collect()
}

fn host(id: &str, entry: &Value) -> Result<Host, String> {
    let mut host = Host::named(id);
    let entry = match entry {
        Value::Map(entry) => entry,
        Value::Null => return Ok(host),
        address => {
            host.address = text::str(address);
            return Ok(host);
        }
    };
    for (key, value) in entry.iter() {
        let key = text::str(key);
        let word = || text::str(value);
        match key.as_str() {
            "host" => host.address = word(),
            "user" => host.user = Some(word()),
            "passwd" => host.password = Some(word()),
            "port" => host.port = Some(word().parse().map_err(|_| format!("`{id}`: `port` is `{}`, which is no port", word()))?),
            "sudo" => host.sudo = value.is_truthy(),
            "sudo_user" => {
                host.sudo = true;
                host.sudo_user = Some(word());
            }
            // The key of the control node's agent: OpenSSH asks it anyway.
            "priv" if word() == "agent-forwarding" => {}
            "priv" => host.key = Some(word().into()),
            "timeout" => host.timeout = value.as_float().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
            "minion_opts" => host.configuration = value.as_map().cloned().unwrap_or_default(),
            "thin_dir" => host.folder = Some(word()),
            "ssh_options" => host.options.extend(value.as_list().unwrap_or_default().iter().map(text::str)),
            "identities_only" if value.is_truthy() => host.options.push("IdentitiesOnly=yes".to_owned()),
            "identities_only" => {}
            "set_path" => host.path = Some(word().trim_start_matches("$PATH:").to_owned()),
            "tty" if value.is_truthy() => {
                return Err(format!(
                    "`{id}`: a terminal would mix into what guest and master say; allow `sudo` without one (`Defaults:USER !requiretty`)"
                ));
            }
            "tty" => {}
            unknown => {
                let hint = model::nearest(unknown, KEYS).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
                return Err(format!("`{id}`: there is no key `{unknown}`{hint}"));
            }
        }
    }
    Ok(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flat_roster_gives_hosts_with_all_that_was_said() {
        let roster = "
web1: 10.0.0.1
db1:
  host: db.example
  user: deploy
  port: 2222
  sudo: true
  priv: /root/key
  minion_opts: {grains: {role: db}}
  ssh_options: [ProxyJump=gate]
";
        let hosts = parse(roster).unwrap();
        assert_eq!((hosts[0].id.as_str(), hosts[0].address.as_str()), ("web1", "10.0.0.1"));
        let db = &hosts[1];
        assert_eq!((db.address.as_str(), db.user.as_deref(), db.port, db.sudo), ("db.example", Some("deploy"), Some(2222), true));
        assert_eq!(db.options, ["ProxyJump=gate"]);
        assert_eq!(db.configuration.len(), 1);
    }

    #[test]
    fn a_misspelt_key_is_told_with_the_one_that_was_meant() {
        assert_eq!(parse("a: {hots: b}").unwrap_err(), "`a`: there is no key `hots`; did you mean `host`?");
        assert!(parse("- a").unwrap_err().contains("no mapping"));
    }
}
