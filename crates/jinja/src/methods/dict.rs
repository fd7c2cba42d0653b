//! Methods of dicts.

use crate::val::{Key, View, ViewKind};
use crate::{Call, Dict, Error, Kind, Val};
use std::rc::Rc;

/// The `iter…` forms are Python 2's; old formulas still use them.
pub(super) const NAMES: &[&str] = &[
    "clear",
    "copy",
    "fromkeys",
    "get",
    "items",
    "iteritems",
    "iterkeys",
    "itervalues",
    "keys",
    "pop",
    "popitem",
    "setdefault",
    "update",
    "values",
];

pub(super) fn call(dict: &Dict, call: &mut Call<'_>) -> Option<Result<Val, Error>> {
    Some(match call.name {
        "get" => get(dict, call),
        "items" | "iteritems" => view(dict, ViewKind::Items, call),
        "keys" | "iterkeys" => view(dict, ViewKind::Keys, call),
        "values" | "itervalues" => view(dict, ViewKind::Values, call),
        "update" => update(dict, call),
        "pop" => pop(dict, call),
        "popitem" => call.only(&[]).and_then(|()| {
            let last = dict.borrow_mut().pop();
            match last {
                Some((key, value)) => Ok(Val::tuple(vec![key.into_val(), value])),
                None => Err(Error::new(Kind::Key, "'popitem(): dictionary is empty'")),
            }
        }),
        "setdefault" => set_default(dict, call),
        "clear" => call.only(&[]).map(|()| {
            let old = std::mem::take(&mut *dict.borrow_mut());
            drop(old);
            Val::None
        }),
        "copy" => call.only(&[]).and_then(|()| {
            call.interp.allocate_items(dict.len() * 3)?;
            Ok(Val::Dict(dict.copy()))
        }),
        "fromkeys" => from_keys(call),
        _ => return None,
    })
}

fn key(value: &Val) -> Result<Key, Error> {
    match value {
        Val::Undefined(undefined) if undefined.is_strict() => Err(undefined.error()),
        other => Key::new(other.clone()).map_err(|name| Error::type_error(format!("unhashable type: '{name}'"))),
    }
}

fn positional(call: &Call<'_>, least: usize, most: usize) -> Result<(), Error> {
    if !call.kwargs.is_empty() {
        return Err(Error::type_error(format!("dict.{}() takes no keyword arguments", call.name)));
    }
    let given = call.args.len();
    let (bound, n) = if given < least { ("at least", least) } else { ("at most", most) };
    if given < least || given > most {
        let s = if n == 1 { "" } else { "s" };
        return Err(Error::type_error(format!("{} expected {bound} {n} argument{s}, got {given}", call.name)));
    }
    Ok(())
}

fn get(dict: &Dict, call: &Call<'_>) -> Result<Val, Error> {
    positional(call, 1, 2)?;
    let wanted = call.required(0, "key")?;
    if let Val::Str(text) = wanted
        && let Some(found) = dict.get(text)
    {
        return Ok(found);
    }
    let found = dict.borrow().get(&key(wanted)?).cloned();
    Ok(found.unwrap_or_else(|| call.args.get(1).cloned().unwrap_or(Val::None)))
}

fn view(dict: &Dict, kind: ViewKind, call: &Call<'_>) -> Result<Val, Error> {
    positional(call, 0, 0)?;
    Ok(Val::View(Rc::new(View { dict: dict.clone(), kind })))
}

fn update(dict: &Dict, call: &mut Call<'_>) -> Result<Val, Error> {
    if call.args.len() > 1 {
        return Err(Error::type_error(format!("update expected at most 1 argument, got {}", call.args.len())));
    }
    let mut entries = match call.args.first() {
        Some(more) => entries(more, call)?,
        None => Vec::new(),
    };
    for (name, value) in std::mem::take(&mut call.kwargs) {
        entries.push((Key::text(name), value));
    }
    call.interp.allocate_items(entries.len().saturating_mul(3))?;
    let this = Val::Dict(dict.clone());
    for (key, value) in entries {
        call.interp.joined(&this, &value);
        dict.borrow_mut().insert(key, value);
    }
    Ok(Val::None)
}

/// What `dict(value)` would hold.
pub(crate) fn entries(value: &Val, call: &Call<'_>) -> Result<Vec<(Key, Val)>, Error> {
    if let Val::Dict(dict) = value {
        call.charge(dict.len())?;
        return Ok(dict.borrow().iter().map(|(key, value)| (key.clone(), value.clone())).collect());
    }
    if let Val::Object(object) = value
        && object.is_mapping()
    {
        let mut entries = Vec::new();
        for name in call.iterate(value)? {
            entries.push((key(&name)?, call.get_item(value, &name)?));
        }
        return Ok(entries);
    }
    let mut entries = Vec::new();
    for (at, pair) in call.iterate(value)?.iter().enumerate() {
        let items = match pair {
            Val::Undefined(undefined) => return Err(undefined.error()),
            pair => call
                .iterate(pair)
                .map_err(|_| Error::type_error(format!("cannot convert dictionary update sequence element #{at} to a sequence")))?,
        };
        let [name, item] = items.as_slice() else {
            let n = items.len();
            return Err(Error::value_error(format!("dictionary update sequence element #{at} has length {n}; 2 is required")));
        };
        entries.push((key(name)?, item.clone()));
    }
    Ok(entries)
}

fn pop(dict: &Dict, call: &Call<'_>) -> Result<Val, Error> {
    positional(call, 1, 2)?;
    let wanted = call.required(0, "key")?;
    call.charge(dict.len() / 16)?;
    let found = dict.borrow_mut().shift_remove(&key(wanted)?);
    match found.or_else(|| call.args.get(1).cloned()) {
        Some(value) => Ok(value),
        None => Err(Error::new(Kind::Key, call.interp.repr(wanted)?)),
    }
}

fn set_default(dict: &Dict, call: &Call<'_>) -> Result<Val, Error> {
    positional(call, 1, 2)?;
    let wanted = key(call.required(0, "key")?)?;
    if let Some(found) = dict.borrow().get(&wanted) {
        return Ok(found.clone());
    }
    let default = call.args.get(1).cloned().unwrap_or(Val::None);
    call.interp.allocate_items(3)?;
    call.interp.joined(&Val::Dict(dict.clone()), &default);
    dict.borrow_mut().insert(wanted, default.clone());
    Ok(default)
}

fn from_keys(call: &Call<'_>) -> Result<Val, Error> {
    positional(call, 1, 2)?;
    let default = call.args.get(1).cloned().unwrap_or(Val::None);
    let made = Dict::new();
    for name in call.iterate(call.required(0, "iterable")?)? {
        made.borrow_mut().insert(key(&name)?, default.clone());
    }
    Ok(Val::Dict(made))
}
