//! What a plain scalar means: the rules of YAML 1.1 with the exceptions Salt makes.

use base64::Engine as _;
use value::{BigInt, Value};

/// Python refuses longer decimals, because reading them takes the square of their length; here they stay text.
const MOST_DIGITS: usize = 4300;

/// The value of a plain (unquoted) scalar.
#[must_use]
pub fn plain(text: &str) -> Value {
    // What begins with any other character can be nothing but text.
    let may_mean_more = matches!(
        text.as_bytes().first(),
        None | Some(b'0'..=b'9' | b'-' | b'+' | b'.' | b'~' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'y' | b'Y' | b'o' | b'O')
    );
    if !may_mean_more {
        return Value::Str(text.to_owned());
    }
    null(text).or_else(|| bool(text)).or_else(|| int(text)).or_else(|| float(text)).unwrap_or_else(|| Value::Str(text.to_owned()))
}

/// `null` in its spellings, the empty text among them.
pub(crate) fn null(text: &str) -> Option<Value> {
    matches!(text, "" | "~" | "null" | "Null" | "NULL").then_some(Value::Null)
}

/// A truth value in its spellings; `y` and `n` are none.
pub(crate) fn bool(text: &str) -> Option<Value> {
    match text {
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(Value::Bool(true)),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(Value::Bool(false)),
        _ => None,
    }
}

/// A whole number: binary, hexadecimal, base sixty or decimal, with `_` anywhere between digits.
///
/// Leading zeros are dropped, so a file mode `0644` reads as 644; only digits that could be octal do so, `08` stays text. A number with
/// a sign and a leading zero is octal (`-010` is -8).
pub(crate) fn int(text: &str) -> Option<Value> {
    let (sign, digits) = split_sign(text);
    let first = digits.chars().next()?;
    if !first.is_ascii_digit() || digits.len() > MOST_DIGITS {
        return None;
    }
    if first != '0'
        && let Ok(number) = text.parse()
    {
        return Some(Value::Int(number));
    }
    let number = if let Some(binary) = digits.strip_prefix("0b") {
        radix(binary, 2)?
    } else if let Some(hex) = digits.strip_prefix("0x") {
        radix(hex, 16)?
    } else if digits.contains(':') {
        sixty(digits)?
    } else if first == '0' && digits.len() > 1 {
        let decimal = radix(digits, 10)?;
        let octal = radix(digits, 8)?;
        if digits.len() < text.len() { octal } else { decimal }
    } else {
        radix(digits, 10)?
    };
    Some(Value::whole(number * sign))
}

fn split_sign(text: &str) -> (i32, &str) {
    match text.as_bytes().first() {
        Some(b'-') => (-1, text.get(1..).unwrap_or_default()),
        Some(b'+') => (1, text.get(1..).unwrap_or_default()),
        _ => (1, text),
    }
}

fn radix(digits: &str, radix: u32) -> Option<BigInt> {
    let clean: String = digits.chars().filter(|c| *c != '_').collect();
    if clean.is_empty() || clean.starts_with(['+', '-']) {
        return None;
    }
    BigInt::parse_bytes(clean.as_bytes(), radix)
}

/// `190:20:30`: the first part does not begin with 0, the others are below 60.
fn sixty(text: &str) -> Option<BigInt> {
    let mut parts = text.split(':');
    let first = parts.next()?;
    if first.starts_with('0') || !first.chars().all(|c| c.is_ascii_digit() || c == '_') {
        return None;
    }
    parts.try_fold(radix(first, 10)?, |sum, part| Some(sum * 60 + below_sixty(part)?))
}

fn below_sixty(part: &str) -> Option<u8> {
    let shaped = match part.as_bytes() {
        [a] => a.is_ascii_digit(),
        [a, b] => (b'0'..=b'5').contains(a) && b.is_ascii_digit(),
        _ => false,
    };
    if shaped { part.parse().ok() } else { None }
}

/// A broken number: it has a dot, and a sign in its exponent if it has one. A leading dot admits no sign (`-.5` is text).
pub(crate) fn float(text: &str) -> Option<Value> {
    let (sign, digits) = split_sign(text);
    let sign = f64::from(sign);
    match digits {
        ".inf" | ".Inf" | ".INF" => return Some(Value::Float(sign * f64::INFINITY)),
        ".nan" | ".NaN" | ".NAN" if digits.len() == text.len() => return Some(Value::Float(f64::NAN)),
        _ => {}
    }
    let (whole, rest) = digits.split_once('.')?;
    if !whole.chars().all(|c| c.is_ascii_digit() || c == '_' || c == ':') || whole.starts_with(['_', ':']) {
        return None;
    }
    if whole.contains(':') {
        return sixty_float(whole, rest).map(|number| Value::Float(sign * number));
    }
    if whole.is_empty() && digits.len() != text.len() {
        return None;
    }
    let (fraction, exponent) = match rest.find(['e', 'E']) {
        Some(at) => (rest.get(..at)?, rest.get(at + 1..)),
        None => (rest, None),
    };
    let fraction_is_shaped = fraction.chars().all(|c| c.is_ascii_digit() || c == '_');
    if !fraction_is_shaped || (whole.is_empty() && !fraction.starts_with(|c: char| c.is_ascii_digit())) {
        return None;
    }
    if let Some(exponent) = exponent {
        let power = exponent.strip_prefix(['+', '-'])?;
        if power.is_empty() || !power.chars().all(|c| c.is_ascii_digit()) {
            return None;
        }
    }
    let number = digits.replace('_', "");
    number.parse::<f64>().ok().map(|number| Value::Float(sign * number))
}

/// What `!!float` makes of a text, which may also be whole or have a bare exponent.
pub(crate) fn tagged_float(text: &str) -> Option<Value> {
    float(text).or_else(|| text.replace('_', "").parse::<f64>().ok().map(Value::Float))
}

/// What `!!bool` makes of a text: any casing.
pub(crate) fn tagged_bool(text: &str) -> Option<Value> {
    bool(&text.to_lowercase())
}

/// What `!!binary` makes of a text: base 64 with blanks and line breaks in it, whose padding may be missing.
pub(crate) fn binary(text: &str) -> Result<Value, base64::DecodeError> {
    let digits: String = text.chars().filter(|c| !c.is_ascii_whitespace() && *c != '=').collect();
    base64::engine::general_purpose::STANDARD_NO_PAD.decode(digits).map(Value::Bytes)
}

fn sixty_float(whole: &str, fraction: &str) -> Option<f64> {
    if !fraction.chars().all(|c| c.is_ascii_digit() || c == '_') {
        return None;
    }
    let mut parts = whole.split(':');
    let first = radix(parts.next()?, 10)?;
    let seconds = parts.try_fold(first, |sum, part| Some(sum * 60 + below_sixty(part)?))?;
    format!("{seconds}.{}", fraction.replace('_', "")).parse().ok()
}
