//! Runs a template.

use crate::{At, Engine, Error, Host, Kind, Kwargs, Limits, Output, Source, Undefined, Val, Vars};
use std::rc::Rc;
use std::sync::Arc;

/// One rendering under way.
pub(crate) struct Interp<'e> {
    host: &'e dyn Host,
    _vars: Vars,
}

fn later() -> Error {
    Error::new(Kind::Runtime, "the interpreter cannot do this yet")
}

impl<'e> Interp<'e> {
    pub(crate) fn new(_engine: &'e Engine, host: &'e dyn Host, _limits: &'e Limits, vars: Vars) -> Self {
        Self { host, _vars: vars }
    }
    pub(crate) fn render(&self, _source: &Source) -> Result<Output, Error> {
        Err(later())
    }
    pub(crate) fn host(&self) -> &'e dyn Host {
        self.host
    }
    pub(crate) fn call_value(&self, _callee: &Val, _args: Vec<Val>, _kwargs: Kwargs) -> Result<Val, Error> {
        Err(later())
    }
    pub(crate) fn call_method(&self, _value: &Val, _name: &str, _args: Vec<Val>, _kwargs: Kwargs) -> Result<Val, Error> {
        Err(later())
    }
    pub(crate) fn apply_filter(&self, _name: &str, _args: Vec<Val>, _kwargs: Kwargs) -> Result<Val, Error> {
        Err(later())
    }
    pub(crate) fn apply_test(&self, _name: &str, _args: Vec<Val>, _kwargs: Kwargs) -> Result<bool, Error> {
        Err(later())
    }
    pub(crate) fn iterate(&self, _value: &Val) -> Result<Vec<Val>, Error> {
        Err(later())
    }
    pub(crate) fn get_item(&self, _value: &Val, _key: &Val) -> Result<Val, Error> {
        Err(later())
    }
    pub(crate) fn variables(&self) -> Vec<(Arc<str>, Val)> {
        Vec::new()
    }
    pub(crate) fn undefined_hint(&self, message: &str) -> Val {
        Val::Undefined(Rc::new(Undefined::hint(Kind::Undefined, message, true)))
    }
    pub(crate) fn charge(&self, _n: usize) -> Result<(), Error> {
        Ok(())
    }
    pub(crate) fn place(&self) -> At {
        At { name: Arc::from(""), line: 0 }
    }
}
