//! Hosts appear by themselves: with the first facts that a minion with an accepted key pushes. The few of its grains that lists show and
//! searches look through are kept beside what people say of it.

use super::Estate;
use cmdb::{About, GrainPush, Host, HostState, Page};
use model::{MinionId, Timestamp};
use std::collections::BTreeMap;
use value::{Map, Value};

/// Grains that lists show. Those that change by themselves all the time do not belong here.
const SHOWN: &[&str] = &[
    "os",
    "os_family",
    "osfinger",
    "osrelease",
    "oscodename",
    "kernel",
    "kernelrelease",
    "cpuarch",
    "cpu_model",
    "num_cpus",
    "mem_total",
    "fqdn",
    "virtual",
    "serialnumber",
    "manufacturer",
    "productname",
    "ipv4",
    "ipv6",
    "saltversion",
];

/// Longest text that is kept of a fact.
const LONGEST: usize = 400;

/// What is kept of the grains.
#[must_use]
pub fn shown(grains: &Map) -> Map {
    let mut facts = Map::new();
    for name in SHOWN {
        match grains.get(name) {
            None | Some(Value::Null) => {}
            Some(Value::Str(text)) if text.len() > LONGEST => {}
            Some(value) => drop(facts.insert(*name, value.clone())),
        }
    }
    for (name, shown) in [("hwaddr_interfaces", "macs"), ("selinux", "selinux")] {
        if let Some(Value::Map(found)) = grains.get(name) {
            let texts: std::collections::BTreeSet<&str> = found.values().filter_map(Value::as_str).collect();
            let texts = texts.into_iter().filter(|text| *text != "00:00:00:00:00:00");
            facts.insert(shown, texts.collect::<Value>());
        }
    }
    facts
}

/// A host as it first appears.
fn new(id: MinionId, facts: Map, at: Timestamp) -> Host {
    Host {
        id,
        state: HostState::Active,
        until: None,
        project: None,
        environment: None,
        about: About::default(),
        facts,
        version: 1,
        made: at,
        changed: at,
        changed_by: "master".to_owned(),
    }
}

impl Estate {
    /// Takes in what minions have pushed; their grains stand in the store by then. What has not changed is not written.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn learn(&self, pushes: &[GrainPush]) -> cmdb::Result<()> {
        let _turn = self.turn().await;
        // Groups ask for any grain, not only for those that are kept here: their members are to be worked out anew.
        self.age();
        let mut changed: BTreeMap<&MinionId, Host> = BTreeMap::new();
        for push in pushes {
            let facts = cmdb::clean_map(&shown(&push.grains));
            let known = changed.get(&push.minion).cloned().or_else(|| self.host(&push.minion).map(|host| (*host).clone()));
            match known {
                Some(host) if host.facts == facts => {}
                Some(host) => drop(changed.insert(&push.minion, Host { facts, ..host })),
                None => drop(changed.insert(&push.minion, new(push.minion.clone(), facts, push.at))),
            }
        }
        if changed.is_empty() {
            return Ok(());
        }
        self.put_hosts(changed.into_values().collect(), &[]).await
    }

    /// Minions that pushed their grains before there were hosts.
    pub(super) async fn find_missing(&self) -> cmdb::Result<()> {
        let mut page = Page::first(Page::MAX);
        let mut found = Vec::new();
        loop {
            let part = self.store.minions(&cmdb::MinionFilter::default(), &page).await?;
            for minion in part.items {
                if let Some(at) = minion.grains_at.filter(|_| self.host(&minion.id).is_none())
                    && let Some(grains) = self.store.grains(&minion.id).await?
                {
                    found.push(new(minion.id, shown(&grains), at));
                }
            }
            match part.next {
                Some(cursor) => page = Page::after(cursor, Page::MAX),
                None => break,
            }
        }
        if found.is_empty() { Ok(()) } else { self.put_hosts(found, &[]).await }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lists_show_is_kept_of_the_grains() {
        let grains: Map = serde_json::from_str(
            r#"{"os":"Debian","path":"/bin","ipv4":["127.0.0.1","192.0.2.1"],"serialnumber":null,
                "hwaddr_interfaces":{"lo":"00:00:00:00:00:00","eth0":"52:54:00:aa:bb:cc"}}"#,
        )
        .unwrap();
        let facts: Map = serde_json::from_str(r#"{"os":"Debian","ipv4":["127.0.0.1","192.0.2.1"],"macs":["52:54:00:aa:bb:cc"]}"#).unwrap();
        assert_eq!(shown(&grains), facts);
    }
}
