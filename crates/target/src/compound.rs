//! Compound expressions: words joined by `and`, `or`, `not` and parentheses.
//!
//! The words are separated by blanks and a parenthesis is a word of its own. `not` binds tighter than `and`, `and` tighter than `or`; a
//! `not` directly behind an operand means `and not`. A nodegroup stands for its expression in parentheses.

use crate::data::{DataPattern, Style};
use crate::operand::{self, Strictness};
use crate::{Expression, Nodegroups, ParseError};
use model::{Glob, TargetKind};

/// What an expression is parsed with: the groups it may name, and those it is inside of.
pub(crate) struct Context<'a> {
    nodegroups: &'a Nodegroups,
    strictness: Strictness,
    inside: Vec<&'a str>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(nodegroups: &'a Nodegroups, strictness: Strictness) -> Self {
        Self { nodegroups, strictness, inside: Vec::new() }
    }
}

/// Parses a compound expression written as one text.
pub(crate) fn parse_text(text: &str, context: &Context<'_>) -> Result<Expression, ParseError> {
    let mut words = Vec::new();
    let mut column = 1;
    for piece in text.split(char::is_whitespace) {
        if !piece.is_empty() {
            words.push((piece, column));
        }
        column += piece.chars().count() + 1;
    }
    parse(text, &words, context)
}

/// Parses words with their columns.
pub(crate) fn parse(text: &str, words: &[(&str, usize)], context: &Context<'_>) -> Result<Expression, ParseError> {
    let kept: Vec<(&str, usize)>;
    let words = match context.strictness {
        Strictness::Strict => words,
        Strictness::Lenient => {
            kept = words.iter().copied().filter(|(word, _)| !is_nothing(word, context.nodegroups, &context.inside)).collect();
            &kept
        }
    };
    let mut parser = Parser { text, words, context, depth: 0 };
    let expression = parser.or()?;
    match parser.words.first() {
        None => Ok(expression),
        Some((")", column)) => Err(ParseError::new(text, *column, "this `)` closes nothing")),
        Some((word, column)) => Err(parser.adjacent(word, *column)),
    }
}

/// Whether Salt takes a word for none at all: a group that is not there, that contains itself, or that is made of such groups alone.
fn is_nothing(word: &str, nodegroups: &Nodegroups, inside: &[&str]) -> bool {
    let Some(name) = word.strip_prefix("N@").filter(|name| !name.is_empty()) else { return false };
    let Some(words) = nodegroups.words(name).filter(|_| !inside.contains(&name)) else { return true };
    let within: Vec<&str> = inside.iter().copied().chain([name]).collect();
    !words.is_empty() && words.iter().all(|word| is_nothing(word, nodegroups, &within))
}

struct Parser<'a, 'c> {
    text: &'a str,
    words: &'a [(&'a str, usize)],
    context: &'c Context<'c>,
    depth: usize,
}

/// Deeper nesting than a person writes; it bounds the stack.
const DEEPEST: usize = 100;

impl<'a> Parser<'a, '_> {
    fn or(&mut self) -> Result<Expression, ParseError> {
        let mut parts = vec![self.and()?];
        while self.take("or") {
            parts.push(self.and()?);
        }
        Ok(one_or(parts, Expression::Or))
    }

    fn and(&mut self) -> Result<Expression, ParseError> {
        let mut parts = vec![self.not()?];
        loop {
            if self.take("and") || matches!(self.words.first(), Some(("not", _))) {
                parts.push(self.not()?);
            } else {
                return Ok(one_or(parts, Expression::And));
            }
        }
    }

    fn not(&mut self) -> Result<Expression, ParseError> {
        if !self.take("not") {
            return self.atom();
        }
        match self.words.first() {
            Some(("not", column)) => Err(ParseError::new(self.text, *column, "`not` follows `not`").hint("leave both out")),
            _ => Ok(Expression::Not(Box::new(self.atom()?))),
        }
    }

    fn atom(&mut self) -> Result<Expression, ParseError> {
        let Some(((word, column), rest)) = self.words.split_first().map(|(first, rest)| (*first, rest)) else {
            let end = self.text.chars().count() + 1;
            let message = if self.text.trim().is_empty() { "the expression is empty" } else { "an operand is missing at the end" };
            return Err(ParseError::new(self.text, end, message).hint("`*` means every minion"));
        };
        self.words = rest;
        match word {
            "(" => self.group(column),
            ")" => Err(ParseError::new(self.text, column, "an operand is missing before `)`")),
            "and" | "or" => Err(ParseError::new(self.text, column, format!("an operand is missing before `{word}`"))),
            _ => operand(self.text, word, column, self.context),
        }
    }

    fn group(&mut self, opened: usize) -> Result<Expression, ParseError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(ParseError::new(self.text, opened, format!("parentheses are nested deeper than {DEEPEST}")));
        }
        let empty = || ParseError::new(self.text, opened, "there is nothing between the parentheses");
        let inner = match self.words.first() {
            Some((")", _)) if self.context.strictness == Strictness::Lenient => Expression::Never(Box::new(empty())),
            _ => self.or()?,
        };
        self.depth -= 1;
        match self.words.split_first() {
            Some(((")", _), rest)) => {
                self.words = rest;
                Ok(inner)
            }
            Some(((word, column), _)) => Err(self.adjacent(word, *column)),
            None => Err(ParseError::new(self.text, opened, "this `(` is never closed").hint("a parenthesis needs a blank on both sides")),
        }
    }

    fn take(&mut self, operator: &str) -> bool {
        match self.words.split_first() {
            Some(((word, _), rest)) if *word == operator => {
                self.words = rest;
                true
            }
            _ => false,
        }
    }

    fn adjacent(&self, word: &str, column: usize) -> ParseError {
        let error = ParseError::new(self.text, column, format!("`{word}` follows another operand"));
        if word.starts_with('(') || word.ends_with(')') {
            error.hint("a parenthesis needs a blank on both sides")
        } else {
            error.hint("join them with `and` or `or`")
        }
    }
}

fn one_or(mut parts: Vec<Expression>, join: fn(Vec<Expression>) -> Expression) -> Expression {
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, Some(last)) => {
            parts.push(last);
            join(parts)
        }
        (_, None) => join(parts),
    }
}

/// Parses `X@pattern`, or anything else as an id pattern.
fn operand(text: &str, word: &str, column: usize, context: &Context<'_>) -> Result<Expression, ParseError> {
    // A parenthesis stuck to a word makes the word an id pattern that nobody has; say so where it is sure to be a slip.
    let stuck = |word: &str| (word.starts_with('(') || word.ends_with(')')) && !word.contains('@');
    if context.strictness == Strictness::Strict && stuck(word) {
        return Err(ParseError::new(text, column, format!("`{word}` has a parenthesis stuck to it"))
            .hint("a parenthesis needs a blank on both sides"));
    }
    // What the estate says of a host. Salt has no such operand, and no id of a minion looks like it.
    if let Some(pattern) = word.strip_prefix("A@") {
        let parsed = DataPattern::new(pattern, value::DELIMITER, Style::Glob).map(Expression::Asset);
        return match (parsed, context.strictness) {
            (Err(error), Strictness::Lenient) => Ok(Expression::Never(Box::new(error))),
            (parsed, _) => parsed.map_err(|error| {
                let inner = error.column;
                error.within(text, column + 2 + inner - 1)
            }),
        };
    }
    let Some((kind, delimiter, pattern, offset)) = prefixed(word) else {
        return Ok(Expression::Glob(Glob::new(word)));
    };
    match kind {
        TargetKind::Nodegroup => nodegroup(text, pattern, column, context),
        kind => operand::simple(kind, pattern, &delimiter, context.strictness).map_err(|error| {
            let inner = error.column;
            error.within(text, column + offset + inner - 1)
        }),
    }
}

/// Splits `X@pattern` and, for data patterns, `Xd@pattern` with a delimiter.
fn prefixed(word: &str) -> Option<(TargetKind, String, &str, usize)> {
    let mut chars = word.chars();
    let kind = match chars.next()? {
        'G' => TargetKind::Grain,
        'P' => TargetKind::GrainPcre,
        'I' => TargetKind::Pillar,
        'J' => TargetKind::PillarPcre,
        'L' => TargetKind::List,
        'N' => TargetKind::Nodegroup,
        'S' => TargetKind::Ipcidr,
        'E' => TargetKind::Pcre,
        'R' => TargetKind::Range,
        _ => return None,
    };
    let takes_delimiter = matches!(kind, TargetKind::Grain | TargetKind::GrainPcre | TargetKind::Pillar | TargetKind::PillarPcre);
    let after = chars.as_str();
    let (delimiter, pattern, offset) = match (after.strip_prefix('@'), takes_delimiter) {
        (Some(pattern), _) => (value::DELIMITER.to_owned(), pattern, 2),
        (None, true) => {
            let delimiter = chars.next()?;
            (delimiter.to_string(), chars.as_str().strip_prefix('@')?, 3)
        }
        (None, false) => return None,
    };
    (!pattern.is_empty()).then_some((kind, delimiter, pattern, offset))
}

/// Expands a nodegroup in place.
pub(crate) fn nodegroup(text: &str, name: &str, column: usize, context: &Context<'_>) -> Result<Expression, ParseError> {
    let Some(words) = context.nodegroups.words(name) else {
        let error = ParseError::new(text, column, format!("no nodegroup `{name}` is configured"));
        return Err(match model::nearest(name, context.nodegroups.names()) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error,
        });
    };
    if context.inside.contains(&name) {
        return Err(ParseError::new(text, column, format!("nodegroup `{name}` contains itself")));
    }
    if words.is_empty() && context.strictness == Strictness::Lenient {
        return Ok(Expression::Never(Box::new(ParseError::new(text, column, format!("nodegroup `{name}` is empty")))));
    }
    if let Some(plain) = plain_group(words) {
        return plain.map_err(|error| error.within(text, column));
    }
    let mut inside = context.inside.clone();
    inside.push(name);
    let nested = Context { nodegroups: context.nodegroups, strictness: context.strictness, inside };
    let placed: Vec<_> = words.iter().map(|word| (word.as_str(), 1)).collect();
    parse(&words.join(" "), &placed, &nested).map_err(|error| {
        let message = format!("in nodegroup `{name}`: {}", error.message);
        ParseError { message, ..error.within(text, column) }
    })
}

/// A group of plain words is a list of ids, or one regular expression if any word looks like one.
fn plain_group(words: &[String]) -> Option<Result<Expression, ParseError>> {
    let is_plain =
        |word: &String| !matches!(word.as_str(), "and" | "or" | "not" | "(" | ")") && prefixed(word).is_none() && !word.contains('*');
    if words.is_empty() || !words.iter().all(is_plain) {
        return None;
    }
    if words.iter().any(|word| word.contains(['(', '[', '{', '\\', '?', '}', ']', ')'])) {
        let joined = words.join(",");
        return Some(operand::regex(&joined, &joined, 1).map(|regex| Expression::Pcre(Box::new(regex))));
    }
    Some(Ok(Expression::List(words.iter().flat_map(|word| word.split(',')).map(str::to_owned).collect())))
}
