//! All grains of this minion: what the collectors find, the grains file, executables, the configuration.

use crate::config::Loaded;
use std::path::PathBuf;
use value::{Map, Value};

/// Looks at the host. Blocks for some milliseconds, and for as long as the site's own programs take.
#[must_use]
pub fn grains(loaded: &Loaded) -> Map {
    let config = &loaded.config;
    let about = grains::About {
        master: loaded.opts().get("master").cloned().unwrap_or_default(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        fqdns: config.enable_fqdns_grains,
        gpus: config.enable_gpu_grains,
        ..grains::About::new(config.id.as_str())
    };
    let parse = |text: &str| yaml::load_value(text).map_err(|error| error.to_string());
    let file = grains::custom::from_file(&file(loaded), &parse).unwrap_or_else(|error| {
        warn(&error);
        Map::new()
    });
    let mut custom = Vec::new();
    for folder in program_folders(loaded) {
        let (given, errors) = grains::custom::from_programs(&folder, config.grains_timeout.0, &parse);
        custom.extend(given);
        errors.iter().for_each(warn);
    }
    let layers = grains::Layers { core: grains::core(&grains::System::live(), &about), file, custom, config: config.grains.clone() };
    grains::compose(layers, config.grains_deep_merge, &config.grains_blacklist)
}

fn warn(error: &grains::custom::Error) {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    tracing::warn!("{text}");
}

/// The file of static grains, which `grains.setval` writes.
#[must_use]
pub fn file(loaded: &Loaded) -> PathBuf {
    loaded.place.folder.join("grains")
}

/// Where executables that print grains lie: the operator's own, and those synced from the file server.
#[must_use]
pub fn program_folders(loaded: &Loaded) -> [PathBuf; 2] {
    [loaded.place.folder.join("_grains"), synced_programs(loaded)]
}

/// Where `saltutil.sync_grains` puts them.
#[must_use]
pub fn synced_programs(loaded: &Loaded) -> PathBuf {
    loaded.config.cachedir.join("extmods/grains")
}

/// Grains of a minion whose host is not asked, for functions that need none.
#[must_use]
pub fn bare(loaded: &Loaded) -> Map {
    let mut grains = Map::new();
    grains.insert("id", Value::from(loaded.config.id.as_str()));
    grains
}

/// The full name of the host: the id of a minion that was given none.
#[must_use]
pub fn full_name() -> String {
    let mut seen = Map::new();
    if let Some(collector) = grains::COLLECTORS.iter().find(|collector| collector.names.contains(&"fqdn")) {
        (collector.collect)(&grains::System::live(), &grains::About::new(""), &mut seen);
    }
    seen.get("fqdn").and_then(Value::as_str).unwrap_or("localhost").to_owned()
}
