//! Expressions.

use super::super::ast::{Args, Binary, Compare, Const, Expr, ExprKind, Name, Pos, Unary};
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

fn node(pos: Pos, kind: ExprKind) -> Expr {
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
    fn chain(
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

    fn primary(&mut self) -> Result<Expr, Error> {
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

    /// Attributes, items and calls.
    fn postfix(&mut self, value: Expr) -> Result<Expr, Error> {
        self.chain(
            |_| Ok(value),
            |parser, value, _| {
                let pos = parser.pos();
                if parser.skip_op(".") {
                    return Ok((parser.attribute(value, pos)?, true));
                }
                if parser.skip_op("[") {
                    return Ok((parser.item(value, pos)?, true));
                }
                if parser.is_op("(") {
                    let args = parser.arguments()?;
                    return Ok((node(value.pos, ExprKind::Call(Box::new(value), args)), true));
                }
                Ok((value, false))
            },
        )
    }

    fn attribute(&mut self, value: Expr, pos: Pos) -> Result<Expr, Error> {
        match self.advance() {
            Tok::Name(name) => Ok(node(value.pos, ExprKind::Attr(Box::new(value), name))),
            Tok::Int(number) => {
                let key = node(pos, ExprKind::Const(Const::Int(number)));
                Ok(node(value.pos, ExprKind::Item(Box::new(value), Box::new(key))))
            }
            _ => self.fail_at(pos, "expected name or number"),
        }
    }

    fn item(&mut self, value: Expr, pos: Pos) -> Result<Expr, Error> {
        let mut keys = Vec::new();
        let mut slice = None;
        while !self.is_op("]") {
            if !keys.is_empty() || slice.is_some() {
                self.expect_op(",")?;
                if slice.is_some() {
                    return self.fail("a slice is not part of a tuple");
                }
            }
            match self.subscript()? {
                Subscript::Key(key) => keys.push(key),
                Subscript::Slice(parts) => slice = Some(parts),
            }
        }
        self.expect_op("]")?;
        let at = value.pos;
        if let Some(parts) = slice {
            return Ok(node(at, ExprKind::Slice(Box::new(value), parts)));
        }
        let single = keys.len() == 1;
        let key = match keys.pop() {
            Some(key) if single => key,
            Some(last) => {
                keys.push(last);
                node(pos, ExprKind::Tuple(keys))
            }
            None => return self.fail_at(pos, "expected subscript expression"),
        };
        Ok(node(at, ExprKind::Item(Box::new(value), Box::new(key))))
    }

    fn subscript(&mut self) -> Result<Subscript, Error> {
        let mut parts = [None, None, None];
        for (index, part) in parts.iter_mut().enumerate() {
            if index > 0 && !self.skip_op(":") {
                break;
            }
            if !matches!(self.peek(), Tok::Op(":" | "]" | ",")) {
                let key = self.expression()?;
                if index == 0 && !self.is_op(":") {
                    return Ok(Subscript::Key(key));
                }
                *part = Some(key);
            }
        }
        Ok(Subscript::Slice(Box::new(parts)))
    }

    fn arguments(&mut self) -> Result<Args, Error> {
        self.expect_op("(")?;
        let mut args = Args::default();
        let mut first = true;
        while !self.is_op(")") {
            if !first {
                self.expect_op(",")?;
                if self.is_op(")") {
                    break;
                }
            }
            first = false;
            let pos = self.pos();
            let ordered = if self.skip_op("*") {
                let free = args.star.is_none() && args.double_star.is_none();
                args.star = Some(Box::new(self.expression()?));
                free
            } else if self.skip_op("**") {
                let free = args.double_star.is_none();
                args.double_star = Some(Box::new(self.expression()?));
                free
            } else if let (Tok::Name(name), Tok::Op("=")) = (self.peek().clone(), self.peek_second()) {
                self.at += 2;
                let free = args.double_star.is_none();
                args.keyword.push((name, self.expression()?));
                free
            } else {
                args.positional.push(self.expression()?);
                args.star.is_none() && args.double_star.is_none() && args.keyword.is_empty()
            };
            if !ordered {
                return self.fail_at(pos, "invalid syntax for function call expression");
            }
        }
        self.expect_op(")")?;
        Ok(args)
    }

    fn filters_and_tests(&mut self, value: Expr) -> Result<Expr, Error> {
        self.chain(
            |_| Ok(value),
            |parser, value, _| {
                if parser.skip_op("|") {
                    return Ok((parser.filter(Some(value))?, true));
                }
                if parser.skip_name("is") {
                    return Ok((parser.test(value)?, true));
                }
                if parser.is_op("(") {
                    let args = parser.arguments()?;
                    return Ok((node(value.pos, ExprKind::Call(Box::new(value), args)), true));
                }
                Ok((value, false))
            },
        )
    }

    fn dotted_name(&mut self) -> Result<Name, Error> {
        let mut name = self.expect_any_name()?;
        while self.skip_op(".") {
            let more = self.expect_any_name()?;
            name = Arc::from(format!("{name}.{more}"));
        }
        Ok(name)
    }

    /// One filter, after its `|`.
    fn filter(&mut self, value: Option<Expr>) -> Result<Expr, Error> {
        let pos = self.pos();
        let name = self.dotted_name()?;
        if !self.engine.filters.contains_key(&*name) {
            self.unknown.push((pos, format!("No filter named {}.", value::text::repr(&(&*name).into()))));
        }
        let args = if self.is_op("(") { self.arguments()? } else { Args::default() };
        Ok(node(pos, ExprKind::Filter(value.map(Box::new), name, args)))
    }

    /// The filters of a block: `first|second(…)`.
    pub(super) fn block_filters(&mut self) -> Result<Expr, Error> {
        let first = self.filter(None)?;
        self.chain(
            |_| Ok(first),
            |parser, value, _| {
                if !parser.skip_op("|") {
                    return Ok((value, false));
                }
                Ok((parser.filter(Some(value))?, true))
            },
        )
    }

    /// One test, after its `is`.
    fn test(&mut self, value: Expr) -> Result<Expr, Error> {
        let negated = self.skip_name("not");
        let pos = self.pos();
        let name = self.dotted_name()?;
        if !self.engine.tests.contains_key(&*name) {
            self.unknown.push((pos, format!("No test named {}.", value::text::repr(&(&*name).into()))));
        }
        let args = if self.is_op("(") {
            self.arguments()?
        } else {
            let bare = match self.peek() {
                Tok::Name(name) => !matches!(&**name, "else" | "or" | "and" | "if"),
                Tok::Str(_) | Tok::Int(_) | Tok::Float(_) | Tok::Op("[" | "{") => true,
                _ => false,
            };
            if bare && self.is_name("is") {
                return self.fail("You cannot chain multiple tests with is");
            }
            let mut args = Args::default();
            if bare {
                let first = self.primary()?;
                args.positional.push(self.postfix(first)?);
            }
            args
        };
        let test = node(pos, ExprKind::Test(Box::new(value), name, args));
        Ok(if negated { node(pos, ExprKind::Unary(Unary::Not, Box::new(test))) } else { test })
    }
}

enum Subscript {
    Key(Expr),
    Slice(Box<[Option<Expr>; 3]>),
}
