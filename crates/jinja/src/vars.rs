//! The variables a template starts with.

use crate::Val;
use std::collections::HashMap;
use std::sync::Arc;
use value::Value;

/// A variable; a plain value becomes a template's own mutable copy when it is first asked for.
pub(crate) enum Slot {
    Ready(Val),
    Lazy(Arc<Value>),
    LazyOrdered(Arc<Value>),
    /// Ordered or not, and of a class of Python's that errors name.
    LazyAs(Arc<Value>, bool, &'static str),
}

/// The variables of a rendering.
///
/// *Globals* are seen by every template, also by one that is imported without context; *locals* only by the main one and those that get its
/// context.
#[derive(Default)]
pub struct Vars {
    pub(crate) locals: HashMap<Arc<str>, Slot>,
    pub(crate) globals: HashMap<Arc<str>, Slot>,
}

impl Vars {
    /// No variables.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a variable of the main template.
    pub fn set(&mut self, name: &str, value: impl Into<Val>) {
        self.locals.insert(Arc::from(name), Slot::Ready(value.into()));
    }

    /// Sets a variable of every template.
    pub fn set_global(&mut self, name: &str, value: impl Into<Val>) {
        self.globals.insert(Arc::from(name), Slot::Ready(value.into()));
    }

    /// Sets a variable of the main template that is copied only if the template asks for it.
    pub fn set_lazy(&mut self, name: &str, value: Arc<Value>) {
        self.locals.insert(Arc::from(name), Slot::Lazy(value));
    }

    /// As [`Vars::set_lazy`], copied as [`Val::ordered`] does.
    pub fn set_lazy_ordered(&mut self, name: &str, value: Arc<Value>) {
        self.locals.insert(Arc::from(name), Slot::LazyOrdered(value));
    }

    /// As [`Vars::set_global_lazy`], copied as [`Val::ordered`] does.
    pub fn set_global_lazy_ordered(&mut self, name: &str, value: Arc<Value>) {
        self.globals.insert(Arc::from(name), Slot::LazyOrdered(value));
    }

    /// As [`Vars::set_global_lazy`]; errors call the dict by a class of Python's. An ordered one is copied as [`Val::ordered`] does.
    pub fn set_global_lazy_as(&mut self, name: &str, value: Arc<Value>, ordered: bool, class: &'static str) {
        self.globals.insert(Arc::from(name), Slot::LazyAs(value, ordered, class));
    }

    /// Sets a variable of every template that is copied only if one asks for it.
    pub fn set_global_lazy(&mut self, name: &str, value: Arc<Value>) {
        self.globals.insert(Arc::from(name), Slot::Lazy(value));
    }
}

impl<K: AsRef<str>, V: Into<Val>> FromIterator<(K, V)> for Vars {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(items: I) -> Self {
        let mut vars = Self::new();
        for (name, value) in items {
            vars.set(name.as_ref(), value);
        }
        vars
    }
}
