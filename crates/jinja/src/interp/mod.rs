//! Runs templates by walking their trees.

pub(crate) mod access;
mod buffer;
mod compare;
mod cycles;
mod expr;
mod import;
mod inherit;
mod iterate;
mod loops;
mod macros;
mod ops;
mod scope;
mod stmt;

pub(crate) use access::index;

use crate::limits::Stack;
use crate::syntax::ast::{Pos, Template};
use crate::vars::Slot;
use crate::{At, Engine, Error, Function, Host, Kind, Kwargs, Limits, Output, Source, Text, Undefined, Val, Vars, syntax};
use buffer::{Buffer, Mark};
use cycles::Cycles;
use import::Module;
use scope::{Base, Context, Cx, Scope, Unit};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::rc::Rc;
use std::sync::Arc;

/// How many captured texts keep their marks.
const REMEMBERED: usize = 16;

/// One rendering under way.
pub(crate) struct Interp<'e> {
    engine: &'e Engine,
    host: &'e dyn Host,
    limits: &'e Limits,
    locals: Rc<Base>,
    globals: Base,
    templates: RefCell<HashMap<String, Arc<Template>>>,
    modules: RefCell<HashMap<String, Rc<Module>>>,
    /// Names of the templates, by their number in the source map.
    names: RefCell<Vec<Arc<str>>>,
    out: RefCell<Vec<Buffer>>,
    /// The last captured texts with their marks: printed as they are, they keep their lines.
    captured: RefCell<Vec<(Arc<str>, Vec<Mark>)>>,
    /// Scopes that macros hold.
    held: RefCell<Vec<Rc<Scope>>>,
    cycles: Cycles,
    /// The name `loop`.
    loop_name: Arc<str>,
    place: Cell<(u32, u32)>,
    running: RefCell<Vec<Cx>>,
    steps: Cell<u64>,
    memory: Cell<u64>,
    depth: Cell<u32>,
    stack: Cell<Stack>,
}

impl<'e> Interp<'e> {
    pub(crate) fn new(engine: &'e Engine, host: &'e dyn Host, limits: &'e Limits, vars: Vars) -> Self {
        Self {
            engine,
            host,
            limits,
            locals: Rc::new(Base { vars: RefCell::new(vars.locals), parent: None }),
            globals: Base { vars: RefCell::new(vars.globals), parent: None },
            templates: RefCell::default(),
            modules: RefCell::default(),
            names: RefCell::default(),
            out: RefCell::default(),
            captured: RefCell::default(),
            held: RefCell::default(),
            cycles: Cycles::default(),
            loop_name: Arc::from("loop"),
            place: Cell::new((0, 0)),
            running: RefCell::default(),
            steps: Cell::new(0),
            memory: Cell::new(0),
            depth: Cell::new(0),
            stack: Cell::new(Stack::here(limits)),
        }
    }

    pub(crate) fn render(&self, source: &Source) -> Result<Output, Error> {
        self.stack.set(Stack::here(self.limits));
        let template = Arc::new(syntax::parse(source, self.engine, self.stack.get())?);
        self.out.borrow_mut().push(Buffer::default());
        let unit = self.unit(&template, Rc::clone(&self.locals));
        let result = self.run(&unit);
        let buffer = self.out.borrow_mut().pop().unwrap_or_default();
        for scope in self.held.take() {
            scope.clear();
        }
        self.cycles.cut();
        result?;
        let map = buffer.source_map(self.names.take());
        Ok(Output { text: buffer.text, map })
    }

    /// A template about to run.
    fn unit(&self, template: &Arc<Template>, base: Rc<Base>) -> Rc<Unit> {
        let context = Rc::new(Context { root: Scope::root(), base, blocks: RefCell::default() });
        self.unit_in(template, context)
    }

    fn unit_in(&self, template: &Arc<Template>, context: Rc<Context>) -> Rc<Unit> {
        Rc::new(Unit { template: Arc::clone(template), id: self.template_id(&template.name), context, parent: RefCell::default() })
    }

    fn template_id(&self, name: &Arc<str>) -> u32 {
        let mut names = self.names.borrow_mut();
        let index = names.iter().position(|known| known == name).unwrap_or_else(|| {
            names.push(Arc::clone(name));
            names.len() - 1
        });
        u32::try_from(index).unwrap_or(u32::MAX)
    }

    pub(crate) fn host(&self) -> &'e dyn Host {
        self.host
    }

    pub(crate) fn limits(&self) -> &'e Limits {
        self.limits
    }

    /// The value of a name.
    fn lookup(&self, name: &str, cx: &Cx) -> Option<Val> {
        if let Some(value) = cx.scope.get(name) {
            return Some(value);
        }
        match name {
            "super" if cx.block.is_some() => return Some(self.super_block(cx)),
            "self" => return Some(self.self_reference(cx)),
            _ => {}
        }
        cx.unit.context.base.get(name).or_else(|| self.global(name))
    }

    /// A name that every template sees.
    fn global(&self, name: &str) -> Option<Val> {
        if let Some(value) = self.globals.get(name) {
            return Some(value);
        }
        let function = Arc::clone(self.engine.functions.get(name)?);
        let value = Function::val(name, move |call| function(call));
        self.globals.vars.borrow_mut().insert(Arc::from(name), Slot::Ready(value.clone()));
        Some(value)
    }

    pub(crate) fn variables(&self) -> Vec<(Arc<str>, Val)> {
        let mut all = self.globals.all();
        if let Some(cx) = self.running.borrow().last() {
            all.extend(cx.unit.context.base.all());
            all.extend(cx.scope.all());
        }
        let mut all: Vec<_> = all.into_iter().collect();
        all.sort_by(|(a, _), (b, _)| a.cmp(b));
        all
    }

    pub(crate) fn place(&self) -> At {
        let (template, line) = self.place.get();
        At { name: self.names.borrow().get(template as usize).cloned().unwrap_or_else(|| Arc::from("")), line }
    }

    fn arrive(&self, cx: &Cx, pos: Pos) {
        self.place.set((cx.unit.id, pos.line));
    }

    // What things cost.

    pub(crate) fn charge(&self, n: usize) -> Result<(), Error> {
        let steps = self.steps.get().saturating_add(n as u64);
        self.steps.set(steps);
        if steps > self.limits.steps {
            return Err(Error::new(Kind::Limit, format!("the template needs more than {} steps", self.limits.steps)));
        }
        Ok(())
    }

    /// Counts a call of something that is not ours to look into, such as a hash: it may go over every text that it is given.
    pub(crate) fn charge_call(&self, args: &[Val]) -> Result<(), Error> {
        let texts = args.iter().map(|arg| if let Val::Str(text) = arg { text.len() } else { 0 });
        self.charge(1 + texts.sum::<usize>() / 16)
    }

    /// Counts bytes of a text or list about to be made.
    pub(crate) fn allocate(&self, bytes: usize) -> Result<(), Error> {
        let memory = self.memory.get().saturating_add(bytes as u64);
        self.memory.set(memory);
        if bytes > self.limits.output || memory > self.limits.memory {
            let limit = if bytes > self.limits.output { self.limits.output as u64 } else { self.limits.memory };
            return Err(Error::new(Kind::Limit, format!("the template needs more than {limit} bytes of memory")));
        }
        self.charge(bytes / 64)
    }

    /// Counts a list of `n` items about to be made.
    pub(crate) fn allocate_items(&self, n: usize) -> Result<(), Error> {
        self.allocate(n.saturating_mul(size_of::<Val>()))?;
        self.charge(n)
    }

    /// A new text, counted.
    pub(crate) fn text(&self, text: impl Into<Text>) -> Result<Val, Error> {
        let text = text.into();
        self.allocate(text.len())?;
        Ok(Val::Str(text))
    }

    fn check_stack(&self) -> Result<(), Error> {
        self.stack.get().check()
    }

    /// Runs something that a template may nest without end.
    pub(crate) fn deeper<T>(&self, body: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
        self.check_stack()?;
        let depth = self.depth.get() + 1;
        if depth > self.limits.depth {
            return Err(Error::new(Kind::Limit, "maximum recursion depth exceeded"));
        }
        self.depth.set(depth);
        let result = body();
        self.depth.set(depth - 1);
        result
    }

    // Writing.

    fn write_data(&self, text: &str, pos: Pos, cx: &Cx) -> Result<(), Error> {
        if let Some(buffer) = self.out.borrow_mut().last_mut() {
            buffer.mark(cx.unit.id, pos.line, true);
            buffer.text.push_str(text);
        }
        self.check_output(text.len())
    }

    fn write_value(&self, value: &Val, pos: Pos, cx: &Cx) -> Result<(), Error> {
        let written = match value {
            Val::Undefined(undefined) if undefined.is_strict() => return Err(undefined.error()),
            Val::Int(number) => {
                if let Some(buffer) = self.out.borrow_mut().last_mut() {
                    buffer.mark(cx.unit.id, pos.line, false);
                    write!(buffer.text, "{number}").expect("a string takes all");
                }
                1
            }
            Val::Str(text) => {
                if let Some(buffer) = self.out.borrow_mut().last_mut() {
                    match self.marks_of(text) {
                        Some(marks) => buffer.splice(text, &marks),
                        None => {
                            buffer.mark(cx.unit.id, pos.line, false);
                            buffer.text.push_str(text);
                        }
                    }
                }
                text.len()
            }
            other => {
                self.charge_size(other)?;
                let text = match self.engine.finalize.map_or(Ok(None), |finalize| finalize(other))? {
                    Some(text) => Text::from(text),
                    None => self.to_text(other)?,
                };
                if let Some(buffer) = self.out.borrow_mut().last_mut() {
                    buffer.mark(cx.unit.id, pos.line, false);
                    buffer.text.push_str(&text);
                }
                text.len()
            }
        };
        self.check_output(written)
    }

    fn check_output(&self, written: usize) -> Result<(), Error> {
        self.allocate(written)?;
        if self.out.borrow().last().is_some_and(|buffer| buffer.text.len() > self.limits.output) {
            return Err(Error::new(Kind::Limit, format!("the output is larger than {} bytes", self.limits.output)));
        }
        Ok(())
    }

    /// Runs something and takes what it prints.
    fn capture(&self, body: impl FnOnce() -> Result<(), Error>) -> Result<Val, Error> {
        self.out.borrow_mut().push(Buffer::default());
        let result = body();
        let buffer = self.out.borrow_mut().pop().unwrap_or_default();
        result?;
        self.allocate(buffer.text.len())?;
        let text: Arc<str> = Arc::from(buffer.text);
        if text.contains('\n') {
            let mut captured = self.captured.borrow_mut();
            if captured.len() >= REMEMBERED {
                captured.remove(0);
            }
            captured.push((Arc::clone(&text), buffer.marks));
        }
        Ok(Val::Str(Text::from(text)))
    }

    fn marks_of(&self, text: &Text) -> Option<Vec<Mark>> {
        let captured = self.captured.borrow();
        if captured.is_empty() || !text.contains('\n') {
            return None;
        }
        captured.iter().rev().find(|(known, _)| Arc::ptr_eq(known, text.shared())).map(|(_, marks)| marks.clone())
    }

    /// `str(value)`, checked against the limits.
    pub(crate) fn to_text(&self, value: &Val) -> Result<Text, Error> {
        match value {
            Val::Undefined(undefined) if undefined.is_strict() => Err(undefined.error()),
            Val::Str(text) => Ok(text.clone()),
            Val::Object(object) if object.type_name() == "TemplateModule" => Ok(self.module_text(value)),
            other => {
                self.charge_size(other)?;
                let text = other.to_text();
                self.allocate(text.len())?;
                Ok(Text::from(text))
            }
        }
    }

    /// Whether a value is true, as `if` asks.
    pub(crate) fn truth(&self, value: &Val) -> Result<bool, Error> {
        match value {
            Val::Undefined(undefined) if undefined.is_strict() => Err(undefined.error()),
            other => Ok(other.is_truthy()),
        }
    }

    pub(crate) fn undefined_hint(&self, message: &str) -> Val {
        self.undefined(Undefined::hint(Kind::Undefined, message, self.is_strict()))
    }

    fn undefined(&self, undefined: Undefined) -> Val {
        Val::Undefined(Rc::new(undefined))
    }

    pub(crate) fn is_strict(&self) -> bool {
        self.running.borrow().last().map_or(self.engine.options.strict, |cx| cx.unit.template.strict)
    }

    pub(crate) fn missing_attribute(&self, value: &Val, name: &str) -> Val {
        self.undefined(Undefined::attribute(value, name, self.is_strict()))
    }

    pub(crate) fn no_attribute(&self, value: &Val, name: &str) -> Error {
        Error::new(Kind::Attribute, format!("'{}' object has no attribute '{name}'", value.type_name()))
    }

    /// A container was put into another. One that comes to hold itself would never be freed, so it is looked at when all is done.
    pub(crate) fn joined(&self, container: &Val, item: &Val) {
        if matches!(item, Val::List(_) | Val::Dict(_) | Val::Tuple(_) | Val::Object(_)) {
            self.cycles.joined(container);
        }
    }

    // Filters and tests by name.

    pub(crate) fn has_filter(&self, name: &str) -> bool {
        self.engine.filters.contains_key(name)
    }

    pub(crate) fn has_test(&self, name: &str) -> bool {
        self.engine.tests.contains_key(name)
    }

    pub(crate) fn apply_filter(&self, name: &str, args: Vec<Val>, kwargs: Kwargs) -> Result<Val, Error> {
        let Some(filter) = self.engine.filters.get(name) else {
            return Err(Error::new(Kind::Runtime, format!("No filter named {}.", value::text::repr(&name.into()))));
        };
        self.charge_call(&args)?;
        filter(&mut crate::Call::new(self, name, args, kwargs))
    }

    pub(crate) fn apply_test(&self, name: &str, args: Vec<Val>, kwargs: Kwargs) -> Result<bool, Error> {
        let Some(test) = self.engine.tests.get(name) else {
            return Err(Error::new(Kind::Runtime, format!("No test named {}.", value::text::repr(&name.into()))));
        };
        let value = test(&mut crate::Call::new(self, name, args, kwargs))?;
        self.truth(&value)
    }
}
