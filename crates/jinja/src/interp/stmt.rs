//! Statements.

use super::Interp;
use super::scope::{Cx, Unit};
use crate::globals::Namespace;
use crate::syntax::ast::{Expr, Name, Stmt, StmtKind, Target};
use crate::{Error, Kind, Val};
use std::rc::Rc;
use std::sync::Arc;

/// How a list of statements ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    Next,
    Break,
    Continue,
}

impl Interp<'_> {
    /// Runs a template, then those it extends.
    pub(super) fn run(&self, unit: &Rc<Unit>) -> Result<(), Error> {
        let mut unit = Rc::clone(unit);
        loop {
            self.register_blocks(&unit);
            let cx = Cx::new(&unit);
            self.running.borrow_mut().push(cx.clone());
            let result = self.exec_all(&unit.template.body, &cx);
            self.running.borrow_mut().pop();
            result?;
            let Some(parent) = unit.parent.borrow_mut().take() else { return Ok(()) };
            unit = self.unit_in(&parent, Rc::clone(&unit.context));
        }
    }

    pub(super) fn exec_all(&self, body: &[Stmt], cx: &Cx) -> Result<Flow, Error> {
        for statement in body {
            let flow = self.exec(statement, cx).map_err(|error| error.at(cx.unit.name(), statement.pos.line, statement.pos.column))?;
            if flow != Flow::Next {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    fn exec(&self, statement: &Stmt, cx: &Cx) -> Result<Flow, Error> {
        self.charge(1)?;
        self.arrive(cx, statement.pos);
        let silent = cx.page && cx.unit.parent.borrow().is_some();
        match &statement.kind {
            StmtKind::Data(_) | StmtKind::Print(_) | StmtKind::Include { .. } | StmtKind::Block(_) if silent => {}
            StmtKind::Data(text) => self.write_data(text, statement.pos, cx)?,
            StmtKind::Print(value) => {
                let result = self.eval(value, cx)?;
                self.write_value(&result, statement.pos, cx).map_err(|error| error.at(cx.unit.name(), value.pos.line, value.pos.column))?;
            }
            StmtKind::If(arms, otherwise) => {
                self.check_stack()?;
                for (test, body) in arms {
                    let value = self.eval(test, cx)?;
                    if self.truth(&value).map_err(|error| error.at(cx.unit.name(), test.pos.line, test.pos.column))? {
                        return self.exec_all(body, cx);
                    }
                }
                return self.exec_all(otherwise, cx);
            }
            StmtKind::For(definition) => self.for_loop(definition, cx)?,
            StmtKind::Set(target, value) => {
                let value = self.eval(value, cx)?;
                self.assign(target, value, cx)?;
            }
            StmtKind::SetBlock(target, filter, body) => {
                let text = self.captured_body(body, cx)?;
                let text = match filter {
                    Some(filter) => self.eval_block_filter(filter, text, cx)?,
                    None => text,
                };
                self.assign(target, text, cx)?;
            }
            StmtKind::FilterBlock(filter, body) => {
                let text = self.captured_body(body, cx)?;
                let text = self.eval_block_filter(filter, text, cx)?;
                self.write_value(&text, statement.pos, cx)?;
            }
            StmtKind::Macro(definition) => {
                let value = self.define_macro(definition, cx);
                cx.scope.set(&definition.name, value);
            }
            StmtKind::CallBlock(call, caller) => {
                let value = self.call_with_block(call, caller, cx)?;
                self.write_value(&value, statement.pos, cx)?;
            }
            StmtKind::With(vars, body) => return self.with(vars, body, cx),
            StmtKind::Scope(setting, body) => {
                self.eval(setting, cx)?;
                return self.exec_all(body, &cx.inner());
            }
            StmtKind::Block(block) => self.block(block, cx)?,
            StmtKind::Extends(template) => self.extends(template, cx)?,
            StmtKind::Include { template, ignore_missing, context } => self.include(template, *ignore_missing, *context, cx)?,
            StmtKind::Import { template, target, context } => {
                let module = self.import(template, *context, cx)?;
                cx.scope.set(target, Val::Object(module));
            }
            StmtKind::FromImport { template, names, context } => self.import_names(template, names, *context, cx)?,
            StmtKind::Do(value) => {
                self.eval(value, cx)?;
            }
            StmtKind::Break => return Ok(Flow::Break),
            StmtKind::Continue => return Ok(Flow::Continue),
            StmtKind::Load(format, target, body) => {
                let text = self.captured_body(body, cx)?;
                let line = body.first().map_or(statement.pos.line, |first| first.pos.line);
                let value = self.deserialize(format, &text, Some(line), cx)?;
                self.assign(target, value, cx)?;
            }
            StmtKind::ImportData { format, template, target, context } => self.import_data(format, template, target, *context, cx)?,
            StmtKind::Profile(label, body) => {
                let label = self.eval(label, cx)?;
                let label = self.to_text(&label)?;
                self.host.profile_start(&label);
                let flow = self.exec_all(body, cx);
                self.host.profile_end(&label);
                return flow;
            }
        }
        Ok(Flow::Next)
    }

    /// The body of a block tag as text.
    fn captured_body(&self, body: &[Stmt], cx: &Cx) -> Result<Val, Error> {
        self.check_stack()?;
        let inner = Cx { page: false, ..cx.inner() };
        self.capture(|| self.exec_all(body, &inner).map(drop))
    }

    fn with(&self, vars: &[(Target, Expr)], body: &[Stmt], cx: &Cx) -> Result<Flow, Error> {
        self.check_stack()?;
        let inner = cx.inner();
        for (target, value) in vars {
            let value = self.eval(value, cx)?;
            self.assign(target, value, &inner)?;
        }
        self.exec_all(body, &inner)
    }

    pub(super) fn assign(&self, target: &Target, value: Val, cx: &Cx) -> Result<(), Error> {
        match target {
            Target::Name(name) => cx.scope.set(name, value),
            Target::Attr(name, attribute) => self.assign_attribute(name, attribute, value, cx)?,
            Target::Tuple(targets) => {
                let items = match &value {
                    Val::Undefined(undefined) => return Err(undefined.error()),
                    other => self
                        .iterate(other)
                        .map_err(|_| Error::type_error(format!("cannot unpack non-iterable {} object", other.type_name())))?,
                };
                if items.len() > targets.len() {
                    return Err(Error::value_error(format!("too many values to unpack (expected {})", targets.len())));
                }
                if items.len() < targets.len() {
                    let message = format!("not enough values to unpack (expected {}, got {})", targets.len(), items.len());
                    return Err(Error::value_error(message));
                }
                for (target, item) in targets.iter().zip(items) {
                    self.assign(target, item, cx)?;
                }
            }
        }
        Ok(())
    }

    fn assign_attribute(&self, name: &Name, attribute: &Name, value: Val, cx: &Cx) -> Result<(), Error> {
        let found = self.lookup(name, cx);
        if let Some(namespace) = found.as_ref().and_then(Val::downcast::<Namespace>) {
            self.joined(&Val::Dict(namespace.0.clone()), &value);
        }
        if let Some(Val::Object(object)) = &found
            && object.set_attr(attribute, value)
        {
            return Ok(());
        }
        if found.is_none() {
            return Err(Error::new(Kind::Undefined, format!("'{name}' is undefined")));
        }
        Err(Error::new(Kind::Runtime, "cannot assign attribute on non-namespace object"))
    }

    /// Data that a text means; `line` is where the text starts in the template, if it stands there.
    pub(super) fn deserialize(&self, format: &Arc<str>, text: &Val, line: Option<u32>, cx: &Cx) -> Result<Val, Error> {
        let text = self.to_text(text)?;
        if &**format == "text" {
            return Ok(Val::Str(text));
        }
        self.charge(text.len() / 8)?;
        self.host.deserialize(format, &text).map(Val::from).map_err(|(message, at)| {
            let error = Error::new(Kind::Host, message);
            match line {
                Some(line) if at > 0 => error.at(cx.unit.name(), line + at - 1, 1),
                _ => error,
            }
        })
    }
}
