//! Rosters: which hosts there are. Salt's flat roster, an inventory of Ansible, or the aliases of `ssh_config`.

mod aliases;
mod ansible;
mod flat;
mod ranges;

use crate::{Error, Host};
use model::Glob;
use std::path::Path;

/// How a roster is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Salt's: a mapping of ids in YAML.
    #[default]
    Flat,
    /// An inventory of Ansible, as INI or YAML.
    Ansible,
    /// The aliases of an `ssh_config`.
    SshConfig,
}

/// How hosts are picked out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pick {
    /// A shell pattern over the ids.
    #[default]
    Glob,
    /// A regular expression that begins to fit at the beginning of the id.
    Pcre,
    /// Ids, separated by commas.
    List,
    /// A group of the roster.
    Group,
}

/// Reads a roster.
///
/// # Errors
/// When it cannot be read or says something that is not understood.
pub fn read(format: Format, path: &Path) -> Result<Vec<Host>, Error> {
    let text = std::fs::read_to_string(path).map_err(|source| Error::Roster { path: path.to_owned(), source })?;
    let hosts = match format {
        Format::Flat => flat::parse(path, &text),
        Format::Ansible => ansible::parse(&text, path.extension().is_some_and(|extension| extension == "yml" || extension == "yaml")),
        Format::SshConfig => Ok(aliases::parse(&text)),
    };
    hosts.map_err(|message| Error::BadRoster { path: path.to_owned(), message })
}

/// The hosts that are meant, in the order of the roster. Ids of a list that the roster does not know are hosts of that name.
///
/// # Errors
/// When a regular expression is none.
pub fn pick(hosts: Vec<Host>, how: Pick, expression: &str) -> Result<Vec<Host>, Error> {
    Ok(match how {
        Pick::Glob => {
            let glob = Glob::new(expression);
            hosts.into_iter().filter(|host| glob.matches(&host.id)).collect()
        }
        Pick::Pcre => {
            let fail = |error: fancy_regex::Error| Error::Pattern { pattern: expression.to_owned(), message: error.to_string() };
            let regex = fancy_regex::Regex::new(&format!("^(?:{expression})")).map_err(fail)?;
            hosts.into_iter().filter(|host| regex.is_match(&host.id).unwrap_or(false)).collect()
        }
        Pick::List => {
            let mut hosts = hosts;
            let words = expression.split([',', ' ']).filter(|word| !word.is_empty());
            words
                .map(|word| match hosts.iter().position(|host| host.id == word) {
                    Some(index) => hosts.swap_remove(index),
                    None => Host::named(word),
                })
                .collect()
        }
        Pick::Group => hosts.into_iter().filter(|host| host.groups.iter().any(|group| group == expression)).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_picked_by_every_kind_of_expression() {
        let mut hosts: Vec<Host> = ["web1", "web2", "db1"].map(Host::named).to_vec();
        hosts[2].groups.push("data".to_owned());
        let ids = |how, expression: &str| -> Vec<String> {
            pick(hosts.clone(), how, expression).unwrap().into_iter().map(|host| host.id).collect()
        };
        assert_eq!(ids(Pick::Glob, "web*"), ["web1", "web2"]);
        assert_eq!(ids(Pick::Pcre, "(web|db)1"), ["web1", "db1"]);
        assert_eq!(ids(Pick::List, "db1,other.example"), ["db1", "other.example"]);
        assert_eq!(ids(Pick::Group, "data"), ["db1"]);
        assert!(pick(hosts, Pick::Pcre, "(").is_err());
    }
}
