//! Cuts a template into tokens. Blanks around tags are decided here: what `-`, `+`, `trim_blocks` and `lstrip_blocks` take away never
//! becomes a token.

use super::ast::Pos;
use super::literal::{self, Number};
use super::token::{OPERATORS, Tok, Token};
use crate::{Error, Kind, Options};
use std::collections::HashSet;
use std::sync::Arc;

/// All tokens of a template, the last of which is [`Tok::Eof`]. The text has `\n` as its only end of line.
///
/// Where the text cannot be cut, the tokens end, and the error comes with them: the parser may stumble earlier, and the first error in the
/// text is the one to report.
pub(super) fn tokens(text: &str, name: &Arc<str>, options: &Options) -> (Vec<Token>, Option<Error>) {
    let mut lexer = Lexer {
        text,
        name,
        options,
        at: 0,
        pos: Pos { line: 1, column: 1 },
        line_starting: true,
        openings: [None; 3],
        names: HashSet::new(),
        out: Vec::new(),
    };
    let failed = lexer.root().err();
    lexer.push(Tok::Eof, lexer.pos);
    (lexer.out, failed)
}

struct Lexer<'t> {
    text: &'t str,
    name: &'t Arc<str>,
    options: &'t Options,
    /// Offset of the next byte, and its place.
    at: usize,
    pos: Pos,
    /// Whether the last thing read ended its line.
    line_starting: bool,
    /// Where the next opening of each kind is, so that the text is searched once and not once a tag.
    openings: [Option<Option<usize>>; 3],
    /// The names seen so far: one that comes again is shared.
    names: HashSet<Arc<str>>,
    out: Vec<Token>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Tag {
    Raw,
    Block,
    Variable,
    Comment,
    LineStatement,
    LineComment,
}

/// Ends of a tag's inside.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Variable,
    Block,
    Line,
}

fn is_blank(c: char) -> bool {
    // Python's `\s` also takes the four separators of ASCII.
    c.is_whitespace() || ('\x1c'..='\x1f').contains(&c)
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn fail<T>(&self, pos: Pos, message: impl Into<String>) -> Result<T, Error> {
        Err(Error::new(Kind::Syntax, message).at(self.name, pos.line, pos.column))
    }

    fn push(&mut self, kind: Tok, pos: Pos) {
        self.out.push(Token { kind, pos });
    }

    /// Moves on by `n` bytes.
    fn skip(&mut self, n: usize) {
        let passed = self.rest().get(..n).unwrap_or(self.rest());
        for c in passed.chars() {
            if c == '\n' {
                self.pos = Pos { line: self.pos.line.saturating_add(1), column: 1 };
            } else {
                self.pos.column = self.pos.column.saturating_add(1);
            }
        }
        if let Some(last) = passed.chars().next_back() {
            self.line_starting = last == '\n';
        }
        self.at += passed.len();
    }

    fn shared(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.names.get(name) {
            return Arc::clone(known);
        }
        let name: Arc<str> = Arc::from(name);
        self.names.insert(Arc::clone(&name));
        name
    }

    fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.skip(rest.len() - rest.trim_start_matches(is_blank).len());
    }

    fn root(&mut self) -> Result<(), Error> {
        loop {
            let Some((before, tag, length)) = self.next_tag() else {
                let rest = self.rest();
                self.data(rest, self.pos);
                self.skip(rest.len());
                return Ok(());
            };
            let (text, start, line_starting) = (self.rest().get(..before).unwrap_or_default(), self.pos, self.line_starting);
            self.skip(before);
            let sign = self.rest().get(length..).and_then(|rest| rest.chars().next()).filter(|c| matches!(c, '-' | '+'));
            let sign = if matches!(tag, Tag::LineStatement | Tag::LineComment) { None } else { sign };
            let kept = self.before_tag(text, sign, tag, line_starting);
            self.data(kept, start);
            let pos = self.pos;
            self.skip(length + usize::from(sign.is_some()));
            match tag {
                Tag::Raw => self.raw(pos)?,
                Tag::Comment => self.comment(pos)?,
                Tag::LineComment => {
                    let length = self.rest().find('\n').unwrap_or(self.rest().len());
                    self.skip(length);
                }
                Tag::Variable => {
                    self.push(Tok::VariableBegin, pos);
                    self.inside(End::Variable)?;
                }
                Tag::Block => {
                    self.push(Tok::BlockBegin, pos);
                    self.inside(End::Block)?;
                }
                Tag::LineStatement => {
                    self.push(Tok::BlockBegin, pos);
                    self.inside(End::Line)?;
                }
            }
        }
    }

    /// The text before a tag without the blanks that the tag takes away.
    fn before_tag(&self, text: &'t str, sign: Option<char>, tag: Tag, line_starting: bool) -> &'t str {
        if sign == Some('-') {
            return text.trim_end_matches(is_blank);
        }
        if sign.is_none() && self.options.lstrip_blocks && tag != Tag::Variable {
            let line = text.rfind('\n').map_or(0, |at| at + 1);
            let last = text.get(line..).unwrap_or_default();
            if (line > 0 || line_starting) && last.chars().all(is_blank) {
                return text.get(..line).unwrap_or_default();
            }
        }
        text
    }

    fn data(&mut self, text: &str, pos: Pos) {
        if text.is_empty() {
            return;
        }
        let newline = &self.options.newline_sequence;
        let text: Arc<str> = if newline == "\n" { Arc::from(text) } else { Arc::from(text.replace('\n', newline)) };
        self.push(Tok::Data(text), pos);
    }

    /// How far away the next opening is.
    fn opening(&mut self, kind: usize, text: &str) -> Option<usize> {
        let known = self.openings.get(kind).copied().flatten().filter(|at| at.is_none_or(|at| at >= self.at));
        let found = known.unwrap_or_else(|| if text.is_empty() { None } else { self.rest().find(text).map(|at| at + self.at) });
        if let Some(slot) = self.openings.get_mut(kind) {
            *slot = Some(found);
        }
        found.map(|at| at - self.at)
    }

    /// The next tag: how far away it is, its kind, and the length of its opening.
    fn next_tag(&mut self) -> Option<(usize, Tag, usize)> {
        let o = self.options;
        let mut found: Option<(usize, Tag, usize)> = None;
        // Where two openings match at one place, the longer one counts.
        let openings = [(Tag::Block, &o.block_start), (Tag::Variable, &o.variable_start), (Tag::Comment, &o.comment_start)];
        for (kind, (tag, opening)) in openings.into_iter().enumerate() {
            if let Some(at) = self.opening(kind, opening)
                && found.is_none_or(|(best, _, length)| at < best || at == best && opening.len() > length)
            {
                found = Some((at, tag, opening.len()));
            }
        }
        let rest = self.rest();
        found = self.next_line_tag(found.map_or(rest.len(), |(at, _, _)| at)).or(found);
        let (at, tag, length) = found?;
        if tag == Tag::Block {
            let inside = rest.get(at + length..).unwrap_or_default();
            let inside = inside.strip_prefix(['-', '+']).unwrap_or(inside).trim_start_matches(is_blank);
            if let Some(after) = inside.strip_prefix("raw") {
                let after = after.trim_start_matches(is_blank);
                if after.strip_prefix('-').unwrap_or(after).starts_with(o.block_end.as_str()) {
                    return Some((at, Tag::Raw, length));
                }
            }
        }
        Some((at, tag, length))
    }

    /// A line statement or line comment that starts before `limit`.
    fn next_line_tag(&self, limit: usize) -> Option<(usize, Tag, usize)> {
        const BLANKS: [char; 3] = [' ', '\t', '\x0b'];
        let (statement, comment) = (self.options.line_statement_prefix.as_deref(), self.options.line_comment_prefix.as_deref());
        if statement.is_none() && comment.is_none() {
            return None;
        }
        let rest = self.rest();
        let (mut line, mut starts) = (0, self.line_starting);
        while line < limit {
            let text = rest.get(line..).unwrap_or_default();
            let text = text.split_inclusive('\n').next().unwrap_or_default();
            let first = text.trim_start_matches(BLANKS);
            let is_comment = |longer_than: usize| comment.is_some_and(|prefix| first.starts_with(prefix) && prefix.len() > longer_than);
            if let Some(prefix) = statement
                && starts
                && first.starts_with(prefix)
                && !is_comment(prefix.len())
            {
                return Some((line, Tag::LineStatement, text.len() - first.len() + prefix.len()));
            }
            if let Some(prefix) = comment
                && let Some(at) = text.find(prefix)
            {
                let before = text.get(..at).unwrap_or_default().trim_end_matches(BLANKS).len();
                if line + at < limit && (starts || before > 0) {
                    return Some((line + before, Tag::LineComment, at - before + prefix.len()));
                }
            }
            line += text.len().max(1);
            starts = true;
        }
        None
    }

    fn comment(&mut self, start: Pos) -> Result<(), Error> {
        let end = self.options.comment_end.clone();
        let Some(at) = self.rest().find(end.as_str()) else {
            return self.fail(start, "Missing end of comment tag");
        };
        let sign = self.rest().get(..at).and_then(|text| text.chars().next_back()).filter(|c| matches!(c, '-' | '+'));
        self.skip(at + end.len());
        self.after_tag(sign);
        Ok(())
    }

    /// After the end of a statement or comment: what it takes of the following text.
    fn after_tag(&mut self, sign: Option<char>) {
        match sign {
            Some('-') => self.skip_blanks(),
            Some(_) => {}
            None if self.options.trim_blocks && self.rest().starts_with('\n') => self.skip(1),
            None => {}
        }
    }

    fn raw(&mut self, start: Pos) -> Result<(), Error> {
        self.skip_blanks();
        self.skip("raw".len());
        self.skip_blanks();
        let strip = self.rest().starts_with('-');
        self.skip(usize::from(strip) + self.options.block_end.len());
        if strip {
            self.skip_blanks();
        }
        let (text, pos, line_starting) = (self.rest(), self.pos, self.line_starting);
        let mut from = 0;
        while let Some(at) = text.get(from..).and_then(|text| text.find(self.options.block_start.as_str())).map(|at| at + from) {
            from = at + self.options.block_start.len();
            let inside = text.get(from..).unwrap_or_default();
            let sign = inside.chars().next().filter(|c| matches!(c, '-' | '+'));
            let inside = inside.strip_prefix(['-', '+']).unwrap_or(inside).trim_start_matches(is_blank);
            let Some(after) = inside.strip_prefix("endraw").map(|after| after.trim_start_matches(is_blank)) else { continue };
            let end_sign = after.chars().next().filter(|c| matches!(c, '-' | '+'));
            let Some(after) = after.strip_prefix(['-', '+']).unwrap_or(after).strip_prefix(self.options.block_end.as_str()) else {
                continue;
            };
            let kept = self.before_tag(text.get(..at).unwrap_or_default(), sign, Tag::Raw, line_starting);
            self.data(kept, pos);
            self.skip(text.len() - after.len());
            self.after_tag(end_sign);
            return Ok(());
        }
        self.fail(start, "Missing end of raw directive")
    }

    /// The inside of a tag, up to its end.
    fn inside(&mut self, end: End) -> Result<(), Error> {
        let mut open: Vec<char> = Vec::new();
        loop {
            if open.is_empty() && self.tag_end(end) {
                return Ok(());
            }
            let rest = self.rest();
            let Some(first) = rest.chars().next() else { return Ok(()) };
            let pos = self.pos;
            if is_blank(first) {
                self.skip(first.len_utf8());
                continue;
            }
            let after_point = matches!(self.out.last(), Some(Token { kind: Tok::Op("."), .. }));
            match literal::number(rest, after_point) {
                Err(message) => return self.fail(pos, message),
                Ok(Some((length, number))) => {
                    self.push(number_token(number), pos);
                    self.skip(length);
                    continue;
                }
                Ok(None) => {}
            }
            if first.is_alphanumeric() || first == '_' {
                let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
                let name = rest.get(..length).unwrap_or_default();
                if !(first.is_alphabetic() || first == '_') {
                    return self.fail(pos, "Invalid character in identifier");
                }
                let name = self.shared(name);
                self.push(Tok::Name(name), pos);
                self.skip(length);
                continue;
            }
            if matches!(first, '\'' | '"')
                && let Some(length) = string_length(rest, first)
            {
                let text = literal::unescape(rest.get(1..length - 1).unwrap_or_default());
                match text {
                    Ok(text) => self.push(Tok::Str(Arc::from(text)), pos),
                    Err(message) => return self.fail(pos, message),
                }
                self.skip(length);
                continue;
            }
            let Some(op) = OPERATORS.iter().find(|op| rest.starts_with(**op)) else {
                let quoted = value::text::repr(&first.to_string().into());
                return self
                    .fail(pos, format!("unexpected char {quoted} at {}", self.text.get(..self.at).unwrap_or_default().chars().count()));
            };
            self.balance(op, &mut open, pos)?;
            self.push(Tok::Op(op), pos);
            self.skip(op.len());
        }
    }

    /// Brackets must match, because an end of the tag within them is none.
    fn balance(&self, op: &str, open: &mut Vec<char>, pos: Pos) -> Result<(), Error> {
        match op {
            "{" => open.push('}'),
            "(" => open.push(')'),
            "[" => open.push(']'),
            "}" | ")" | "]" => match open.pop() {
                None => return self.fail(pos, format!("unexpected '{op}'")),
                Some(expected) if !op.starts_with(expected) => return self.fail(pos, format!("unexpected '{op}', expected '{expected}'")),
                Some(_) => {}
            },
            _ => {}
        }
        Ok(())
    }

    /// Takes the end of the tag if it stands here.
    fn tag_end(&mut self, end: End) -> bool {
        let rest = self.rest();
        let pos = self.pos;
        if end == End::Line {
            let blanks = rest.len() - rest.trim_start_matches([' ', '\t', '\x0b']).len();
            let here = rest.get(blanks..).unwrap_or_default();
            if !here.is_empty() && !here.starts_with('\n') {
                return false;
            }
            self.skip(blanks + usize::from(!here.is_empty()));
            self.push(Tok::BlockEnd, pos);
            return true;
        }
        let (text, kind) = match end {
            End::Variable => (&self.options.variable_end, Tok::VariableEnd),
            End::Block | End::Line => (&self.options.block_end, Tok::BlockEnd),
        };
        let sign = match rest.chars().next() {
            Some('-') => Some('-'),
            Some('+') if end == End::Block => Some('+'),
            _ => None,
        };
        let (sign, length) = match sign {
            Some(sign) if rest.get(1..).is_some_and(|rest| rest.starts_with(text.as_str())) => (Some(sign), text.len() + 1),
            _ if rest.starts_with(text.as_str()) => (None, text.len()),
            _ => return false,
        };
        self.push(kind, pos);
        self.skip(length);
        if end == End::Block {
            self.after_tag(sign);
        } else if sign.is_some() {
            self.skip_blanks();
        }
        true
    }
}

fn number_token(number: Number) -> Tok {
    match number {
        Number::Int(number) => Tok::Int(number),
        Number::Float(number) => Tok::Float(number),
    }
}

/// Length of a string literal with its quotes, if it ends.
fn string_length(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}
