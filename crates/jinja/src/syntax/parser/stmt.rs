//! Statements: the loop over text and tags, and the tags without a shape of their own.

use super::super::ast::{Expr, ExprKind, For, Name, Pos, Stmt, StmtKind, Target};
use super::super::token::Tok;
use super::Parser;
use super::expr::Conditional;
use crate::Error;
use std::sync::Arc;

/// What ends a list of statements; the end tag's name was read when it is known.
pub(super) type Ends = &'static [&'static str];

/// Whether `namespace.attribute` may be assigned to.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Attributes {
    Allowed,
    Refused,
}

impl Parser<'_> {
    pub(super) fn template(&mut self) -> Result<Vec<Stmt>, Error> {
        self.statements(&[])
    }

    /// Statements up to one of the tags `ends`, whose name is the next token then; up to the end of the template without `ends`.
    fn statements(&mut self, ends: Ends) -> Result<Vec<Stmt>, Error> {
        if !ends.is_empty() {
            self.ends.push(ends);
        }
        let mut body = Vec::new();
        loop {
            let pos = self.pos();
            match self.advance() {
                Tok::Data(text) => body.push(Stmt { kind: StmtKind::Data(text), pos }),
                Tok::VariableBegin => {
                    let value = self.tuple(Conditional::Allowed, &[], false)?;
                    self.expect(*self.peek() == Tok::VariableEnd, "end of print statement")?;
                    body.push(Stmt { kind: StmtKind::Print(value), pos });
                }
                Tok::BlockBegin => {
                    if let Tok::Name(name) = self.peek()
                        && ends.contains(&&**name)
                    {
                        self.ends.pop();
                        return Ok(body);
                    }
                    self.deeper(|parser| parser.statement(pos, &mut body))?;
                    self.expect_block_end()?;
                }
                Tok::Eof if ends.is_empty() => return Ok(body),
                Tok::Eof => return self.lost(None, pos),
                other => return self.fail_at(pos, format!("unexpected '{}'", other.describe())),
            }
        }
    }

    /// The body of a tag: after the tag's end, up to the end tag, whose name is taken.
    pub(super) fn body(&mut self, ends: Ends) -> Result<Vec<Stmt>, Error> {
        let body = self.body_up_to(ends)?;
        self.advance();
        Ok(body)
    }

    fn body_up_to(&mut self, ends: Ends) -> Result<Vec<Stmt>, Error> {
        // Python's habit of a colon is allowed.
        self.skip_op(":");
        self.expect_block_end()?;
        self.statements(ends)
    }

    fn statement(&mut self, pos: Pos, body: &mut Vec<Stmt>) -> Result<(), Error> {
        let Tok::Name(name) = self.peek().clone() else {
            return self.fail_at(pos, "tag name expected");
        };
        let name_pos = self.pos();
        self.advance();
        self.tags.push(Arc::clone(&name));
        let kind = match &*name {
            "if" => self.if_chain()?,
            "for" => self.for_loop()?,
            "set" => self.set()?,
            "do" => StmtKind::Do(self.tuple(Conditional::Allowed, &[], false)?),
            "print" => StmtKind::Print(self.tuple(Conditional::Allowed, &[], false)?),
            "break" => StmtKind::Break,
            "continue" => StmtKind::Continue,
            "with" => self.with()?,
            "autoescape" => StmtKind::Scope(self.expression()?, self.body(&["endautoescape"])?),
            "filter" => StmtKind::FilterBlock(self.block_filters()?, self.body(&["endfilter"])?),
            "macro" => self.macro_definition()?,
            "call" => self.call_block()?,
            "block" => self.block(pos)?,
            "extends" => StmtKind::Extends(self.expression()?),
            "include" => self.include()?,
            "import" => self.import()?,
            "from" => self.import_names()?,
            "load_yaml" | "load_json" | "load_text" => self.load(&name)?,
            "import_yaml" | "import_json" | "import_text" => self.import_data(&name)?,
            "profile" => self.profile()?,
            _ => {
                self.tags.pop();
                return self.lost(Some(&name), name_pos);
            }
        };
        self.tags.pop();
        body.push(Stmt { kind, pos });
        Ok(())
    }

    /// A tag that is none, or the end of the text within a tag.
    fn lost<T>(&self, name: Option<&Name>, pos: Pos) -> Result<T, Error> {
        let mut message = match name {
            None => "Unexpected end of template.".to_owned(),
            Some(name) => format!("Encountered unknown tag '{name}'."),
        };
        if let Some(looking) = self.ends.last() {
            let looking: Vec<_> = looking.iter().map(|end| format!("'{end}'")).collect();
            let looking = looking.join(" or ");
            if name.is_some_and(|name| self.ends.iter().any(|ends| ends.contains(&&**name))) {
                message +=
                    &format!(" You probably made a nesting mistake. Jinja is expecting this tag, but currently looking for {looking}.");
            } else {
                message += &format!(" Jinja was looking for the following tags: {looking}.");
            }
        }
        if let Some(tag) = self.tags.last() {
            message += &format!(" The innermost block that needs to be closed is '{tag}'.");
        }
        self.fail_at(pos, message)
    }

    fn if_chain(&mut self) -> Result<StmtKind, Error> {
        let unknown = self.unknown.len();
        let mut arms = Vec::new();
        loop {
            let test = self.tuple(Conditional::Refused, &[], false)?;
            arms.push((test, self.body_up_to(&["elif", "else", "endif"])?));
            if self.skip_name("elif") {
                continue;
            }
            let otherwise = if self.skip_name("else") { self.body(&["endif"])? } else { Vec::new() };
            self.skip_name("endif");
            self.unknown.truncate(unknown);
            return Ok(StmtKind::If(arms, otherwise));
        }
    }

    fn for_loop(&mut self) -> Result<StmtKind, Error> {
        let target = self.target(&["in"], Attributes::Refused)?;
        self.expect_keyword("in")?;
        let iter = self.tuple(Conditional::Refused, &["recursive"], false)?;
        let filter = if self.skip_name("if") { Some(self.expression()?) } else { None };
        let recursive = self.skip_name("recursive");
        let body = self.body_up_to(&["endfor", "else"])?;
        let otherwise = if self.skip_name("else") { self.body(&["endfor"])? } else { Vec::new() };
        self.skip_name("endfor");
        Ok(StmtKind::For(Arc::new(For { target, iter, filter, body, otherwise, recursive })))
    }

    fn set(&mut self) -> Result<StmtKind, Error> {
        let target = self.target(&[], Attributes::Allowed)?;
        if self.skip_op("=") {
            return Ok(StmtKind::Set(target, self.tuple(Conditional::Allowed, &[], false)?));
        }
        let filter = if self.skip_op("|") { Some(self.block_filters()?) } else { None };
        Ok(StmtKind::SetBlock(target, filter, self.body(&["endset"])?))
    }

    fn with(&mut self) -> Result<StmtKind, Error> {
        let mut vars = Vec::new();
        while *self.peek() != Tok::BlockEnd {
            if !vars.is_empty() {
                self.expect_op(",")?;
            }
            let target = self.target(&[], Attributes::Refused)?;
            self.expect_op("=")?;
            vars.push((target, self.expression()?));
        }
        Ok(StmtKind::With(vars, self.body(&["endwith"])?))
    }

    /// What is assigned to: a name, `namespace.attribute`, or several.
    pub(super) fn target(&mut self, ends: &[&str], attributes: Attributes) -> Result<Target, Error> {
        let pos = self.pos();
        let value = if let (Tok::Name(name), Tok::Op("."), Attributes::Allowed) = (self.peek().clone(), self.peek_second(), attributes) {
            self.at += 2;
            let attribute = self.expect_any_name()?;
            if !self.is_op(",") {
                return Ok(Target::Attr(name, attribute));
            }
            let kind = ExprKind::Attr(Box::new(Expr { kind: ExprKind::Name(name), pos }), attribute);
            self.rest_of_targets(Expr { kind, pos }, ends)?
        } else {
            let first = self.single_target()?;
            if self.is_op(",") { self.rest_of_targets(first, ends)? } else { first }
        };
        self.as_target(value)
    }

    fn single_target(&mut self) -> Result<Expr, Error> {
        match self.peek() {
            Tok::Name(_) | Tok::Op("(" | "[") => self.deeper(Self::target_atom),
            Tok::Str(_) | Tok::Int(_) | Tok::Float(_) => self.fail("can't assign to 'const'"),
            Tok::BlockEnd => self.fail(format!("Expected an expression, got '{}'", self.peek().describe())),
            other => self.fail(format!("unexpected '{}'", other.describe())),
        }
    }

    fn target_atom(&mut self) -> Result<Expr, Error> {
        let pos = self.pos();
        let close = match self.advance() {
            Tok::Name(name) => {
                return Ok(Expr { kind: ExprKind::Name(name), pos });
            }
            Tok::Op("(") => ")",
            _ => "]",
        };
        let first = self.single_target()?;
        let value = if self.is_op(",") { self.rest_of_targets(first, &[])? } else { first };
        self.expect_op(close)?;
        Ok(value)
    }

    fn rest_of_targets(&mut self, first: Expr, ends: &[&str]) -> Result<Expr, Error> {
        let pos = first.pos;
        let mut items = vec![first];
        while self.skip_op(",") {
            let ended = match self.peek() {
                Tok::Name(name) => ends.contains(&&**name),
                Tok::Op(op) => matches!(*op, "=" | ")" | "]"),
                Tok::BlockEnd => true,
                _ => false,
            };
            if ended {
                break;
            }
            items.push(self.single_target()?);
        }
        Ok(Expr { kind: ExprKind::Tuple(items), pos })
    }

    fn as_target(&self, value: Expr) -> Result<Target, Error> {
        match value.kind {
            ExprKind::Name(name) if matches!(&*name, "true" | "True" | "false" | "False" | "none" | "None") => {
                self.fail_at(value.pos, "can't assign to 'const'")
            }
            ExprKind::Name(name) => Ok(Target::Name(name)),
            ExprKind::Attr(of, attribute) => match of.kind {
                ExprKind::Name(name) => Ok(Target::Attr(name, attribute)),
                _ => self.fail_at(value.pos, "can't assign to 'getattr'"),
            },
            ExprKind::Tuple(items) => items.into_iter().map(|item| self.as_target(item)).collect::<Result<_, _>>().map(Target::Tuple),
            _ => self.fail_at(value.pos, "can't assign to this"),
        }
    }
}
