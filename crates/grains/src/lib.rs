//! Facts about this host: one collector a file, each a row of [`COLLECTORS`], and the custom grains laid over them.
//!
//! A collector reads the host through [`System`], which can be pointed at a folder, and gives values with Salt's names and types. What a
//! collector cannot find out it leaves away; none of them fails. They are cheap (a few milliseconds for all of them together), so there is
//! no cache: who wants to know asks again.

mod agent;
mod cpu;
pub mod custom;
mod disks;
mod dns;
mod firmware;
mod gpu;
mod hardware;
mod identity;
mod init;
mod kernel;
mod layers;
mod locale;
mod memory;
mod network;
mod os;
mod path;
mod security;
mod storage;
mod system;
mod virtualization;

pub use layers::{Layers, blacklisted, changed, compose};
pub use os::{Older, Release, describe as describe_os};
pub use system::{NoAnswer, System};

use value::{Map, Value};

/// What the agent knows about itself and lends to the collectors.
#[derive(Clone, Debug)]
pub struct About {
    /// Id of the minion.
    pub id: String,
    /// The configured master or masters.
    pub master: Value,
    /// Version of the agent.
    pub version: String,
    /// Look up every name of this host's addresses (`enable_fqdns_grains`); slow where the resolver is.
    pub fqdns: bool,
    /// List graphics cards (`enable_gpu_grains`).
    pub gpus: bool,
}

impl About {
    /// An agent with an id and nothing special.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), master: Value::from("salt"), version: env!("CARGO_PKG_VERSION").to_owned(), fqdns: false, gpus: true }
    }
}

/// One collector: what it gives and how.
pub struct Collector {
    /// The grains it may give.
    pub names: &'static [&'static str],
    /// Looks and puts what it found into the map, which holds what earlier collectors gave.
    pub collect: fn(&System, &About, &mut Map),
}

/// All collectors in the order they run; a later one may read what an earlier one gave.
pub const COLLECTORS: &[Collector] = &[
    Collector { names: path::NAMES, collect: path::collect },
    Collector { names: dns::NAMES, collect: dns::collect },
    Collector { names: identity::NAMES, collect: identity::collect },
    Collector { names: network::NAMES, collect: network::collect },
    Collector { names: kernel::NAMES, collect: kernel::collect },
    Collector { names: locale::NAMES, collect: locale::collect },
    Collector { names: gpu::NAMES, collect: gpu::collect },
    Collector { names: init::NAMES, collect: init::collect },
    Collector { names: os::NAMES, collect: os::collect },
    Collector { names: cpu::NAMES, collect: cpu::collect },
    Collector { names: memory::NAMES, collect: memory::collect },
    Collector { names: virtualization::NAMES, collect: virtualization::collect },
    Collector { names: hardware::NAMES, collect: hardware::collect },
    Collector { names: firmware::NAMES, collect: firmware::collect },
    Collector { names: disks::NAMES, collect: disks::collect },
    Collector { names: storage::NAMES, collect: storage::collect },
    Collector { names: security::NAMES, collect: security::collect },
    Collector { names: agent::NAMES, collect: agent::collect },
];

/// Every core grain of the host.
#[must_use]
pub fn core(system: &System, about: &About) -> Map {
    let mut grains = Map::with_capacity(96);
    for collector in COLLECTORS {
        (collector.collect)(system, about, &mut grains);
    }
    grains
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_real_host_has_the_grains_every_formula_asks_for() {
        let grains = core(&System::live(), &About::new("web01"));
        for name in
            ["id", "os", "os_family", "osfinger", "osrelease", "kernel", "cpuarch", "num_cpus", "mem_total", "ipv4", "fqdn", "host", "init"]
        {
            assert!(grains.contains_key(name), "{name}");
        }
        assert_eq!(grains.get("id"), Some(&Value::from("web01")));
        assert_eq!(grains.get("kernel"), Some(&Value::from("Linux")));
    }

    #[test]
    fn an_empty_host_gives_no_panic_and_still_has_an_id() {
        let folder = tempfile::tempdir().unwrap();
        let grains = core(&System::at(folder.path()), &About::new("bare"));
        assert_eq!(grains.get("id"), Some(&Value::from("bare")));
    }

    #[test]
    fn a_collector_gives_only_what_its_row_names() {
        for collector in COLLECTORS {
            let mut grains = core(&System::live(), &About::new("x"));
            let before: Vec<_> = grains.keys().cloned().collect();
            for name in collector.names {
                grains.remove(name);
            }
            (collector.collect)(&System::live(), &About::new("x"), &mut grains);
            for key in grains.keys() {
                assert!(before.contains(key), "{key:?} is not stable");
            }
        }
        let all: Vec<&str> = COLLECTORS.iter().flat_map(|c| c.names.iter().copied()).collect();
        for key in core(&System::live(), &About::new("x")).keys() {
            assert!(all.contains(&key.as_str().unwrap()), "{key:?} stands in no row");
        }
    }
}
