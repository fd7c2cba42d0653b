//! Names of addresses in `/etc/hosts`.

use modules::hosts::Hosts;
use sdk::{Applied, Args, Check, Cx, Failure, Map, Outlook, Read, State, Value, Words, text};

sdk::states!(host, [Present, Absent, Only]);

/// Ensure a name stands for an address.
///
/// ```salt
/// db1:
///   host.present:
///     - ip: 10.0.0.1
///     - names: [db1, db1.example.com]
/// ```
#[derive(Args)]
pub struct Present {
    /// Name.
    name: String,
    /// Address, or a list of them.
    ip: Words,
    /// Comment of the address.
    #[arg(default = "")]
    comment: String,
    /// Take the name from every other address.
    #[arg(default = false)]
    clean: bool,
}

/// One step of what is to be done.
enum Step {
    Add(String),
    Remove(String),
    Comment(String),
}

impl Present {
    fn steps(&self, hosts: &Hosts) -> Vec<Step> {
        let mut steps: Vec<Step> = self.ip.0.iter().filter(|ip| !hosts.has(ip, &self.name)).cloned().map(Step::Add).collect();
        if self.clean {
            steps.extend(hosts.ips_of(&self.name).into_iter().filter(|ip| !self.ip.0.contains(ip)).map(Step::Remove));
        }
        if !self.comment.is_empty() {
            steps.extend(self.ip.0.iter().filter(|ip| hosts.comment(ip) != Some(&self.comment)).cloned().map(Step::Comment));
        }
        steps
    }

    /// Comment and changes, of what would be done or was.
    fn told(&self, hosts: &Hosts, steps: &[Step], done: bool) -> (String, Map) {
        let name = &self.name;
        let added = |ip: &String| steps.iter().any(|step| matches!(step, Step::Add(added) if added == ip));
        let mut lines: Vec<String> =
            self.ip.0.iter().filter(|ip| !added(ip)).map(|ip| format!("Host {name} ({ip}) already present")).collect();
        let mut changes = Map::new();
        let mut put = |key: &str, ip: &str, value: Value| {
            if let Some(map) = changes.entry_or_insert_with(key, Value::map).as_map_mut() {
                map.insert(ip, value);
            }
        };
        for step in steps {
            match step {
                Step::Add(ip) => {
                    put("added", ip, vec![name.clone()].into());
                    lines.push(if done { format!("Added host {name} ({ip})") } else { format!("Host {name} ({ip}) would be added") });
                }
                Step::Remove(ip) => {
                    put("removed", ip, vec![name.clone()].into());
                    lines.push(if done { format!("Removed host {name} ({ip})") } else { format!("Host {name} ({ip}) would be removed") });
                }
                Step::Comment(ip) => {
                    let text = &self.comment;
                    let key = if hosts.comment(ip).is_some() { "comment_changed" } else { "comment_added" };
                    put(key, ip, text.as_str().into());
                    lines.push(if done {
                        format!("Set comment for host {ip} ({text})")
                    } else {
                        format!("Comment for {ip} ({text}) would be added")
                    });
                }
            }
        }
        (lines.join("\n"), changes)
    }
}

impl State for Present {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        let hosts = Hosts::load(read);
        let steps = self.steps(&hosts);
        let (comment, changes) = self.told(&hosts, &steps, false);
        if steps.is_empty() {
            let mut others = hosts.ips_of(&self.name);
            others.retain(|ip| !self.ip.0.contains(ip));
            if others.is_empty() {
                return Ok(Check::desired(comment));
            }
            let note = format!("Host {} present for IP address {}. It stays there unless `clean` is set", self.name, others.join(", "));
            return Ok(Check::desired(format!("{comment}\n{note}")));
        }
        Ok(Check::change(comment, changes, ()))
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        let before = Hosts::load(cx);
        let steps = self.steps(&before);
        let mut hosts = before.clone();
        for step in &steps {
            match step {
                Step::Add(ip) => hosts.add(ip, &self.name),
                Step::Remove(ip) => hosts.remove(ip, &self.name),
                Step::Comment(ip) => drop(hosts.set_comment(ip, &self.comment)),
            }
        }
        hosts.save(cx)?;
        let (comment, changes) = self.told(&before, &steps, true);
        Ok(Applied::ok(comment, changes))
    }
}

/// Ensure a name does not stand for an address.
///
/// ```salt
/// olddb:
///   host.absent:
///     - ip: 10.0.0.1
/// ```
#[derive(Args)]
pub struct Absent {
    /// Name.
    name: String,
    /// Address, or a list of them; all unless given.
    ip: Option<Words>,
}

impl Absent {
    fn ips(&self, hosts: &Hosts) -> Vec<String> {
        self.ip.as_ref().map_or_else(|| hosts.ips_of(&self.name), |ips| ips.0.clone())
    }
}

impl State for Absent {
    type Change = Vec<String>;

    async fn check(&self, read: &Read) -> Result<Check<Vec<String>>, Failure> {
        let (name, hosts) = (&self.name, Hosts::load(read));
        let ips = self.ips(&hosts);
        if ips.is_empty() {
            return Ok(Check::desired(format!("Host {name} already absent")));
        }
        let (there, gone): (Vec<String>, Vec<String>) = ips.into_iter().partition(|ip| hosts.has(ip, name));
        let mut lines: Vec<String> = gone.iter().map(|ip| format!("Host {name} ({ip}) already absent")).collect();
        if there.is_empty() {
            return Ok(Check::desired(lines.join("\n")));
        }
        lines.extend(there.iter().map(|ip| format!("Host {name} ({ip}) needs to be removed")));
        Ok(Check::Change(Outlook::new(lines.join("\n"), Map::new()), there))
    }

    async fn apply(&self, ips: Vec<String>, cx: &Cx) -> Result<Applied, Failure> {
        let name = &self.name;
        let mut hosts = Hosts::load(cx);
        let mut lines: Vec<String> =
            self.ips(&hosts).iter().filter(|ip| !ips.contains(ip)).map(|ip| format!("Host {name} ({ip}) already absent")).collect();
        for ip in &ips {
            hosts.remove(ip, name);
            lines.push(format!("Removed host {name} ({ip})"));
        }
        hosts.save(cx)?;
        Ok(Applied::ok(lines.join("\n"), [("host", name.as_str())].into_iter().collect::<Map>()))
    }
}

/// Ensure an address has these names and no others.
///
/// ```salt
/// 127.0.1.1:
///   host.only:
///     - hostnames: [web1.example.com, web1]
/// ```
#[derive(Args)]
pub struct Only {
    /// Address.
    name: String,
    /// Names; none at all removes the address.
    hostnames: Value,
}

impl Only {
    fn names(&self) -> Vec<String> {
        match &self.hostnames {
            Value::List(items) => items.iter().map(text::str).collect(),
            other => text::str(other).split_whitespace().map(str::to_owned).collect(),
        }
    }
}

impl State for Only {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        let ip = &self.name;
        let (old, new) = (Hosts::load(read).names(ip).join(" "), self.names().join(" "));
        if old == new {
            return Ok(Check::desired(format!("IP address {ip} already set to \"{new}\"")));
        }
        Ok(Check::change(format!("Would change {ip} from \"{old}\" to \"{new}\""), Map::new(), ()))
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        let ip = &self.name;
        let mut hosts = Hosts::load(cx);
        let (old, new) = (hosts.names(ip).join(" "), self.names().join(" "));
        hosts.set(ip, &self.names());
        hosts.save(cx)?;
        let comment = format!("successfully changed {ip} from \"{old}\" to \"{new}\"");
        let change: Map = [("old", old), ("new", new)].into_iter().collect();
        Ok(Applied::ok(comment, [(ip.as_str(), change)].into_iter().collect::<Map>()))
    }
}
