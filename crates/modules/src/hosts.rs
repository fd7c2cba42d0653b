//! Names of addresses in `/etc/hosts`.

use sdk::host::Write;
use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Value, Words, text};

sdk::module!(hosts, [ListHosts, GetIp, GetAlias, HasPair, SetHost, RmHost, AddHost, SetComment]);

/// The file.
pub const PATH: &str = "/etc/hosts";

/// A file of hosts, line by line; lines that nobody changed are written back as they were.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hosts(Vec<Line>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    /// As it was read; `None` once it was changed.
    raw: Option<String>,
    ip: String,
    names: Vec<String>,
    comment: String,
}

impl Line {
    fn parse(raw: &str) -> Self {
        let (text, comment) = raw.split_once('#').map_or((raw, ""), |(text, comment)| (text, comment.trim()));
        let mut words = text.split_whitespace().map(str::to_owned);
        let ip = words.next().unwrap_or_default();
        Self { raw: Some(raw.to_owned()), ip, names: words.collect(), comment: comment.to_owned() }
    }

    fn text(&self) -> String {
        if let Some(raw) = &self.raw {
            return raw.clone();
        }
        let mut line = format!("{}\t\t{}", self.ip, self.names.join(" "));
        if !self.comment.is_empty() {
            line.push_str(&format!("\t\t# {}", self.comment));
        }
        line
    }
}

impl Hosts {
    /// Reads a text.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self(text.lines().map(Line::parse).collect())
    }

    /// This machine's.
    pub fn load(read: &Read) -> Self {
        Self::parse(&read.host().read_text(PATH).unwrap_or_default())
    }

    /// Writes it back.
    pub fn save(&self, cx: &Cx) -> Result<(), Failure> {
        cx.host().write(PATH, self.text().as_bytes(), &Write::default()).map_err(crate::failure)
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> String {
        self.0.iter().map(|line| line.text() + "\n").collect()
    }

    /// Names of an address, over all its lines.
    #[must_use]
    pub fn names(&self, ip: &str) -> Vec<String> {
        self.0.iter().filter(|line| line.ip == ip).flat_map(|line| line.names.iter().cloned()).collect()
    }

    /// Addresses in their order, each once.
    #[must_use]
    pub fn ips(&self) -> Vec<String> {
        let mut ips: Vec<String> = Vec::new();
        for line in self.0.iter().filter(|line| !line.ip.is_empty()) {
            if !ips.contains(&line.ip) {
                ips.push(line.ip.clone());
            }
        }
        ips
    }

    /// Addresses that have a name.
    #[must_use]
    pub fn ips_of(&self, name: &str) -> Vec<String> {
        self.ips().into_iter().filter(|ip| self.has(ip, name)).collect()
    }

    /// Whether an address has a name.
    #[must_use]
    pub fn has(&self, ip: &str, name: &str) -> bool {
        self.0.iter().any(|line| line.ip == ip && line.names.iter().any(|have| have == name))
    }

    /// The comment of an address.
    #[must_use]
    pub fn comment(&self, ip: &str) -> Option<&str> {
        self.0.iter().find(|line| line.ip == ip && !line.comment.is_empty()).map(|line| line.comment.as_str())
    }

    /// Gives an address one more name.
    pub fn add(&mut self, ip: &str, name: &str) {
        if self.has(ip, name) {
            return;
        }
        match self.0.iter_mut().find(|line| line.ip == ip) {
            Some(line) => {
                line.names.push(name.to_owned());
                line.raw = None;
            }
            None => self.0.push(Line { raw: None, ip: ip.to_owned(), names: vec![name.to_owned()], comment: String::new() }),
        }
    }

    /// Takes a name from an address; an address without names goes.
    pub fn remove(&mut self, ip: &str, name: &str) {
        for line in self.0.iter_mut().filter(|line| line.ip == ip && line.names.iter().any(|have| have == name)) {
            line.names.retain(|have| have != name);
            line.raw = None;
        }
        self.0.retain(|line| line.raw.is_some() || !line.names.is_empty());
    }

    /// Gives an address these names and no others; none at all removes it.
    pub fn set(&mut self, ip: &str, names: &[String]) {
        let mut names = Some(names.to_vec()).filter(|names| !names.is_empty());
        let mut kept = Vec::new();
        for mut line in std::mem::take(&mut self.0) {
            if line.ip != ip {
                kept.push(line);
            } else if let Some(names) = names.take() {
                line.names = names;
                line.raw = None;
                kept.push(line);
            }
        }
        self.0 = kept;
        if let Some(names) = names {
            self.0.push(Line { raw: None, ip: ip.to_owned(), names, comment: String::new() });
        }
    }

    /// Sets the comment of an address; says whether there is such an address.
    pub fn set_comment(&mut self, ip: &str, comment: &str) -> bool {
        let Some(line) = self.0.iter_mut().find(|line| line.ip == ip) else { return false };
        line.comment = comment.to_owned();
        line.raw = None;
        true
    }
}

/// List addresses and their names.
///
/// ```salt
/// salt '*' hosts.list_hosts
/// ```
#[derive(Args)]
pub struct ListHosts;

impl Query for ListHosts {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let hosts = Hosts::load(read);
        let entry = |ip: &String| -> Map {
            let mut entry: Map = [("aliases", Value::from_iter(hosts.names(ip)))].into_iter().collect();
            if let Some(comment) = hosts.comment(ip) {
                entry.insert("comment", comment);
            }
            entry
        };
        Ok(hosts.ips().iter().map(|ip| (ip.as_str(), entry(ip))).collect())
    }
}

/// Return the address of a name; empty when there is none.
///
/// ```salt
/// salt '*' hosts.get_ip db1
/// ```
#[derive(Args)]
pub struct GetIp {
    /// Name.
    host: String,
}

impl Query for GetIp {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        Ok(Hosts::load(read).ips_of(&self.host).into_iter().next().unwrap_or_default())
    }
}

/// Return the names of an address.
///
/// ```salt
/// salt '*' hosts.get_alias 10.0.0.1
/// ```
#[derive(Args)]
pub struct GetAlias {
    /// Address.
    ip: String,
}

impl Query for GetAlias {
    type Output = Vec<String>;
    async fn call(self, read: &Read) -> Result<Vec<String>, Failure> {
        Ok(Hosts::load(read).names(&self.ip))
    }
}

/// Tell whether an address has a name.
///
/// ```salt
/// salt '*' hosts.has_pair 10.0.0.1 db1
/// ```
#[derive(Args)]
pub struct HasPair {
    /// Address.
    ip: String,
    /// Name, or a list of names that it all has to have.
    alias: Words,
}

impl Query for HasPair {
    type Output = bool;
    async fn call(self, read: &Read) -> Result<bool, Failure> {
        let hosts = Hosts::load(read);
        Ok(self.alias.0.iter().all(|alias| hosts.has(&self.ip, alias)))
    }
}

/// Give an address these names and no others; no names remove it.
///
/// ```salt
/// salt '*' hosts.set_host 10.0.0.1 'db1 db1.example.com'
/// ```
#[derive(Args)]
pub struct SetHost {
    /// Address.
    ip: String,
    /// Names with blanks between them.
    alias: Value,
    /// Comment.
    comment: Option<String>,
}

impl Action for SetHost {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let names: Vec<String> = match &self.alias {
            Value::List(items) => items.iter().map(text::str).collect(),
            other => text::str(other).split_whitespace().map(str::to_owned).collect(),
        };
        let mut hosts = Hosts::load(cx);
        hosts.set(&self.ip, &names);
        if let Some(comment) = &self.comment {
            hosts.set_comment(&self.ip, comment);
        }
        hosts.save(cx)?;
        Ok(true)
    }
}

/// Take a name from an address.
///
/// ```salt
/// salt '*' hosts.rm_host 10.0.0.1 db1
/// ```
#[derive(Args)]
pub struct RmHost {
    /// Address.
    ip: String,
    /// Name.
    alias: String,
}

impl Action for RmHost {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let mut hosts = Hosts::load(cx);
        hosts.remove(&self.ip, &self.alias);
        hosts.save(cx)?;
        Ok(true)
    }
}

/// Give an address one more name.
///
/// ```salt
/// salt '*' hosts.add_host 10.0.0.1 db1
/// ```
#[derive(Args)]
pub struct AddHost {
    /// Address.
    ip: String,
    /// Name.
    alias: String,
}

impl Action for AddHost {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let mut hosts = Hosts::load(cx);
        hosts.add(&self.ip, &self.alias);
        hosts.save(cx)?;
        Ok(true)
    }
}

/// Set the comment of an address.
///
/// ```salt
/// salt '*' hosts.set_comment 10.0.0.1 'the old one'
/// ```
#[derive(Args)]
pub struct SetComment {
    /// Address.
    ip: String,
    /// Comment.
    comment: String,
}

impl Action for SetComment {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let mut hosts = Hosts::load(cx);
        let found = hosts.set_comment(&self.ip, &self.comment);
        if found {
            hosts.save(cx)?;
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_line_that_changes_is_written_anew() {
        let mut hosts = Hosts::parse("127.0.0.1  localhost\n# a note\n10.0.0.1 a b # old\n");
        hosts.add("10.0.0.1", "c");
        hosts.add("10.0.0.2", "d");
        assert_eq!(hosts.text(), "127.0.0.1  localhost\n# a note\n10.0.0.1\t\ta b c\t\t# old\n10.0.0.2\t\td\n");
        hosts.remove("10.0.0.2", "d");
        hosts.set("10.0.0.1", &[]);
        assert_eq!(hosts.text(), "127.0.0.1  localhost\n# a note\n");
    }
}
