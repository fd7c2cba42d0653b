//! Zones of the packet filter, by firewalld.

use modules::firewalld::{When, act, ask, default_zone, lines, query, reload};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Read, State, Value, Words, text};

sdk::states!(firewalld, [Present, Service]);

/// States are about what the next boot finds too.
const BOOT: When = When::EveryBoot;

/// Ensure a zone is there with what it opens.
///
/// ```salt
/// public:
///   firewalld.present:
///     - ports: [22/tcp, 443/tcp]
///     - services: [http]
///     - masquerade: False
/// ```
#[derive(Args)]
pub struct Present {
    /// Zone.
    name: String,
    /// Kinds of ICMP packets that are kept out.
    block_icmp: Option<Words>,
    /// Take other kinds away.
    #[arg(default = false)]
    prune_block_icmp: bool,
    /// Make it the default zone.
    default: Option<bool>,
    /// Packets go out under this machine's address.
    masquerade: Option<bool>,
    /// Open ports.
    ports: Option<Words>,
    /// Close other ports.
    #[arg(default = false)]
    prune_ports: bool,
    /// Ports that are passed on, as `22:2222:tcp` or `22:2222:tcp:10.0.0.1`.
    port_fwd: Option<Words>,
    /// Pass other ports on no more.
    #[arg(default = false)]
    prune_port_fwd: bool,
    /// Open services.
    services: Option<Words>,
    /// Close other services.
    #[arg(default = false)]
    prune_services: bool,
    /// Interfaces.
    interfaces: Option<Words>,
    /// Take other interfaces away.
    #[arg(default = false)]
    prune_interfaces: bool,
    /// Sources.
    sources: Option<Words>,
    /// Take other sources away.
    #[arg(default = false)]
    prune_sources: bool,
    /// Rich rules.
    rich_rules: Option<Value>,
    /// Take other rich rules away.
    #[arg(default = false)]
    prune_rich_rules: bool,
}

/// What is to be done: words for `firewall-cmd`, and the zone to make the default one.
pub struct Steps {
    is_new: bool,
    words: Vec<String>,
    make_default: bool,
    changes: Map,
}

/// `22:2222:tcp:10.0.0.1` as firewalld writes it.
fn forwarded(text: &str) -> String {
    if text.starts_with("port=") {
        return text.to_owned();
    }
    let parts: Vec<&str> = text.split(':').collect();
    let part = |index: usize| parts.get(index).copied().unwrap_or_default();
    format!("port={}:proto={}:toport={}:toaddr={}", part(0), part(2), part(1), part(3))
}

/// A port that is passed on, as changes tell of it.
fn told(forward: &str) -> Value {
    let parts: Vec<&str> = forward.split(':').map(|part| part.split_once('=').map_or(part, |(_, value)| value)).collect();
    let part = |index: usize| parts.get(index).copied().unwrap_or_default();
    let told: Map = [("Source port", part(0)), ("Destination port", part(2)), ("Protocol", part(1)), ("Destination address", part(3))]
        .into_iter()
        .collect();
    told.into()
}

impl Present {
    async fn steps(&self, read: &Read) -> Result<Steps, Failure> {
        let zone = &self.name;
        let zones = ask(read, BOOT, None, &["--get-zones"]).await?;
        let is_new = !zones.contains(zone);
        let mut steps = Steps { is_new, words: Vec::new(), make_default: false, changes: Map::new() };
        if is_new {
            let change: Map = [("old", Value::from(zones)), ("new", zone.as_str().into())].into_iter().collect();
            steps.changes.insert(zone.as_str(), change);
        }
        let rules = self.rich_rules.as_ref().map(|rules| match rules {
            Value::List(items) => items.iter().map(text::str).collect(),
            other => vec![text::str(other)],
        });
        let forwards = self.port_fwd.as_ref().map(|words| words.0.iter().map(|word| forwarded(word)).collect::<Vec<_>>());
        let of = |words: &Option<Words>| words.as_ref().map(|words| words.0.clone());
        let lists = [
            ("icmp_types", "icmp-block", of(&self.block_icmp), self.prune_block_icmp),
            ("ports", "port", of(&self.ports), self.prune_ports),
            ("port_fwd", "forward-port", forwards, self.prune_port_fwd),
            ("services", "service", of(&self.services), self.prune_services),
            ("interfaces", "interface", of(&self.interfaces), self.prune_interfaces),
            ("sources", "source", of(&self.sources), self.prune_sources),
            ("rich_rules", "rich-rule", rules, self.prune_rich_rules),
        ];
        for (key, word, wanted, prune) in lists {
            let Some(wanted) = wanted else { continue };
            let list = format!("--list-{word}s");
            let now = match (is_new, word) {
                (true, _) => Vec::new(),
                (false, "rich-rule" | "forward-port") => lines(read, BOOT, zone, &list).await?,
                (false, _) => ask(read, BOOT, Some(zone), &[list.as_str()]).await?,
            };
            let missing: Vec<&String> = wanted.iter().filter(|one| !now.contains(one)).collect();
            let surplus: Vec<&String> = now.iter().filter(|one| prune && !wanted.contains(one)).collect();
            if missing.is_empty() && surplus.is_empty() {
                continue;
            }
            steps.words.extend(missing.iter().map(|one| format!("--add-{word}={one}")));
            steps.words.extend(surplus.iter().map(|one| format!("--remove-{word}={one}")));
            let mut after: Vec<String> = now.iter().filter(|one| !surplus.contains(one)).cloned().collect();
            after.extend(missing.into_iter().cloned());
            let shown = |list: Vec<String>| -> Value {
                let one = |word: String| if key == "port_fwd" { told(&word) } else { word.into() };
                list.into_iter().map(one).collect::<Vec<_>>().into()
            };
            steps.changes.insert(key, [("old", shown(now)), ("new", shown(after))].into_iter().collect::<Map>());
        }
        if let Some(wanted) = self.masquerade {
            let now = !is_new && query(read, BOOT, zone, "--query-masquerade").await?;
            if now != wanted {
                steps.words.push(if wanted { "--add-masquerade" } else { "--remove-masquerade" }.to_owned());
                let said = if wanted { "Masquerading successfully set." } else { "Masquerading successfully disabled." };
                steps.changes.insert("masquerade", [("old", Value::from(now)), ("new", said.into())].into_iter().collect::<Map>());
            }
        }
        if self.default == Some(true) {
            let now = default_zone(read).await?;
            if now != *zone {
                steps.make_default = true;
                steps.changes.insert("default", [("old", now), ("new", zone.clone())].into_iter().collect::<Map>());
            }
        }
        Ok(steps)
    }
}

impl State for Present {
    type Change = Steps;

    async fn check(&self, read: &Read) -> Result<Check<Steps>, Failure> {
        let steps = match self.steps(read).await {
            Ok(steps) => steps,
            Err(failure) => return Ok(Check::fails(format!("Error: {}", failure.message))),
        };
        if steps.changes.is_empty() {
            return Ok(Check::desired(format!("'{}' is already in the desired state.", self.name)));
        }
        let changes = steps.changes.clone();
        Ok(Check::change(format!("Configuration for '{}' will change.", self.name), changes, steps))
    }

    async fn apply(&self, steps: Steps, cx: &Cx) -> Result<Applied, Failure> {
        let zone = &self.name;
        let done = async {
            if steps.is_new {
                act(cx, BOOT, None, &[&format!("--new-zone={zone}")]).await?;
                reload(cx).await?;
            }
            for word in &steps.words {
                act(cx, BOOT, Some(zone), &[word]).await?;
            }
            reload(cx).await?;
            if steps.make_default {
                act(cx, When::Now, None, &[&format!("--set-default-zone={zone}")]).await?;
            }
            Ok::<(), Failure>(())
        };
        Ok(match done.await {
            Ok(()) => Applied::ok(format!("'{zone}' was configured."), steps.changes),
            Err(failure) => Applied::failed(format!("Error: {}", failure.message)),
        })
    }
}

/// Ensure a service of firewalld is there, with these ports and protocols and no others.
///
/// ```salt
/// zabbix:
///   firewalld.service:
///     - ports: [10050/tcp]
/// ```
#[derive(Args)]
pub struct Service {
    /// Service.
    name: String,
    /// Ports: `10050/tcp`.
    ports: Option<Words>,
    /// Protocols.
    protocols: Option<Words>,
}

impl State for Service {
    type Change = Steps;

    async fn check(&self, read: &Read) -> Result<Check<Steps>, Failure> {
        let name = &self.name;
        let is_new = !ask(read, BOOT, None, &["--get-services"]).await?.contains(name);
        let mut steps = Steps { is_new, words: Vec::new(), make_default: false, changes: Map::new() };
        if is_new {
            let created = [("old", "service is not present"), ("new", "service is created")];
            steps.changes.insert(name.as_str(), created.into_iter().collect::<Map>());
        }
        for (key, word, wanted) in [("ports", "port", &self.ports), ("protocols", "protocol", &self.protocols)] {
            let Some(wanted) = wanted else { continue };
            let list = format!("--get-{word}s");
            let now = if is_new { Vec::new() } else { ask(read, BOOT, None, &[&format!("--service={name}"), &list]).await? };
            let (missing, surplus) = (wanted.0.iter().filter(|one| !now.contains(one)), now.iter().filter(|one| !wanted.0.contains(one)));
            let before = steps.words.len();
            steps.words.extend(missing.map(|one| format!("--add-{word}={one}")));
            steps.words.extend(surplus.map(|one| format!("--remove-{word}={one}")));
            if steps.words.len() > before {
                steps.changes.insert(key, [("old", now), ("new", wanted.0.clone())].into_iter().collect::<Map>());
            }
        }
        if steps.changes.is_empty() {
            return Ok(Check::desired(format!("'{name}' is already in the desired state.")));
        }
        let changes = steps.changes.clone();
        Ok(Check::change(format!("Configuration for '{name}' will change."), changes, steps))
    }

    async fn apply(&self, steps: Steps, cx: &Cx) -> Result<Applied, Failure> {
        let name = &self.name;
        if steps.is_new {
            act(cx, BOOT, None, &[&format!("--new-service={name}")]).await?;
            reload(cx).await?;
        }
        for word in &steps.words {
            act(cx, BOOT, None, &[&format!("--service={name}"), word]).await?;
        }
        reload(cx).await?;
        Ok(Applied::ok(format!("'{name}' was configured."), steps.changes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_is_passed_on_is_given_as_salt_has_it() {
        assert_eq!(forwarded("80:8080:tcp"), "port=80:proto=tcp:toport=8080:toaddr=");
        assert_eq!(forwarded("22:2222:udp:10.0.0.1"), "port=22:proto=udp:toport=2222:toaddr=10.0.0.1");
        assert_eq!(told("port=80:proto=tcp:toport=8080:toaddr=").get("Destination port").and_then(Value::as_str), Some("8080"));
    }
}
