//! Moments as people write them: `5:00pm`, `Monday 17:00`, `2026-12-24T18:30:00`.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::{ToSpan, ZonedDateTime};

/// A moment as written: with what is missing it comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Every day at this time.
    Daily(Time),
    /// Every week on this day at this time.
    Weekly(Weekday, Time),
    /// Once.
    At(DateTime),
}

impl Moment {
    /// The first one after `now`; `None` when it is over for good.
    #[must_use]
    pub fn next_after(&self, now: &ZonedDateTime) -> Option<ZonedDateTime> {
        let zone = now.time_zone();
        let at = |date: Date, time: Time| date.to_datetime(time).to_zoned_datetime(zone.clone()).ok();
        match *self {
            Self::At(moment) => at(moment.date(), moment.time()).filter(|moment| moment > now),
            Self::Daily(time) => (0..=2).find_map(|days| at(now.date().checked_add(days.days()).ok()?, time).filter(|next| next > now)),
            Self::Weekly(weekday, time) => (0..=8).find_map(|days| {
                let date = now.date().checked_add(days.days()).ok()?;
                (date.weekday() == weekday).then(|| at(date, time)).flatten().filter(|next| next > now)
            }),
        }
    }

    /// The last one at or before `now`, as far as it was within the last week.
    #[must_use]
    pub fn last_until(&self, now: &ZonedDateTime) -> Option<ZonedDateTime> {
        let zone = now.time_zone();
        let at = |date: Date, time: Time| date.to_datetime(time).to_zoned_datetime(zone.clone()).ok();
        match *self {
            Self::At(moment) => at(moment.date(), moment.time()).filter(|moment| moment <= now),
            Self::Daily(time) => (0..=1).find_map(|days| at(now.date().checked_sub(days.days()).ok()?, time).filter(|last| last <= now)),
            Self::Weekly(weekday, time) => (0..=7).find_map(|days| {
                let date = now.date().checked_sub(days.days()).ok()?;
                (date.weekday() == weekday).then(|| at(date, time)).flatten().filter(|last| last <= now)
            }),
        }
    }
}

/// Reads a moment; `None` when the text is none.
#[must_use]
pub fn parse(text: &str) -> Option<Moment> {
    let text = text.trim();
    if let Ok(moment) = text.parse::<DateTime>() {
        // A date alone is its midnight.
        return Some(Moment::At(moment));
    }
    if let Some(time) = time(text) {
        return Some(Moment::Daily(time));
    }
    // At a blank first: `Tuesday` and `Thursday` have a `T` too.
    let (first, rest) = text.split_once(' ').or_else(|| text.split_once('T'))?;
    let time = time(rest.trim())?;
    if let Some(weekday) = weekday(first.trim_end_matches(',')) {
        return Some(Moment::Weekly(weekday, time));
    }
    let date = ["%Y-%m-%d", "%Y/%m/%d", "%m/%d/%Y", "%d.%m.%Y"].iter().find_map(|format| Date::strptime(format, first).ok())?;
    Some(Moment::At(date.to_datetime(time)))
}

/// `17:00`, `17:00:30`, `5pm`, `5:00 pm`.
fn time(text: &str) -> Option<Time> {
    let lower = text.to_ascii_lowercase();
    let (digits, half) = match lower.strip_suffix("am").map(|rest| (rest, 0)).or_else(|| lower.strip_suffix("pm").map(|rest| (rest, 12))) {
        Some((rest, half)) => (rest.trim(), Some(half)),
        None => (lower.as_str(), None),
    };
    let mut parts = digits.split(':').map(str::parse::<i8>);
    let hour = parts.next()?.ok()?;
    let minute = parts.next().transpose().ok()?;
    let second = parts.next().transpose().ok()?.unwrap_or(0);
    if parts.next().is_some() || (half.is_none() && minute.is_none()) {
        return None;
    }
    let hour = match half {
        None => hour,
        Some(half) if (1..=12).contains(&hour) => hour % 12 + half,
        Some(_) => return None,
    };
    Time::new(hour, minute.unwrap_or(0), second, 0).ok()
}

fn weekday(word: &str) -> Option<Weekday> {
    let word = word.to_ascii_lowercase();
    let days = [
        ("monday", Weekday::Monday),
        ("tuesday", Weekday::Tuesday),
        ("wednesday", Weekday::Wednesday),
        ("thursday", Weekday::Thursday),
        ("friday", Weekday::Friday),
        ("saturday", Weekday::Saturday),
        ("sunday", Weekday::Sunday),
    ];
    days.into_iter().find(|(name, _)| word.len() >= 3 && name.starts_with(&word)).map(|(_, day)| day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{datetime, time as clock};

    #[test]
    fn moments_are_read_as_people_write_them() {
        for (text, moment) in [
            ("17:00", Moment::Daily(clock(17, 0, 0, 0))),
            ("5:30pm", Moment::Daily(clock(17, 30, 0, 0))),
            ("12am", Moment::Daily(clock(0, 0, 0, 0))),
            ("12:15 PM", Moment::Daily(clock(12, 15, 0, 0))),
            ("Monday 5:00pm", Moment::Weekly(Weekday::Monday, clock(17, 0, 0, 0))),
            ("Thursday 6:00pm", Moment::Weekly(Weekday::Thursday, clock(18, 0, 0, 0))),
            ("Tuesday, 07:00", Moment::Weekly(Weekday::Tuesday, clock(7, 0, 0, 0))),
            ("fri 08:01:02", Moment::Weekly(Weekday::Friday, clock(8, 1, 2, 0))),
            ("2026-12-24T18:30:00", Moment::At(datetime(2026, 12, 24, 18, 30, 0, 0))),
            ("2026-12-24 18:30", Moment::At(datetime(2026, 12, 24, 18, 30, 0, 0))),
            ("12/24/2026 6pm", Moment::At(datetime(2026, 12, 24, 18, 0, 0, 0))),
        ] {
            assert_eq!(parse(text), Some(moment), "{text}");
        }
        for text in ["", "tea time", "25:00", "13pm", "5", "Mo 5:00", "1:2:3:4"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_next_and_the_last_of_a_moment_are_found() {
        // A Tuesday.
        let now: ZonedDateTime = "2026-11-24T12:00:00[UTC]".parse().unwrap();
        let next = |text: &str| parse(text).unwrap().next_after(&now).map(|moment| moment.datetime().to_string());
        let last = |text: &str| parse(text).unwrap().last_until(&now).map(|moment| moment.datetime().to_string());
        assert_eq!(next("11:00").as_deref(), Some("2026-11-25T11:00:00"));
        assert_eq!(next("12:00").as_deref(), Some("2026-11-25T12:00:00"));
        assert_eq!(last("12:00").as_deref(), Some("2026-11-24T12:00:00"));
        assert_eq!(next("tuesday 11:00").as_deref(), Some("2026-12-01T11:00:00"));
        assert_eq!(last("wednesday 11:00").as_deref(), Some("2026-11-18T11:00:00"));
        assert_eq!(next("2026-01-01 00:00"), None);
    }
}
