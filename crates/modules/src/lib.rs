//! Execution modules: one file each, or a folder with a provider file each.

pub mod acl;
pub mod aliases;
pub mod alternatives;
pub mod apparmor;
pub mod archive;
pub mod at;
pub mod busybox;
pub mod cmd;
pub mod config;
pub mod cron;
pub mod data;
pub mod debconf;
pub mod defaults;
pub mod dig;
pub mod disk;
pub mod dnsutil;
mod elsewhere;
pub mod environ;
pub mod ethtool;
pub mod file;
pub mod firewalld;
mod gecos;
pub mod gem;
pub mod git;
pub mod gpg;
pub mod grains;
pub mod group;
pub mod hashutil;
pub mod hosts;
pub mod http;
pub mod ini;
pub mod ip;
pub mod iptables;
pub mod journald;
pub mod kmod;
pub mod locale;
pub mod log;
pub mod logrotate;
pub mod lookup;
pub mod lvm;
pub mod matching;
pub mod mount;
pub mod mysql;
pub mod net;
pub mod network;
pub mod nftables;
pub mod npm;
pub mod partition;
pub mod pillar;
pub mod pip;
pub mod pkg;
pub mod postgres;
pub mod ps;
pub mod quota;
pub mod raid;
pub mod random;
pub mod selinux;
pub mod service;
pub mod shadow;
pub mod slsutil;
pub mod smartctl;
pub mod ssh;
pub mod status;
pub mod sysctl;
pub mod system;
pub mod test;
pub mod timezone;
pub mod tls;
pub mod told;
pub mod ufw;
pub mod user;
pub mod virtualenv;
pub mod x509;

use sdk::Failure;

sdk::registry!(functions: [
    acl, aliases, alternatives, apparmor, archive, at, cmd, config, cron, data, debconf, defaults, dig, disk, dnsutil, environ, ethtool, file, firewalld, gem, git, gpg, grains, group, hashutil, hosts, http, ini, ip, iptables, journald, kmod, locale, log, logrotate, lvm, matching, mount, mysql, network, nftables, npm, partition, pillar, pip, pkg, postgres, ps, quota, raid, random, selinux, service, shadow, slsutil, smartctl, ssh, status, sysctl, system, test, timezone, tls, ufw, user, virtualenv, x509,
]);

/// A failed file operation as a failure, with its cause.
#[must_use]
pub fn failure(error: sdk::host::Error) -> Failure {
    let cause = error.source.to_string();
    // The kernel's words without Rust's "(os error 2)".
    let cause = cause.split(" (os error").next().unwrap_or(&cause).to_lowercase();
    Failure::failed(format!("{error}: {cause}"))
}
