//! Block devices.

use crate::{About, System};
use value::{Map, Value};

pub(crate) const NAMES: &[&str] = &["disks", "ssds"];

/// Devices that hold nothing of their own, by the start of their names.
const NO_DISKS: [&str; 8] = ["loop", "ram", "zram", "dm-", "md", "sr", "fd", "zd"];

pub(crate) fn collect(system: &System, _: &About, grains: &mut Map) {
    let (mut disks, mut ssds) = (Vec::new(), Vec::new());
    for name in system.list("/sys/block") {
        if NO_DISKS.iter().any(|start| name.starts_with(start)) {
            continue;
        }
        match system.line(&format!("/sys/block/{name}/queue/rotational")).as_deref() {
            Some("0") => ssds.push(Value::from(name)),
            _ => disks.push(Value::from(name)),
        }
    }
    grains.insert("disks", Value::List(disks));
    grains.insert("ssds", Value::List(ssds));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_does_not_rotate_is_an_ssd_and_a_loop_is_no_disk() {
        let folder = tempfile::tempdir().unwrap();
        for (name, rotates) in [("sda", "1"), ("nvme0n1", "0"), ("loop0", "1")] {
            let queue = folder.path().join("sys/block").join(name).join("queue");
            std::fs::create_dir_all(&queue).unwrap();
            std::fs::write(queue.join("rotational"), rotates).unwrap();
        }
        let mut grains = Map::new();
        collect(&System::at(folder.path()), &About::new("x"), &mut grains);
        assert_eq!(serde_json::to_string(&grains).unwrap(), r#"{"disks":["sda"],"ssds":["nvme0n1"]}"#);
    }
}
