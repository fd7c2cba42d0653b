//! `saltutil.*` on the master: what the master itself brings in from the file server. It runs no custom modules, so there is nothing to bring.

use super::{Done, Run, Runner, plain};
use manager::Refusal;
use value::{Map, Value};

/// Kinds of custom modules, as Salt names them.
const KINDS: [&str; 22] = [
    "cache",
    "clouds",
    "engines",
    "executors",
    "fileserver",
    "grains",
    "log",
    "modules",
    "output",
    "pillar",
    "proxymodules",
    "queues",
    "renderers",
    "returners",
    "roster",
    "runners",
    "sdb",
    "serializers",
    "states",
    "thorium",
    "tops",
    "wheel",
];

macro_rules! syncs {
    ($($kind:literal),*) => {
        /// The runners of this module.
        pub const RUNNERS: &[Runner] = &[
            Runner {
                name: "saltutil.sync_all",
                arguments: &["saltenv", "extmod_whitelist", "extmod_blacklist"],
                doc: "Bring custom modules to the master: none is run here, so none is brought.",
                body: |run| Box::pin(sync_all(run)),
            },
            $(Runner {
                name: concat!("saltutil.sync_", $kind),
                arguments: &["saltenv", "extmod_whitelist", "extmod_blacklist"],
                doc: "Bring custom modules of this kind to the master: none is run here, so none is brought.",
                body: |_| Box::pin(async { plain(Value::List(Vec::new())) }),
            },)*
        ];
    };
}

syncs!(
    "engines",
    "fileserver",
    "grains",
    "modules",
    "output",
    "pillar",
    "renderers",
    "returners",
    "roster",
    "runners",
    "sdb",
    "states",
    "tops",
    "wheel"
);

async fn sync_all(_: Run) -> Result<Done, Refusal> {
    plain(Value::Map(KINDS.iter().map(|kind| (*kind, Value::List(Vec::new()))).collect::<Map>()))
}
