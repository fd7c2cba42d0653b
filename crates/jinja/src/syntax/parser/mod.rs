//! From tokens to the tree. Recursive descent for statements, precedence climbing for expressions; both count how deep they are, so that
//! no text can exhaust the stack.

mod block;
mod expr;
mod import;
mod postfix;
mod stmt;

use super::ast::{Block, Name, Pos, Template, Uses};
use super::lexer;
use super::token::{Tok, Token};
use crate::engine::Engine;
use crate::limits::Stack;
use crate::{Error, Kind, Options, Source};
use std::collections::HashMap;
use std::sync::Arc;

/// Expressions and statements nested deeper than this are refused.
const DEEPEST: usize = 100;
/// Longest chain of operators, attributes or filters in one expression.
const LONGEST: usize = 1000;

/// Reads a template.
pub(crate) fn parse(source: &Source, engine: &Engine, stack: Stack) -> Result<Template, Error> {
    let name: Arc<str> = Arc::from(source.name.as_str());
    let options = source.options.as_ref().unwrap_or(&engine.options);
    let text = normalized(&source.text, options);
    let (tokens, failed) = lexer::tokens(&text, &name, options);
    let mut parser = Parser {
        tokens,
        at: 0,
        name: Arc::clone(&name),
        engine,
        stack,
        depth: 0,
        unknown: Vec::new(),
        tags: Vec::new(),
        ends: Vec::new(),
        uses: Vec::new(),
        blocks: HashMap::new(),
    };
    let body = match (parser.template(), failed) {
        (Err(error), Some(failed)) => return Err(if parser.at + 1 < parser.tokens.len() { error } else { failed }),
        (_, Some(failed)) => return Err(failed),
        (body, None) => body?,
    };
    if let Some((pos, message)) = parser.unknown.first() {
        return parser.fail_at(*pos, message.as_str());
    }
    Ok(Template { name, body, blocks: parser.blocks, strict: options.strict })
}

/// The text with `\n` as its only end of line, and without the last one unless that is to be kept.
fn normalized(text: &str, options: &Options) -> String {
    let mut text = if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text.to_owned() };
    if !options.keep_trailing_newline && text.ends_with('\n') {
        text.pop();
    }
    text
}

struct Parser<'e> {
    tokens: Vec<Token>,
    at: usize,
    name: Arc<str>,
    engine: &'e Engine,
    stack: Stack,
    depth: usize,
    /// Filters and tests that do not exist. Under a condition that is an error only when they are used, as a template may ask first.
    unknown: Vec<(Pos, String)>,
    /// The open tags, and what each waits for.
    tags: Vec<Name>,
    ends: Vec<&'static [&'static str]>,
    /// Special names used in the macros around.
    uses: Vec<Uses>,
    blocks: HashMap<Name, Arc<Block>>,
}

impl Parser<'_> {
    fn peek(&self) -> &Tok {
        self.tokens.get(self.at).map_or(&Tok::Eof, |token| &token.kind)
    }

    fn peek_second(&self) -> &Tok {
        self.tokens.get(self.at + 1).map_or(&Tok::Eof, |token| &token.kind)
    }

    fn pos(&self) -> Pos {
        self.tokens.get(self.at).or(self.tokens.last()).map(|token| token.pos).unwrap_or_default()
    }

    fn advance(&mut self) -> Tok {
        let token = self.peek().clone();
        if self.at < self.tokens.len() {
            self.at += 1;
        }
        token
    }

    fn is_op(&self, op: &str) -> bool {
        self.peek().is_op(op)
    }

    fn is_name(&self, name: &str) -> bool {
        self.peek().is_name(name)
    }

    fn skip_op(&mut self, op: &str) -> bool {
        let found = self.is_op(op);
        self.at += usize::from(found);
        found
    }

    fn skip_name(&mut self, name: &str) -> bool {
        let found = self.is_name(name);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, found: bool, expected: &str) -> Result<(), Error> {
        if found {
            self.advance();
            Ok(())
        } else if *self.peek() == Tok::Eof {
            self.fail(format!("unexpected end of template, expected '{expected}'."))
        } else {
            self.fail(format!("expected token '{expected}', got '{}'", self.peek().describe()))
        }
    }

    fn expect_op(&mut self, op: &str) -> Result<(), Error> {
        self.expect(self.is_op(op), op)
    }

    fn expect_keyword(&mut self, name: &str) -> Result<(), Error> {
        self.expect(self.is_name(name), name)
    }

    fn expect_block_end(&mut self) -> Result<(), Error> {
        self.expect(*self.peek() == Tok::BlockEnd, "end of statement block")
    }

    fn expect_any_name(&mut self) -> Result<Name, Error> {
        if let Tok::Name(name) = self.peek() {
            let name = Arc::clone(name);
            self.advance();
            return Ok(name);
        }
        self.expect(false, "name")?;
        Ok(Arc::from(""))
    }

    fn fail<T>(&self, message: impl Into<String>) -> Result<T, Error> {
        self.fail_at(self.pos(), message)
    }

    fn fail_at<T>(&self, pos: Pos, message: impl Into<String>) -> Result<T, Error> {
        Err(Error::new(Kind::Syntax, message).at(&self.name, pos.line, pos.column))
    }

    /// Runs one level deeper.
    fn deeper<T>(&mut self, body: impl FnOnce(&mut Self) -> Result<T, Error>) -> Result<T, Error> {
        if self.depth >= DEEPEST || self.stack.check().is_err() {
            return self.fail("the template is nested too deeply");
        }
        self.depth += 1;
        let result = body(self);
        self.depth -= 1;
        result
    }
}
