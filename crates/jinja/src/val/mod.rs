//! The value of the running template: Python's types, lists and dicts shared and mutable.

mod containers;
mod convert;
mod key;
mod print;
mod text;
mod undefined;

pub use containers::{Dict, List};
pub(crate) use containers::{DictMap, Iter, Range, Tuple, View, ViewKind};
pub(crate) use key::Key;
pub use text::Text;
pub use undefined::Undefined;

use crate::Object;
use std::rc::Rc;
use value::BigInt;

/// A value of a running template.
///
/// Cloning is cheap: texts, lists and dicts are shared, and a change of a list through one clone is seen through all.
#[derive(Clone)]
pub enum Val {
    /// What stands for a missing name, attribute or item.
    Undefined(Rc<Undefined>),
    /// `None`.
    None,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number that does not fit `i64`; never one that does.
    Big(Rc<BigInt>),
    /// A broken number.
    Float(f64),
    /// Text.
    Str(Text),
    /// Bytes.
    Bytes(Rc<[u8]>),
    /// A mutable list.
    List(List),
    /// A tuple.
    Tuple(Rc<Tuple>),
    /// A mutable dict.
    Dict(Dict),
    /// `dict.keys()`, `.values()` or `.items()`: a live view.
    View(Rc<View>),
    /// `range(…)`.
    Range(Rc<Range>),
    /// A generator: what filters such as `map` give; it can be read once.
    Iter(Rc<Iter>),
    /// Everything with a behaviour of its own: macros, modules, namespaces, functions, host objects.
    Object(Rc<dyn Object>),
}

impl Val {
    /// Text.
    #[must_use]
    pub fn str(text: impl Into<Text>) -> Self {
        Self::Str(text.into())
    }

    /// A new list.
    #[must_use]
    pub fn list(items: Vec<Val>) -> Self {
        Self::List(List::new(items))
    }

    /// A new tuple.
    #[must_use]
    pub fn tuple(items: Vec<Val>) -> Self {
        Self::Tuple(Rc::new(Tuple::new(items)))
    }

    /// A new dict from texts and values.
    pub fn dict<K: Into<Text>>(items: impl IntoIterator<Item = (K, Val)>) -> Self {
        Self::Dict(items.into_iter().collect())
    }

    /// A host object.
    pub fn object(object: impl Object) -> Self {
        Self::Object(Rc::new(object))
    }

    /// A generator over items that are there already.
    #[must_use]
    pub fn generator(items: Vec<Val>) -> Self {
        Self::Iter(Rc::new(Iter::new(items)))
    }

    /// The text, if this is text.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number, if this is one that fits (truth values are numbers, as in Python).
    #[must_use]
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            Self::Bool(flag) => Some(i64::from(*flag)),
            _ => None,
        }
    }

    /// Whether this stands for something missing.
    #[must_use]
    pub fn is_undefined(&self) -> bool {
        matches!(self, Self::Undefined(_))
    }

    /// Whether this is `None`.
    #[must_use]
    pub fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// The object of a host type, if this is one.
    #[must_use]
    pub fn downcast<T: Object>(&self) -> Option<&T> {
        match self {
            Self::Object(object) => (object.as_ref() as &dyn std::any::Any).downcast_ref(),
            _ => None,
        }
    }

    /// Name of the type as Python has it.
    #[must_use]
    pub fn type_name(&self) -> &str {
        match self {
            Self::Undefined(undefined) => undefined.type_name(),
            Self::None => "NoneType",
            Self::Bool(_) => "bool",
            Self::Int(_) | Self::Big(_) => "int",
            Self::Float(_) => "float",
            Self::Str(text) if text.is_markup() => "Markup",
            Self::Str(_) => "str",
            Self::Bytes(_) => "bytes",
            Self::List(_) => "list",
            Self::Tuple(_) => "tuple",
            Self::Dict(_) => "dict",
            Self::View(view) => view.kind.type_name(),
            Self::Range(_) => "range",
            Self::Iter(_) => "generator",
            Self::Object(object) => object.type_name(),
        }
    }

    /// Truth as Python sees it; what is undefined is false. Whether that may be asked is the interpreter's to know.
    #[must_use]
    pub fn is_truthy(&self) -> bool {
        match self {
            Self::Undefined(_) | Self::None => false,
            Self::Bool(flag) => *flag,
            Self::Int(number) => *number != 0,
            Self::Float(number) => *number != 0.0,
            Self::Str(text) => !text.is_empty(),
            Self::Bytes(bytes) => !bytes.is_empty(),
            Self::List(items) => !items.is_empty(),
            Self::Tuple(items) => !items.is_empty(),
            Self::Dict(dict) => !dict.is_empty(),
            Self::View(view) => !view.dict.is_empty(),
            Self::Range(range) => range.len() > 0,
            Self::Big(_) | Self::Iter(_) => true,
            Self::Object(object) => object.len() != Some(0),
        }
    }
}
