//! State modules: one file each; they call `modules` as typed Rust, never by string.

pub mod acl;
pub mod alias;
pub mod alternatives;
pub mod archive;
pub mod at;
pub mod beacon;
pub mod cmd;
pub mod cron;
pub mod debconf;
pub mod environ;
pub mod event;
pub mod file;
pub mod firewalld;
pub mod gem;
pub mod git;
pub mod gpg;
pub mod grains;
pub mod group;
pub mod host;
pub mod http;
pub mod ini;
pub mod iptables;
pub mod kmod;
pub mod locale;
pub mod logrotate;
pub mod lvm;
pub mod module;
pub mod mount;
pub mod network;
pub mod nftables;
pub mod npm;
pub mod pip;
pub mod pkg;
pub mod pkgrepo;
pub mod quota;
pub mod raid;
mod rules;
pub mod schedule;
pub mod selinux;
pub mod service;
pub mod ssh_auth;
pub mod ssh_known_hosts;
pub mod sysctl;
pub mod test;
pub mod timezone;
pub mod ufw;
pub mod user;
pub mod virtualenv;
pub mod x509;

sdk::registry!(functions: [file::functions], states: [
    acl, alias, alternatives, archive, at, beacon, cmd, cron, debconf, environ, event, file, firewalld, gem, git, gpg, grains, group, host, http, ini, iptables, kmod, locale, logrotate, lvm, module, mount, network, nftables, npm, pip, pkg, pkgrepo, quota, raid, schedule, selinux, service, ssh_auth, ssh_known_hosts, sysctl, test, timezone, ufw, user, virtualenv, x509,
]);
