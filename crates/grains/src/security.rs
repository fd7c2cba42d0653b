//! SELinux, and whether the system is updated as a whole.

use crate::{About, System};
use value::Map;

pub(crate) const NAMES: &[&str] = &["selinux", "transactional"];

pub(crate) fn collect(system: &System, _: &About, grains: &mut Map) {
    if system.exists("/sys/fs/selinux") {
        let enforced = match system.line("/sys/fs/selinux/enforce").as_deref() {
            Some("1") => "Enforcing",
            Some(_) => "Permissive",
            None => "Disabled",
        };
        let mut seen = Map::new();
        seen.insert("enabled", enforced != "Disabled");
        seen.insert("enforced", enforced);
        grains.insert("selinux", seen);
    }
    grains.insert("transactional", system.which("transactional-update").is_some());
}
