//! Whether this is a machine, a virtual one or a container.

use crate::{About, System};
use value::Map;

pub(crate) const NAMES: &[&str] = &["virtual", "virtual_subtype"];

pub(crate) fn collect(system: &System, _: &About, grains: &mut Map) {
    let (kind, subtype) = look(system);
    grains.insert("virtual", kind);
    if let Some(subtype) = subtype {
        grains.insert("virtual_subtype", subtype);
    }
}

fn look(system: &System) -> (&'static str, Option<&'static str>) {
    if let Some(subtype) = container(system) {
        return ("container", Some(subtype));
    }
    if let Some(text) = system.read("/proc/xen/capabilities") {
        return ("xen", Some(if text.contains("control_d") { "Xen Dom0" } else { "Xen PV DomU" }));
    }
    let dmi = |file: &str| system.line(&format!("/sys/class/dmi/id/{file}")).unwrap_or_default();
    if let Some(kind) = of_tables(&dmi("sys_vendor"), &dmi("product_name"), &dmi("bios_vendor")) {
        return (kind, None);
    }
    if system.line("/sys/hypervisor/type").as_deref() == Some("xen") {
        return ("xen", Some("Xen HVM DomU"));
    }
    let processors = system.read("/proc/cpuinfo").unwrap_or_default();
    let first: Vec<&str> = processors.lines().take(40).collect();
    if first.iter().any(|line| line.contains("QEMU Virtual CPU")) {
        return ("kvm", None);
    }
    let has_flag = |line: &&&str| line.starts_with("flags") && line.split_whitespace().any(|flag| flag == "hypervisor");
    // A hypervisor that names itself nowhere.
    if first.iter().any(|line| has_flag(&line)) { ("virtual", None) } else { ("physical", None) }
}

fn container(system: &System) -> Option<&'static str> {
    let environment = system.read("/proc/1/environ").unwrap_or_default();
    let named = environment.split('\0').find_map(|word| word.strip_prefix("container="));
    match named.or(system.line("/run/systemd/container").as_deref()) {
        Some("lxc") => return Some("LXC"),
        Some("docker") => return Some("Docker"),
        Some("podman" | "oci") => return Some("Podman"),
        Some("systemd-nspawn") => return Some("systemd-nspawn"),
        _ => {}
    }
    if system.exists("/run/.containerenv") {
        return Some("Podman");
    }
    let groups = system.read("/proc/1/cgroup").unwrap_or_default();
    let groups_name = |words: &[&str]| words.iter().any(|word| groups.contains(word));
    if groups_name(&["/kubepods", "kubepods."]) {
        return Some("Kubernetes");
    }
    if system.exists("/.dockerenv") || system.exists("/.dockerinit") || groups_name(&["/docker/", "docker-"]) {
        return Some("Docker");
    }
    if groups_name(&["/lxc/", "lxc.payload"]) {
        return Some("LXC");
    }
    if system.exists("/proc/vz") && !system.exists("/proc/bc") {
        return Some("OpenVZ");
    }
    None
}

/// The hypervisor by what the firmware's tables say.
fn of_tables(vendor: &str, product: &str, bios: &str) -> Option<&'static str> {
    let has = |text: &str, word: &str| text.to_lowercase().contains(word);
    Some(match () {
        () if has(vendor, "vmware") || has(product, "vmware") => "VMware",
        () if has(product, "virtualbox") || has(vendor, "innotek") => "VirtualBox",
        () if has(vendor, "microsoft") && has(product, "virtual machine") => "VirtualPC",
        () if has(vendor, "parallels") || has(product, "parallels") => "Parallels",
        () if has(vendor, "amazon ec2") && !product.ends_with(".metal") => "Nitro",
        () if has(vendor, "google") && has(product, "compute engine") => "gce",
        () if has(vendor, "xen") || has(product, "hvm domu") => "xen",
        () if has(product, "openstack") || has(vendor, "openstack") => "kvm",
        () if has(product, "rhev") || has(product, "ovirt") || has(vendor, "ovirt") => "kvm",
        () if has(vendor, "qemu") || has(vendor, "kvm") || has(product, "kvm") || has(bios, "seabios") => "kvm",
        () if has(vendor, "digitalocean") || has(vendor, "alibaba cloud") || has(vendor, "hetzner") => "kvm",
        () if has(vendor, "bhyve") || has(product, "bhyve") => "bhyve",
        () => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_name_the_hypervisor() {
        assert_eq!(of_tables("QEMU", "Standard PC (Q35 + ICH9, 2009)", "SeaBIOS"), Some("kvm"));
        assert_eq!(of_tables("VMware, Inc.", "VMware Virtual Platform", "Phoenix"), Some("VMware"));
        assert_eq!(of_tables("innotek GmbH", "VirtualBox", "innotek GmbH"), Some("VirtualBox"));
        assert_eq!(of_tables("Microsoft Corporation", "Virtual Machine", ""), Some("VirtualPC"));
        assert_eq!(of_tables("Dell Inc.", "PowerEdge R740", "Dell Inc."), None);
    }

    #[test]
    fn a_container_is_told_by_its_first_process() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("proc/1")).unwrap();
        std::fs::write(folder.path().join("proc/1/environ"), "A=b\0container=lxc\0").unwrap();
        assert_eq!(look(&System::at(folder.path())), ("container", Some("LXC")));
    }

    #[test]
    fn a_bare_machine_is_physical() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(look(&System::at(folder.path())), ("physical", None));
    }
}
