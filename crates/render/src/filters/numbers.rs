//! Filters of numbers, and from text to numbers and truth.

use super::{Outcome, flag, plain, subject, text_option};
use jinja::{Call, Engine, Error, Val};
use value::{BigInt, Value};

pub(super) fn add(engine: &mut Engine) {
    engine.add_filter("avg", |call| {
        let items = call.iterate(call.value()?)?;
        if items.is_empty() {
            return Err(Error::new(jinja::Kind::ZeroDivision, "division by zero"));
        }
        let mut sum = 0.0;
        for item in &items {
            let number = item.to_value()?;
            sum += number.as_float().or(number.as_bool().map(f64::from)).ok_or_else(|| Error::type_error("avg needs numbers"))?;
        }
        Ok(Val::from(sum / items.len() as f64))
    });
    engine.add_filter("max", |call| extreme(call, "max"));
    engine.add_filter("min", |call| extreme(call, "min"));
    engine.add_filter("to_bool", |call| Ok(Val::from(to_bool(&plain(call)?))));
    engine.add_filter("to_num", to_num);
    engine.add_filter("str_to_num", to_num);
    engine.add_filter("is_hex", |call| {
        let text = subject(call)?;
        let digits = text.trim().trim_start_matches(['+', '-']);
        let digits = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")).unwrap_or(digits);
        Ok(Val::from(!digits.is_empty() && digits.chars().all(|c| c.is_ascii_hexdigit())))
    });
    engine.add_filter("human_to_bytes", human_to_bytes);
}

/// The largest or smallest member; unlike Jinja's own filters, Salt's heed the case of letters and fail without members.
fn extreme(call: &mut Call<'_>, which: &str) -> Outcome {
    let is_sorted = vec![("case_sensitive".into(), Val::from(true))];
    let sorted = call.filter("sort", vec![call.value()?.clone()], is_sorted)?;
    let items = call.iterate(&sorted)?;
    let found = if which == "max" { items.last() } else { items.first() };
    found.cloned().ok_or_else(|| Error::value_error(format!("{which}() arg is an empty sequence")))
}

fn to_bool(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Str(text) => matches!(text.to_lowercase().as_str(), "yes" | "1" | "true"),
        Value::Int(number) => *number > 0,
        Value::Float(_) => false,
        other => other.is_truthy(),
    }
}

fn to_num(call: &mut Call<'_>) -> Outcome {
    let value = call.value()?;
    let text = value.to_text();
    let trimmed = text.trim();
    if let Ok(number) = trimmed.parse::<i64>() {
        return Ok(Val::from(number));
    }
    match trimmed.parse::<f64>() {
        Ok(_) if trimmed.trim_start_matches(['+', '-']).bytes().all(|byte| byte.is_ascii_digit()) => {
            Ok(trimmed.parse::<BigInt>().map_or_else(|_| value.clone(), |number| Val::from(Value::whole(number))))
        }
        Ok(number) => Ok(Val::from(number)),
        Err(_) => Ok(value.clone()),
    }
}

/// `1GiB`, `5k`: a number and a unit; 0 for what is neither.
fn human_to_bytes(call: &mut Call<'_>) -> Outcome {
    let (text, default) = (subject(call)?, text_option(call, 1, "default_unit")?.unwrap_or_else(|| "B".to_owned()));
    let is_metric_known = flag(call, 2, "handle_metric")?;
    let text = text.trim();
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let unit = unit.trim();
    let unit = if unit.is_empty() { default.as_str() } else { unit };
    let Ok(number) = number.parse::<f64>() else { return Ok(Val::from(0)) };
    let lower = unit.to_lowercase();
    let power = lower.chars().next().and_then(|first| "bkmgtpezy".find(first));
    let rest = lower.get(1..).unwrap_or_default();
    let is_known = matches!(rest, "" | "b" | "ib") && (lower != "bb" && lower != "bib");
    let (Some(power), true) = (power, is_known) else { return Ok(Val::from(0)) };
    let base: f64 = if is_metric_known && rest == "b" && power > 0 { 1000.0 } else { 1024.0 };
    let bytes = number * base.powi(i32::try_from(power).unwrap_or(0));
    Ok(Val::from(bytes as i64))
}
