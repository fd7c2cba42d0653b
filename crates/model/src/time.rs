//! Moments. Nobody in the pure rooms asks a clock: a [`Timestamp`] comes in as an argument.

use serde::de::{Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A moment: microseconds since 1970-01-01 UTC. In formats for people (JSON) it is written as ISO 8601 and read as that or as the number;
/// in binary ones it is the number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The moment now, for the daemons' edges.
    #[must_use]
    pub fn now() -> Self {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Self(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }

    /// Microseconds since 1970.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// This moment and then some.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.as_micros()).unwrap_or(i64::MAX)))
    }

    /// How long before this moment `earlier` was; zero if it was not before.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// Year, month, day, hour, minute, second and microsecond in UTC.
    #[must_use]
    pub fn civil(self) -> [i64; 7] {
        let (days, in_day) = (self.0.div_euclid(86_400_000_000), self.0.rem_euclid(86_400_000_000));
        let (second, micro) = (in_day / 1_000_000, in_day % 1_000_000);
        // Days to a date of the Gregorian calendar, counted in eras of 400 years that begin in March.
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        [year, month, day, second / 3600, second / 60 % 60, second % 60, micro]
    }

    /// The moment of a UTC date and time, if it exists.
    #[must_use]
    pub fn from_civil([year, month, day, hour, minute, second, micro]: [i64; 7]) -> Option<Self> {
        if !(1..=12).contains(&month)
            || !(1..=31).contains(&day)
            || hour > 23
            || minute > 59
            || second > 59
            || !(1970..=9999).contains(&year)
        {
            return None;
        }
        let year_from_march = year - i64::from(month <= 2);
        let era = year_from_march.div_euclid(400);
        let year_of_era = year_from_march.rem_euclid(400);
        let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
        let days = era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468;
        let moment = Self((days * 86_400 + hour * 3600 + minute * 60 + second) * 1_000_000 + micro);
        (moment.civil()[2] == day).then_some(moment)
    }

    /// To the second, for sentences: `2026-11-23 06:19:47 UTC`.
    #[must_use]
    pub fn in_words(self) -> String {
        let [year, month, day, hour, minute, second, _] = self.civil();
        format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
    }

    /// As `StartTime` of job listings has it: `2026, Nov 23 06:19:47.179934`.
    #[must_use]
    pub fn start_time(self) -> String {
        const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let [year, month, day, hour, minute, second, micro] = self.civil();
        let name = MONTHS.get(usize::try_from(month - 1).unwrap_or(0)).unwrap_or(&"Jan");
        format!("{year:04}, {name} {day:02} {hour:02}:{minute:02}:{second:02}.{micro:06}")
    }
}

/// ISO 8601 in UTC with microseconds, as `_stamp` of events has it.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [year, month, day, hour, minute, second, micro] = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micro:06}+00:00")
    }
}

/// Reads what [`Timestamp`] prints; `Z` may stand for the offset and the fraction may be shorter or missing.
impl FromStr for Timestamp {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || format!("`{text}` is no moment; it is written like 2026-11-23T06:19:47.179934+00:00");
        let plain = text.strip_suffix('Z').or_else(|| text.strip_suffix("+00:00")).ok_or_else(bad)?;
        let (date, time) = plain.split_once('T').ok_or_else(bad)?;
        let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
        if fraction.is_empty() || fraction.len() > 6 {
            return Err(bad());
        }
        let parts = date
            .split('-')
            .chain(time.split(':'))
            .map(|part| if part.bytes().all(|b| b.is_ascii_digit()) { part.parse().ok() } else { None });
        let parts: Option<Vec<i64>> = parts.collect();
        let micro: i64 = format!("{fraction:0<6}").parse().map_err(|_| bad())?;
        match parts.as_deref() {
            Some(&[year, month, day, hour, minute, second]) => {
                Self::from_civil([year, month, day, hour, minute, second, micro]).ok_or_else(bad)
            }
            _ => Err(bad()),
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() { serializer.collect_str(self) } else { serializer.serialize_i64(self.0) }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() { deserializer.deserialize_any(Moment) } else { i64::deserialize(deserializer).map(Self) }
    }
}

struct Moment;

impl Visitor<'_> for Moment {
    type Value = Timestamp;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a moment in ISO 8601 or in microseconds since 1970")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Timestamp, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_i64<E>(self, micros: i64) -> Result<Timestamp, E> {
        Ok(Timestamp(micros))
    }

    fn visit_u64<E: serde::de::Error>(self, micros: u64) -> Result<Timestamp, E> {
        i64::try_from(micros).map(Timestamp).map_err(|_| E::custom("a moment beyond all calendars"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_moment_prints_as_iso_and_as_start_time() {
        let moment = Timestamp::from_civil([2026, 11, 23, 6, 19, 47, 179_934]).unwrap();
        assert_eq!(moment.to_string(), "2026-11-23T06:19:47.179934+00:00");
        assert_eq!(moment.start_time(), "2026, Nov 23 06:19:47.179934");
        assert_eq!(Timestamp(0).civil(), [1970, 1, 1, 0, 0, 0, 0]);
    }

    #[test]
    fn a_day_that_does_not_exist_is_refused() {
        assert_eq!(Timestamp::from_civil([2026, 2, 29, 0, 0, 0, 0]), None);
        assert!(Timestamp::from_civil([2028, 2, 29, 0, 0, 0, 0]).is_some());
    }

    #[test]
    fn a_moment_travels_in_json_as_text_and_is_read_as_text_or_number() {
        let moment = Timestamp(1_795_414_733_100_000);
        let text = serde_json::to_string(&moment).unwrap();
        assert_eq!(text, format!("\"{moment}\""));
        assert_eq!(serde_json::from_str::<Timestamp>(&text).unwrap(), moment);
        assert_eq!(serde_json::from_str::<Timestamp>("1795414733100000").unwrap(), moment);
        assert_eq!("2026-11-23T06:19:47Z".parse(), Ok(Timestamp::from_civil([2026, 11, 23, 6, 19, 47, 0]).unwrap()));
        for bad in ["", "2026-11-23", "2026-11-23T06:19:47", "2026-13-23T06:19:47Z", "2026-11-23T06:19:47.Z", "2026-11-23T+6:19:47Z"] {
            assert!(bad.parse::<Timestamp>().is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn civil_and_back_is_the_same_moment(micros in 0_i64..250_000_000_000_000_000) {
            prop_assert_eq!(Timestamp::from_civil(Timestamp(micros).civil()), Some(Timestamp(micros)));
        }
    }
}
