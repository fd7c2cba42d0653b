//! Setting the clock of the machine, by `date` and `hwclock`.

use sdk::host::Command;
use sdk::{Action, Args, Cx, Failure, Query, Read};

/// Whether the clock that goes on while the machine is off is there and can be set.
fn has_hardware_clock(read: &Read) -> bool {
    ["/dev/rtc", "/dev/rtc0"].iter().any(|path| read.host().exists(path)) && read.host().which("hwclock").is_some()
}

/// Tell whether the machine has a clock that goes on while it is off, and that can be set.
///
/// ```salt
/// salt '*' system.has_settable_hwclock
/// ```
#[derive(Args)]
pub struct HasSettableHwclock;

impl Query for HasSettableHwclock {
    type Output = bool;
    async fn call(self, read: &Read) -> Result<bool, Failure> {
        if !has_hardware_clock(read) {
            return Ok(false);
        }
        Ok(read.try_run(["hwclock", "--test", "--systohc"]).await?.is_ok())
    }
}

/// Parts of a moment that are to be set; the others stay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Moment {
    date: Option<(i16, i8, i8)>,
    time: Option<(i8, i8, i8)>,
}

/// Sets the clock; what goes on while the machine is off follows.
async fn set(moment: Moment, offset: Option<&str>, cx: &Cx) -> Result<bool, Failure> {
    let zone = offset.map(super::zone).transpose()?;
    let within = |command: Command| match &zone {
        Some(zone) => command.env("TZ", zone.clone()),
        None => command,
    };
    let now = cx.run_command(within(Command::new(["date", "+%Y-%m-%d %H:%M:%S"]))).await?.out();
    let (date, time) = now.trim().split_once(' ').ok_or_else(|| Failure::failed("`date` does not tell the time"))?;
    let date = moment.date.map_or_else(|| date.to_owned(), |(year, month, day)| format!("{year:04}-{month:02}-{day:02}"));
    let time = moment.time.map_or_else(|| time.to_owned(), |(hour, minute, second)| format!("{hour:02}:{minute:02}:{second:02}"));
    let done = cx.run_command(within(Command::new(["date".to_owned(), "-s".to_owned(), format!("{date} {time}")]))).await?;
    if !done.is_ok() {
        return Err(Failure::failed(format!("the clock cannot be set: {}", done.err().trim())));
    }
    if has_hardware_clock(cx) {
        cx.run(["hwclock", "--systohc"]).await?;
    }
    Ok(true)
}

/// `3:04 PM`, `3:04:05 PM`, `15:04` or `15:04:05`.
fn parse_time(text: &str) -> Option<(i8, i8, i8)> {
    let (clock, half) = text.trim().rsplit_once(' ').map_or((text.trim(), None), |(clock, half)| (clock, Some(half)));
    let parts: Vec<i8> = clock.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let (hour, minute, second) = match parts.as_slice() {
        [hour, minute] => (*hour, *minute, 0),
        [hour, minute, second] => (*hour, *minute, *second),
        _ => return None,
    };
    let hour = match half.map(str::to_uppercase).as_deref() {
        None => hour,
        Some("AM") if (1..=12).contains(&hour) => hour % 12,
        Some("PM") if (1..=12).contains(&hour) => hour % 12 + 12,
        Some(_) => return None,
    };
    ((0..24).contains(&hour) && (0..60).contains(&minute) && (0..60).contains(&second)).then_some((hour, minute, second))
}

/// `2026-11-24`, `2026/11/24`, `11-24-2026`, `11/24/2026`, or the last two with a year of two digits.
fn parse_date(text: &str) -> Option<(i16, i8, i8)> {
    let parts: Vec<&str> = text.trim().split(['-', '/']).collect();
    let [first, second, third] = parts.as_slice() else { return None };
    let (year, month, day) = if first.len() == 4 { (first, second, third) } else { (third, first, second) };
    let full: i16 = year.parse().ok()?;
    let full = match (year.len(), full) {
        (2, 69..) => full + 1900,
        (2, _) => full + 2000,
        (4, _) => full,
        _ => return None,
    };
    let date = jiff::civil::Date::new(full, month.parse().ok()?, day.parse().ok()?).ok()?;
    Some((date.year(), date.month(), date.day()))
}

/// Set the time of day.
///
/// ```salt
/// salt '*' system.set_system_time '11:20'
/// salt '*' system.set_system_time '1:20:05 PM' utc_offset='-0500'
/// ```
#[derive(Args)]
pub struct SetSystemTime {
    /// Time: `15:04`, `15:04:05`, `3:04 PM` or `3:04:05 PM`.
    newtime: String,
    /// Distance from UTC in which it is meant, such as `+0200`; the machine's own unless given.
    utc_offset: Option<String>,
}

impl Action for SetSystemTime {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let bad = || Failure::bad_arguments(format!("`{}` is no time such as 15:04:05 or 3:04 PM", self.newtime));
        let time = parse_time(&self.newtime).ok_or_else(bad)?;
        set(Moment { time: Some(time), ..Moment::default() }, self.utc_offset.as_deref(), cx).await
    }
}

/// Set the date.
///
/// ```salt
/// salt '*' system.set_system_date '03-28-13'
/// ```
#[derive(Args)]
pub struct SetSystemDate {
    /// Date: `2026-11-24`, `11-24-2026`, `11-24-26`, each with slashes too.
    newdate: String,
    /// Distance from UTC in which it is meant, such as `+0200`; the machine's own unless given.
    utc_offset: Option<String>,
}

impl Action for SetSystemDate {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let date =
            parse_date(&self.newdate).ok_or_else(|| Failure::bad_arguments(format!("`{}` is no date such as 2026-11-24", self.newdate)))?;
        set(Moment { date: Some(date), ..Moment::default() }, self.utc_offset.as_deref(), cx).await
    }
}

/// Set date and time; what is not given stays.
///
/// ```salt
/// salt '*' system.set_system_date_time years=2026 months=11 days=24 hours=12
/// ```
#[derive(Args)]
pub struct SetSystemDateTime {
    /// Year.
    years: Option<i32>,
    /// Month.
    months: Option<i32>,
    /// Day.
    days: Option<i32>,
    /// Hour.
    hours: Option<i32>,
    /// Minute.
    minutes: Option<i32>,
    /// Second.
    seconds: Option<i32>,
    /// Distance from UTC in which it is meant, such as `+0200`; the machine's own unless given.
    utc_offset: Option<String>,
}

impl Action for SetSystemDateTime {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let zone = self.utc_offset.as_deref().map(super::zone).transpose()?;
        let command = Command::new(["date", "+%Y-%m-%d-%H-%M-%S"]);
        let command = if let Some(zone) = zone { command.env("TZ", zone) } else { command };
        let now = cx.run_command(command).await?.out();
        let given = [self.years, self.months, self.days, self.hours, self.minutes, self.seconds];
        let parts = now.trim().split('-').zip(given).map(|(have, given)| given.map_or_else(|| have.parse().ok(), Some));
        let parts: Vec<i32> = parts.collect::<Option<_>>().unwrap_or_default();
        let bad = || Failure::bad_arguments("there is no such date and time");
        let [year, month, day, hour, minute, second] = parts.as_slice() else { return Err(bad()) };
        let date = parse_date(&format!("{year:04}-{month}-{day}")).ok_or_else(bad)?;
        let time = parse_time(&format!("{hour}:{minute}:{second}")).ok_or_else(bad)?;
        set(Moment { date: Some(date), time: Some(time) }, self.utc_offset.as_deref(), cx).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_dates_are_written_in_many_ways() {
        assert_eq!(parse_time("11:20"), Some((11, 20, 0)));
        assert_eq!(parse_time("12:20:05 AM"), Some((0, 20, 5)));
        assert_eq!(parse_time("1:20 pm"), Some((13, 20, 0)));
        assert_eq!(parse_time("25:00"), None);
        assert_eq!(parse_date("03-28-13"), Some((2013, 3, 28)));
        assert_eq!(parse_date("2026/11/24"), Some((2026, 11, 24)));
        assert_eq!(parse_date("2026-02-30"), None);
    }
}
