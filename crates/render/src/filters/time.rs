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
        Some(value) => moment(&value, &zone),
    };
    let moment =
        moment.ok_or_else(|| Error::value_error(format!("Unable to parse date: {}", call.value().map_or(String::new(), Val::to_text))))?;
    let moment = ZonedDateTime::new(moment, zone);
    let format = text_option(call, 1, "format")?.unwrap_or_else(|| "%Y-%m-%d".to_owned());
    let text = jiff::fmt::strtime::format(&format, &moment).map_err(|error| Error::value_error(format!("`{format}`: {error}")))?;
    Ok(Val::from(text.as_str()))
}

fn moment(value: &Value, zone: &TimeZone) -> Option<Timestamp> {
    match value {
        Value::Int(seconds) => Timestamp::from_second(*seconds).ok(),
        Value::Float(seconds) => Timestamp::from_microsecond((seconds * 1e6).round() as i64).ok(),
        Value::Str(text) => {
            let text = text.trim();
            let number = text.parse::<f64>().ok().and_then(|seconds| moment(&Value::Float(seconds), zone));
            let instant = || text.parse::<Timestamp>().ok();
            let local = || zone.to_timestamp(text.parse::<civil::DateTime>().ok()?).ok();
            number.or_else(instant).or_else(local)
        }
        _ => None,
    }
}
