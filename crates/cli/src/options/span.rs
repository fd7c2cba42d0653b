//! Spans of time in options.

use std::time::Duration;

/// Seconds, or a number with a unit: `30`, `1.5`, `90s`, `10m`, `2h`, `1d`.
pub(crate) fn span(text: &str) -> Result<Duration, String> {
    let bad = || format!("`{text}` is no span of time; it is written like 30, 90s, 10m, 2h or 1d");
    let text_end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(text_end);
    let seconds = match unit {
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        _ => return Err(bad()),
    };
    let number: f64 = number.parse().map_err(|_| bad())?;
    Duration::try_from_secs_f64(number * seconds).map_err(|_| bad())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_seconds_or_has_a_unit() {
        let seconds: Vec<_> = ["30", "1.5", "90s", "10m", "2h", "1d"].into_iter().map(|text| span(text).unwrap().as_secs_f64()).collect();
        assert_eq!(seconds, [30.0, 1.5, 90.0, 600.0, 7200.0, 86_400.0]);
        for bad in ["", "x", "5x", "-1", "1.2.3"] {
            assert!(span(bad).is_err(), "{bad}");
        }
    }
}
