//! Containers that hold themselves. Reference counts never free them, and a template can make them at will, so the end of a rendering
//! empties them.

use crate::Val;
use crate::globals::Namespace;
use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;

/// Containers that got another one put into them.
#[derive(Default)]
pub(super) struct Cycles {
    seen: RefCell<HashSet<usize>>,
    containers: RefCell<Vec<Val>>,
}

fn address(value: &Val) -> Option<usize> {
    match value {
        Val::List(list) => Some(list.address()),
        Val::Dict(dict) => Some(dict.address()),
        Val::Tuple(items) => Some(Rc::as_ptr(items) as usize),
        _ => None,
    }
}

impl Cycles {
    pub(super) fn joined(&self, container: &Val) {
        if let Some(address) = address(container)
            && self.seen.borrow_mut().insert(address)
        {
            self.containers.borrow_mut().push(container.clone());
        }
    }

    /// Empties the containers that can be reached from themselves.
    pub(super) fn cut(&self) {
        let containers = self.containers.take();
        for container in &containers {
            // What a macro, a method or a cycler holds cannot be seen; none of them means anything once the rendering is over.
            match container {
                Val::List(list) => list.borrow_mut().retain(|item| !is_opaque(item)),
                Val::Dict(dict) => dict.borrow_mut().retain(|_, item| !is_opaque(item)),
                _ => {}
            }
        }
        for container in &containers {
            if reaches_itself(container) {
                match container {
                    Val::List(list) => drop(std::mem::take(&mut *list.borrow_mut())),
                    Val::Dict(dict) => drop(std::mem::take(&mut *dict.borrow_mut())),
                    _ => {}
                }
            }
        }
    }
}

fn is_opaque(value: &Val) -> bool {
    matches!(value, Val::Object(_)) && value.downcast::<Namespace>().is_none()
}

fn reaches_itself(start: &Val) -> bool {
    let Some(target) = address(start) else { return false };
    let mut seen = HashSet::new();
    let mut waiting = members(start);
    while let Some(value) = waiting.pop() {
        if let Some(address) = address(&value) {
            if address == target {
                return true;
            }
            if !seen.insert(address) {
                continue;
            }
        }
        waiting.extend(members(&value));
    }
    false
}

fn members(value: &Val) -> Vec<Val> {
    let is_container = |value: &&Val| matches!(value, Val::List(_) | Val::Dict(_) | Val::Tuple(_) | Val::View(_) | Val::Object(_));
    match value {
        Val::List(list) => list.borrow().iter().filter(is_container).cloned().collect(),
        Val::Dict(dict) => dict.borrow().values().filter(is_container).cloned().collect(),
        Val::Tuple(items) => items.iter().filter(is_container).cloned().collect(),
        Val::View(view) => vec![Val::Dict(view.dict.clone())],
        Val::Object(_) => value.downcast::<Namespace>().map(|namespace| Val::Dict(namespace.0.clone())).into_iter().collect(),
        _ => Vec::new(),
    }
}
