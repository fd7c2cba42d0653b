//! Expressions.

use super::Interp;
use super::scope::Cx;
use crate::syntax::ast::{Args, Const, Expr, ExprKind, Unary};
use crate::val::Key;
use crate::{Dict, Error, Kind, Kwargs, Undefined, Val};
use std::sync::Arc;

impl Interp<'_> {
    pub(super) fn eval(&self, expr: &Expr, cx: &Cx) -> Result<Val, Error> {
        self.charge(1)?;
        let result = match &expr.kind {
            ExprKind::Const(value) => return Ok(constant(value)),
            ExprKind::Name(name) => return Ok(self.lookup(name, cx).unwrap_or_else(|| self.missing_name(name))),
            _ => self.eval_deep(expr, cx),
        };
        result.map_err(|error| error.at(cx.unit.name(), expr.pos.line, expr.pos.column))
    }

    fn eval_deep(&self, expr: &Expr, cx: &Cx) -> Result<Val, Error> {
        self.check_stack()?;
        match &expr.kind {
            ExprKind::Const(value) => Ok(constant(value)),
            ExprKind::Name(name) => Ok(self.lookup(name, cx).unwrap_or_else(|| self.missing_name(name))),
            ExprKind::List(items) => {
                self.allocate_items(items.len())?;
                Ok(Val::list(self.eval_all(items, cx)?))
            }
            ExprKind::Tuple(items) => {
                self.allocate_items(items.len())?;
                Ok(Val::tuple(self.eval_all(items, cx)?))
            }
            ExprKind::Dict(items) => self.eval_dict(items, cx),
            ExprKind::Attr(of, name) => {
                let of = self.eval(of, cx)?;
                self.get_attr(&of, name)
            }
            ExprKind::Item(of, key) => {
                let of = self.eval(of, cx)?;
                let key = self.eval(key, cx)?;
                self.get_item(&of, &key)
            }
            ExprKind::Slice(of, parts) => {
                let of = self.eval(of, cx)?;
                let mut bounds = [Val::None, Val::None, Val::None];
                for (bound, part) in bounds.iter_mut().zip(parts.iter()) {
                    if let Some(part) = part {
                        *bound = self.eval(part, cx)?;
                    }
                }
                self.slice(&of, &bounds)
            }
            ExprKind::Call(callee, args) => {
                self.arrive(cx, expr.pos);
                self.eval_call(callee, args, None, cx)
            }
            ExprKind::Filter(of, name, args) => {
                let of = match of {
                    Some(of) => self.eval(of, cx)?,
                    None => return Err(Error::new(Kind::Runtime, "a filter without a value")),
                };
                self.eval_filter(of, name, args, cx)
            }
            ExprKind::Test(of, name, args) => {
                let of = self.eval(of, cx)?;
                let (args, kwargs) = self.eval_args(Some(of), args, None, cx)?;
                self.apply_test(name, args, kwargs).map(Val::Bool)
            }
            ExprKind::Unary(op, of) => {
                let of = self.eval(of, cx)?;
                match op {
                    Unary::Not => Ok(Val::Bool(!self.truth(&of)?)),
                    Unary::Neg | Unary::Pos => self.sign(*op, &of),
                }
            }
            ExprKind::Binary(op, left, right) => {
                let left = self.eval(left, cx)?;
                let right = self.eval(right, cx)?;
                self.binary(*op, &left, &right)
            }
            ExprKind::And(left, right) => {
                let left = self.eval(left, cx)?;
                if self.truth(&left)? { self.eval(right, cx) } else { Ok(left) }
            }
            ExprKind::Or(left, right) => {
                let left = self.eval(left, cx)?;
                if self.truth(&left)? { Ok(left) } else { self.eval(right, cx) }
            }
            ExprKind::Compare(first, rest) => {
                let mut left = self.eval(first, cx)?;
                for (op, right) in rest {
                    let right = self.eval(right, cx)?;
                    if !self.compare(*op, &left, &right)? {
                        return Ok(Val::Bool(false));
                    }
                    left = right;
                }
                Ok(Val::Bool(true))
            }
            ExprKind::Concat(parts) => {
                let mut text = String::new();
                for part in parts {
                    let value = self.eval(part, cx)?;
                    text.push_str(&self.to_text(&value).map_err(|error| error.at(cx.unit.name(), part.pos.line, part.pos.column))?);
                }
                self.text(text)
            }
            ExprKind::Cond(value, test, otherwise) => {
                let decision = self.eval(test, cx)?;
                if self.truth(&decision).map_err(|error| error.at(cx.unit.name(), test.pos.line, test.pos.column))? {
                    return self.eval(value, cx);
                }
                match otherwise {
                    Some(otherwise) => self.eval(otherwise, cx),
                    None => {
                        let (line, name) = (expr.pos.line, value::text::repr(&(&**cx.unit.name()).into()));
                        let message = format!(
                            "the inline if-expression on line {line} in {name} evaluated to false and no else section was defined."
                        );
                        // Lenient even where names are strict: Jinja lets it print nothing.
                        Ok(self.undefined(Undefined::hint(Kind::Undefined, message, false)))
                    }
                }
            }
        }
    }

    fn eval_all(&self, items: &[Expr], cx: &Cx) -> Result<Vec<Val>, Error> {
        items.iter().map(|item| self.eval(item, cx)).collect()
    }

    fn eval_dict(&self, items: &[(Expr, Expr)], cx: &Cx) -> Result<Val, Error> {
        self.allocate_items(items.len().saturating_mul(3))?;
        let dict = Dict::new();
        for (key, value) in items {
            let at = key.pos;
            let key = Key::new(self.eval(key, cx)?)
                .map_err(|name| Error::type_error(format!("unhashable type: '{name}'")).at(cx.unit.name(), at.line, at.column))?;
            let value = self.eval(value, cx)?;
            dict.borrow_mut().insert(key, value);
        }
        Ok(Val::Dict(dict))
    }

    /// Arguments of a call, after an optional first one and before an optional `caller`.
    fn eval_args(&self, first: Option<Val>, args: &Args, caller: Option<Val>, cx: &Cx) -> Result<(Vec<Val>, Kwargs), Error> {
        let mut positional = Vec::with_capacity(args.positional.len() + 1);
        positional.extend(first);
        for arg in &args.positional {
            positional.push(self.eval(arg, cx)?);
        }
        let mut keyword: Kwargs = Vec::with_capacity(args.keyword.len());
        for (name, value) in &args.keyword {
            keyword.push((Arc::clone(name), self.eval(value, cx)?));
        }
        if let Some(caller) = caller {
            keyword.push((Arc::from("caller"), caller));
        }
        if let Some(star) = &args.star {
            let more = self.eval(star, cx)?;
            positional.extend(self.iterate(&more)?);
        }
        if let Some(more) = &args.double_star {
            let more = self.eval(more, cx)?;
            let Val::Dict(more) = &more else {
                return Err(Error::type_error(format!("argument after ** must be a mapping, not {}", more.type_name())));
            };
            for (name, value) in more.to_vec() {
                let Val::Str(name) = name else {
                    return Err(Error::type_error("keywords must be strings"));
                };
                if keyword.iter().any(|(known, _)| **known == *name) {
                    return Err(Error::type_error(format!("got multiple values for keyword argument '{}'", &*name)));
                }
                keyword.push((Arc::clone(name.shared()), value));
            }
        }
        Ok((positional, keyword))
    }

    pub(super) fn eval_call(&self, callee: &Expr, args: &Args, caller: Option<Val>, cx: &Cx) -> Result<Val, Error> {
        if let ExprKind::Attr(of, name) = &callee.kind {
            let of = self.eval(of, cx)?;
            if let Val::Undefined(undefined) = &of {
                return Err(undefined.error());
            }
            let (args, kwargs) = self.eval_args(None, args, caller, cx)?;
            return self.call_method(&of, name, args, kwargs);
        }
        let callee = self.eval(callee, cx)?;
        if let Val::Undefined(undefined) = &callee {
            return Err(undefined.error());
        }
        let (args, kwargs) = self.eval_args(None, args, caller, cx)?;
        self.call_value(&callee, args, kwargs)
    }

    fn eval_filter(&self, of: Val, name: &str, args: &Args, cx: &Cx) -> Result<Val, Error> {
        let (args, kwargs) = self.eval_args(Some(of), args, None, cx)?;
        self.apply_filter(name, args, kwargs)
    }

    /// The filters of a block, applied to its text.
    pub(super) fn eval_block_filter(&self, filter: &Expr, text: Val, cx: &Cx) -> Result<Val, Error> {
        let ExprKind::Filter(before, name, args) = &filter.kind else {
            return self.eval(filter, cx);
        };
        let value = match before {
            Some(before) => self.eval_block_filter(before, text, cx)?,
            None => text,
        };
        self.check_stack()?;
        self.eval_filter(value, name, args, cx).map_err(|error| error.at(cx.unit.name(), filter.pos.line, filter.pos.column))
    }
}

fn constant(value: &Const) -> Val {
    match value {
        Const::None => Val::None,
        Const::Bool(flag) => Val::Bool(*flag),
        Const::Int(number) => i64::try_from(number).map_or_else(|_| Val::whole(number.clone()), Val::Int),
        Const::Float(number) => Val::Float(*number),
        Const::Str(text) => Val::str(Arc::clone(text)),
    }
}
