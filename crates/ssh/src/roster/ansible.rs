//! An inventory of Ansible, as INI or YAML: hosts, groups, children, variables of hosts and groups.

use super::ranges::expand;
use crate::Host;
use std::collections::{BTreeMap, BTreeSet};
use value::{Map, Value, text};

/// What an inventory says before it is put together.
#[derive(Default)]
struct Inventory {
    /// Variables of hosts, in the order of the hosts.
    hosts: Vec<(String, Map)>,
    groups: BTreeMap<String, Group>,
}

#[derive(Default)]
struct Group {
    hosts: Vec<String>,
    children: Vec<String>,
    variables: Map,
}

pub(super) fn parse(inventory: &str, is_yaml: bool) -> Result<Vec<Host>, String> {
    let mut read = Inventory::default();
    if is_yaml {
        let top = yaml::load_value(inventory).map_err(|error| error.to_string())?;
        for (name, group) in top.as_map().ok_or("it is no mapping of groups")?.iter() {
            read.group_of_yaml(&text::str(name), group)?;
        }
    } else {
        read.ini(inventory)?;
    }
    read.hosts()
}

impl Inventory {
    fn add(&mut self, group: &str, pattern: &str, variables: &Map) -> Result<(), String> {
        for name in expand(pattern)? {
            match self.hosts.iter_mut().find(|(known, _)| *known == name) {
                Some((_, known)) => merge(known, variables),
                None => self.hosts.push((name.clone(), variables.clone())),
            }
            self.groups.entry(group.to_owned()).or_default().hosts.push(name);
        }
        Ok(())
    }

    fn ini(&mut self, inventory: &str) -> Result<(), String> {
        let mut section = ("ungrouped".to_owned(), "");
        for (index, line) in inventory.lines().enumerate() {
            let line = line.split(" #").next().unwrap_or_default().trim();
            if line.is_empty() || line.starts_with(['#', ';']) {
                continue;
            }
            let at = |message: String| format!("line {}: {message}", index + 1);
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                let (group, kind) = name.split_once(':').unwrap_or((name, ""));
                let kind = match kind {
                    "" => "",
                    "vars" => "vars",
                    "children" => "children",
                    other => return Err(at(format!("a section `:{other}` is not known; there are `:vars` and `:children`"))),
                };
                self.groups.entry(group.to_owned()).or_default();
                section = (group.to_owned(), kind);
                continue;
            }
            let group = section.0.clone();
            match section.1 {
                "children" => self.groups.entry(group).or_default().children.push(line.to_owned()),
                "vars" => {
                    let (key, value) = line.split_once('=').ok_or_else(|| at(format!("`{line}` is no `name=value`")))?;
                    self.groups.entry(group).or_default().variables.insert(key.trim(), plain(value.trim()));
                }
                _ => {
                    let mut words = words(line).into_iter();
                    let pattern = words.next().unwrap_or_default();
                    let mut variables = Map::new();
                    for word in words {
                        let (key, value) = word.split_once('=').ok_or_else(|| at(format!("`{word}` is no `name=value`")))?;
                        variables.insert(key, plain(value));
                    }
                    self.add(&group, &pattern, &variables).map_err(at)?;
                }
            }
        }
        Ok(())
    }

    fn group_of_yaml(&mut self, name: &str, group: &Value) -> Result<(), String> {
        self.groups.entry(name.to_owned()).or_default();
        for (key, value) in group.as_map().into_iter().flatten() {
            let entries = value.as_map().cloned().unwrap_or_default();
            match key.as_str().unwrap_or_default() {
                "hosts" => {
                    for (pattern, variables) in &entries {
                        self.add(name, &text::str(pattern), &variables.as_map().cloned().unwrap_or_default())?;
                    }
                }
                "vars" => merge(&mut self.groups.entry(name.to_owned()).or_default().variables, &entries),
                "children" => {
                    for (child, inner) in &entries {
                        let child = text::str(child);
                        self.groups.entry(name.to_owned()).or_default().children.push(child.clone());
                        self.group_of_yaml(&child, inner)?;
                    }
                }
                other => return Err(format!("group `{name}`: there is no `{other}`; there are hosts, children and vars")),
            }
        }
        Ok(())
    }

    /// Groups of a host from the outermost to the innermost: later variables win.
    fn groups_of(&self, host: &str) -> Vec<&str> {
        let mut direct: Vec<&str> =
            self.groups.iter().filter(|(_, group)| group.hosts.iter().any(|name| name == host)).map(|(name, _)| name.as_str()).collect();
        let mut seen: BTreeSet<&str> = direct.iter().copied().collect();
        let mut chain = direct.clone();
        while !direct.is_empty() {
            direct = self
                .groups
                .iter()
                .filter(|(name, group)| {
                    !seen.contains(name.as_str()) && group.children.iter().any(|child| direct.contains(&child.as_str()))
                })
                .map(|(name, _)| name.as_str())
                .collect();
            seen.extend(direct.iter().copied());
            chain.splice(0..0, direct.iter().copied());
        }
        if !seen.contains("all") {
            chain.insert(0, "all");
        }
        chain
    }

    fn hosts(&self) -> Result<Vec<Host>, String> {
        self.hosts
            .iter()
            .map(|(name, own)| {
                let groups = self.groups_of(name);
                let mut variables = Map::new();
                for group in groups.iter().filter_map(|group| self.groups.get(*group)) {
                    merge(&mut variables, &group.variables);
                }
                merge(&mut variables, own);
                let mut host = host(name, &variables)?;
                host.groups = groups.into_iter().map(str::to_owned).collect();
                Ok(host)
            })
            .collect()
    }
}

/// What the variables of a connection say; every other variable is for templates and none of ours.
fn host(name: &str, variables: &Map) -> Result<Host, String> {
    let word = |names: &[&str]| names.iter().find_map(|name| variables.get(name)).map(text::str);
    let mut host = Host::named(name);
    if let Some(address) = word(&["ansible_host", "ansible_ssh_host"]) {
        host.address = address;
    }
    if let Some(port) = word(&["ansible_port", "ansible_ssh_port"]) {
        host.port = Some(port.parse().map_err(|_| format!("`{name}`: `{port}` is no port"))?);
    }
    host.user = word(&["ansible_user", "ansible_ssh_user"]);
    host.password = word(&["ansible_password", "ansible_ssh_pass", "ansible_ssh_password"]);
    host.key = word(&["ansible_ssh_private_key_file", "ansible_private_key_file"]).map(Into::into);
    host.sudo = variables.get("ansible_become").is_some_and(Value::is_truthy);
    host.sudo_user = word(&["ansible_become_user"]);
    Ok(host)
}

fn merge(into: &mut Map, from: &Map) {
    for (key, value) in from {
        into.insert(key.clone(), value.clone());
    }
}

/// A value of INI: what Python would read, as far as connections need it.
fn plain(word: &str) -> Value {
    let word = word.trim_matches(['"', '\'']);
    match word {
        "true" | "True" | "yes" => Value::from(true),
        "false" | "False" | "no" => Value::from(false),
        _ => Value::from(word),
    }
}

/// Words of a line; quotes hold blanks together.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for letter in line.chars() {
        match quote {
            Some(open) if open == letter => quote = None,
            Some(_) => words.last_mut().into_iter().for_each(|word| word.push(letter)),
            None if letter == '"' || letter == '\'' => quote = Some(letter),
            None if letter.is_whitespace() => words.push(String::new()),
            None => words.last_mut().into_iter().for_each(|word| word.push(letter)),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    const INI: &str = "
gate ansible_host=10.0.0.9
[web]
web[1:2].example ansible_port=2222
[db]
db1 ansible_ssh_private_key_file='/root/my key'
[site:children]
web
db
[site:vars]
ansible_user=deploy
[web:vars]
ansible_become=true
ansible_user=www
";

    #[test]
    fn an_inventory_gives_hosts_with_the_variables_of_their_groups() {
        let hosts = parse(INI, false).unwrap();
        let ids: Vec<_> = hosts.iter().map(|host| host.id.as_str()).collect();
        assert_eq!(ids, ["gate", "web1.example", "web2.example", "db1"]);
        let (gate, web, db) = (&hosts[0], &hosts[1], &hosts[3]);
        assert_eq!((gate.address.as_str(), gate.user.as_deref()), ("10.0.0.9", None));
        assert_eq!((web.port, web.user.as_deref(), web.sudo), (Some(2222), Some("www"), true), "the nearer group wins");
        assert_eq!((db.user.as_deref(), db.sudo), (Some("deploy"), false));
        assert_eq!(db.key.as_deref(), Some(std::path::Path::new("/root/my key")));
        assert_eq!(web.groups, ["all", "site", "web"]);
    }

    #[test]
    fn the_same_inventory_in_yaml_gives_the_same_hosts() {
        let yaml = "
all:
  hosts: {gate: {ansible_host: 10.0.0.9}}
  children:
    site:
      vars: {ansible_user: deploy}
      children:
        web: {hosts: {'web[1:2].example': {ansible_port: 2222}}, vars: {ansible_become: true, ansible_user: www}}
        db: {hosts: {db1: {ansible_ssh_private_key_file: /root/my key}}}
";
        let said = |hosts: Vec<Host>| -> Vec<_> {
            hosts.into_iter().map(|host| (host.id, host.address, host.port, host.user, host.sudo, host.key)).collect()
        };
        assert_eq!(said(parse(yaml, true).unwrap()), said(parse(INI, false).unwrap()));
    }

    #[test]
    fn what_is_not_understood_names_its_line() {
        assert_eq!(parse("[a]\nb c\n", false).unwrap_err(), "line 2: `c` is no `name=value`");
        assert!(parse("[a:wars]\n", false).unwrap_err().starts_with("line 1: "));
    }
}
