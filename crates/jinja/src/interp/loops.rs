//! `for` and its `loop`.

use super::Interp;
use super::iterate::Members;
use super::scope::{Cx, Scope, Unit};
use super::stmt::Flow;
use crate::syntax::ast::For;
use crate::{Call, Error, Kind, Object, Undefined, Val};
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::sync::Arc;

/// The `loop` of a running `for`.
///
/// Members are taken one by one, because the body may change the list it runs over and what the loop's filter looks at; `loop.last` looks
/// one ahead, `loop.length` takes them all.
pub(super) struct Loop {
    definition: Arc<For>,
    unit: Rc<Unit>,
    /// The scope around the loop; not owned, because the scope may come to hold the loop.
    scope: Weak<Scope>,
    depth: u32,
    page: bool,
    block: Option<(Arc<str>, usize)>,
    members: RefCell<Members>,
    length: Cell<Option<usize>>,
    index: Cell<i64>,
    ahead: RefCell<Option<Val>>,
    before: RefCell<Option<Val>>,
    current: RefCell<Option<Val>>,
    changed: RefCell<Option<Vec<Val>>>,
}

impl Object for Loop {
    fn type_name(&self) -> &str {
        "LoopContext"
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn str(&self) -> String {
        format!("<LoopContext {}/{}>", self.index.get() + 1, self.length.get().unwrap_or_default())
    }
}

/// A method of `loop` as a value.
struct LoopMethod {
    owner: Rc<dyn Object>,
    name: &'static str,
}

impl Object for LoopMethod {
    fn type_name(&self) -> &str {
        "method"
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn call(&self, call: &mut Call<'_>) -> Result<Val, Error> {
        let owner = Val::Object(Rc::clone(&self.owner));
        let Some(state) = owner.downcast::<Loop>() else {
            return Err(Error::type_error("not a loop"));
        };
        if self.name == "cycle" {
            if call.args.is_empty() {
                return Err(Error::type_error("no items for cycling given"));
            }
            let index = usize::try_from(state.index.get()).unwrap_or(0) % call.args.len();
            return Ok(call.args.get(index).cloned().unwrap_or(Val::None));
        }
        let same = match &*state.changed.borrow() {
            Some(last) => last.len() == call.args.len() && call.interp.all_equal(last, &call.args)?,
            None => false,
        };
        if !same {
            *state.changed.borrow_mut() = Some(std::mem::take(&mut call.args));
        }
        Ok(Val::Bool(!same))
    }
}

impl Interp<'_> {
    pub(super) fn for_loop(&self, definition: &Arc<For>, cx: &Cx) -> Result<(), Error> {
        let over = self.eval(&definition.iter, cx)?;
        self.run_loop(definition, over, cx, 1)
    }

    fn run_loop(&self, definition: &Arc<For>, over: Val, cx: &Cx, depth: u32) -> Result<(), Error> {
        self.check_stack()?;
        let pos = definition.iter.pos;
        let members = self.members(&over).map_err(|error| error.at(cx.unit.name(), pos.line, pos.column))?;
        let length = if definition.filter.is_none() { members.len() } else { None };
        let state = Rc::new(Loop {
            definition: Arc::clone(definition),
            unit: Rc::clone(&cx.unit),
            scope: Rc::downgrade(&cx.scope),
            depth,
            page: cx.page,
            block: cx.block.clone(),
            members: RefCell::new(members),
            length: Cell::new(length),
            index: Cell::new(-1),
            ahead: RefCell::default(),
            before: RefCell::default(),
            current: RefCell::default(),
            changed: RefCell::default(),
        });
        let value = Val::Object(Rc::clone(&state) as Rc<dyn Object>);
        let mut inner = cx.inner();
        inner.loop_depth = depth;
        let mut rounds = false;
        while let Some(item) = self.next_member(&state)? {
            rounds = true;
            self.charge(1)?;
            state.index.set(state.index.get() + 1);
            let last = state.current.replace(Some(item.clone()));
            state.before.replace(last);
            // A scope that nothing holds is used again; it is the common case and saves an allocation a round.
            if Rc::strong_count(&inner.scope) == 1 && Rc::weak_count(&inner.scope) == 0 {
                inner.scope.clear();
            } else {
                inner.scope = Scope::inside(&cx.scope);
            }
            inner.scope.set(&self.loop_name, value.clone());
            self.assign(&definition.target, item, &inner)?;
            if self.exec_all(&definition.body, &inner)? == Flow::Break {
                break;
            }
        }
        if !rounds {
            self.exec_all(&definition.otherwise, &cx.inner())?;
        }
        Ok(())
    }

    /// The next member that the loop's filter lets through.
    fn next_member(&self, state: &Loop) -> Result<Option<Val>, Error> {
        if let Some(ahead) = state.ahead.borrow_mut().take() {
            return Ok(Some(ahead));
        }
        loop {
            let Some(item) = state.members.borrow_mut().next()? else { return Ok(None) };
            if matches!(*state.members.borrow(), Members::Filtered(_)) {
                return Ok(Some(item));
            }
            let (Some(filter), Some(scope)) = (&state.definition.filter, state.scope.upgrade()) else { return Ok(Some(item)) };
            self.charge(1)?;
            let cx = Cx { unit: Rc::clone(&state.unit), scope: Scope::inside(&scope), page: false, block: None, loop_depth: 0 };
            self.assign(&state.definition.target, item.clone(), &cx)?;
            let keep = self.eval(filter, &cx)?;
            if self.truth(&keep)? {
                return Ok(Some(item));
            }
        }
    }

    fn peek_member(&self, state: &Loop) -> Result<Option<Val>, Error> {
        let next = self.next_member(state)?;
        state.ahead.borrow_mut().clone_from(&next);
        Ok(next)
    }

    fn loop_length(&self, state: &Loop) -> Result<i64, Error> {
        if let Some(length) = state.length.get() {
            return Ok(i64::try_from(length).unwrap_or(i64::MAX));
        }
        let mut rest = Vec::new();
        while let Some(item) = self.next_member(state)? {
            self.charge(1)?;
            rest.push(item);
        }
        let length = rest.len() as i64 + state.index.get() + 1;
        // They passed the filter already.
        *state.ahead.borrow_mut() = None;
        *state.members.borrow_mut() = Members::filtered(rest);
        state.length.set(usize::try_from(length).ok());
        Ok(length)
    }

    /// An attribute of `loop`; `None` when it has no such attribute.
    pub(super) fn loop_attribute(&self, value: &Val, name: &str) -> Result<Option<Val>, Error> {
        let Some(state) = value.downcast::<Loop>() else { return Ok(None) };
        let index = state.index.get();
        Ok(Some(match name {
            "index" => Val::Int(index + 1),
            "index0" => Val::Int(index),
            "first" => Val::Bool(index == 0),
            "last" => Val::Bool(self.peek_member(state)?.is_none()),
            "length" => Val::Int(self.loop_length(state)?),
            "revindex" => Val::Int(self.loop_length(state)? - index),
            "revindex0" => Val::Int(self.loop_length(state)? - index - 1),
            "depth" => Val::Int(i64::from(state.depth)),
            "depth0" => Val::Int(i64::from(state.depth) - 1),
            "previtem" => match state.before.borrow().clone() {
                Some(item) => item,
                None => self.undefined_hint("there is no previous item"),
            },
            "nextitem" => match self.peek_member(state)? {
                Some(item) => item,
                None => self.undefined_hint("there is no next item"),
            },
            "cycle" | "changed" => {
                let Val::Object(owner) = value else { return Ok(None) };
                let name = if name == "cycle" { "cycle" } else { "changed" };
                Val::Object(Rc::new(LoopMethod { owner: Rc::clone(owner), name }))
            }
            _ => return Ok(None),
        }))
    }

    /// `loop(members)` of a recursive loop: its text for other members.
    pub(super) fn recurse(&self, value: &Val, args: &[Val]) -> Result<Option<Val>, Error> {
        let Some(state) = value.downcast::<Loop>() else { return Ok(None) };
        if !state.definition.recursive {
            let message = "The loop must have the 'recursive' marker to be called recursively.";
            return Err(Error::type_error(message));
        }
        let [over] = args else {
            return Err(Error::type_error(format!("loop() takes 1 argument ({} given)", args.len())));
        };
        let Some(scope) = state.scope.upgrade() else {
            return Err(Error::new(Kind::Runtime, "the loop has ended"));
        };
        let cx = Cx { unit: Rc::clone(&state.unit), scope, page: state.page, block: state.block.clone(), loop_depth: state.depth };
        let text = self.deeper(|| {
            self.capture(|| {
                let cx = Cx { page: false, ..cx };
                self.run_loop(&state.definition, over.clone(), &cx, state.depth + 1)
            })
        })?;
        Ok(Some(text))
    }

    pub(super) fn missing_name(&self, name: &Arc<str>) -> Val {
        self.undefined(Undefined::name(name, self.is_strict()))
    }
}
