//! Times and numbers as texts have them.

use super::Error;
use der::DateTime;
use std::time::{Duration, SystemTime};
use x509_cert::time::Time;

/// `2026-01-31 13:45:00`, in UTC.
///
/// # Errors
/// When it is no such text.
pub fn parse(words: &str) -> Result<DateTime, Error> {
    let bad = || Error::argument(format!("time data '{words}' does not match format '%Y-%m-%d %H:%M:%S'"));
    let (date, clock) = words.trim().split_once(' ').ok_or_else(bad)?;
    format!("{date}T{}Z", clock.trim()).parse().map_err(|_| bad())
}

/// The text of a moment.
#[must_use]
pub fn text(time: DateTime) -> String {
    format!("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", time.year(), time.month(), time.day(), time.hour(), time.minutes(), time.seconds())
}

/// A moment that is some days from another one.
///
/// # Errors
/// When there is no such moment.
pub fn later(now: SystemTime, days: i64) -> Result<Time, Error> {
    let span = Duration::from_secs(days.unsigned_abs().saturating_mul(86400));
    let then = if days < 0 { now.checked_sub(span) } else { now.checked_add(span) };
    let then = then.ok_or_else(|| Error::argument(format!("there is no day {days} days from now")))?;
    Time::try_from(then).map_err(Error::asn1("time"))
}

/// Bytes with colons between them.
#[must_use]
pub fn pretty_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

/// A number in hex with colons, without zeros in front.
#[must_use]
pub fn pretty_number(bytes: &[u8]) -> String {
    let bytes: Vec<u8> = bytes.iter().copied().skip_while(|byte| *byte == 0).collect();
    if bytes.is_empty() { "00".to_owned() } else { pretty_hex(&bytes) }
}

/// The bytes of a number that is given as hex with colons or without, or as a number.
///
/// # Errors
/// When it is none.
pub fn serial(value: &sdk::Value) -> Result<Vec<u8>, Error> {
    if let Some(number) = value.as_int().and_then(|number| u64::try_from(number).ok()) {
        return Ok(number.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect());
    }
    let words = sdk::text::str(value);
    let digits = words.replace(':', "");
    let digits = if digits.len() % 2 == 1 { format!("0{digits}") } else { digits };
    hex::decode(digits).map_err(|_| Error::argument(format!("Could not parse serial number {words}")))
}
