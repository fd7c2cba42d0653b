//! `'{} {name}'.format(…)`.

use crate::interp::Interp;
use crate::{Error, Kind, Text, Val};
use std::sync::Arc;

struct Arguments<'a> {
    positional: &'a [Val],
    named: &'a [(Arc<str>, Val)],
    /// The next automatic number; `None` once a field had a number of its own.
    next: Option<usize>,
    manual: bool,
}

impl Interp<'_> {
    pub(crate) fn brace_format(&self, format: &Text, positional: &[Val], named: &[(Arc<str>, Val)]) -> Result<Val, Error> {
        let mut arguments = Arguments { positional, named, next: Some(0), manual: false };
        let text = self.braces(format, &mut arguments, 2)?;
        self.text(if format.is_markup() { Text::markup(text) } else { Text::from(text) })
    }

    fn braces(&self, format: &str, arguments: &mut Arguments<'_>, depth: u32) -> Result<String, Error> {
        let Some(depth) = depth.checked_sub(1) else {
            return Err(Error::value_error("Max string recursion exceeded"));
        };
        let mut out = String::new();
        let mut rest = format;
        while let Some(at) = rest.find(['{', '}']) {
            self.charge(1)?;
            out.push_str(rest.get(..at).unwrap_or_default());
            let opening = rest.get(at..).is_some_and(|rest| rest.starts_with('{'));
            let brace = if opening { '{' } else { '}' };
            rest = rest.get(at + 1..).unwrap_or_default();
            if let Some(after) = rest.strip_prefix(brace) {
                out.push(brace);
                rest = after;
                continue;
            }
            if !opening {
                return Err(Error::value_error("Single '}' encountered in format string"));
            }
            let end = field_end(rest)?;
            let (field, after) = rest.split_at(end);
            rest = after.strip_prefix('}').unwrap_or(after);
            out.push_str(&self.field(field, arguments, depth)?);
            if out.len() > self.limits().output {
                self.allocate(out.len())?;
            }
        }
        out.push_str(rest);
        Ok(out)
    }

    fn field(&self, field: &str, arguments: &mut Arguments<'_>, depth: u32) -> Result<String, Error> {
        let name_end = name_end(field);
        let (name, rest) = field.split_at(name_end);
        let (conversion, spec) = match rest.strip_prefix('!') {
            Some(rest) => {
                let mut chars = rest.chars();
                let conversion = chars.next().ok_or_else(|| Error::value_error("unmatched '{' in format spec"))?;
                match chars.as_str() {
                    "" => (Some(conversion), ""),
                    rest => (
                        Some(conversion),
                        rest.strip_prefix(':').ok_or_else(|| Error::value_error("expected ':' after conversion specifier"))?,
                    ),
                }
            }
            None => (None, rest.strip_prefix(':').unwrap_or(rest)),
        };
        let value = self.field_value(name, arguments)?;
        let spec = if spec.contains(['{', '}']) { self.braces(spec, arguments, depth)? } else { spec.to_owned() };
        let value = match conversion {
            None => value,
            Some('r' | 'a') => self.text(self.repr(&value)?)?,
            Some('s') => Val::Str(self.to_text(&value)?),
            Some(other) => return Err(Error::value_error(format!("Unknown conversion specifier {other}"))),
        };
        self.format_value(&value, &spec)
    }

    fn field_value(&self, name: &str, arguments: &mut Arguments<'_>) -> Result<Val, Error> {
        let first_end = name.find(['.', '[']).unwrap_or(name.len());
        let (first, mut path) = name.split_at(first_end);
        let mut value = arguments.get(first)?;
        while !path.is_empty() {
            if let Some(rest) = path.strip_prefix('.') {
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                let (attribute, after) = rest.split_at(end);
                if attribute.is_empty() {
                    return Err(Error::value_error("Empty attribute in format string"));
                }
                value = self.get_attr(&value, attribute)?;
                path = after;
            } else if let Some((key, after)) = path.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
                if key.is_empty() {
                    return Err(Error::value_error("Empty attribute in format string"));
                }
                let key = key.parse::<i64>().map_or_else(|_| Val::str(key), Val::Int);
                value = self.get_item(&value, &key)?;
                path = after;
            } else {
                let message = if path.starts_with('[') {
                    "Missing ']' in format string"
                } else {
                    "Only '.' or '[' may follow ']' in format field specifier"
                };
                return Err(Error::value_error(message));
            }
        }
        Ok(value)
    }
}

impl Arguments<'_> {
    fn get(&mut self, name: &str) -> Result<Val, Error> {
        let number = match name.parse::<usize>() {
            Ok(number) if name.bytes().all(|byte| byte.is_ascii_digit()) => {
                if !self.manual && self.next.is_some_and(|next| next > 0) {
                    return Err(Error::value_error("cannot switch from automatic field numbering to manual field specification"));
                }
                self.manual = true;
                number
            }
            _ if name.is_empty() => {
                if self.manual {
                    return Err(Error::value_error("cannot switch from manual field specification to automatic field numbering"));
                }
                let next = self.next.unwrap_or(0);
                self.next = Some(next + 1);
                next
            }
            _ => {
                let found = self.named.iter().find(|(known, _)| &**known == name).map(|(_, value)| value.clone());
                return found.ok_or_else(|| Error::new(Kind::Key, value::text::repr(&name.into())));
            }
        };
        let found = self.positional.get(number).cloned();
        found.ok_or_else(|| Error::new(Kind::Index, format!("Replacement index {number} out of range for positional args tuple")))
    }
}

/// Where the field ends that starts here, fields within it passed over.
fn field_end(text: &str) -> Result<usize, Error> {
    let mut open = 0;
    let mut in_brackets = false;
    let mut in_name = true;
    for (at, c) in text.char_indices() {
        match c {
            '[' if in_name => in_brackets = true,
            ']' => in_brackets = false,
            _ if in_brackets => {}
            ':' | '!' => in_name = false,
            '{' => open += 1,
            '}' if open == 0 => return Ok(at),
            '}' => open -= 1,
            _ => {}
        }
    }
    Err(Error::value_error(if text.is_empty() { "Single '{' encountered in format string" } else { "expected '}' before end of string" }))
}

/// Where the name of a field ends and its conversion or specification starts.
fn name_end(field: &str) -> usize {
    let mut in_brackets = false;
    for (at, c) in field.char_indices() {
        match c {
            '[' => in_brackets = true,
            ']' => in_brackets = false,
            ':' | '!' if !in_brackets => return at,
            _ => {}
        }
    }
    field.len()
}
