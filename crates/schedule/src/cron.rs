//! Five fields of cron: minute, hour, day of the month, month, day of the week.
//!
//! Our own, because the readers that exist bring a second library of dates along.

use jiff::civil::{Date, Time};
use jiff::{ToSpan, ZonedDateTime};

/// A cron expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cron {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Days of the month are restricted, and so are days of the week: then either may match, as in cron.
    either_day: bool,
}

/// A cron expression that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{expression}` is no cron expression: {why}; it is written `minute hour day month weekday`, such as `*/5 * * * 1-5`")]
pub struct BadCron {
    expression: String,
    why: String,
}

/// Days that are looked at: a date such as 29 February comes at least every eight years.
const HORIZON: i64 = 366 * 9;

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

impl Cron {
    /// Reads an expression.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(expression: &str) -> Result<Self, BadCron> {
        let bad = |why: String| BadCron { expression: expression.to_owned(), why };
        let text = match expression.trim() {
            "@yearly" | "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * 0",
            "@daily" | "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            other => other,
        };
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields.as_slice() else {
            return Err(bad(format!("it has {} fields, not 5", fields.len())));
        };
        let weekdays = field(weekday, 0, 7, &WEEKDAYS, 0).map_err(bad)?;
        Ok(Self {
            minutes: field(minute, 0, 59, &[], 0).map_err(bad)?,
            hours: field(hour, 0, 23, &[], 0).map_err(bad)?,
            days: field(day, 1, 31, &[], 0).map_err(bad)?,
            months: field(month, 1, 12, &MONTHS, 1).map_err(bad)?,
            // Sunday is 0 and 7.
            weekdays: (weekdays & 0x7f) | (weekdays >> 7),
            either_day: !day.starts_with('*') && !weekday.starts_with('*'),
        })
    }

    /// The first minute after `now` that matches; `None` for one that never comes, such as 30 February.
    #[must_use]
    pub fn next_after(&self, now: &ZonedDateTime) -> Option<ZonedDateTime> {
        let mut date = now.date();
        for _ in 0..HORIZON {
            if self.is_day(date)
                && let Some(found) =
                    self.times(date).filter_map(|moment| moment.to_zoned_datetime(now.time_zone().clone()).ok()).find(|at| at > now)
            {
                return Some(found);
            }
            date = date.checked_add(1.day()).ok()?;
        }
        None
    }

    fn times(&self, date: Date) -> impl Iterator<Item = jiff::civil::DateTime> + '_ {
        let hours = (0_i8..24).filter(|hour| has(self.hours, *hour));
        hours.flat_map(move |hour| {
            let minutes = (0_i8..60).filter(|minute| has(self.minutes, *minute));
            minutes.filter_map(move |minute| Time::new(hour, minute, 0, 0).ok().map(|time| date.to_datetime(time)))
        })
    }

    fn is_day(&self, date: Date) -> bool {
        let day = has(self.days, date.day());
        let weekday = has(self.weekdays, date.weekday().to_sunday_zero_offset());
        has(self.months, date.month()) && if self.either_day { day || weekday } else { day && weekday }
    }
}

const fn has(bits: u64, number: i8) -> bool {
    number >= 0 && bits & (1 << number) != 0
}

/// One field as bits.
fn field(text: &str, least: u32, most: u32, names: &[&str], first_name: u32) -> Result<u64, String> {
    let number = |word: &str| -> Result<u32, String> {
        let lower = word.to_ascii_lowercase();
        if let Some(place) = names.iter().position(|name| *name == lower) {
            return Ok(u32::try_from(place).unwrap_or(0) + first_name);
        }
        word.parse()
            .ok()
            .filter(|number| (least..=most).contains(number))
            .ok_or_else(|| format!("`{word}` is no number from {least} to {most}"))
    };
    let mut bits = 0_u64;
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => {
                (range, step.parse::<usize>().ok().filter(|step| *step > 0).ok_or_else(|| format!("`{step}` is no step"))?)
            }
            None => (part, 1),
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (least, most),
            Some((from, to)) => (number(from)?, number(to)?),
            None if part.contains('/') => (number(range)?, most),
            None => (number(range)?, number(range)?),
        };
        if from > to {
            return Err(format!("`{range}` goes backwards"));
        }
        for value in (from..=to).step_by(step) {
            bits |= 1 << value;
        }
    }
    Ok(bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(expression: &str, now: &str) -> String {
        let now: ZonedDateTime = format!("{now}[UTC]").parse().unwrap();
        Cron::parse(expression).unwrap().next_after(&now).map_or_else(|| "never".to_owned(), |at| at.datetime().to_string())
    }

    #[test]
    fn the_next_minute_of_an_expression_is_found() {
        for (expression, expected) in [
            ("* * * * *", "2026-11-24T12:01:00"),
            ("*/15 * * * *", "2026-11-24T12:15:00"),
            ("5/20 12-13 * * *", "2026-11-24T12:05:00"),
            ("0 12 * * *", "2026-11-25T12:00:00"),
            ("0 0 1 * *", "2026-12-01T00:00:00"),
            ("0 9 * * mon-fri", "2026-11-25T09:00:00"),
            ("0 9 * * 7", "2026-11-29T09:00:00"),
            ("0 0 29 feb *", "2028-02-29T00:00:00"),
            ("0 0 13 * fri", "2026-11-27T00:00:00"),
            ("0 0 30 2 *", "never"),
            ("@hourly", "2026-11-24T13:00:00"),
        ] {
            assert_eq!(next(expression, "2026-11-24T12:00:00"), expected, "{expression}");
        }
    }

    #[test]
    fn a_bad_expression_says_what_is_wrong() {
        for (expression, part) in
            [("* * * *", "4 fields"), ("61 * * * *", "`61`"), ("*/0 * * * *", "no step"), ("5-1 * * * *", "backwards")]
        {
            let error = Cron::parse(expression).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
