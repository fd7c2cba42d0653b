//! Execution modules: one file each, or a folder with a provider file each.

pub mod aliases;
pub mod alternatives;
pub mod archive;
pub mod cmd;
pub mod config;
pub mod cron;
pub mod defaults;
pub mod dig;
pub mod dnsutil;
pub mod environ;
pub mod file;
pub mod gem;
pub mod git;
pub mod grains;
pub mod group;
pub mod hashutil;
pub mod ini;
pub mod log;
pub mod lookup;
pub mod matching;
pub mod mysql;
pub mod network;
pub mod npm;
pub mod pillar;
pub mod pip;
pub mod pkg;
pub mod postgres;
pub mod random;
pub mod service;
pub mod shadow;
pub mod slsutil;
pub mod status;
pub mod test;
pub mod user;
pub mod virtualenv;

use sdk::Failure;

sdk::registry!(functions: [
    aliases, alternatives, archive, cmd, config, cron, defaults, dig, dnsutil, environ, file, gem, git, grains, group, hashutil, ini, log, matching, mysql, network, npm, pillar, pip, pkg, postgres, random, service, shadow, slsutil, status, test, user, virtualenv,
]);

/// A failed file operation as a failure, with its cause.
#[must_use]
pub fn failure(error: sdk::host::Error) -> Failure {
    let cause = error.source.to_string();
    // The kernel's words without Rust's "(os error 2)".
    let cause = cause.split(" (os error").next().unwrap_or(&cause).to_lowercase();
    Failure::failed(format!("{error}: {cause}"))
}
