//! The format specification after the colon: `{:>10}`, `{:,.2f}`.

use super::number;
use crate::interp::Interp;
use crate::{Error, Val};
use num_traits::{Signed, ToPrimitive};
use value::BigInt;

#[derive(Debug, Default)]
struct Spec {
    fill: Option<char>,
    align: Option<char>,
    sign: Option<char>,
    alternate: bool,
    zero: bool,
    width: usize,
    grouping: Option<char>,
    precision: Option<usize>,
    kind: Option<char>,
}

fn parse(text: &str, of: &Val) -> Result<Spec, Error> {
    let chars: Vec<char> = text.chars().collect();
    let mut spec = Spec::default();
    let mut at = 0;
    let get = |at: usize| chars.get(at).copied();
    let is_align = |c: Option<char>| c.filter(|c| matches!(c, '<' | '>' | '=' | '^'));
    if let Some(align) = is_align(get(1)) {
        (spec.fill, spec.align, at) = (get(0), Some(align), 2);
    } else if let Some(align) = is_align(get(0)) {
        (spec.align, at) = (Some(align), 1);
    }
    if let Some(sign @ ('+' | '-' | ' ')) = get(at) {
        spec.sign = Some(sign);
        at += 1;
    }
    if get(at) == Some('#') {
        spec.alternate = true;
        at += 1;
    }
    if get(at) == Some('0') {
        spec.zero = true;
        at += 1;
    }
    let number = |at: &mut usize| -> Result<Option<usize>, Error> {
        let mut number = None;
        while let Some(digit) = get(*at).and_then(|c| c.to_digit(10)) {
            let more = number.unwrap_or(0_usize).checked_mul(10).and_then(|n| n.checked_add(digit as usize));
            number = Some(more.filter(|n| *n < 1 << 31).ok_or_else(|| Error::value_error("Too many decimal digits in format string"))?);
            *at += 1;
        }
        Ok(number)
    };
    spec.width = number(&mut at)?.unwrap_or(0);
    if let Some(grouping @ (',' | '_')) = get(at) {
        spec.grouping = Some(grouping);
        at += 1;
    }
    if get(at) == Some('.') {
        at += 1;
        spec.precision = Some(number(&mut at)?.ok_or_else(|| Error::value_error("Format specifier missing precision"))?);
    }
    spec.kind = get(at);
    if at + 1 < chars.len() {
        let name = of.type_name();
        return Err(Error::value_error(format!("Invalid format specifier '{text}' for object of type '{name}'")));
    }
    Ok(spec)
}

impl Interp<'_> {
    /// `format(value, spec)`.
    pub(super) fn format_value(&self, value: &Val, spec: &str) -> Result<String, Error> {
        if spec.is_empty() {
            return self.to_text(value).map(|text| text.to_string());
        }
        let refused = |name: &str| Err(Error::type_error(format!("unsupported format string passed to {name}.__format__")));
        match value {
            Val::Undefined(undefined) if undefined.is_strict() => Err(undefined.error()),
            Val::Str(text) => {
                let parsed = parse(spec, value)?;
                self.format_text(text, &parsed)
            }
            Val::Bool(_) | Val::Int(_) | Val::Big(_) => {
                let parsed = parse(spec, value)?;
                let number = value.as_whole().unwrap_or_default();
                match parsed.kind {
                    Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%') => self.format_float(number.to_f64().unwrap_or(f64::NAN), &parsed, value),
                    _ => self.format_int(&number, &parsed, value),
                }
            }
            Val::Float(number) => {
                let parsed = parse(spec, value)?;
                self.format_float(*number, &parsed, value)
            }
            other => refused(other.type_name()),
        }
    }

    fn format_text(&self, text: &str, spec: &Spec) -> Result<String, Error> {
        if spec.kind.is_some_and(|kind| kind != 's') {
            return Err(unknown(spec, "str"));
        }
        if spec.sign.is_some() {
            return Err(Error::value_error("Sign not allowed in string format specifier"));
        }
        if spec.align == Some('=') {
            return Err(Error::value_error("'=' alignment not allowed in string format specifier"));
        }
        if let Some(grouping) = spec.grouping {
            return Err(Error::value_error(format!("Cannot specify '{grouping}' with 's'.")));
        }
        let text: String = text.chars().take(spec.precision.unwrap_or(usize::MAX)).collect();
        let fill = spec.fill.unwrap_or(if spec.zero { '0' } else { ' ' });
        self.align("", &text, spec.align.unwrap_or('<'), fill, spec.width)
    }

    /// Puts text between fillers; a sign goes before them when the alignment is `=`.
    fn align(&self, sign: &str, text: &str, align: char, fill: char, width: usize) -> Result<String, Error> {
        self.allocate(width.saturating_mul(fill.len_utf8()))?;
        let space = width.saturating_sub(sign.chars().count() + text.chars().count());
        let filler = |n: usize| fill.to_string().repeat(n);
        Ok(match align {
            '<' => format!("{sign}{text}{}", filler(space)),
            '^' => format!("{}{sign}{text}{}", filler(space / 2), filler(space - space / 2)),
            '=' => format!("{sign}{}{text}", filler(space)),
            _ => format!("{}{sign}{text}", filler(space)),
        })
    }

    fn format_int(&self, number: &BigInt, spec: &Spec, value: &Val) -> Result<String, Error> {
        let kind = spec.kind.unwrap_or('d');
        if !matches!(kind, 'b' | 'c' | 'd' | 'o' | 'x' | 'X' | 'n') {
            return Err(unknown(spec, value.type_name()));
        }
        if spec.precision.is_some() {
            return Err(Error::value_error("Precision not allowed in integer format specifier"));
        }
        if kind == 'c' {
            let c = number.to_u32().and_then(char::from_u32);
            let c = c.ok_or_else(|| Error::new(crate::Kind::Overflow, "%c arg not in range(0x110000)"))?;
            let fill = spec.fill.unwrap_or(' ');
            return self.align("", &c.to_string(), spec.align.unwrap_or('<'), fill, spec.width);
        }
        let mut digits = number::in_base(number.magnitude(), kind);
        let prefix = match kind {
            'b' | 'o' | 'x' | 'X' if spec.alternate => format!("0{kind}"),
            _ => String::new(),
        };
        let sign = sign(number.is_negative(), spec) + &prefix;
        if let Some(separator) = spec.grouping {
            let size = if matches!(kind, 'b' | 'o' | 'x' | 'X') { 4 } else { 3 };
            digits = number::grouped(&digits, separator, size, self.zero_width(&sign, spec)?);
        }
        self.finish_number(&sign, &digits, spec)
    }

    /// How many digits and separators zeros have to fill.
    fn zero_width(&self, sign: &str, spec: &Spec) -> Result<usize, Error> {
        self.allocate(spec.width)?;
        Ok(if spec.zero && spec.align.is_none() { spec.width.saturating_sub(sign.len()) } else { 0 })
    }

    fn finish_number(&self, sign: &str, digits: &str, spec: &Spec) -> Result<String, Error> {
        let (align, fill) = match (spec.align, spec.zero) {
            (Some(align), zero) => (align, spec.fill.unwrap_or(if zero { '0' } else { ' ' })),
            (None, true) => ('=', spec.fill.unwrap_or('0')),
            (None, false) => ('>', ' '),
        };
        self.align(sign, digits, align, fill, spec.width)
    }

    fn format_float(&self, number: f64, spec: &Spec, value: &Val) -> Result<String, Error> {
        let magnitude = number.abs();
        let precision = spec.precision.unwrap_or(6);
        self.allocate(precision)?;
        let mut text = match spec.kind {
            None => match spec.precision {
                None => value::text::float(magnitude),
                Some(precision) => number::general(magnitude, precision, spec.alternate, true),
            },
            Some('f' | 'F') => number::fixed(magnitude, precision),
            Some('e' | 'E') => number::scientific(magnitude, precision),
            Some('g' | 'G' | 'n') => number::general(magnitude, precision, spec.alternate, false),
            Some('%') => number::fixed(magnitude * 100.0, precision) + "%",
            Some(_) => return Err(unknown(spec, value.type_name())),
        };
        if spec.kind.is_some_and(|kind| kind.is_ascii_uppercase()) {
            text = text.to_uppercase();
        }
        let sign = sign(number.is_sign_negative() && !number.is_nan(), spec);
        if let Some(separator) = spec.grouping {
            let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
            let (whole, rest) = text.split_at(end);
            let width = self.zero_width(&sign, spec)?.saturating_sub(rest.len());
            text = number::grouped(whole, separator, 3, width) + rest;
        }
        self.finish_number(&sign, &text, spec)
    }
}

fn sign(negative: bool, spec: &Spec) -> String {
    match spec.sign {
        _ if negative => "-",
        Some('+') => "+",
        Some(' ') => " ",
        _ => "",
    }
    .to_owned()
}

fn unknown(spec: &Spec, name: &str) -> Error {
    let kind = spec.kind.unwrap_or(' ');
    Error::value_error(format!("Unknown format code '{kind}' for object of type '{name}'"))
}
