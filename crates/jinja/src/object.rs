//! Host objects: values whose behaviour the host gives.

use crate::{Call, Error, Val};
use std::any::Any;
use std::rc::Rc;
use value::Value;

/// A value with a behaviour of its own, such as a bag of functions.
///
/// Attributes are asked for as Jinja does: `x.name` asks [`Object::get_attr`] then [`Object::get_item`], `x['name']` the other way round.
pub trait Object: Any {
    /// Name of the type in messages.
    fn type_name(&self) -> &str;

    /// The attribute `name`.
    fn get_attr(&self, name: &str) -> Option<Val> {
        let _ = name;
        None
    }

    /// The item under `key`.
    ///
    /// # Errors
    /// Any error but a missing item ends the rendering.
    fn get_item(&self, key: &Val) -> Result<Option<Val>, Error> {
        let _ = key;
        Ok(None)
    }

    /// Sets an attribute (`{% set x.name = value %}`); false when the object does not allow it.
    fn set_attr(&self, name: &str, value: Val) -> bool {
        let _ = (name, value);
        false
    }

    /// Whether the object can be called.
    fn is_callable(&self) -> bool {
        false
    }

    /// Calls the object.
    ///
    /// # Errors
    /// What the call raises; by default, that it cannot be called.
    fn call(&self, call: &mut Call<'_>) -> Result<Val, Error> {
        let _ = call;
        Err(Error::type_error(format!("'{}' object is not callable", self.type_name())))
    }

    /// The members, if the object can be iterated.
    fn iter(&self) -> Option<Vec<Val>> {
        None
    }

    /// Number of members, if the object has a length.
    fn len(&self) -> Option<usize> {
        None
    }

    /// Whether it has no members.
    fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }

    /// Whether `key in object`; `None` to search the members.
    fn contains(&self, key: &Val) -> Option<bool> {
        let _ = key;
        None
    }

    /// Whether `is mapping` holds.
    fn is_mapping(&self) -> bool {
        false
    }

    /// The text that `{{ object }}` prints.
    fn str(&self) -> String {
        format!("<{} object>", self.type_name())
    }

    /// The plain value it stands for, if there is one.
    fn to_value(&self) -> Option<Value> {
        None
    }
}

type Body = dyn Fn(&mut Call<'_>) -> Result<Val, Error>;

/// A function of the host as a value.
pub struct Function {
    name: String,
    body: Box<Body>,
}

impl Function {
    /// A function as a value.
    pub fn val(name: impl Into<String>, body: impl Fn(&mut Call<'_>) -> Result<Val, Error> + 'static) -> Val {
        Val::Object(Rc::new(Self { name: name.into(), body: Box::new(body) }))
    }
}

impl Object for Function {
    fn type_name(&self) -> &str {
        "function"
    }

    fn get_attr(&self, name: &str) -> Option<Val> {
        (name == "name").then(|| Val::from(self.name.as_str()))
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn call(&self, call: &mut Call<'_>) -> Result<Val, Error> {
        (self.body)(call)
    }

    fn str(&self) -> String {
        format!("<function {}>", self.name)
    }
}
