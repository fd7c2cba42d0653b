//! The arguments of a call of a filter, a test, a function or a method, and what it may ask of the running template.

use crate::interp::Interp;
use crate::{Error, Text, Val};
use num_traits::Signed;
use std::sync::Arc;

/// Arguments by name, in the order of the call.
pub type Kwargs = Vec<(Arc<str>, Val)>;

/// A call under way. For a filter or a test the value it is applied to is the first positional argument.
pub struct Call<'a> {
    /// Name under which it was called, for messages.
    pub name: &'a str,
    /// Arguments by position.
    pub args: Vec<Val>,
    /// Arguments by name.
    pub kwargs: Kwargs,
    pub(crate) interp: &'a Interp<'a>,
}

impl<'a> Call<'a> {
    pub(crate) fn new(interp: &'a Interp<'a>, name: &'a str, args: Vec<Val>, kwargs: Kwargs) -> Self {
        Self { name, args, kwargs, interp }
    }

    /// The argument at a position, or by its name.
    #[must_use]
    pub fn arg(&self, position: usize, name: &str) -> Option<&Val> {
        self.args.get(position).or_else(|| self.kwarg(name))
    }

    /// The argument with a name.
    #[must_use]
    pub fn kwarg(&self, name: &str) -> Option<&Val> {
        self.kwargs.iter().find(|(known, _)| &**known == name).map(|(_, value)| value)
    }

    /// The argument at a position, or by its name, which must be there.
    ///
    /// # Errors
    /// It is missing.
    pub fn required(&self, position: usize, name: &str) -> Result<&Val, Error> {
        self.arg(position, name)
            .ok_or_else(|| Error::type_error(format!("{}() missing 1 required positional argument: '{name}'", self.python_name())))
    }

    /// The name of the Python function behind a filter, which its users know from messages.
    pub(crate) fn python_name(&self) -> String {
        const FILTERS: [&str; 6] = ["attr", "batch", "groupby", "items", "replace", "slice"];
        if FILTERS.contains(&self.name) { format!("do_{}", self.name) } else { self.name.to_owned() }
    }

    /// Refuses arguments beyond those named, in their order.
    ///
    /// # Errors
    /// There are more, or some with other names, or one is given twice.
    pub fn only(&self, names: &[&str]) -> Result<(), Error> {
        if self.args.len() > names.len() {
            let (n, s) = (names.len(), if names.len() == 1 { "" } else { "s" });
            return Err(Error::type_error(format!("{}() takes {n} positional argument{s} but {} were given", self.name, self.args.len())));
        }
        for (name, _) in &self.kwargs {
            match names.iter().position(|known| *known == &**name) {
                None => return Err(Error::type_error(format!("{}() got an unexpected keyword argument '{name}'", self.name))),
                Some(position) if position < self.args.len() => {
                    return Err(Error::type_error(format!("{}() got multiple values for argument '{name}'", self.name)));
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// The text argument at a position or by name, if it is given and not `None`.
    ///
    /// # Errors
    /// It is no text.
    pub fn text(&self, position: usize, name: &str) -> Result<Option<Text>, Error> {
        match self.arg(position, name) {
            None | Some(Val::None) => Ok(None),
            Some(Val::Str(text)) => Ok(Some(text.clone())),
            Some(Val::Undefined(undefined)) => Err(undefined.error()),
            Some(other) => {
                let message = format!("{}() argument '{name}' must be str, not {}", self.name, other.type_name());
                Err(Error::type_error(message))
            }
        }
    }

    /// The text argument at a position or by name, which must be there.
    ///
    /// # Errors
    /// It is missing or no text.
    pub fn required_text(&self, position: usize, name: &str) -> Result<Text, Error> {
        self.required(position, name)?;
        match self.text(position, name)? {
            Some(text) => Ok(text),
            None => Err(Error::type_error(format!("{}() argument '{name}' must be str, not None", self.name))),
        }
    }

    /// The whole number at a position or by name, if it is given and not `None`.
    ///
    /// # Errors
    /// It is no whole number.
    pub fn int(&self, position: usize, name: &str) -> Result<Option<i64>, Error> {
        match self.arg(position, name) {
            None | Some(Val::None) => Ok(None),
            Some(Val::Undefined(undefined)) => Err(undefined.error()),
            Some(Val::Big(number)) => Ok(Some(if number.is_negative() { i64::MIN } else { i64::MAX })),
            Some(other) => match other.as_int() {
                Some(number) => Ok(Some(number)),
                None => Err(Error::type_error(format!("'{}' object cannot be interpreted as an integer", other.type_name()))),
            },
        }
    }

    /// The truth of the argument at a position or by name.
    ///
    /// # Errors
    /// It is undefined.
    pub fn flag(&self, position: usize, name: &str, default: bool) -> Result<bool, Error> {
        self.arg(position, name).map_or(Ok(default), |value| self.interp.truth(value))
    }

    /// `str()` of a value.
    ///
    /// # Errors
    /// It is undefined, or larger than the limits allow.
    pub fn str(&self, value: &Val) -> Result<Text, Error> {
        self.interp.to_text(value)
    }

    /// The value a filter or a test is applied to, as text.
    ///
    /// # Errors
    /// As [`Call::str`].
    pub fn value_text(&self) -> Result<Text, Error> {
        self.str(self.value()?)
    }

    /// A new text, counted against the limits.
    ///
    /// # Errors
    /// A limit is reached.
    pub fn new_text(&self, text: impl Into<Text>) -> Result<Val, Error> {
        self.interp.text(text)
    }

    /// The value a filter or a test is applied to; the first argument of a function.
    ///
    /// # Errors
    /// There is none.
    pub fn value(&self) -> Result<&Val, Error> {
        self.required(0, "value")
    }

    /// Calls a value: a function, a macro, a method.
    ///
    /// # Errors
    /// What the call raises.
    pub fn call(&self, callee: &Val, args: Vec<Val>, kwargs: Kwargs) -> Result<Val, Error> {
        self.interp.call_value(callee, args, kwargs)
    }

    /// Calls a method of a value.
    ///
    /// # Errors
    /// There is no such method, or what it raises.
    pub fn call_method(&self, value: &Val, name: &str, args: Vec<Val>, kwargs: Kwargs) -> Result<Val, Error> {
        self.interp.call_method(value, name, args, kwargs)
    }

    /// Applies a filter by name; the value comes first in `args`.
    ///
    /// # Errors
    /// There is no such filter, or what it raises.
    pub fn filter(&self, name: &str, args: Vec<Val>, kwargs: Kwargs) -> Result<Val, Error> {
        self.interp.apply_filter(name, args, kwargs)
    }

    /// Applies a test by name; the value comes first in `args`.
    ///
    /// # Errors
    /// There is no such test, or what it raises.
    pub fn test(&self, name: &str, args: Vec<Val>, kwargs: Kwargs) -> Result<bool, Error> {
        self.interp.apply_test(name, args, kwargs)
    }

    /// The members of a value, as a `for` loop sees them.
    ///
    /// # Errors
    /// The value cannot be iterated.
    pub fn iterate(&self, value: &Val) -> Result<Vec<Val>, Error> {
        self.interp.iterate(value)
    }

    /// `value[key]` as a template has it: an item, else an attribute, else undefined.
    ///
    /// # Errors
    /// `value` is undefined itself.
    pub fn get_item(&self, value: &Val, key: &Val) -> Result<Val, Error> {
        self.interp.get_item(value, key)
    }

    /// All variables the running template sees, innermost value first where a name is hidden.
    #[must_use]
    pub fn variables(&self) -> Vec<(Arc<str>, Val)> {
        self.interp.variables()
    }

    /// A value that stands for something missing, with a sentence that says what.
    #[must_use]
    pub fn undefined(&self, message: &str) -> Val {
        self.interp.undefined_hint(message)
    }

    /// A random number from 0 up to, not including, `below`.
    #[must_use]
    pub fn random(&self, below: u64) -> u64 {
        self.interp.host().random(below)
    }

    /// Counts work against the limits: `n` elements looked at.
    ///
    /// # Errors
    /// The limit is reached.
    pub fn charge(&self, n: usize) -> Result<(), Error> {
        self.interp.charge(n)
    }

    /// Name of the running template and the line it is at.
    #[must_use]
    pub fn place(&self) -> crate::At {
        self.interp.place()
    }
}
