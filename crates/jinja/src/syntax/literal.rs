//! What the literals of a tag mean.

use value::BigInt;

/// Longer numbers take too long to read.
const MOST_DIGITS: usize = 4300;

/// The text of a string literal without its quotes; backslashes as in Python.
pub(super) fn unescape(raw: &str) -> Result<String, String> {
    if !raw.contains('\\') {
        return Ok(raw.to_owned());
    }
    let mut out = String::with_capacity(raw.len());
    let mut chars = raw.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            None => out.push('\\'),
            Some('\n') => {}
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('a') => out.push('\x07'),
            Some('b') => out.push('\x08'),
            Some('f') => out.push('\x0c'),
            Some('v') => out.push('\x0b'),
            Some(quote @ ('\\' | '\'' | '"')) => out.push(quote),
            Some(first @ '0'..='7') => {
                let mut code = first as u32 - '0' as u32;
                for _ in 0..2 {
                    if let Some(digit) = chars.peek().and_then(|c| c.to_digit(8)) {
                        code = code * 8 + digit;
                        chars.next();
                    }
                }
                out.push(char::from_u32(code).unwrap_or('\u{fffd}'));
            }
            Some(kind @ ('x' | 'u' | 'U')) => {
                let length = match kind {
                    'x' => 2,
                    'u' => 4,
                    _ => 8,
                };
                let mut code = 0_u32;
                for _ in 0..length {
                    let digit = chars
                        .peek()
                        .and_then(|c| c.to_digit(16))
                        .ok_or_else(|| format!("truncated \\{kind}{} escape", "X".repeat(length)))?;
                    code = code.wrapping_mul(16).wrapping_add(digit);
                    chars.next();
                }
                // A lone surrogate, which Python could hold, is no text here.
                out.push(char::from_u32(code).unwrap_or('\u{fffd}'));
            }
            Some(other) => {
                out.push('\\');
                out.push(other);
            }
        }
    }
    Ok(out)
}

/// A number literal at the start of `text`: its length in bytes and its value. After a point it is a position, as in `list.1.0`, and
/// never a float.
pub(super) fn number(text: &str, after_point: bool) -> Result<Option<(usize, Number)>, String> {
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return Ok(None);
    }
    if let Some(length) = float_length(text).filter(|_| !after_point) {
        let digits = text.get(..length).unwrap_or_default().replace('_', "");
        let number = digits.parse().map_err(|_| format!("invalid number `{digits}`"))?;
        return Ok(Some((length, Number::Float(number))));
    }
    let bytes = text.as_bytes();
    let radix = match (bytes.first(), bytes.get(1).map(u8::to_ascii_lowercase)) {
        (Some(b'0'), Some(b'x')) => 16,
        (Some(b'0'), Some(b'o')) => 8,
        (Some(b'0'), Some(b'b')) => 2,
        _ => 10,
    };
    let (prefix, length) = match radix {
        10 => (0, digits(bytes, 0, |byte| byte.is_ascii_digit())),
        _ => (2, digits(bytes, 2, |byte| (byte as char).is_digit(radix))),
    };
    let (prefix, length, radix) = if length > prefix { (prefix, length, radix) } else { (0, 1, 10) };
    // A whole number does not start with zero: `01` is `0` and then `1`, which no grammar takes.
    let length = if radix == 10 && bytes.first() == Some(&b'0') { digits(bytes, 0, |byte| byte == b'0') } else { length };
    let digits = text.get(prefix..length).unwrap_or_default().replace('_', "");
    if digits.len() > MOST_DIGITS {
        return Err("the number is too large".to_owned());
    }
    let number = BigInt::parse_bytes(digits.as_bytes(), radix).ok_or_else(|| format!("invalid number `{digits}`"))?;
    Ok(Some((length, Number::Int(number))))
}

/// A number literal's value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Number {
    Int(BigInt),
    Float(f64),
}

/// Where the digits end that start at `from`; single underscores may stand between them.
fn digits(bytes: &[u8], from: usize, is_digit: impl Fn(u8) -> bool) -> usize {
    let mut at = from;
    while let Some(&byte) = bytes.get(at) {
        let underscore = byte == b'_' && (at > from || from > 0) && bytes.get(at + 1).is_some_and(|&next| is_digit(next));
        if !is_digit(byte) && !underscore {
            break;
        }
        at += 1;
    }
    at
}

/// Length of a float at the start, if there is one: digits with a fraction, an exponent, or both.
fn float_length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let decimal = |byte: u8| byte.is_ascii_digit();
    let whole = digits(bytes, 0, decimal);
    let mut end = whole;
    let part = |from: usize| {
        let to = digits(bytes, from, decimal);
        (to > from && bytes.get(from) != Some(&b'_')).then_some(to)
    };
    if bytes.get(whole) == Some(&b'.') {
        end = part(whole + 1).unwrap_or(whole);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        end = part(end + 1 + sign).unwrap_or(end);
    }
    (end > whole).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_python_writes_them() {
        let int = |n: i64| Some(Number::Int(BigInt::from(n)));
        let cases = [
            ("1_000", int(1000), 5),
            ("0x1F", int(31), 4),
            ("0b101", int(5), 5),
            ("0o17", int(15), 4),
            ("01", int(0), 1),
            ("00", int(0), 2),
            ("1e3", Some(Number::Float(1000.0)), 3),
            ("1.5e-7x", Some(Number::Float(1.5e-7)), 6),
            ("1.foo", int(1), 1),
            ("5e", int(5), 1),
            ("0x", int(0), 1),
        ];
        for (text, value, length) in cases {
            assert_eq!(number(text, false).unwrap(), value.map(|value| (length, value)), "{text}");
        }
    }
}
