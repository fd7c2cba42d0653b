//! Templates that extend others, and their blocks.

use super::Interp;
use super::scope::{BlockOf, Context, Cx, Unit};
use crate::syntax::ast::{Block, Expr, Name};
use crate::{Call, Error, Kind, Object, Val};
use std::rc::Rc;
use std::sync::Arc;

/// A block as a value: `self.name` and `super`.
struct BlockReference {
    context: Rc<Context>,
    name: Name,
    index: usize,
}

impl Object for BlockReference {
    fn type_name(&self) -> &str {
        "BlockReference"
    }

    fn get_attr(&self, name: &str) -> Option<Val> {
        let further = self.context.blocks.borrow().get(&self.name).is_some_and(|blocks| blocks.len() > self.index + 1);
        (name == "super" && further)
            .then(|| Val::object(Self { context: Rc::clone(&self.context), name: Arc::clone(&self.name), index: self.index + 1 }))
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn call(&self, call: &mut Call<'_>) -> Result<Val, Error> {
        let interp = call.interp;
        interp.capture(|| interp.run_block(&self.context, &self.name, self.index, None))
    }
}

/// `self`: the blocks of the template.
struct SelfReference(Rc<Context>);

impl Object for SelfReference {
    fn type_name(&self) -> &str {
        "TemplateReference"
    }

    fn get_item(&self, key: &Val) -> Result<Option<Val>, Error> {
        let name = key.as_str().unwrap_or_default();
        let known = self.0.blocks.borrow().contains_key(name);
        Ok(known.then(|| Val::object(BlockReference { context: Rc::clone(&self.0), name: Arc::from(name), index: 0 })))
    }
}

impl Interp<'_> {
    pub(super) fn register_blocks(&self, unit: &Rc<Unit>) {
        let mut blocks = unit.context.blocks.borrow_mut();
        for (name, block) in &unit.template.blocks {
            let entry = BlockOf { block: Arc::clone(block), template: Arc::clone(&unit.template), id: unit.id };
            blocks.entry(Arc::clone(name)).or_default().push(entry);
        }
    }

    pub(super) fn extends(&self, named: &Expr, cx: &Cx) -> Result<(), Error> {
        if cx.unit.parent.borrow().is_some() {
            return Err(Error::new(Kind::Runtime, "extended multiple times"));
        }
        self.charge(10)?;
        let depth = self.depth.get() + 1;
        if depth > self.limits.depth {
            return Err(Error::new(Kind::Limit, "maximum recursion depth exceeded"));
        }
        // Stays counted until the rendering ends: a template that extends itself never comes back.
        self.depth.set(depth);
        let parent = self.select_template(named, cx)?;
        *cx.unit.parent.borrow_mut() = Some(parent);
        Ok(())
    }

    pub(super) fn block(&self, block: &Arc<Block>, cx: &Cx) -> Result<(), Error> {
        let scope = block.scoped.then_some(cx);
        self.run_block(&cx.unit.context, &block.name, 0, scope)
    }

    /// Runs the block of a name; the index says how far from the youngest template.
    fn run_block(&self, context: &Rc<Context>, name: &Name, index: usize, scoped: Option<&Cx>) -> Result<(), Error> {
        let Some(entry) = context.blocks.borrow().get(name).and_then(|blocks| blocks.get(index)).cloned() else {
            return Err(Error::new(Kind::Undefined, format!("there is no parent block called '{name}'.")));
        };
        if entry.block.required {
            return Err(Error::new(Kind::Runtime, format!("Required block '{name}' not found")));
        }
        let unit = Rc::new(Unit { template: entry.template, id: entry.id, context: Rc::clone(context), parent: Default::default() });
        let mut cx = Cx::new(&unit);
        cx.page = false;
        cx.block = Some((Arc::clone(name), index));
        cx.scope = super::Scope::inside(scoped.map_or(&context.root, |cx| &cx.scope));
        let place = self.place.get();
        self.running.borrow_mut().push(cx.clone());
        let result = self.deeper(|| self.exec_all(&entry.block.body, &cx).map(drop));
        self.running.borrow_mut().pop();
        self.place.set(place);
        result
    }

    /// `super` within a block.
    pub(super) fn super_block(&self, cx: &Cx) -> Val {
        let Some((name, index)) = &cx.block else { return self.undefined_hint("super is only there within a block") };
        let context = Rc::clone(&cx.unit.context);
        if context.blocks.borrow().get(name).is_none_or(|blocks| blocks.len() <= index + 1) {
            return self.undefined_hint(&format!("there is no parent block called '{name}'."));
        }
        Val::object(BlockReference { context, name: Arc::clone(name), index: index + 1 })
    }

    pub(super) fn self_reference(&self, cx: &Cx) -> Val {
        Val::object(SelfReference(Rc::clone(&cx.unit.context)))
    }
}
