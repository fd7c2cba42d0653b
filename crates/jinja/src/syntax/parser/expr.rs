//! Expressions.

use super::super::ast::{Binary, Compare, Const, Expr, ExprKind, Name, Pos, Unary};
use super::super::token::Tok;
use super::{LONGEST, Parser};
use crate::Error;
use std::sync::Arc;

/// Whether `a if b else c` may stand there.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Conditional {
    Allowed,
    Refused,
}

pub(super) fn node(pos: Pos, kind: ExprKind) -> Expr {
    Expr { kind, pos }
}

impl Parser<'_> {
    pub(super) fn expression(&mut self) -> Result<Expr, Error> {
        self.deeper(Self::conditional)
    }

    fn conditional(&mut self) -> Result<Expr, Error> {
        let pos = self.pos();
        let unknown = self.unknown.len();
        let mut value = self.or()?;
        while self.skip_name("if") {
            let test = self.or()?;
            let otherwise = if self.skip_name("else") { Some(Box::new(self.expression()?)) } else { None };
            value = node(pos, ExprKind::Cond(Box::new(value), Box::new(test), otherwise));
            self.unknown.truncate(unknown);
        }
        Ok(value)
    }

    /// An expression, or several with commas between them, which are a tuple.
    pub(super) fn tuple(&mut self, conditional: Conditional, ends: &[&str], in_parentheses: bool) -> Result<Expr, Error> {
        let pos = self.pos();
        let mut items = Vec::new();
        let mut is_tuple = false;
        loop {
            if !items.is_empty() {
                self.expect_op(",")?;
            }
            if self.is_tuple_end(ends) {
                break;
            }
            items.push(match conditional {
                Conditional::Allowed => self.expression()?,
                Conditional::Refused => self.deeper(Self::or)?,
            });
            if !self.is_op(",") {
                break;
            }
            is_tuple = true;
        }
        if !is_tuple {
            if let Some(only) = items.pop() {
                return Ok(only);
            }
            if !in_parentheses {
                return self.fail(format!("Expected an expression, got '{}'", self.peek().describe()));
            }
        }
        Ok(node(pos, ExprKind::Tuple(items)))
    }

    fn is_tuple_end(&self, ends: &[&str]) -> bool {
        match self.peek() {
            Tok::VariableEnd | Tok::BlockEnd | Tok::Op(")") => true,
            Tok::Name(name) => ends.contains(&&**name),
            _ => false,
        }
    }

    pub(super) fn or(&mut self) -> Result<Expr, Error> {
        self.chain(Self::and, |parser, left, pos| {
            if !parser.skip_name("or") {
                return Ok((left, false));
            }
            let right = parser.and()?;
            Ok((node(pos, ExprKind::Or(Box::new(left), Box::new(right))), true))
        })
    }

    fn and(&mut self) -> Result<Expr, Error> {
        self.chain(Self::not, |parser, left, pos| {
            if !parser.skip_name("and") {
                return Ok((left, false));
            }
            let right = parser.not()?;
            Ok((node(pos, ExprKind::And(Box::new(left), Box::new(right))), true))
        })
    }

    /// A chain of one kind of operator, from left to right.
    pub(super) fn chain(
        &mut self,
        first: impl FnOnce(&mut Self) -> Result<Expr, Error>,
        mut more: impl FnMut(&mut Self, Expr, Pos) -> Result<(Expr, bool), Error>,
    ) -> Result<Expr, Error> {
        let pos = self.pos();
        let mut left = first(self)?;
        for _ in 0..LONGEST {
            let (next, found) = more(self, left, pos)?;
            left = next;
            if !found {
                return Ok(left);
            }
        }
        self.fail("the expression is too long")
    }

    fn not(&mut self) -> Result<Expr, Error> {
        let pos = self.pos();
        if self.skip_name("not") {
            let value = self.deeper(Self::not)?;
            return Ok(node(pos, ExprKind::Unary(Unary::Not, Box::new(value))));
        }
        let first = self.binary(0)?;
        let mut rest = Vec::new();
        while let Some(op) = self.comparison() {
            rest.push((op, self.binary(0)?));
        }
        Ok(if rest.is_empty() { first } else { node(pos, ExprKind::Compare(Box::new(first), rest)) })
    }

    fn comparison(&mut self) -> Option<Compare> {
        let op = match self.peek() {
            Tok::Op("==") => Compare::Eq,
            Tok::Op("!=") => Compare::Ne,
            Tok::Op("<") => Compare::Lt,
            Tok::Op("<=") => Compare::Le,
            Tok::Op(">") => Compare::Gt,
            Tok::Op(">=") => Compare::Ge,
            Tok::Name(name) if &**name == "in" => Compare::In,
            Tok::Name(name) if &**name == "not" && self.peek_second().is_name("in") => {
                self.advance();
                Compare::NotIn
            }
            _ => return None,
        };
        self.advance();
        Some(op)
    }

    /// `+ -`, then `~`, then `* / // %`, then `**`: each level binds closer and goes from left to right, even `**`.
    fn binary(&mut self, level: u8) -> Result<Expr, Error> {
        if level == 1 {
            return self.concatenation();
        }
        if level == 4 {
            return self.unary(true);
        }
        self.chain(
            |parser| parser.binary(level + 1),
            |parser, left, pos| {
                let op = match (level, parser.peek()) {
                    (0, Tok::Op("+")) => Binary::Add,
                    (0, Tok::Op("-")) => Binary::Sub,
                    (2, Tok::Op("*")) => Binary::Mul,
                    (2, Tok::Op("/")) => Binary::Div,
                    (2, Tok::Op("//")) => Binary::FloorDiv,
                    (2, Tok::Op("%")) => Binary::Mod,
                    (3, Tok::Op("**")) => Binary::Pow,
                    _ => return Ok((left, false)),
                };
                parser.advance();
                let right = parser.binary(level + 1)?;
                Ok((node(pos, ExprKind::Binary(op, Box::new(left), Box::new(right))), true))
            },
        )
    }

    fn concatenation(&mut self) -> Result<Expr, Error> {
        let pos = self.pos();
        let first = self.binary(2)?;
        if !self.is_op("~") {
            return Ok(first);
        }
        let mut parts = vec![first];
        while self.skip_op("~") {
            parts.push(self.binary(2)?);
        }
        Ok(node(pos, ExprKind::Concat(parts)))
    }

    fn unary(&mut self, with_filters: bool) -> Result<Expr, Error> {
        let pos = self.pos();
        let sign = match self.peek() {
            Tok::Op("-") => Some(Unary::Neg),
            Tok::Op("+") => Some(Unary::Pos),
            _ => None,
        };
        let value = if let Some(sign) = sign {
            self.advance();
            let value = self.deeper(|parser| parser.unary(false))?;
            node(pos, ExprKind::Unary(sign, Box::new(value)))
        } else {
            self.primary()?
        };
        let value = self.postfix(value)?;
        if with_filters { self.filters_and_tests(value) } else { Ok(value) }
    }

    pub(super) fn primary(&mut self) -> Result<Expr, Error> {
        let pos = self.pos();
        let kind = match self.peek().clone() {
            Tok::Name(name) => {
                self.advance();
                self.name_or_constant(name)
            }
            Tok::Str(first) => {
                self.advance();
                let mut text = first;
                while let Tok::Str(more) = self.peek() {
                    text = Arc::from(format!("{text}{more}"));
                    self.advance();
                }
                ExprKind::Const(Const::Str(text))
            }
            Tok::Int(number) => {
                self.advance();
                ExprKind::Const(Const::Int(number))
            }
            Tok::Float(number) => {
                self.advance();
                ExprKind::Const(Const::Float(number))
            }
            Tok::Op("(") => {
                self.advance();
                let inner = self.tuple(Conditional::Allowed, &[], true)?;
                self.expect_op(")")?;
                return Ok(inner);
            }
            Tok::Op("[") => {
                self.advance();
                let mut items = Vec::new();
                while !self.is_op("]") {
                    if !items.is_empty() {
                        self.expect_op(",")?;
                    }
                    if self.is_op("]") {
                        break;
                    }
                    items.push(self.expression()?);
                }
                self.expect_op("]")?;
                ExprKind::List(items)
            }
            Tok::Op("{") => {
                self.advance();
                let mut items = Vec::new();
                while !self.is_op("}") {
                    if !items.is_empty() {
                        self.expect_op(",")?;
                    }
                    if self.is_op("}") {
                        break;
                    }
                    let key = self.expression()?;
                    self.expect_op(":")?;
                    items.push((key, self.expression()?));
                }
                self.expect_op("}")?;
                ExprKind::Dict(items)
            }
            Tok::Eof => return self.fail("unexpected end of template"),
            other => return self.fail(format!("unexpected '{}'", other.describe())),
        };
        Ok(node(pos, kind))
    }

    fn name_or_constant(&mut self, name: Name) -> ExprKind {
        match &*name {
            "true" | "True" => ExprKind::Const(Const::Bool(true)),
            "false" | "False" => ExprKind::Const(Const::Bool(false)),
            "none" | "None" => ExprKind::Const(Const::None),
            special => {
                for uses in &mut self.uses {
                    uses.varargs |= special == "varargs";
                    uses.kwargs |= special == "kwargs";
                    uses.caller |= special == "caller";
                }
                ExprKind::Name(name)
            }
        }
    }
}
