//! Filters of dates.

use super::{Outcome, Shared, option, text_option};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime, civil};
use jinja::{Call, Engine, Error, Val};
use value::Value;

pub(super) fn add(engine: &mut Engine, machine: &Shared) {
    for name in ["strftime", "date_format"] {
        let machine = machine.clone();
        engine.add_filter(name, move |call| format(&machine, call));
    }
}

/// A moment (seconds since 1970, or a date in text; now without any) by a format of `strftime`, in the time zone of the machine.
fn format(machine: &Shared, call: &mut Call<'_>) -> Outcome {
    let zone = machine.time_zone();
    let moment = match option(call, 0, "date")? {
        None => machine.now().and_then(|now| Timestamp::from_microsecond(now).ok()),
        Some(value) => moment(&value, &zone, machine.now().and_then(|now| Timestamp::from_microsecond(now).ok())),
    };
    let moment =
        moment.ok_or_else(|| Error::value_error(format!("Unable to parse {}", call.value().map_or(String::new(), Val::to_text))))?;
    let moment = ZonedDateTime::new(moment, zone);
    let format = text_option(call, 1, "format")?.unwrap_or_else(|| "%Y-%m-%d".to_owned());
    let text = jiff::fmt::strtime::format(&format, &moment).map_err(|error| Error::value_error(format!("`{format}`: {error}")))?;
    Ok(Val::from(text.as_str()))
}

/// Ways to write a day that people use; a slash puts the month first, as in the country of whoever invented `strtotime`.
const DAYS: [&str; 12] = [
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%d-%m-%Y",
    "%d %b %Y",
    "%d %B %Y",
    "%b %d %Y",
    "%B %d %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%d-%b-%Y",
];

/// Ways to write a time of day.
const TIMES: [&str; 4] = ["%H:%M:%S", "%H:%M", "%I:%M%p", "%I%p"];

fn moment(value: &Value, zone: &TimeZone, now: Option<Timestamp>) -> Option<Timestamp> {
    match value {
        Value::Int(seconds) => Timestamp::from_second(*seconds).ok(),
        Value::Float(seconds) => Timestamp::from_microsecond((seconds * 1e6).round() as i64).ok(),
        Value::Str(text) => {
            let text = text.trim();
            let number = text.parse::<f64>().ok().and_then(|seconds| moment(&Value::Float(seconds), zone, now));
            let instant =
                || text.parse::<Timestamp>().ok().or_else(|| jiff::fmt::rfc2822::parse(text).ok().map(|moment| moment.timestamp()));
            let local = || zone.to_timestamp(text.parse::<civil::DateTime>().ok()?).ok();
            let written = || zone.to_timestamp(written(text, now.map(|now| zone.to_datetime(now)))?).ok();
            number.or_else(instant).or_else(local).or_else(written)
        }
        _ => None,
    }
}

/// A day, a time of day, or both as people write them; or words that count from now.
fn written(text: &str, now: Option<civil::DateTime>) -> Option<civil::DateTime> {
    let day = |text: &str| DAYS.iter().find_map(|format| civil::Date::strptime(format, text).ok());
    let time = |text: &str| TIMES.iter().find_map(|format| civil::Time::strptime(format, text).ok());
    if let Some(date) = day(text) {
        return Some(date.to_datetime(civil::Time::midnight()));
    }
    if let Some((date, rest)) = text.rsplit_once(' ')
        && let (Some(date), Some(time)) = (day(date.trim_end()), time(rest))
    {
        return Some(date.to_datetime(time));
    }
    let now = now?;
    if let Some(time) = time(text) {
        return Some(now.date().to_datetime(time));
    }
    let lower = text.to_lowercase();
    let midnight = |date: civil::Date| date.to_datetime(civil::Time::midnight());
    match lower.as_str() {
        "now" => return Some(now),
        "today" | "midnight" => return Some(midnight(now.date())),
        "noon" => return Some(midnight(now.date()) + jiff::Span::new().hours(12)),
        "tomorrow" => return now.date().tomorrow().ok().map(midnight),
        "yesterday" => return now.date().yesterday().ok().map(midnight),
        _ => {}
    }
    counted(&lower, now)
}

/// `+1 day`, `-2 weeks`, `3 months ago`, `next year`, `last month`.
fn counted(text: &str, now: civil::DateTime) -> Option<civil::DateTime> {
    let (text, ago) = text.strip_suffix(" ago").map_or((text, 1), |text| (text, -1));
    let (amount, unit) = match text.split_once(' ') {
        Some(("next", unit)) => (1, unit),
        Some(("last", unit)) => (-1, unit),
        Some((amount, unit)) => (amount.parse::<i64>().ok()?, unit),
        None => {
            let end = text.find(|c: char| c.is_ascii_alphabetic())?;
            (text.get(..end)?.parse().ok()?, text.get(end..)?)
        }
    };
    let amount = amount.checked_mul(ago)?;
    let span = jiff::Span::new();
    let span = match unit.trim().trim_end_matches('s') {
        "sec" | "second" => span.try_seconds(amount),
        "min" | "minute" => span.try_minutes(amount),
        "hour" => span.try_hours(amount),
        "day" => span.try_days(amount),
        "week" => span.try_weeks(amount),
        "month" => span.try_months(amount),
        "year" => span.try_years(amount),
        _ => return None,
    };
    now.checked_add(span.ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_people_write_them() {
        let now = Timestamp::from_second(1_400_000_000).unwrap();
        let read = |text: &str| moment(&Value::from(text), &TimeZone::UTC, Some(now)).map(|moment| moment.to_string());
        for (text, expected) in [
            ("2002/12/25", "2002-12-25T00:00:00Z"),
            ("12/25/2002", "2002-12-25T00:00:00Z"),
            ("25 Dec 2002", "2002-12-25T00:00:00Z"),
            ("December 25, 2002", "2002-12-25T00:00:00Z"),
            ("2002-12-25 10:30", "2002-12-25T10:30:00Z"),
            ("10:30", "2014-05-13T10:30:00Z"),
            ("tomorrow", "2014-05-14T00:00:00Z"),
            ("+1 day", "2014-05-14T16:53:20Z"),
            ("2 weeks ago", "2014-04-29T16:53:20Z"),
            ("Wed, 25 Dec 2002 10:00:00 +0200", "2002-12-25T08:00:00Z"),
            ("1040814000", "2002-12-25T11:00:00Z"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(read("whenever"), None);
    }
}
