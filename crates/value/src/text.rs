//! Values as Python prints them: `str()` and `repr()`, which templates, comments and outputters show.

use crate::Value;
use std::fmt::Write;

/// A value as `str()` prints it: text as it is, everything else as [`repr`].
#[must_use]
pub fn str(value: &Value) -> String {
    match value {
        Value::Str(text) => text.clone(),
        _ => repr(value),
    }
}

/// A value as `repr()` prints it.
#[must_use]
pub fn repr(value: &Value) -> String {
    let mut out = String::new();
    write_repr(value, &mut out);
    out
}

/// Appends a value as `repr()` prints it.
pub fn write_repr(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("None"),
        Value::Bool(true) => out.push_str("True"),
        Value::Bool(false) => out.push_str("False"),
        Value::Int(number) => write!(out, "{number}").expect("a string takes all"),
        Value::Big(number) => write!(out, "{number}").expect("a string takes all"),
        Value::Float(number) => out.push_str(&float(*number)),
        Value::Str(text) => write_quoted(text, out),
        Value::Bytes(bytes) => write_bytes(bytes, out),
        Value::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                write_repr(item, out);
            }
            out.push(']');
        }
        Value::Map(map) => {
            out.push('{');
            for (index, (key, item)) in map.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                write_repr(key, out);
                out.push_str(": ");
                write_repr(item, out);
            }
            out.push('}');
        }
    }
}

/// A float with the fewest digits that read back the same, in Python's spelling (`1.0`, `1e+16`, `1e-05`, `nan`).
#[must_use]
pub fn float(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').expect("`{:e}` writes an exponent");
    let exponent: i32 = exponent.parse().expect("`{:e}` writes a whole exponent");
    if (-4..16).contains(&exponent) {
        let plain = format!("{number}");
        if plain.contains('.') { plain } else { plain + ".0" }
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{digits}e{sign}{:02}", exponent.abs())
    }
}

/// Appends text in quotes: single ones, or double ones where that saves escaping.
fn write_quoted(text: &str, out: &mut String) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if (c as u32) < 0x20 || (0x7f..=0xa0).contains(&(c as u32)) || c == '\u{ad}' => {
                write!(out, "\\x{:02x}", c as u32).expect("a string takes all");
            }
            // Blanks other than the space, format characters and private ones: what Python calls not printable.
            '\u{1680}'
            | '\u{2000}'..='\u{200f}'
            | '\u{2028}'..='\u{202f}'
            | '\u{205f}'..='\u{206f}'
            | '\u{3000}'
            | '\u{feff}'
            | '\u{e000}'..='\u{f8ff}' => {
                write!(out, "\\u{:04x}", c as u32).expect("a string takes all");
            }
            c => out.push(c),
        }
    }
    out.push(quote);
}

fn write_bytes(bytes: &[u8], out: &mut String) {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { '"' } else { '\'' };
    out.push('b');
    out.push(quote);
    for &byte in bytes {
        match byte {
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            byte if byte as char == quote => {
                out.push('\\');
                out.push(quote);
            }
            0x20..0x7f => out.push(byte as char),
            byte => write!(out, "\\x{byte:02x}").expect("a string takes all"),
        }
    }
    out.push(quote);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_print_as_python_prints_them() {
        let seen: Vec<_> = [1.0, 0.1, 1e16, 1e15, 1.5e-5, 0.0001, -2.5, 1e100, 123_456_789.125].into_iter().map(float).collect();
        assert_eq!(seen, ["1.0", "0.1", "1e+16", "1000000000000000.0", "1.5e-05", "0.0001", "-2.5", "1e+100", "123456789.125"]);
    }

    #[test]
    fn a_mapping_prints_as_a_dict() {
        let value: Value = serde_json::from_str(r#"{"a": ["it's", null, true, 1.0], "b": "x\n\"'"}"#).unwrap();
        assert_eq!(repr(&value), r#"{'a': ["it's", None, True, 1.0], 'b': 'x\n"\''}"#);
    }
}
