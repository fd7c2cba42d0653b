//! Scalars in the emitter: their text, which quotes they need, and how each kind of quotes is written and folded.

use crate::dump::Emitter;
use crate::resolve;
use std::fmt::Write;
use value::Value;

/// Quotes around a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quotes {
    None,
    Single,
    Double,
}

/// What forms a text may be written in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Analysis {
    is_multiline: bool,
    plain_in_flow: bool,
    plain_in_block: bool,
    single: bool,
}

/// The text of a scalar without quotes.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Big(number) => number.to_string(),
        Value::Float(number) if number.is_nan() => ".nan".to_owned(),
        Value::Float(number) if number.is_infinite() => if *number > 0.0 { ".inf" } else { "-.inf" }.to_owned(),
        Value::Float(number) => {
            // `1e+16` would read back as text: a float needs its dot.
            let text = value::text::float(*number);
            if text.contains('.') { text } else { text.replacen('e', ".0e", 1) }
        }
        Value::Str(text) => text.clone(),
        Value::Bytes(_) | Value::List(_) | Value::Map(_) => String::new(),
    }
}

/// Looks at a text once and says in which forms it reads back the same.
pub(crate) fn analyse(text: &str, unicode: bool) -> Analysis {
    let mut in_flow = text.starts_with("---") || text.starts_with("...");
    let mut in_block = in_flow;
    let (mut special, mut breaks) = (false, false);
    let (mut edge_blank, mut break_space, mut space_break) = (false, false, false);
    let (mut after_space, mut after_break, mut after_blank) = (false, false, true);
    let mut chars = text.chars().peekable();
    let mut is_first = true;
    while let Some(c) = chars.next() {
        let is_last = chars.peek().is_none();
        let before_blank = chars.peek().is_none_or(|next| *next == ' ' || *next == '\t' || is_break(*next));
        match c {
            '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' if is_first => {
                in_flow = true;
                in_block = true;
            }
            '?' | ':' if is_first => {
                in_flow = true;
                in_block |= before_blank;
            }
            '-' if is_first && before_blank => {
                in_flow = true;
                in_block = true;
            }
            ',' | '?' | '[' | ']' | '{' | '}' => in_flow = true,
            ':' => {
                in_flow = true;
                in_block |= before_blank;
            }
            '#' if after_blank => {
                in_flow = true;
                in_block = true;
            }
            _ => {}
        }
        special |= !is_printable(c) || (!unicode && !c.is_ascii());
        let is_line_break = is_break(c);
        breaks |= is_line_break;
        if c == ' ' {
            edge_blank |= is_first || is_last;
            break_space |= after_break;
        } else if is_line_break {
            edge_blank |= is_first || is_last;
            space_break |= after_space;
        }
        after_space = c == ' ';
        after_break = is_line_break;
        after_blank = c == ' ' || c == '\t' || is_line_break;
        is_first = false;
    }
    let plain = !text.is_empty() && !edge_blank && !break_space && !space_break && !special && !breaks;
    Analysis {
        is_multiline: breaks,
        plain_in_flow: plain && !in_flow,
        plain_in_block: (plain && !in_block) || text.is_empty(),
        single: !break_space && !space_break && !special,
    }
}

impl Analysis {
    /// The quotes a text needs to read back as that text.
    pub(crate) fn quotes_for_text(self, text: &str, in_flow: bool, is_key: bool, wanted: Option<char>) -> Quotes {
        let mut quotes = match wanted {
            Some('"') => Quotes::Double,
            Some(_) => Quotes::Single,
            None => Quotes::None,
        };
        if is_key && self.is_multiline {
            quotes = Quotes::Double;
        }
        if quotes == Quotes::None {
            let may_be_plain = if in_flow { self.plain_in_flow } else { self.plain_in_block };
            let reads_as_text = text != "=" && text != "<<" && !looks_like_a_date(text) && matches!(resolve::plain(text), Value::Str(_));
            if !may_be_plain || !reads_as_text {
                quotes = Quotes::Single;
            }
        }
        if quotes == Quotes::Single && !self.single {
            quotes = Quotes::Double;
        }
        quotes
    }
}

/// Texts that other YAML readers take for a date are quoted, although ours does not.
fn looks_like_a_date(text: &str) -> bool {
    let is_digits =
        |part: &str, least: usize, most: usize| (least..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    let (date, time) = match text.find(['T', 't', ' ', '\t']) {
        Some(at) => (text.get(..at).unwrap_or_default(), Some(text.get(at + 1..).unwrap_or_default())),
        None => (text, None),
    };
    let mut parts = date.splitn(3, '-');
    let (Some(year), Some(month), Some(day)) = (parts.next(), parts.next(), parts.next()) else { return false };
    if !is_digits(year, 4, 4) {
        return false;
    }
    let Some(time) = time else { return is_digits(month, 2, 2) && is_digits(day, 2, 2) };
    if !is_digits(month, 1, 2) || !is_digits(day, 1, 2) {
        return false;
    }
    is_time(time.trim_start_matches([' ', '\t']), is_digits)
}

fn is_time(time: &str, is_digits: impl Fn(&str, usize, usize) -> bool) -> bool {
    let mut parts = time.splitn(3, ':');
    let (Some(hour), Some(minute), Some(rest)) = (parts.next(), parts.next(), parts.next()) else { return false };
    if !is_digits(hour, 1, 2) || !is_digits(minute, 2, 2) || !rest.get(..2).is_some_and(|second| is_digits(second, 2, 2)) {
        return false;
    }
    let rest = rest.get(2..).unwrap_or_default();
    let rest = rest.strip_prefix('.').map_or(rest, |fraction| fraction.trim_start_matches(|c: char| c.is_ascii_digit()));
    let zone = rest.trim_start_matches([' ', '\t']);
    match zone.strip_prefix(['+', '-']) {
        Some(offset) => match offset.split_once(':') {
            Some((hours, minutes)) => is_digits(hours, 1, 2) && is_digits(minutes, 2, 2),
            None => is_digits(offset, 1, 2),
        },
        None => rest.is_empty() || zone == "Z",
    }
}

fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// What libyaml writes as it is; characters beyond the basic plane it escapes.
fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}

impl Emitter<'_> {
    pub(crate) fn write_plain(&mut self, text: &str, may_fold: bool) {
        let mut after_space = false;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            if c == ' ' {
                if may_fold && !after_space && self.column > self.options.width && chars.peek() != Some(&' ') {
                    self.write_indent();
                } else {
                    self.put(c);
                }
                after_space = true;
            } else {
                self.put(c);
                self.indention = false;
                after_space = false;
            }
        }
        self.whitespace = false;
        self.indention = false;
    }

    pub(crate) fn single_quoted(&mut self, text: &str, may_fold: bool) {
        self.quote('\'', true);
        let (mut after_space, mut after_break) = (false, false);
        let mut chars = text.chars().peekable();
        let mut is_first = true;
        while let Some(c) = chars.next() {
            let next = chars.peek().copied();
            if c == ' ' {
                let may_fold_here = may_fold && !after_space && !is_first && next.is_some_and(|next| next != ' ');
                if may_fold_here && self.column > self.options.width {
                    self.write_indent();
                } else {
                    self.put(c);
                }
                after_space = true;
            } else if is_break(c) {
                // One line break alone would be folded into a blank.
                if !after_break && c == '\n' {
                    self.line_break();
                }
                self.write_break(c);
                self.indention = true;
                after_break = true;
            } else {
                if after_break {
                    self.write_indent();
                }
                if c == '\'' {
                    self.put('\'');
                }
                self.put(c);
                self.indention = false;
                after_space = false;
                after_break = false;
            }
            is_first = false;
        }
        if after_break {
            self.write_indent();
        }
        self.quote('\'', false);
        self.whitespace = false;
        self.indention = false;
    }

    fn write_break(&mut self, c: char) {
        if c == '\n' {
            self.line_break();
        } else {
            self.out.push(c);
            self.column = 0;
        }
    }

    pub(crate) fn double_quoted(&mut self, text: &str, may_fold: bool) {
        self.quote('"', true);
        let mut after_space = false;
        let mut chars = text.chars().peekable();
        let mut is_first = true;
        while let Some(c) = chars.next() {
            let must_escape =
                !is_printable(c) || (!self.options.unicode && !c.is_ascii()) || c == '\u{feff}' || is_break(c) || c == '"' || c == '\\';
            if must_escape {
                escape(c).chars().for_each(|c| self.put(c));
                after_space = false;
            } else if c == ' ' {
                let next = chars.peek().copied();
                if may_fold && !after_space && !is_first && next.is_some() && self.column > self.options.width {
                    self.write_indent();
                    if next == Some(' ') {
                        self.put('\\');
                    }
                } else {
                    self.put(c);
                }
                after_space = true;
            } else {
                self.put(c);
                after_space = false;
            }
            is_first = false;
        }
        self.quote('"', false);
        self.whitespace = false;
        self.indention = false;
    }
}

fn escape(c: char) -> String {
    let short = match c {
        '\0' => "\\0",
        '\u{7}' => "\\a",
        '\u{8}' => "\\b",
        '\t' => "\\t",
        '\n' => "\\n",
        '\u{b}' => "\\v",
        '\u{c}' => "\\f",
        '\r' => "\\r",
        '\u{1b}' => "\\e",
        '"' => "\\\"",
        '\\' => "\\\\",
        '\u{85}' => "\\N",
        '\u{a0}' => "\\_",
        '\u{2028}' => "\\L",
        '\u{2029}' => "\\P",
        _ => "",
    };
    if !short.is_empty() {
        return short.to_owned();
    }
    let mut out = String::new();
    let code = c as u32;
    match code {
        0..=0xff => write!(out, "\\x{code:02X}"),
        0x100..=0xffff => write!(out, "\\u{code:04X}"),
        _ => write!(out, "\\U{code:08X}"),
    }
    .expect("a string takes all");
    out
}
