//! Macros, and calls of values.

use super::scope::{Cx, Scope, Unit};
use super::{Interp, Module};
use crate::syntax::ast::{self, Expr, ExprKind, Name};
use crate::{Call, Error, Kind, Kwargs, Object, Undefined, Val};
use std::rc::Rc;
use std::sync::Arc;

/// A macro as a value, with the scope it was defined in.
pub(super) struct Macro {
    definition: Arc<ast::Macro>,
    unit: Rc<Unit>,
    scope: Rc<Scope>,
    loop_depth: u32,
    block: Option<(Name, usize)>,
}

impl Object for Macro {
    fn type_name(&self) -> &str {
        "Macro"
    }

    fn get_attr(&self, name: &str) -> Option<Val> {
        let definition = &self.definition;
        Some(match name {
            "name" if &*definition.name == "caller" => Val::None,
            "name" => Val::str(Arc::clone(&definition.name)),
            "arguments" => Val::tuple(definition.params.iter().map(|(name, _)| Val::str(Arc::clone(name))).collect()),
            "catch_kwargs" => Val::Bool(definition.uses.kwargs),
            "catch_varargs" => Val::Bool(definition.uses.varargs),
            "caller" => Val::Bool(definition.uses.caller),
            _ => return None,
        })
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn call(&self, call: &mut Call<'_>) -> Result<Val, Error> {
        let (args, kwargs) = (std::mem::take(&mut call.args), std::mem::take(&mut call.kwargs));
        call.interp.call_macro(self, args, kwargs)
    }

    fn str(&self) -> String {
        format!("<Macro {}>", value::text::repr(&(&*self.definition.name).into()))
    }
}

/// A method of a value, taken from it without being called.
pub(crate) struct Method {
    pub owner: Val,
    pub name: Arc<str>,
}

impl Object for Method {
    fn type_name(&self) -> &str {
        "builtin_function_or_method"
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn call(&self, call: &mut Call<'_>) -> Result<Val, Error> {
        let (args, kwargs) = (std::mem::take(&mut call.args), std::mem::take(&mut call.kwargs));
        call.interp.call_method(&self.owner, &self.name, args, kwargs)
    }

    fn str(&self) -> String {
        format!("<built-in method {} of {} object>", self.name, self.owner.type_name())
    }
}

impl Interp<'_> {
    pub(super) fn define_macro(&self, definition: &Arc<ast::Macro>, cx: &Cx) -> Val {
        if !cx.scope.captured.replace(true) {
            self.held.borrow_mut().push(Rc::clone(&cx.scope));
        }
        Val::object(Macro {
            definition: Arc::clone(definition),
            unit: Rc::clone(&cx.unit),
            scope: Rc::clone(&cx.scope),
            loop_depth: cx.loop_depth,
            block: cx.block.clone(),
        })
    }

    fn call_macro(&self, this: &Macro, mut args: Vec<Val>, mut kwargs: Kwargs) -> Result<Val, Error> {
        let definition = &this.definition;
        let name = if &*definition.name == "caller" { "None".to_owned() } else { value::text::repr(&(&*definition.name).into()) };
        let scope = Scope::inside(&this.scope);
        let cx = Cx { unit: Rc::clone(&this.unit), scope, page: false, block: this.block.clone(), loop_depth: this.loop_depth };
        let extra = if args.len() > definition.params.len() { args.split_off(definition.params.len()) } else { Vec::new() };
        let given = args.len();
        let mut found_caller = given == definition.params.len() && definition.params.iter().any(|(name, _)| &**name == "caller");
        let mut missing = Vec::new();
        for ((param, default), value) in definition.params.iter().zip(args.into_iter().map(Some).chain(std::iter::repeat(None))) {
            let value = value.or_else(|| {
                found_caller |= &**param == "caller";
                let at = kwargs.iter().position(|(name, _)| name == param)?;
                Some(kwargs.remove(at).1)
            });
            match value {
                Some(value) => cx.scope.set(param, value),
                None => missing.push((param, default)),
            }
        }
        if definition.uses.caller && !found_caller {
            let caller = match kwargs.iter().position(|(name, _)| &**name == "caller") {
                Some(at) => kwargs.remove(at).1,
                None => self.undefined_hint("No caller defined"),
            };
            cx.scope.set(&Arc::from("caller"), caller);
        }
        if definition.uses.kwargs {
            let rest = std::mem::take(&mut kwargs);
            cx.scope.set(&Arc::from("kwargs"), Val::dict(rest));
        } else if let Some((unexpected, _)) = kwargs.first() {
            let message = if kwargs.iter().any(|(name, _)| &**name == "caller") {
                format!("macro {name} was invoked with two values for the special caller argument. This is most likely a bug.")
            } else {
                format!("macro {name} takes no keyword argument {}", value::text::repr(&(&**unexpected).into()))
            };
            return Err(Error::type_error(message));
        }
        if definition.uses.varargs {
            cx.scope.set(&Arc::from("varargs"), Val::tuple(extra));
        } else if !extra.is_empty() {
            return Err(Error::type_error(format!("macro {name} takes not more than {} argument(s)", definition.params.len())));
        }
        let place = self.place.get();
        let caller = self.place();
        let result = self.deeper(|| {
            for (param, default) in missing {
                let value = match default {
                    Some(default) => self.eval(default, &cx)?,
                    None => {
                        self.undefined(Undefined::hint(Kind::Undefined, format!("parameter '{param}' was not provided"), self.is_strict()))
                    }
                };
                cx.scope.set(param, value);
            }
            self.running.borrow_mut().push(cx.clone());
            let result = self.capture(|| self.exec_all(&definition.body, &cx).map(drop));
            self.running.borrow_mut().pop();
            result
        });
        self.place.set(place);
        result.map_err(|error| if error.line == 0 { error } else { error.through(&caller.name, caller.line) })
    }

    /// `{% call f(…) %}…{% endcall %}`.
    pub(super) fn call_with_block(&self, call: &Expr, caller: &Arc<ast::Macro>, cx: &Cx) -> Result<Val, Error> {
        let ExprKind::Call(callee, args) = &call.kind else {
            return Err(Error::new(Kind::Runtime, "expected call"));
        };
        let caller = self.define_macro(caller, cx);
        self.eval_call(callee, args, Some(caller), cx).map_err(|error| error.at(cx.unit.name(), call.pos.line, call.pos.column))
    }

    /// Calls a value.
    pub(crate) fn call_value(&self, callee: &Val, args: Vec<Val>, kwargs: Kwargs) -> Result<Val, Error> {
        self.charge_call(&args)?;
        match callee {
            Val::Object(object) => {
                if kwargs.is_empty()
                    && let Some(text) = self.recurse(callee, &args)?
                {
                    return Ok(text);
                }
                let name = match callee.downcast::<Method>() {
                    Some(method) => method.name.to_string(),
                    None => object.get_attr("name").map(|name| name.to_text()).unwrap_or_else(|| object.type_name().to_owned()),
                };
                self.deeper(|| object.call(&mut Call::new(self, &name, args, kwargs)))
            }
            Val::Undefined(undefined) => Err(undefined.error()),
            other => Err(Error::type_error(format!("'{}' object is not callable", other.type_name()))),
        }
    }

    /// Calls a method of a value, or what an attribute of that name holds.
    pub(crate) fn call_method(&self, value: &Val, name: &str, args: Vec<Val>, kwargs: Kwargs) -> Result<Val, Error> {
        self.charge(1)?;
        let mut call = Call::new(self, name, args, kwargs);
        if let Some(result) = crate::methods::call(value, &mut call) {
            return result;
        }
        let callee = self.get_attr(value, name)?;
        let (args, kwargs) = (std::mem::take(&mut call.args), std::mem::take(&mut call.kwargs));
        self.call_value(&callee, args, kwargs)
    }

    pub(super) fn module_text(&self, value: &Val) -> crate::Text {
        value.downcast::<Module>().map(|module| module.text.clone()).unwrap_or_else(|| "".into())
    }
}
