//! Numbers as `%` and `format` write them.

use num_bigint::BigUint;

/// A float with so many digits after the point.
pub(crate) fn fixed(number: f64, precision: usize) -> String {
    special(number).unwrap_or_else(|| format!("{number:.precision$}"))
}

fn special(number: f64) -> Option<String> {
    if number.is_nan() {
        return Some("nan".to_owned());
    }
    number.is_infinite().then(|| if number > 0.0 { "inf" } else { "-inf" }.to_owned())
}

/// `1.500000e+02`.
pub(super) fn scientific(number: f64, precision: usize) -> String {
    if let Some(text) = special(number) {
        return text;
    }
    let text = format!("{number:.precision$e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    format!("{digits}{}", exponent_text(exponent.parse().unwrap_or(0)))
}

fn exponent_text(exponent: i32) -> String {
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("e{sign}{:02}", exponent.abs())
}

/// The shorter of both ways with so many significant digits. `keep` keeps zeros at the end; `point` wants at least one digit after the
/// point, as `repr` does.
pub(super) fn general(number: f64, precision: usize, keep: bool, point: bool) -> String {
    if let Some(text) = special(number) {
        return text;
    }
    let precision = precision.max(1);
    let text = format!("{number:.*e}", precision - 1);
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trim = |text: &str| {
        if keep || !text.contains('.') { text.to_owned() } else { text.trim_end_matches('0').trim_end_matches('.').to_owned() }
    };
    let limit = i32::try_from(precision).unwrap_or(i32::MAX);
    // Without a type a float needs one digit after its point, so the switch comes one earlier.
    if exponent < -4 || exponent >= limit - i32::from(point) {
        return format!("{}{}", trim(digits), exponent_text(exponent));
    }
    let after = usize::try_from(limit - 1 - exponent).unwrap_or(0);
    let text = trim(&format!("{number:.after$}"));
    if point && !text.contains('.') { text + ".0" } else { text }
}

/// Digits in groups: `1,234,567`. `width` is the least number of digits and separators, filled with zeros.
pub(super) fn grouped(digits: &str, separator: char, size: usize, width: usize) -> String {
    let mut out: Vec<char> = Vec::new();
    let mut n = 0;
    let mut push = |c: char, out: &mut Vec<char>| {
        if n > 0 && n % size == 0 {
            out.push(separator);
        }
        out.push(c);
        n += 1;
    };
    for c in digits.chars().rev() {
        push(c, &mut out);
    }
    while out.len() < width {
        push('0', &mut out);
    }
    out.iter().rev().collect()
}

/// A whole number in a base, without sign.
pub(super) fn in_base(number: &BigUint, base: char) -> String {
    match base {
        'b' => format!("{number:b}"),
        'o' => format!("{number:o}"),
        'x' => format!("{number:x}"),
        'X' => format!("{number:X}"),
        _ => number.to_string(),
    }
}
