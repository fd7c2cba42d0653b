//! Execution modules: one file each, or a folder with a provider file each.

pub mod aliases;
pub mod alternatives;
pub mod archive;
pub mod cmd;
pub mod config;
pub mod cron;
pub mod debconf;
pub mod defaults;
pub mod dig;
pub mod disk;
pub mod dnsutil;
pub mod environ;
pub mod file;
pub mod firewalld;
pub mod gem;
pub mod git;
pub mod grains;
pub mod group;
pub mod hashutil;
pub mod hosts;
pub mod http;
pub mod ini;
pub mod iptables;
pub mod kmod;
pub mod locale;
pub mod log;
pub mod lookup;
pub mod lvm;
pub mod matching;
pub mod mount;
pub mod mysql;
pub mod net;
pub mod network;
pub mod nftables;
pub mod npm;
pub mod pillar;
pub mod pip;
pub mod pkg;
pub mod postgres;
pub mod ps;
pub mod random;
pub mod selinux;
pub mod service;
pub mod shadow;
pub mod slsutil;
pub mod ssh;
pub mod status;
pub mod sysctl;
pub mod system;
pub mod test;
pub mod timezone;
pub mod ufw;
pub mod user;
pub mod virtualenv;

use sdk::Failure;

sdk::registry!(functions: [
    aliases, alternatives, archive, cmd, config, cron, debconf, defaults, dig, disk, dnsutil, environ, file, firewalld, gem, git, grains,
    group, hashutil, hosts, http, ini, iptables, kmod, locale, log, lvm, matching, mount, mysql, network, nftables, npm, pillar, pip, pkg,
    postgres, ps, random, selinux, service, shadow, slsutil, ssh, status, sysctl, system, test, timezone, ufw, user, virtualenv,
]);

/// A failed file operation as a failure, with its cause.
#[must_use]
pub fn failure(error: sdk::host::Error) -> Failure {
    let cause = error.source.to_string();
    // The kernel's words without Rust's "(os error 2)".
    let cause = cause.split(" (os error").next().unwrap_or(&cause).to_lowercase();
    Failure::failed(format!("{error}: {cause}"))
}
