//! File systems that are mounted or are not, now and on boot.

mod fstab;
mod mounted;
mod options;
mod swap;
mod unmounted;

sdk::states!(mount, [mounted::Mounted, unmounted::Unmounted, swap::Swap, fstab::FstabPresent, fstab::FstabAbsent]);
