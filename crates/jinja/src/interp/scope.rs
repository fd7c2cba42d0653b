//! Where names are found: scopes within scopes, the context of a template, the globals of the rendering.

use super::super::syntax::ast::{Block, Name, Template};
use crate::{Val, vars::Slot};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

/// One scope: a template's root, a macro's call, a loop's round, a `with`.
pub(crate) struct Scope {
    vars: RefCell<Vec<(Name, Val)>>,
    parent: Option<Rc<Scope>>,
    /// Whether a macro holds this scope, which holds the macro: a cycle that the end of the rendering has to cut.
    pub captured: Cell<bool>,
}

/// The names of one template are shared, so most are known by their address.
fn is(known: &Name, name: &str) -> bool {
    std::ptr::eq(&raw const **known, &raw const *name) || **known == *name
}

impl Scope {
    pub(crate) fn root() -> Rc<Self> {
        Rc::new(Self { vars: RefCell::default(), parent: None, captured: Cell::new(false) })
    }

    pub(crate) fn inside(parent: &Rc<Self>) -> Rc<Self> {
        Rc::new(Self { vars: RefCell::default(), parent: Some(Rc::clone(parent)), captured: Cell::new(false) })
    }

    /// The value of a name, here or around.
    pub(crate) fn get(&self, name: &str) -> Option<Val> {
        let mut scope = self;
        loop {
            if let Some((_, value)) = scope.vars.borrow().iter().rev().find(|(known, _)| is(known, name)) {
                return Some(value.clone());
            }
            scope = scope.parent.as_deref()?;
        }
    }

    pub(crate) fn set(&self, name: &Name, value: Val) {
        let mut vars = self.vars.borrow_mut();
        match vars.iter_mut().find(|(known, _)| is(known, name)) {
            Some((_, slot)) => *slot = value,
            None => vars.push((Arc::clone(name), value)),
        }
    }

    /// Forgets all names.
    pub(crate) fn clear(&self) {
        let vars = std::mem::take(&mut *self.vars.borrow_mut());
        drop(vars);
    }

    /// The names set here, not those around.
    pub(crate) fn own(&self) -> Vec<(Name, Val)> {
        self.vars.borrow().clone()
    }

    /// All names, here and around; an inner one hides an outer one.
    pub(crate) fn all(&self) -> HashMap<Name, Val> {
        let mut all = self.parent.as_deref().map(Self::all).unwrap_or_default();
        all.extend(self.own());
        all
    }
}

/// The variables given to a template, unchangeable while it runs.
#[derive(Default)]
pub(crate) struct Base {
    pub vars: RefCell<HashMap<Name, Slot>>,
    pub parent: Option<Rc<Base>>,
}

impl Base {
    pub(crate) fn get(&self, name: &str) -> Option<Val> {
        let mut base = self;
        loop {
            if let Some(value) = from_slots(&base.vars, name) {
                return Some(value);
            }
            base = base.parent.as_deref()?;
        }
    }

    pub(crate) fn all(&self) -> HashMap<Name, Val> {
        let mut all = self.parent.as_deref().map(Self::all).unwrap_or_default();
        let names: Vec<Name> = self.vars.borrow().keys().cloned().collect();
        all.extend(names.into_iter().filter_map(|name| from_slots(&self.vars, &name).map(|value| (name, value))));
        all
    }
}

/// A variable that may have to be copied first.
pub(crate) fn from_slots(slots: &RefCell<HashMap<Name, Slot>>, name: &str) -> Option<Val> {
    let (plain, ordered, class) = match slots.borrow().get(name)? {
        Slot::Ready(value) => return Some(value.clone()),
        Slot::Lazy(plain) => (Arc::clone(plain), false, None),
        Slot::LazyOrdered(plain) => (Arc::clone(plain), true, None),
        Slot::LazyAs(plain, ordered, class) => (Arc::clone(plain), *ordered, Some(*class)),
    };
    let value = if ordered { Val::ordered(&plain) } else { Val::from(&*plain) };
    let value = match (value, class) {
        (Val::Dict(dict), Some(class)) => Val::Dict(dict.with_class(class)),
        (value, _) => value,
    };
    if let Some(slot) = slots.borrow_mut().get_mut(name) {
        *slot = Slot::Ready(value.clone());
    }
    Some(value)
}

/// A block, and the template it stands in.
#[derive(Clone)]
pub(crate) struct BlockOf {
    pub block: Arc<Block>,
    pub template: Arc<Template>,
    pub id: u32,
}

/// What a template and those it extends share.
pub(crate) struct Context {
    pub root: Rc<Scope>,
    pub base: Rc<Base>,
    /// Per name the blocks from the youngest template to the oldest.
    pub blocks: RefCell<HashMap<Name, Vec<BlockOf>>>,
}

/// A running template.
pub(crate) struct Unit {
    pub template: Arc<Template>,
    /// Number of the template in the source map.
    pub id: u32,
    pub context: Rc<Context>,
    /// The template this one extends, once it said so.
    pub parent: RefCell<Option<Arc<Template>>>,
}

impl Unit {
    pub(crate) fn name(&self) -> &Arc<str> {
        &self.template.name
    }
}

/// Where the interpreter is.
#[derive(Clone)]
pub(crate) struct Cx {
    pub unit: Rc<Unit>,
    pub scope: Rc<Scope>,
    /// Whether what is printed goes to the page itself, which a template that extends another does not write.
    pub page: bool,
    /// The block that runs and its place among those of its name.
    pub block: Option<(Name, usize)>,
    /// How many recursive loops are around.
    pub loop_depth: u32,
}

impl Cx {
    pub(crate) fn new(unit: &Rc<Unit>) -> Self {
        Self { unit: Rc::clone(unit), scope: Rc::clone(&unit.context.root), page: true, block: None, loop_depth: 0 }
    }

    /// The same in a scope of its own.
    pub(crate) fn inner(&self) -> Self {
        self.with_scope(Scope::inside(&self.scope))
    }

    pub(crate) fn with_scope(&self, scope: Rc<Scope>) -> Self {
        Self { scope, ..self.clone() }
    }
}
