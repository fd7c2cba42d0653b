//! Maker, model and serial numbers, from the firmware's tables.

use crate::{About, System};
use value::Map;

pub(crate) const NAMES: &[&str] =
    &["biosversion", "biosreleasedate", "biosvendor", "manufacturer", "productname", "serialnumber", "boardname", "uuid"];

pub(crate) fn collect(system: &System, _: &About, grains: &mut Map) {
    const FIELDS: [(&str, &str); 8] = [
        ("biosversion", "bios_version"),
        ("productname", "product_name"),
        ("manufacturer", "sys_vendor"),
        ("biosreleasedate", "bios_date"),
        ("biosvendor", "bios_vendor"),
        ("uuid", "product_uuid"),
        ("serialnumber", "product_serial"),
        ("boardname", "board_name"),
    ];
    for (grain, file) in FIELDS {
        if let Some(text) = system.line(&format!("/sys/class/dmi/id/{file}")) {
            let text = if grain == "uuid" { text.to_lowercase() } else { text };
            grains.insert(grain, text);
        }
    }
    // Boards without such tables have a device tree.
    if !grains.contains_key("productname") {
        for (grain, file) in [("productname", "model"), ("serialnumber", "serial-number")] {
            if let Some(text) = system.line(&format!("/proc/device-tree/{file}")) {
                grains.insert(grain, text);
            }
        }
    }
}
