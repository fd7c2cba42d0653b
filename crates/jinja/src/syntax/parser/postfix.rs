//! What follows a value: attributes, items, calls, filters and tests.

use super::super::ast::{Args, Const, Expr, ExprKind, Name, Pos, Unary};
use super::super::token::Tok;
use super::Parser;
use super::expr::node;
use crate::Error;
use std::sync::Arc;

enum Subscript {
    Key(Expr),
    Slice(Box<[Option<Expr>; 3]>),
}

impl Parser<'_> {
    /// Attributes, items and calls.
    pub(super) fn postfix(&mut self, value: Expr) -> Result<Expr, Error> {
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

    pub(super) fn filters_and_tests(&mut self, value: Expr) -> Result<Expr, Error> {
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
