//! Sizes of the programs as they are shipped: the release profile strips them.

use super::measure::Table;
use anyhow::{Context, Result};
use std::path::Path;

/// Measures the programs.
pub fn sizes(bin: &Path, table: &mut Table) -> Result<()> {
    for (program, bar) in [("sylvite-minion", 20.0), ("sylvite-master", f64::INFINITY), ("sylvite", f64::INFINITY)] {
        let path = bin.join(program);
        let size = std::fs::metadata(&path).with_context(|| format!("no {}", path.display()))?.len();
        if bar.is_finite() {
            table.at_most(format!("size of {program}, stripped"), bar, size as f64 / 1e6, "MB");
        } else {
            crate::run::say(&format!("  size of {program}, stripped: {:.1} MB", size as f64 / 1e6));
        }
    }
    Ok(())
}
