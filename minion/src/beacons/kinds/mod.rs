//! The kinds of beacons, one file each.

mod cert;
mod inotify;
mod journald;
mod load;
mod log;
mod logins;
mod monitor;
mod network;
mod ps;
mod service;
mod settings;
mod shell;
mod usage;
mod watchdog;

use super::Beacon;
use value::{Map, Value};

/// Names of all kinds.
pub const AVAILABLE: [&str; 19] = [
    "btmp",
    "cert_info",
    "diskusage",
    "inotify",
    "journald",
    "load",
    "log",
    "memusage",
    "network_info",
    "network_settings",
    "pkg",
    "ps",
    "salt_monitor",
    "service",
    "sh",
    "status",
    "swapusage",
    "watchdog",
    "wtmp",
];

/// A beacon of a kind.
///
/// # Errors
/// When there is no such kind, or its options make no sense.
pub fn make(kind: &str, options: &Map) -> Result<Box<dyn Beacon>, String> {
    Ok(match kind {
        "cert_info" => Box::new(cert::Certificates::new(options)?),
        "inotify" => Box::new(inotify::Inotify::new(options)?),
        "network_settings" => Box::new(settings::Settings::new(options)?),
        "sh" => Box::new(shell::Shells::default()),
        "watchdog" => Box::new(watchdog::Watchdog::new(options)?),
        "journald" => Box::new(journald::Journald::new(options)?),
        "load" => Box::new(load::Load::new(options)?),
        "log" => Box::new(log::Log::new(options)?),
        "btmp" => Box::new(logins::Logins::new(logins::BTMP)),
        "wtmp" => Box::new(logins::Logins::new(logins::WTMP)),
        "status" => Box::new(monitor::Monitor::status(options)),
        "salt_monitor" => Box::new(monitor::Monitor::functions(options)?),
        "pkg" => Box::new(monitor::Upgrades::new(options)?),
        "network_info" => Box::new(network::Network::new(options)?),
        "ps" => Box::new(ps::Processes::new(options)?),
        "service" => Box::new(service::Services::new(options)?),
        "diskusage" => Box::new(usage::Disks::new(options)?),
        "memusage" => Box::new(usage::Memory::new(options, usage::Kind::Memory)?),
        "swapusage" => Box::new(usage::Memory::new(options, usage::Kind::Swap)?),
        other => {
            let near = model::nearest(other, AVAILABLE);
            let hint = near.map_or_else(|| format!("there are {}", AVAILABLE.join(", ")), |near| format!("did you mean `{near}`?"));
            return Err(format!("there is no beacon `{other}`; {hint}"));
        }
    })
}

/// A share in percent: `85`, `85%`.
fn percent(value: &Value) -> Option<f64> {
    value.as_float().or_else(|| value::text::str(value).trim().trim_end_matches('%').parse().ok())
}

/// The mapping under a key, in either form.
fn section(options: &Map, key: &str) -> Map {
    options.get(key).map(super::options::flat).unwrap_or_default()
}

/// A number as people read it: one digit behind the point.
fn rounded(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}
