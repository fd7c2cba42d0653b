//! Graphics cards, from the PCI bus itself: no `lspci` needed.

use crate::{About, System};
use value::{Map, Value};

pub(crate) const NAMES: &[&str] = &["num_gpus", "gpus"];

pub(crate) fn collect(system: &System, about: &About, grains: &mut Map) {
    let found = if about.gpus { cards(system) } else { Vec::new() };
    grains.insert("num_gpus", found.len());
    grains.insert("gpus", Value::List(found));
}

fn cards(system: &System) -> Vec<Value> {
    let mut found = Vec::new();
    for slot in system.list("/sys/bus/pci/devices") {
        let read = |name: &str| system.line(&format!("/sys/bus/pci/devices/{slot}/{name}"));
        let (Some(class), Some(vendor), Some(device)) = (read("class"), read("vendor"), read("device")) else { continue };
        // 0x0300 VGA, 0x0302 3D controller.
        if !(class.starts_with("0x0300") || class.starts_with("0x0302")) {
            continue;
        }
        let names = system.read("/usr/share/misc/pci.ids").or_else(|| system.read("/usr/share/hwdata/pci.ids")).unwrap_or_default();
        let model = model(&names, vendor.trim_start_matches("0x"), device.trim_start_matches("0x"));
        let card: Map = [("vendor", vendor_word(&vendor).to_owned()), ("model", model.unwrap_or(device))].into_iter().collect();
        found.push(Value::Map(card));
    }
    found
}

fn vendor_word(id: &str) -> &'static str {
    match id {
        "0x10de" => "nvidia",
        "0x1002" | "0x1022" => "amd",
        "0x8086" => "intel",
        "0x15ad" => "vmware",
        _ => "unknown",
    }
}

/// The name of a device in the PCI id list.
fn model(list: &str, vendor: &str, device: &str) -> Option<String> {
    let mut lines = list.lines().skip_while(|line| line.split_whitespace().next() != Some(vendor) || line.starts_with('\t')).skip(1);
    lines.by_ref().take_while(|line| line.starts_with('\t')).find_map(|line| {
        let rest = line.strip_prefix('\t')?.strip_prefix(device)?;
        rest.starts_with(' ').then(|| rest.trim().to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_named_by_the_list() {
        let list = "# ids\n10de  NVIDIA Corporation\n\t2204  GA102 [GeForce RTX 3090]\n\t\t1028 1234  sub\n8086  Intel\n\t2204  other\n";
        assert_eq!(model(list, "10de", "2204").as_deref(), Some("GA102 [GeForce RTX 3090]"));
        assert_eq!(model(list, "10de", "9999"), None);
    }
}
