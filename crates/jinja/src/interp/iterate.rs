//! The members of values, one by one.

use super::Interp;
use crate::globals::Namespace;
use crate::val::{Iter, Range, ViewKind};
use crate::{Dict, Error, Kind, List, Val};
use std::rc::Rc;

/// Members under way. Lists and dicts are read as they are at each step.
pub(super) enum Members {
    List(List, usize),
    Dict(Dict, ViewKind, usize, usize),
    Range(Range, u64),
    Generator(Rc<Iter>),
    Taken(std::vec::IntoIter<Val>),
    /// Those that passed a loop's filter already.
    Filtered(std::vec::IntoIter<Val>),
}

impl Members {
    pub(super) fn filtered(items: Vec<Val>) -> Self {
        Self::Filtered(items.into_iter())
    }

    /// How many there are, where that is known without taking them.
    pub(super) fn len(&self) -> Option<usize> {
        match self {
            Self::List(list, at) => Some(list.len().saturating_sub(*at)),
            Self::Dict(dict, _, _, at) => Some(dict.len().saturating_sub(*at)),
            Self::Range(range, at) => usize::try_from(range.len().saturating_sub(*at)).ok(),
            Self::Taken(items) | Self::Filtered(items) => Some(items.len()),
            Self::Generator(_) => None,
        }
    }

    pub(super) fn next(&mut self) -> Result<Option<Val>, Error> {
        Ok(match self {
            Self::List(list, at) => {
                *at += 1;
                list.get(*at - 1)
            }
            Self::Dict(dict, kind, size, at) => {
                let map = dict.borrow();
                if map.len() != *size {
                    return Err(Error::new(Kind::Runtime, "dictionary changed size during iteration"));
                }
                *at += 1;
                map.get_index(*at - 1).map(|(key, value)| match kind {
                    ViewKind::Keys => key.val().clone(),
                    ViewKind::Values => value.clone(),
                    ViewKind::Items => Val::tuple(vec![key.val().clone(), value.clone()]),
                })
            }
            Self::Range(range, at) => {
                *at += 1;
                range.get(*at - 1).map(Val::Int)
            }
            Self::Generator(items) => items.next(),
            Self::Taken(items) | Self::Filtered(items) => items.next(),
        })
    }
}

impl Interp<'_> {
    /// The members of a value, as `for` sees them.
    pub(super) fn members(&self, value: &Val) -> Result<Members, Error> {
        Ok(match value {
            Val::List(list) => Members::List(list.clone(), 0),
            Val::Dict(dict) => Members::Dict(dict.clone(), ViewKind::Keys, dict.len(), 0),
            Val::View(view) => Members::Dict(view.dict.clone(), view.kind, view.dict.len(), 0),
            Val::Range(range) => Members::Range(**range, 0),
            Val::Iter(items) => Members::Generator(Rc::clone(items)),
            Val::Tuple(items) => Members::Taken(items.iter().cloned().collect::<Vec<_>>().into_iter()),
            Val::Str(text) => {
                self.allocate_items(text.len())?;
                let mut buffer = [0; 4];
                Members::Taken(text.chars().map(|c| Val::str(&*c.encode_utf8(&mut buffer))).collect::<Vec<_>>().into_iter())
            }
            Val::Bytes(bytes) => Members::Taken(bytes.iter().map(|byte| Val::Int(i64::from(*byte))).collect::<Vec<_>>().into_iter()),
            Val::Undefined(undefined) if undefined.is_strict() => return Err(undefined.error()),
            Val::Undefined(_) => Members::Taken(Vec::new().into_iter()),
            Val::Object(object) => match object.iter() {
                Some(items) => Members::Taken(items.into_iter()),
                None => return Err(not_iterable(value)),
            },
            _ => return Err(not_iterable(value)),
        })
    }

    /// All members at once.
    pub(crate) fn iterate(&self, value: &Val) -> Result<Vec<Val>, Error> {
        if let Some(length) = self.length_of(value) {
            self.allocate_items(length)?;
        }
        match value {
            Val::List(list) => Ok(list.to_vec()),
            Val::Tuple(items) => Ok(items.to_vec()),
            Val::Dict(dict) => Ok(dict.keys()),
            Val::View(view) => Ok(view.items()),
            Val::Iter(items) => Ok(items.rest()),
            other => {
                let mut members = self.members(other)?;
                let mut items = Vec::new();
                while let Some(item) = members.next()? {
                    self.charge(1)?;
                    items.push(item);
                }
                Ok(items)
            }
        }
    }

    /// `len(value)`, where a value has one.
    pub(crate) fn length_of(&self, value: &Val) -> Option<usize> {
        match value {
            Val::Str(text) if text.is_ascii() => Some(text.len()),
            Val::Str(text) => Some(text.chars().count()),
            Val::Bytes(bytes) => Some(bytes.len()),
            Val::List(list) => Some(list.len()),
            Val::Tuple(items) => Some(items.len()),
            Val::Dict(dict) => Some(dict.len()),
            Val::View(view) => Some(view.dict.len()),
            Val::Range(range) => usize::try_from(range.len()).ok(),
            Val::Object(object) => object.len(),
            _ => None,
        }
    }

    /// Counts the members of a value, nested ones too, before work that visits them all. Shared members count each time they are met,
    /// because that is what printing them costs.
    pub(crate) fn charge_size(&self, value: &Val) -> Result<(), Error> {
        self.charge_nested(value, &mut Vec::new())
    }

    /// `repr(value)`, checked against the limits.
    pub(crate) fn repr(&self, value: &Val) -> Result<String, Error> {
        self.charge_size(value)?;
        let text = value.repr();
        self.allocate(text.len())?;
        Ok(text)
    }

    fn charge_nested(&self, value: &Val, open: &mut Vec<usize>) -> Result<(), Error> {
        let address = match value {
            Val::List(list) => list.address(),
            Val::Dict(dict) => dict.address(),
            Val::View(view) => view.dict.address(),
            Val::Tuple(_) => 0,
            Val::Str(text) => return self.charge(text.len() / 64),
            Val::Object(_) => match value.downcast::<Namespace>() {
                Some(namespace) => return self.charge_nested(&Val::Dict(namespace.0.clone()), open),
                None => return Ok(()),
            },
            _ => return Ok(()),
        };
        // Printing stops here too.
        if open.len() > 200 || address != 0 && open.contains(&address) {
            return Ok(());
        }
        open.push(address);
        match value {
            Val::List(list) => {
                self.charge(list.len())?;
                for index in 0..list.len() {
                    let Some(item) = list.get(index) else { break };
                    self.charge_nested(&item, open)?;
                }
            }
            Val::Tuple(items) => {
                self.charge(items.len())?;
                for item in items.iter() {
                    self.charge_nested(item, open)?;
                }
            }
            Val::Dict(dict) => self.charge_dict(dict, open)?,
            Val::View(view) => self.charge_dict(&view.dict, open)?,
            _ => {}
        }
        open.pop();
        Ok(())
    }

    fn charge_dict(&self, dict: &Dict, open: &mut Vec<usize>) -> Result<(), Error> {
        self.charge(dict.len())?;
        for index in 0..dict.len() {
            let Some(item) = dict.borrow().get_index(index).map(|(_, item)| item.clone()) else { break };
            self.charge_nested(&item, open)?;
        }
        Ok(())
    }
}

pub(super) fn not_iterable(value: &Val) -> Error {
    Error::type_error(format!("'{}' object is not iterable", value.type_name()))
}
