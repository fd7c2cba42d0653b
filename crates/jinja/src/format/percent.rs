//! `'%s' % x`.

use super::number;
use crate::interp::Interp;
use crate::{Error, Kind, Text, Val};
use num_traits::{FromPrimitive, Signed, ToPrimitive};
use value::BigInt;

/// One conversion: `%-5.2f`.
#[derive(Default)]
struct Conversion {
    left: bool,
    plus: bool,
    space: bool,
    zero: bool,
    alternate: bool,
    width: usize,
    precision: Option<usize>,
}

struct Source<'a> {
    rest: &'a str,
    args: &'a Val,
    next: usize,
}

impl Source<'_> {
    fn next_char(&mut self) -> Result<char, Error> {
        let mut chars = self.rest.chars();
        let c = chars.next().ok_or_else(|| Error::value_error("incomplete format"))?;
        self.rest = chars.as_str();
        Ok(c)
    }

    fn eat(&mut self, c: char) -> bool {
        let rest = self.rest.strip_prefix(c);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn next_arg(&mut self) -> Result<Val, Error> {
        self.next += 1;
        let found = match self.args {
            Val::Tuple(items) => items.get(self.next - 1).cloned(),
            other if self.next == 1 => Some(other.clone()),
            _ => None,
        };
        found.ok_or_else(|| Error::type_error("not enough arguments for format string"))
    }

    /// A number in the format, or `*`, which takes an argument.
    fn number(&mut self) -> Result<(Option<usize>, bool), Error> {
        if let Some(rest) = self.rest.strip_prefix('*') {
            self.rest = rest;
            let number = self.next_arg()?.as_int().ok_or_else(|| Error::type_error("* wants int"))?;
            return Ok((usize::try_from(number.unsigned_abs()).ok(), number < 0));
        }
        let digits = self.rest.len() - self.rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, rest) = self.rest.split_at(digits);
        self.rest = rest;
        if number.is_empty() {
            return Ok((None, false));
        }
        number.parse().map(|number| (Some(number), false)).map_err(|_| Error::value_error("width too big"))
    }
}

impl Interp<'_> {
    pub(crate) fn percent_format(&self, format: &Text, args: &Val) -> Result<Val, Error> {
        let mut out = String::new();
        let mut source = Source { rest: format, args, next: 0 };
        while let Some((before, after)) = source.rest.split_once('%') {
            self.charge(1)?;
            out.push_str(before);
            source.rest = after;
            let part = self.conversion(&mut source, format)?;
            out.push_str(&part);
            if out.len() > self.limits().output {
                self.allocate(out.len())?;
            }
        }
        out.push_str(source.rest);
        let used = match args {
            Val::Tuple(items) => source.next >= items.len(),
            // What can be indexed is a mapping to Python, and need not be used up.
            Val::Dict(_) | Val::List(_) => true,
            Val::Object(object) if object.is_mapping() => true,
            _ => source.next >= 1,
        };
        if !used {
            return Err(Error::type_error("not all arguments converted during string formatting"));
        }
        self.text(if format.is_markup() { Text::markup(out) } else { Text::from(out) })
    }

    fn conversion(&self, source: &mut Source<'_>, format: &Text) -> Result<String, Error> {
        if source.eat('%') {
            return Ok("%".to_owned());
        }
        let mut keyed = None;
        if source.eat('(') {
            let mut depth = 1;
            let mut key = String::new();
            loop {
                let c = source.next_char().map_err(|_| Error::value_error("incomplete format key"))?;
                match c {
                    '(' => depth += 1,
                    ')' => depth -= 1,
                    _ => {}
                }
                if depth == 0 {
                    break;
                }
                key.push(c);
            }
            keyed = Some(match source.args {
                Val::Dict(dict) => dict.get(&key).ok_or_else(|| Error::new(Kind::Key, value::text::repr(&key.as_str().into())))?,
                Val::Object(object) => match object.get_item(&Val::str(key.as_str()))? {
                    Some(found) => found,
                    None => return Err(Error::new(Kind::Key, value::text::repr(&key.as_str().into()))),
                },
                _ => return Err(Error::type_error("format requires a mapping")),
            });
            // A mapping is used up by being asked.
            source.next = source.next.max(1);
        }
        let mut how = Conversion::default();
        loop {
            match source.rest.chars().next() {
                Some('-') => how.left = true,
                Some('+') => how.plus = true,
                Some(' ') => how.space = true,
                Some('0') => how.zero = true,
                Some('#') => how.alternate = true,
                _ => break,
            }
            source.next_char()?;
        }
        let (width, negative) = source.number()?;
        how.width = width.unwrap_or(0);
        how.left |= negative;
        if let Some(rest) = source.rest.strip_prefix('.') {
            source.rest = rest;
            let (precision, negative) = source.number()?;
            how.precision = Some(if negative { 0 } else { precision.unwrap_or(0) });
        }
        source.rest = source.rest.trim_start_matches(['h', 'l', 'L']);
        let kind = source.next_char()?;
        if kind == '%' {
            return Ok("%".to_owned());
        }
        let value = match keyed {
            Some(value) => value,
            None => source.next_arg()?,
        };
        self.allocate(how.width.saturating_add(how.precision.unwrap_or(0)))?;
        let index = || format.len() - source.rest.len() - kind.len_utf8();
        let text = match kind {
            's' => {
                let text = self.to_text(&value)?;
                let text = if format.is_markup() && !text.is_markup() { crate::filters::escape(&text) } else { text.to_string() };
                cut(text, &how)
            }
            'r' | 'a' => cut(self.repr(&value)?, &how),
            'c' => match &value {
                Val::Str(text) if text.chars().count() == 1 => text.to_string(),
                other => match other.as_int().and_then(|number| u32::try_from(number).ok()).and_then(char::from_u32) {
                    Some(c) => c.to_string(),
                    None => return Err(Error::type_error("%c requires int or char")),
                },
            },
            'd' | 'i' | 'u' | 'o' | 'x' | 'X' => return whole(kind, &value, &how),
            'e' | 'E' | 'f' | 'F' | 'g' | 'G' => return broken(kind, &value, &how),
            other => {
                let code = other as u32;
                let message = format!("unsupported format character '{other}' (0x{code:x}) at index {}", index());
                return Err(Error::value_error(message));
            }
        };
        Ok(pad("", &text, &how, ' '))
    }
}

fn cut(text: String, how: &Conversion) -> String {
    match how.precision {
        Some(precision) => text.chars().take(precision).collect(),
        None => text,
    }
}

fn pad(sign: &str, text: &str, how: &Conversion, fill: char) -> String {
    let space = how.width.saturating_sub(sign.chars().count() + text.chars().count());
    let filler = fill.to_string().repeat(space);
    if how.left {
        format!("{sign}{text}{}", " ".repeat(space))
    } else if fill == '0' {
        format!("{sign}{filler}{text}")
    } else {
        format!("{filler}{sign}{text}")
    }
}

fn sign(negative: bool, how: &Conversion) -> &'static str {
    match (negative, how.plus, how.space) {
        (true, ..) => "-",
        (_, true, _) => "+",
        (_, _, true) => " ",
        _ => "",
    }
}

fn whole(kind: char, value: &Val, how: &Conversion) -> Result<String, Error> {
    let number = match value {
        Val::Undefined(undefined) => return Err(undefined.error()),
        Val::Float(number) if !number.is_finite() => {
            let what = if number.is_nan() { "NaN" } else { "infinity" };
            return Err(Error::value_error(format!("cannot convert float {what} to integer")));
        }
        Val::Float(number) if matches!(kind, 'd' | 'i' | 'u') => BigInt::from_f64(number.trunc()).unwrap_or_default(),
        other => match other.as_whole() {
            Some(number) => number,
            None => {
                let wanted = if matches!(kind, 'd' | 'i' | 'u') { "a real number" } else { "an integer" };
                return Err(Error::type_error(format!("%{kind} format: {wanted} is required, not {}", other.type_name())));
            }
        },
    };
    let mut digits = number::in_base(number.magnitude(), kind);
    if let Some(precision) = how.precision {
        digits = format!("{digits:0>precision$}");
    }
    let prefix = if how.alternate && matches!(kind, 'o' | 'x' | 'X') { format!("0{kind}") } else { String::new() };
    let sign = format!("{}{prefix}", sign(number.is_negative(), how));
    Ok(pad(&sign, &digits, how, if how.zero && !how.left { '0' } else { ' ' }))
}

fn broken(kind: char, value: &Val, how: &Conversion) -> Result<String, Error> {
    let number = match value {
        Val::Undefined(undefined) => return Err(undefined.error()),
        Val::Float(number) => *number,
        Val::Big(number) => number.to_f64().unwrap_or(f64::NAN),
        other => match other.as_int() {
            Some(number) => number as f64,
            None => return Err(Error::type_error(format!("must be real number, not {}", other.type_name()))),
        },
    };
    let precision = how.precision.unwrap_or(6);
    let magnitude = number.abs();
    let text = match kind {
        'e' | 'E' => number::scientific(magnitude, precision),
        'f' | 'F' => number::fixed(magnitude, precision),
        _ => number::general(magnitude, precision, how.alternate, false),
    };
    let text = if kind.is_ascii_uppercase() { text.to_uppercase() } else { text };
    let fill = if how.zero && !how.left && number.is_finite() { '0' } else { ' ' };
    Ok(pad(sign(number.is_sign_negative() && !number.is_nan(), how), &text, how, fill))
}
