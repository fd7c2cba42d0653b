//! What stands below the states of a minion.

use super::row::Row;
use crate::Options;
use crate::color::Color;

/// Counts of a run.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Summary {
    succeeded: usize,
    failed: usize,
    unchanged: usize,
    changed: usize,
    warnings: usize,
    millis: f64,
}

impl Summary {
    /// Counts results.
    pub fn of(rows: &[Row<'_>]) -> Self {
        let mut summary = Self::default();
        for row in rows {
            match row.result {
                Some(false) => summary.failed += 1,
                Some(true) => summary.succeeded += 1,
                None => {
                    summary.succeeded += 1;
                    summary.unchanged += 1;
                }
            }
            summary.changed += usize::from(row.changed());
            summary.warnings += usize::from(!row.warnings.is_empty());
            summary.millis += row.millis();
        }
        summary
    }

    /// The counts as text, with an empty line before them.
    pub fn text(&self, host: &str, options: &Options) -> String {
        let palette = options.palette();
        let total = self.succeeded + self.failed;
        // A run without states has no digit at all.
        let digits = match self.succeeded.max(self.failed).max(self.warnings) {
            0 => 0,
            most => most.to_string().len(),
        };
        let rule = "-".repeat(digits + 11);
        let mut lines = vec![palette.paint(Color::Cyan, &format!("\nSummary for {host}\n{rule}"))];
        let mut succeeded = palette.paint(Color::Green, &format!("Succeeded: {:>digits$}", self.succeeded));
        let parts: Vec<String> = [("unchanged", self.unchanged, Color::Yellow), ("changed", self.changed, Color::Green)]
            .into_iter()
            .filter(|(_, count, _)| *count > 0)
            .map(|(word, count, color)| palette.paint(color, &format!("{word}={count}")))
            .collect();
        if !parts.is_empty() {
            succeeded.push_str(&format!(" ({})", parts.join(", ")));
        }
        lines.push(succeeded);
        let failed_color = if self.failed > 0 { Color::Red } else { Color::Cyan };
        let width = digits + 4;
        lines.push(palette.paint(failed_color, &format!("Failed:{:>width$}", self.failed)));
        if options.state_output_pct && total > 0 {
            let percent = |count: usize| value::text::float((count as f64 / total as f64 * 10_000.0).round() / 100.0);
            lines.push(palette.paint(Color::Green, &format!("Success %: {}", percent(self.succeeded))));
            lines.push(palette.paint(failed_color, &format!("Failure %: {}", percent(self.failed))));
        }
        if self.warnings > 0 {
            let width = digits + 2;
            lines.push(palette.paint(Color::LightRed, &format!("Warnings:{:>width$}", self.warnings)));
        }
        let width = digits + 5;
        lines.push(palette.paint(Color::Cyan, &format!("{rule}\nTotal states run:{total:>width$}")));
        if options.state_output_profile {
            let width = digits + 7;
            let (number, unit) = if self.millis >= 1000.0 { (self.millis / 1000.0, "s") } else { (self.millis, "ms") };
            lines.push(palette.paint(Color::Cyan, &format!("Total run time:{:>width$} {unit}", format!("{number:.3}"))));
        }
        lines.join("\n")
    }
}
