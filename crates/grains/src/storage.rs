//! Names of this host in storage networks, software RAID, ZFS.

use crate::{About, System};
use value::{Map, Value};

pub(crate) const NAMES: &[&str] = &["iscsi_iqn", "nvme_nqn", "fibre_channel_host", "fc_wwn", "mdadm", "zfs_support"];

pub(crate) fn collect(system: &System, _: &About, grains: &mut Map) {
    if let Some(text) = system.read("/etc/iscsi/initiatorname.iscsi") {
        let names = text.lines().filter_map(|line| line.trim().strip_prefix("InitiatorName=")).map(Value::from).collect();
        grains.insert("iscsi_iqn", Value::List(names));
    }
    if let Some(text) = system.read("/etc/nvme/hostnqn") {
        let names = text.lines().map(str::trim).filter(|line| line.starts_with("nqn.")).map(Value::from).collect();
        grains.insert("nvme_nqn", Value::List(names));
    }
    let hosts = system.list("/sys/class/fc_host");
    grains.insert("fibre_channel_host", !hosts.is_empty());
    let ports: Vec<Value> = hosts
        .iter()
        .filter_map(|host| system.line(&format!("/sys/class/fc_host/{host}/port_name")))
        .map(|name| Value::from(name.trim_start_matches("0x")))
        .collect();
    if !ports.is_empty() {
        grains.insert("fc_wwn", Value::List(ports));
    }
    if let Some(text) = system.read("/proc/mdstat") {
        let arrays: Vec<Value> = text
            .lines()
            .filter(|line| !line.starts_with([' ', '\t']))
            .filter_map(|line| line.split_once(" : "))
            .filter(|(name, _)| !matches!(*name, "Personalities" | "unused devices"))
            .map(|(name, _)| Value::from(name))
            .collect();
        if !arrays.is_empty() {
            grains.insert("mdadm", Value::List(arrays));
        }
    }
    if system.exists("/sys/module/zfs") {
        grains.insert("zfs_support", true);
    }
}
