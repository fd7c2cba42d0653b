//! Memory and swap, in MiB.

use crate::{About, System};
use value::Map;

pub(crate) const NAMES: &[&str] = &["mem_total", "swap_total"];

pub(crate) fn collect(system: &System, _: &About, grains: &mut Map) {
    if !system.is_live() {
        return;
    }
    let wanted = sysinfo::MemoryRefreshKind::nothing().with_ram().with_swap();
    let Ok(seen) = sysinfo::System::new_with_specifics(sysinfo::RefreshKind::nothing().with_memory(wanted)) else { return };
    grains.insert("mem_total", seen.total_memory() >> 20);
    grains.insert("swap_total", seen.total_swap() >> 20);
}
