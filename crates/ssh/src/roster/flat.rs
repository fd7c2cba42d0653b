//! Salt's flat roster: a mapping of ids, each with an address or a mapping of how it is reached; a template of Jinja, unless its first line
//! names other renderers.

use crate::Host;
use render::{NoFiles, NoFunctions, Options, Renderer, Scope, Source};
use std::path::Path;
use std::sync::Arc;
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

pub(super) fn parse(path: &Path, roster: &str) -> Result<Vec<Host>, String> {
    // No function of a host is called: a roster is read before any host is reached.
    let renderer = Renderer::new(Arc::new(NoFunctions), Arc::new(NoFiles), Options::default());
    let source = Source::new(path.to_string_lossy(), roster);
    let rendered = renderer.chain(&source, &Scope::default(), "jinja|yaml").map_err(|error| error.to_string())?;
    let entries = match rendered {
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

    fn parse(roster: &str) -> Result<Vec<Host>, String> {
        super::parse(Path::new("roster"), roster)
    }

    #[test]
    fn a_roster_is_a_template() {
        let roster = "{% set users = {'db': 'postgres'} %}\n{% for kind in ['web', 'db'] %}{% for n in range(1, 3) %}\n\
                      {{ kind }}{{ n }}: {host: {{ kind }}{{ n }}.example, user: {{ users.get(kind, 'root') }}}\n{% endfor %}{% endfor %}";
        let hosts = parse(roster).unwrap();
        let told: Vec<_> = hosts.iter().map(|host| format!("{}@{}", host.user.as_deref().unwrap_or_default(), host.address)).collect();
        assert_eq!(told, ["root@web1.example", "root@web2.example", "postgres@db1.example", "postgres@db2.example"]);
        assert_eq!(parse("#!yaml\n'{{ a }}': 10.0.0.1\n").unwrap()[0].id, "{{ a }}");
        let wrong = parse("a: b\n{% for %}").unwrap_err();
        assert!(wrong.contains("{% for %}"), "{wrong}");
        assert!(parse("{{ salt['cmd.run']('id') }}").is_err());
    }

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
