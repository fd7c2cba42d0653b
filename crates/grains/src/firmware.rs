//! EFI.

use crate::{About, System};
use value::Map;

pub(crate) const NAMES: &[&str] = &["efi", "efi-secure-boot"];

pub(crate) fn collect(system: &System, _: &About, grains: &mut Map) {
    let efi = system.exists("/sys/firmware/efi");
    grains.insert("efi", efi);
    let variable = system
        .list("/sys/firmware/efi/efivars")
        .into_iter()
        .find(|name| name.starts_with("SecureBoot-"))
        .and_then(|name| system.bytes(&format!("/sys/firmware/efi/efivars/{name}")));
    // Four bytes of attributes, then the value.
    grains.insert("efi-secure-boot", variable.is_some_and(|bytes| bytes.last() == Some(&1)));
}
