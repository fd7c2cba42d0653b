//! Macros, call blocks and the blocks of inheritance.

use super::super::ast::{Block, Expr, ExprKind, Macro, Name, Pos, StmtKind, Uses};
use super::super::token::Tok;
use super::Parser;
use crate::Error;
use std::sync::Arc;

impl Parser<'_> {
    pub(super) fn macro_definition(&mut self) -> Result<StmtKind, Error> {
        let name = self.expect_any_name()?;
        Ok(StmtKind::Macro(Arc::new(self.macro_rest(name, &["endmacro"])?)))
    }

    pub(super) fn call_block(&mut self) -> Result<StmtKind, Error> {
        self.uses.push(Uses::default());
        let params = if self.is_op("(") { self.signature()? } else { Vec::new() };
        let signature_uses = self.uses.pop().unwrap_or_default();
        let call_pos = self.pos();
        let call = self.expression()?;
        if !matches!(call.kind, ExprKind::Call(..)) {
            return self.fail_at(call_pos, "expected call");
        }
        let mut caller = self.macro_body(Arc::from("caller"), params, &["endcall"])?;
        caller.uses.varargs |= signature_uses.varargs;
        caller.uses.kwargs |= signature_uses.kwargs;
        Ok(StmtKind::CallBlock(call, Arc::new(caller)))
    }

    fn macro_rest(&mut self, name: Name, ends: &'static [&'static str]) -> Result<Macro, Error> {
        let params = self.signature()?;
        self.macro_body(name, params, ends)
    }

    fn macro_body(&mut self, name: Name, params: Vec<(Name, Option<Expr>)>, ends: &'static [&'static str]) -> Result<Macro, Error> {
        self.uses.push(Uses::default());
        let body = self.body(ends);
        let uses = self.uses.pop().unwrap_or_default();
        Ok(Macro { name, params, body: body?, uses })
    }

    fn signature(&mut self) -> Result<Vec<(Name, Option<Expr>)>, Error> {
        self.expect_op("(")?;
        let mut params: Vec<(Name, Option<Expr>)> = Vec::new();
        while !self.is_op(")") {
            if !params.is_empty() {
                self.expect_op(",")?;
            }
            let pos = self.pos();
            let name = self.expect_any_name()?;
            if matches!(&*name, "true" | "True" | "false" | "False" | "none" | "None") {
                return self.fail_at(pos, format!("can't assign to '{name}'"));
            }
            let default = if self.skip_op("=") { Some(self.expression()?) } else { None };
            if default.is_none() && params.iter().any(|(_, default)| default.is_some()) {
                return self.fail("non-default argument follows default argument");
            }
            params.push((name, default));
        }
        self.expect_op(")")?;
        Ok(params)
    }

    pub(super) fn block(&mut self, pos: Pos) -> Result<StmtKind, Error> {
        let name = self.expect_any_name()?;
        let scoped = self.skip_name("scoped");
        let required = self.skip_name("required");
        if self.is_op("-") {
            return self
                .fail("Block names in Jinja have to be valid Python identifiers and may not contain hyphens, use an underscore instead.");
        }
        if self.blocks.contains_key(&name) {
            return self.fail_at(pos, format!("block '{name}' defined twice"));
        }
        // Taken before its body is read, so that a block within itself is a second one.
        let placeholder = Block { name: Arc::clone(&name), body: Vec::new(), scoped, required };
        self.blocks.insert(Arc::clone(&name), Arc::new(placeholder));
        let body = self.body(&["endblock"])?;
        if let Tok::Name(end) = self.peek()
            && *end == name
        {
            self.advance();
        }
        let block = Arc::new(Block { name: Arc::clone(&name), body, scoped, required });
        self.blocks.insert(name, Arc::clone(&block));
        Ok(StmtKind::Block(block))
    }
}
