//! Equality, order and membership.

use super::Interp;
use super::iterate::not_iterable;
use crate::syntax::ast::Compare;
use crate::{Error, Kind, Val};
use num_traits::ToPrimitive;
use std::cmp::Ordering;
use std::rc::Rc;
use value::BigInt;

/// A number for comparing.
pub(super) enum Number {
    Whole(i128),
    /// One beyond 64 bits.
    Big(BigInt),
    Broken(f64),
}

impl Number {
    /// The float nearest to it; one too large for any is infinite.
    pub(super) fn float(&self) -> f64 {
        match self {
            Self::Whole(number) => *number as f64,
            Self::Big(number) => number.to_f64().unwrap_or(f64::NAN),
            Self::Broken(number) => *number,
        }
    }
}

pub(super) fn number(value: &Val) -> Option<Number> {
    Some(match value {
        Val::Bool(flag) => Number::Whole(i128::from(*flag)),
        Val::Int(number) => Number::Whole(i128::from(*number)),
        Val::Big(number) => Number::Big((**number).clone()),
        Val::Float(number) => Number::Broken(*number),
        _ => return None,
    })
}

/// `None` where one of them is no number at all.
fn order(a: Number, b: Number) -> Option<Ordering> {
    match (a, b) {
        (Number::Whole(a), Number::Whole(b)) => Some(a.cmp(&b)),
        (Number::Big(a), Number::Big(b)) => Some(a.cmp(&b)),
        (Number::Big(a), Number::Whole(b)) => Some(a.cmp(&BigInt::from(b))),
        (Number::Whole(a), Number::Big(b)) => Some(BigInt::from(a).cmp(&b)),
        (a @ Number::Broken(_), b) | (a, b @ Number::Broken(_)) => a.float().partial_cmp(&b.float()),
    }
}

impl Interp<'_> {
    pub(crate) fn compare(&self, op: Compare, left: &Val, right: &Val) -> Result<bool, Error> {
        match op {
            Compare::Eq => self.equal(left, right),
            Compare::Ne => self.equal(left, right).map(|equal| !equal),
            Compare::In => self.contains(right, left),
            Compare::NotIn => self.contains(right, left).map(|found| !found),
            Compare::Lt | Compare::Le | Compare::Gt | Compare::Ge => {
                let Some(order) = self.order(left, right, op)? else { return Ok(false) };
                Ok(match op {
                    Compare::Lt => order.is_lt(),
                    Compare::Le => order.is_le(),
                    Compare::Gt => order.is_gt(),
                    _ => order.is_ge(),
                })
            }
        }
    }

    pub(crate) fn equal(&self, a: &Val, b: &Val) -> Result<bool, Error> {
        self.equal_nested(a, b, 0)
    }

    pub(crate) fn all_equal(&self, a: &[Val], b: &[Val]) -> Result<bool, Error> {
        self.sequences_equal(a, b, 0)
    }

    fn sequences_equal(&self, a: &[Val], b: &[Val], depth: u32) -> Result<bool, Error> {
        if a.len() != b.len() {
            return Ok(false);
        }
        self.charge(a.len())?;
        for (a, b) in a.iter().zip(b) {
            if !self.equal_nested(a, b, depth + 1)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn equal_nested(&self, a: &Val, b: &Val, depth: u32) -> Result<bool, Error> {
        self.check_depth(depth)?;
        Ok(match (a, b) {
            (Val::Str(a), Val::Str(b)) => a.as_str() == b.as_str(),
            (Val::Undefined(undefined), _) | (_, Val::Undefined(undefined)) if undefined.is_strict() => return Err(undefined.error()),
            (Val::Undefined(_), Val::Undefined(_)) | (Val::None, Val::None) => true,
            (Val::Bytes(a), Val::Bytes(b)) => a == b,
            (Val::List(a), Val::List(b)) => a.is(b) || self.sequences_equal(&a.to_vec(), &b.to_vec(), depth)?,
            (Val::Tuple(a), Val::Tuple(b)) => self.sequences_equal(a, b, depth)?,
            (Val::Dict(a), Val::Dict(b)) => {
                if a.is(b) {
                    return Ok(true);
                }
                if a.len() != b.len() {
                    return Ok(false);
                }
                self.charge(a.len())?;
                for (key, value) in a.to_vec() {
                    let Some(other) = b.get_val(&key) else { return Ok(false) };
                    if !self.equal_nested(&value, &other, depth + 1)? {
                        return Ok(false);
                    }
                }
                true
            }
            (Val::View(a), Val::View(b)) if a.kind == b.kind => {
                let (a, b) = (a.items(), b.items());
                a.len() == b.len() && self.is_subset(&a, &b, depth)?
            }
            (Val::Range(a), Val::Range(b)) => a.is_equal(b),
            (Val::Iter(a), Val::Iter(b)) => Rc::ptr_eq(a, b),
            (Val::Object(a), Val::Object(b)) => std::ptr::addr_eq(Rc::as_ptr(a), Rc::as_ptr(b)),
            _ => match (number(a), number(b)) {
                (Some(a), Some(b)) => order(a, b) == Some(Ordering::Equal),
                _ => false,
            },
        })
    }

    fn is_subset(&self, a: &[Val], b: &[Val], depth: u32) -> Result<bool, Error> {
        for item in a {
            let mut found = false;
            for other in b {
                self.charge(1)?;
                if self.equal_nested(item, other, depth + 1)? {
                    found = true;
                    break;
                }
            }
            if !found {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn check_depth(&self, depth: u32) -> Result<(), Error> {
        if depth > 500 {
            return Err(Error::new(Kind::Limit, "maximum recursion depth exceeded in comparison"));
        }
        self.check_stack()
    }

    /// The order of two values; `None` where a NaN has none.
    pub(crate) fn order(&self, a: &Val, b: &Val, op: Compare) -> Result<Option<Ordering>, Error> {
        self.order_nested(a, b, op, 0)
    }

    /// The order that sorting uses.
    pub(crate) fn sort_order(&self, a: &Val, b: &Val) -> Result<Ordering, Error> {
        self.charge(1)?;
        Ok(self.order(a, b, Compare::Lt)?.unwrap_or(Ordering::Equal))
    }

    fn order_nested(&self, a: &Val, b: &Val, op: Compare, depth: u32) -> Result<Option<Ordering>, Error> {
        self.check_depth(depth)?;
        match (a, b) {
            (Val::Str(a), Val::Str(b)) => return Ok(Some(a.as_str().cmp(b.as_str()))),
            (Val::Bytes(a), Val::Bytes(b)) => return Ok(Some(a.cmp(b))),
            (Val::Undefined(undefined), _) | (_, Val::Undefined(undefined)) => return Err(undefined.error()),
            (Val::List(a), Val::List(b)) => return self.order_sequences(&a.to_vec(), &b.to_vec(), op, depth),
            (Val::Tuple(a), Val::Tuple(b)) => return self.order_sequences(a, b, op, depth),
            _ => {}
        }
        if let (Some(a), Some(b)) = (number(a), number(b)) {
            return Ok(order(a, b));
        }
        let sign = match op {
            Compare::Le => "<=",
            Compare::Gt => ">",
            Compare::Ge => ">=",
            _ => "<",
        };
        Err(Error::type_error(format!("'{sign}' not supported between instances of '{}' and '{}'", a.type_name(), b.type_name())))
    }

    fn order_sequences(&self, a: &[Val], b: &[Val], op: Compare, depth: u32) -> Result<Option<Ordering>, Error> {
        for (a, b) in a.iter().zip(b) {
            self.charge(1)?;
            if !self.equal_nested(a, b, depth + 1)? {
                return self.order_nested(a, b, op, depth + 1);
            }
        }
        Ok(Some(a.len().cmp(&b.len())))
    }

    /// `item in container`.
    pub(crate) fn contains(&self, container: &Val, item: &Val) -> Result<bool, Error> {
        Ok(match container {
            Val::Str(text) => match item {
                Val::Str(part) => {
                    self.charge(text.len() / 16)?;
                    text.contains(&**part)
                }
                Val::Undefined(undefined) => return Err(undefined.error()),
                other => {
                    let name = other.type_name();
                    return Err(Error::type_error(format!("'in <string>' requires string as left operand, not {name}")));
                }
            },
            Val::Dict(dict) => self.has_key(dict, item)?,
            Val::View(view) if view.kind == crate::val::ViewKind::Keys => self.has_key(&view.dict, item)?,
            Val::List(list) => self.any_equal(&list.to_vec(), item)?,
            Val::Tuple(items) => self.any_equal(items, item)?,
            Val::Undefined(undefined) if undefined.is_strict() => return Err(undefined.error()),
            Val::Undefined(_) => false,
            Val::Object(object) => match object.contains(item) {
                Some(found) => found,
                None => match object.iter() {
                    Some(items) => self.any_equal(&items, item)?,
                    None => return Err(self.no_members(container)),
                },
            },
            Val::None | Val::Bool(_) | Val::Int(_) | Val::Big(_) | Val::Float(_) => return Err(self.no_members(container)),
            other => self.any_equal(&self.iterate(other)?, item)?,
        })
    }

    fn no_members(&self, container: &Val) -> Error {
        let mut error = not_iterable(container);
        error.message = format!("argument of type '{}' is not iterable", container.type_name());
        error
    }

    fn has_key(&self, dict: &crate::Dict, key: &Val) -> Result<bool, Error> {
        match key {
            Val::Undefined(undefined) if undefined.is_strict() => Err(undefined.error()),
            key => {
                let key = crate::val::Key::new(key.clone()).map_err(|name| Error::type_error(format!("unhashable type: '{name}'")))?;
                Ok(dict.borrow().contains_key(&key))
            }
        }
    }

    fn any_equal(&self, items: &[Val], item: &Val) -> Result<bool, Error> {
        self.charge(items.len())?;
        for other in items {
            if self.is(other, item) || self.equal(other, item)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// `is sameas`: the same object. Small values have no identity of their own; equal ones of one type are the same.
    pub(crate) fn is(&self, a: &Val, b: &Val) -> bool {
        match (a, b) {
            (Val::None, Val::None) => true,
            (Val::Bool(a), Val::Bool(b)) => a == b,
            (Val::Int(a), Val::Int(b)) => a == b,
            (Val::Big(a), Val::Big(b)) => **a == **b,
            (Val::Float(a), Val::Float(b)) => a.to_bits() == b.to_bits(),
            (Val::Str(a), Val::Str(b)) => std::sync::Arc::ptr_eq(a.shared(), b.shared()) || a.as_str() == b.as_str(),
            (Val::List(a), Val::List(b)) => a.is(b),
            (Val::Dict(a), Val::Dict(b)) => a.is(b),
            (Val::Tuple(a), Val::Tuple(b)) => Rc::ptr_eq(a, b) || a.is_empty() && b.is_empty(),
            (Val::Object(a), Val::Object(b)) => std::ptr::addr_eq(Rc::as_ptr(a), Rc::as_ptr(b)),
            (Val::Iter(a), Val::Iter(b)) => Rc::ptr_eq(a, b),
            (Val::Undefined(a), Val::Undefined(b)) => Rc::ptr_eq(a, b),
            _ => false,
        }
    }
}
