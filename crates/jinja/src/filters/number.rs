//! Filters for numbers.

use super::Path;
use crate::{Call, Engine, Error, Kind, Text, Val};
use num_traits::{FromPrimitive, Signed, ToPrimitive};
use std::rc::Rc;
use value::BigInt;

pub(super) fn add(engine: &mut Engine) {
    engine.add_filter("int", int);
    engine.add_filter("float", float);
    engine.add_filter("abs", |call| match call.value()? {
        Val::Undefined(undefined) => Err(undefined.error()),
        Val::Float(number) => Ok(Val::Float(number.abs())),
        Val::Big(number) => Ok(Val::whole(number.abs())),
        other => match other.as_int() {
            Some(number) => Ok(Val::whole(i128::from(number).abs())),
            None => Err(Error::type_error(format!("bad operand type for abs(): '{}'", other.type_name()))),
        },
    });
    engine.add_filter("round", round);
    engine.add_filter("sum", sum);
    engine.add_filter("filesizeformat", file_size);
}

/// A whole number as `int(text, base)` reads it.
pub(crate) fn parse_int(text: &str, base: u32) -> Option<BigInt> {
    let text = text.trim();
    let (negative, digits) = match text.strip_prefix(['+', '-']) {
        Some(digits) => (text.starts_with('-'), digits),
        None => (false, text),
    };
    let lower = digits.to_ascii_lowercase();
    let digits = match base {
        16 => lower.strip_prefix("0x").unwrap_or(&lower),
        8 => lower.strip_prefix("0o").unwrap_or(&lower),
        2 => lower.strip_prefix("0b").unwrap_or(&lower),
        _ => &lower,
    };
    let underscores_ok = !digits.starts_with('_') && !digits.ends_with('_') && !digits.contains("__");
    let digits = digits.replace('_', "");
    if !underscores_ok || digits.is_empty() || digits.starts_with(['+', '-']) {
        return None;
    }
    if digits.len() > 4300 {
        return None;
    }
    let number = BigInt::parse_bytes(digits.as_bytes(), base)?;
    Some(if negative { -number } else { number })
}

/// A float as `float(text)` reads it.
pub(crate) fn parse_float(text: &str) -> Option<f64> {
    let text = text.trim().replace('_', "");
    let letters = text.trim_start_matches(['+', '-']).to_ascii_lowercase();
    if letters.starts_with(|c: char| c.is_ascii_alphabetic()) && !matches!(&*letters, "inf" | "infinity" | "nan") {
        return None;
    }
    text.parse().ok()
}

fn int(call: &mut Call<'_>) -> Result<Val, Error> {
    call.only(&["value", "default", "base"])?;
    let default = call.arg(1, "default").cloned().unwrap_or(Val::Int(0));
    let base = call.int(2, "base")?.unwrap_or(10);
    let base = u32::try_from(base).ok().filter(|base| (2..=36).contains(base)).unwrap_or(10);
    Ok(match call.value()? {
        Val::Undefined(undefined) => return Err(undefined.error()),
        Val::Str(text) => match parse_int(text, base).map(Val::whole).or_else(|| parse_float(text).and_then(truncated)) {
            Some(number) => number,
            None => default,
        },
        Val::Float(number) => match truncated(*number) {
            Some(number) => number,
            None if number.is_infinite() => return Err(Error::new(Kind::Overflow, "cannot convert float infinity to integer")),
            None => default,
        },
        Val::Bool(flag) => Val::Int(i64::from(*flag)),
        number @ (Val::Int(_) | Val::Big(_)) => number.clone(),
        _ => default,
    })
}

fn truncated(number: f64) -> Option<Val> {
    BigInt::from_f64(number.trunc()).map(Val::whole)
}

fn float(call: &mut Call<'_>) -> Result<Val, Error> {
    call.only(&["value", "default"])?;
    let default = call.arg(1, "default").cloned().unwrap_or(Val::Float(0.0));
    Ok(match call.value()? {
        Val::Undefined(undefined) => return Err(undefined.error()),
        Val::Str(text) => parse_float(text).map_or(default, Val::Float),
        Val::Float(number) => Val::Float(*number),
        Val::Big(number) => Val::Float(number.to_f64().unwrap_or(f64::NAN)),
        other => other.as_int().map_or(default, |number| Val::Float(number as f64)),
    })
}

fn round(call: &mut Call<'_>) -> Result<Val, Error> {
    call.only(&["value", "precision", "method"])?;
    let precision = call.int(1, "precision")?.unwrap_or(0).clamp(-400, 400);
    let method = call.text(2, "method")?.unwrap_or_else(|| Text::from("common"));
    let number = match call.value()? {
        Val::Undefined(undefined) => return Err(undefined.error()),
        Val::Float(number) => *number,
        Val::Big(number) if &*method == "common" && precision >= 0 => return Ok(Val::Big(Rc::clone(number))),
        Val::Big(number) => number.to_f64().unwrap_or(f64::NAN),
        other => match other.as_int() {
            Some(number) if &*method == "common" => return Ok(round_int(number, precision)),
            Some(number) => number as f64,
            None => return Err(Error::type_error(format!("type {} doesn't define __round__ method", other.type_name()))),
        },
    };
    let factor = 10_f64.powi(i32::try_from(precision).unwrap_or(0));
    Ok(Val::Float(match &*method {
        "common" => round_half_even(number, precision),
        "ceil" => (number * factor).ceil() / factor,
        "floor" => (number * factor).floor() / factor,
        _ => return Err(Error::value_error("method must be common, ceil or floor")),
    }))
}

/// A whole number stays whole under `round()`.
fn round_int(number: i64, precision: i64) -> Val {
    let Some(unit) = u32::try_from(-precision).ok().filter(|n| *n > 0) else { return Val::Int(number) };
    let Some(unit) = 10_i128.checked_pow(unit) else { return Val::Int(0) };
    let number = i128::from(number);
    let (whole, rest) = (number.div_euclid(unit), number.rem_euclid(unit));
    let up = rest * 2 > unit || rest * 2 == unit && whole % 2 != 0;
    Val::whole((whole + i128::from(up)) * unit)
}

/// Rounds as Python: to the nearest decimal of the exact value, halves to even.
fn round_half_even(number: f64, precision: i64) -> f64 {
    if !number.is_finite() {
        return number;
    }
    match usize::try_from(precision) {
        Ok(precision) => format!("{number:.precision$}").parse().unwrap_or(number),
        Err(_) => {
            let factor = 10_f64.powi(i32::try_from(-precision).unwrap_or(0));
            (number / factor).round_ties_even() * factor
        }
    }
}

fn sum(call: &mut Call<'_>) -> Result<Val, Error> {
    call.only(&["iterable", "attribute", "start"])?;
    let path = Path::new(call.arg(1, "attribute"), call)?;
    let mut total = call.arg(2, "start").cloned().unwrap_or(Val::Int(0));
    if matches!(total, Val::Str(_)) {
        return Err(Error::type_error("sum() can't sum strings [use ''.join(seq) instead]"));
    }
    for item in call.iterate(call.value()?)? {
        total = call.interp.add(&total, &path.of(&item, call)?)?;
    }
    Ok(total)
}

fn file_size(call: &mut Call<'_>) -> Result<Val, Error> {
    call.only(&["value", "binary"])?;
    let binary = call.flag(1, "binary", false)?;
    let bytes = match call.value()? {
        Val::Undefined(undefined) => return Err(undefined.error()),
        Val::Float(number) => *number,
        Val::Str(text) => {
            parse_float(text).ok_or_else(|| Error::value_error(format!("could not convert string to float: '{}'", &**text)))?
        }
        other => other.as_int().ok_or_else(|| Error::type_error("float() argument must be a string or a real number"))? as f64,
    };
    let base = if binary { 1024.0 } else { 1000.0 };
    let units =
        if binary { ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"] } else { ["kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"] };
    if bytes == 1.0 {
        return call.new_text("1 Byte");
    }
    if bytes < base {
        return call.new_text(format!("{} Bytes", bytes.trunc()));
    }
    let (mut unit, mut name) = (1.0, "");
    for next in units {
        name = next;
        unit *= base;
        if bytes < unit * base {
            break;
        }
    }
    let shown = bytes / unit;
    call.new_text(format!("{} {name}", crate::format::fixed(shown, 1)))
}
