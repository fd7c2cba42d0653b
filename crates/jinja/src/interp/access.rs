//! Attributes, items and slices.

use super::Interp;
use super::macros::Method;
use crate::{Error, Kind, Undefined, Val};
use num_traits::Signed;
use std::rc::Rc;
use std::sync::Arc;

impl Interp<'_> {
    /// `value.name`: an attribute, else an item, else undefined.
    pub(crate) fn get_attr(&self, value: &Val, name: &str) -> Result<Val, Error> {
        if let Val::Undefined(undefined) = value {
            return Err(undefined.error());
        }
        if let Some(found) = self.attribute(value, name)? {
            return Ok(found);
        }
        let item = match value {
            Val::Dict(dict) => dict.get(name),
            Val::Object(_) => self.item(value, &Val::str(name))?,
            // Nothing else has items under a name.
            _ => None,
        };
        if let Some(found) = item {
            return Ok(found);
        }
        Ok(self.undefined(Undefined::attribute(value, name, self.is_strict())))
    }

    /// `value[key]`: an item, else an attribute, else undefined.
    pub(crate) fn get_item(&self, value: &Val, key: &Val) -> Result<Val, Error> {
        if let Val::Undefined(undefined) = value {
            return Err(undefined.error());
        }
        if let Some(found) = self.item(value, key)? {
            return Ok(found);
        }
        match key {
            Val::Undefined(undefined) if undefined.is_strict() => Err(undefined.error()),
            Val::Str(name) => match self.attribute(value, name)? {
                Some(found) => Ok(found),
                None => Ok(self.undefined(Undefined::attribute(value, name, self.is_strict()))),
            },
            other => Ok(self.undefined(Undefined::item(value, &self.repr(other)?, self.is_strict()))),
        }
    }

    /// An attribute in Python's sense: methods of builtin types, and what objects have.
    pub(crate) fn attribute(&self, value: &Val, name: &str) -> Result<Option<Val>, Error> {
        if name.starts_with("__") && name.ends_with("__") {
            let message = format!("access to attribute '{name}' of '{}' object is unsafe.", value.type_name());
            // A dict may well have such a key, which the caller looks for next.
            let is_key = matches!(value, Val::Dict(dict) if dict.get(name).is_some());
            return Ok((!is_key).then(|| self.undefined(Undefined::hint(Kind::Security, message, true))));
        }
        if let Val::Object(object) = value {
            if let Some(found) = self.loop_attribute(value, name)? {
                return Ok(Some(found));
            }
            return Ok(object.get_attr(name));
        }
        if crate::methods::exists(value, name) {
            return Ok(Some(Val::object(Method { owner: value.clone(), name: Arc::from(name) })));
        }
        Ok(crate::methods::field(value, name))
    }

    /// An item in Python's sense; `None` where there is none, or where the value has no items.
    fn item(&self, value: &Val, key: &Val) -> Result<Option<Val>, Error> {
        Ok(match value {
            Val::Dict(dict) => dict.get_val(key),
            Val::Object(object) => object.get_item(key)?,
            Val::List(list) => index(key, list.len()).and_then(|at| list.get(at)),
            Val::Tuple(items) => index(key, items.len()).and_then(|at| items.get(at).cloned()),
            Val::Str(text) => {
                let Some(at) = index(key, self.length_of(value).unwrap_or_default()) else { return Ok(None) };
                if text.is_ascii() {
                    return Ok(text.get(at..=at).map(Val::str));
                }
                self.charge(text.len() / 8)?;
                text.chars().nth(at).map(|c| Val::str(c.to_string()))
            }
            Val::Bytes(bytes) => index(key, bytes.len()).and_then(|at| bytes.get(at)).map(|byte| Val::Int(i64::from(*byte))),
            Val::Range(range) => {
                index(key, usize::try_from(range.len()).unwrap_or(usize::MAX)).and_then(|at| range.get(at as u64)).map(Val::Int)
            }
            _ => None,
        })
    }

    /// `value[start:stop:step]`. What has no slices raises, unlike an item that is not there.
    pub(super) fn slice(&self, value: &Val, bounds: &[Val; 3]) -> Result<Val, Error> {
        for bound in bounds {
            if let Val::Undefined(undefined) = bound
                && undefined.is_strict()
            {
                return Err(undefined.error());
            }
        }
        let Some(length) =
            self.length_of(value).filter(|_| matches!(value, Val::Str(_) | Val::List(_) | Val::Tuple(_) | Val::Bytes(_) | Val::Range(_)))
        else {
            return match value {
                Val::Undefined(undefined) => Err(undefined.error()),
                Val::Dict(_) => Err(Error::type_error("unhashable type: 'slice'")),
                other => Err(Error::type_error(format!("'{}' object is not subscriptable", other.type_name()))),
            };
        };
        let Some(positions) = Positions::new(bounds, length)? else {
            return Err(Error::type_error("slice indices must be integers or None or have an __index__ method"));
        };
        self.allocate_items(positions.count)?;
        Ok(match value {
            Val::Str(text) if text.is_ascii() => {
                let bytes = text.as_bytes();
                let picked: String = positions.iter().filter_map(|at| bytes.get(at)).map(|byte| *byte as char).collect();
                self.text(picked)?
            }
            Val::Str(text) => {
                self.charge(text.len() / 8)?;
                let chars: Vec<char> = text.chars().collect();
                let picked: String = positions.iter().filter_map(|at| chars.get(at)).collect();
                self.text(picked)?
            }
            Val::Tuple(items) => Val::tuple(positions.iter().filter_map(|at| items.get(at).cloned()).collect()),
            Val::Bytes(bytes) => Val::Bytes(positions.iter().filter_map(|at| bytes.get(at).copied()).collect()),
            Val::List(list) => {
                let items = list.borrow();
                Val::list(positions.iter().filter_map(|at| items.get(at).cloned()).collect())
            }
            Val::Range(range) => Val::Range(Rc::new(range.slice(&positions))),
            other => {
                let items = self.iterate(other)?;
                Val::list(positions.iter().filter_map(|at| items.get(at).cloned()).collect())
            }
        })
    }
}

/// A position within a length; negative ones count from the end.
pub(crate) fn index(key: &Val, length: usize) -> Option<usize> {
    let at = key.as_int()?;
    let at = if at < 0 { at.checked_add(i64::try_from(length).ok()?)? } else { at };
    usize::try_from(at).ok().filter(|at| *at < length)
}

/// The positions that a slice picks.
pub(crate) struct Positions {
    pub(crate) start: i64,
    pub(crate) stop: i64,
    pub(crate) step: i64,
    count: usize,
}

impl Positions {
    /// `None` when a bound is no number.
    fn new(bounds: &[Val; 3], length: usize) -> Result<Option<Self>, Error> {
        let length = i64::try_from(length).unwrap_or(i64::MAX);
        let number = |bound: &Val| match bound {
            Val::None => Some(None),
            Val::Big(number) => Some(Some(if number.is_negative() { i64::MIN / 2 } else { i64::MAX / 2 })),
            other => other.as_int().map(|number| Some(number.clamp(i64::MIN / 2, i64::MAX / 2))),
        };
        let [start, stop, step] = bounds;
        let (Some(start), Some(stop), Some(step)) = (number(start), number(stop), number(step)) else { return Ok(None) };
        let step = step.unwrap_or(1);
        if step == 0 {
            return Err(Error::value_error("slice step cannot be zero"));
        }
        let (low, high) = if step > 0 { (0, length) } else { (-1, length - 1) };
        let bound = |at: i64| (if at < 0 { at + length } else { at }).clamp(low, high);
        let start = start.map_or(if step > 0 { low } else { high }, bound);
        let stop = stop.map_or(if step > 0 { high } else { low }, bound);
        let distance = if step > 0 { stop - start } else { start - stop };
        let count = if distance <= 0 { 0 } else { (distance - 1) / step.abs() + 1 };
        Ok(Some(Self { start, stop, step, count: usize::try_from(count).unwrap_or(0) }))
    }

    fn iter(&self) -> impl Iterator<Item = usize> {
        let (start, step) = (self.start, self.step);
        (0..self.count as i64).filter_map(move |n| usize::try_from(start + n * step).ok())
    }
}
