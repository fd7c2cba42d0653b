//! Methods of lists and tuples.

use crate::val::Tuple;
use crate::{Call, Error, List, Val};
use std::cmp::Ordering;

pub(super) const NAMES: &[&str] = &["append", "clear", "copy", "count", "extend", "index", "insert", "pop", "remove", "reverse", "sort"];
pub(super) const TUPLE_NAMES: &[&str] = &["count", "index"];

pub(super) fn call(list: &List, call: &mut Call<'_>) -> Option<Result<Val, Error>> {
    Some(match call.name {
        "append" => append(list, call),
        "extend" => extend(list, call),
        "insert" => insert(list, call),
        "pop" => pop(list, call),
        "remove" => remove(list, call),
        "reverse" => call.only(&[]).and_then(|()| {
            call.charge(list.len())?;
            list.borrow_mut().reverse();
            Ok(Val::None)
        }),
        "sort" => sort(list, call),
        "clear" => call.only(&[]).map(|()| {
            let old = std::mem::take(&mut *list.borrow_mut());
            drop(old);
            Val::None
        }),
        "copy" => call.only(&[]).and_then(|()| {
            call.interp.allocate_items(list.len())?;
            Ok(Val::list(list.to_vec()))
        }),
        "count" => count(&list.to_vec(), call),
        "index" => index(&list.to_vec(), "list", call),
        _ => return None,
    })
}

pub(super) fn call_tuple(items: &Tuple, call: &mut Call<'_>) -> Option<Result<Val, Error>> {
    Some(match call.name {
        "count" => count(items, call),
        "index" => index(items, "tuple", call),
        _ => return None,
    })
}

fn append(list: &List, call: &mut Call<'_>) -> Result<Val, Error> {
    call.only(&["object"])?;
    let item = call.required(0, "object")?.clone();
    call.interp.allocate_items(1)?;
    call.interp.joined(&Val::List(list.clone()), &item);
    list.push(item);
    Ok(Val::None)
}

fn extend(list: &List, call: &mut Call<'_>) -> Result<Val, Error> {
    call.only(&["iterable"])?;
    let items = call.iterate(call.required(0, "iterable")?)?;
    for item in &items {
        call.interp.joined(&Val::List(list.clone()), item);
    }
    list.borrow_mut().extend(items);
    Ok(Val::None)
}

/// A position where an item may be put; beyond the ends means the ends.
fn place(at: i64, length: usize) -> usize {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let at = if at < 0 { at.saturating_add(length).max(0) } else { at.min(length) };
    usize::try_from(at).unwrap_or(0)
}

fn insert(list: &List, call: &mut Call<'_>) -> Result<Val, Error> {
    call.only(&["index", "object"])?;
    let at = call.int(0, "index")?.ok_or_else(|| Error::type_error("insert expected 2 arguments"))?;
    let item = call.required(1, "object")?.clone();
    call.interp.allocate_items(1)?;
    call.charge(list.len() / 16)?;
    call.interp.joined(&Val::List(list.clone()), &item);
    let at = place(at, list.len());
    list.borrow_mut().insert(at, item);
    Ok(Val::None)
}

fn pop(list: &List, call: &mut Call<'_>) -> Result<Val, Error> {
    call.only(&["index"])?;
    if list.is_empty() {
        return Err(Error::new(crate::Kind::Index, "pop from empty list"));
    }
    let at = call.int(0, "index")?.unwrap_or(-1);
    let length = list.len();
    call.charge(length / 16)?;
    let at = crate::interp::index(&Val::Int(at), length).ok_or_else(|| Error::new(crate::Kind::Index, "pop index out of range"))?;
    Ok(list.borrow_mut().remove(at))
}

fn position(items: &[Val], wanted: &Val, call: &Call<'_>) -> Result<Option<usize>, Error> {
    call.charge(items.len())?;
    for (at, item) in items.iter().enumerate() {
        if call.interp.is(item, wanted) || call.interp.equal(item, wanted)? {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

fn remove(list: &List, call: &mut Call<'_>) -> Result<Val, Error> {
    call.only(&["value"])?;
    let found = position(&list.to_vec(), call.required(0, "value")?, call)?;
    let at = found.ok_or_else(|| Error::value_error("list.remove(x): x not in list"))?;
    list.borrow_mut().remove(at);
    Ok(Val::None)
}

fn count(items: &[Val], call: &Call<'_>) -> Result<Val, Error> {
    call.only(&["value"])?;
    let wanted = call.required(0, "value")?;
    let mut n = 0;
    call.charge(items.len())?;
    for item in items {
        n += i64::from(call.interp.equal(item, wanted)?);
    }
    Ok(Val::Int(n))
}

fn index(items: &[Val], kind: &str, call: &Call<'_>) -> Result<Val, Error> {
    call.only(&["value", "start", "stop"])?;
    let wanted = call.required(0, "value")?;
    let start = place(call.int(1, "start")?.unwrap_or(0), items.len());
    let stop = place(call.int(2, "stop")?.unwrap_or(i64::MAX), items.len());
    match position(items.get(start..stop).unwrap_or_default(), wanted, call)? {
        Some(at) => Ok(Val::from(at + start)),
        None if kind == "list" => Err(Error::value_error(format!("{} is not in list", call.interp.repr(wanted)?))),
        None => Err(Error::value_error("tuple.index(x): x not in tuple")),
    }
}

fn sort(list: &List, call: &mut Call<'_>) -> Result<Val, Error> {
    if !call.args.is_empty() {
        return Err(Error::type_error("sort() takes no positional arguments"));
    }
    call.only(&["key", "reverse"])?;
    let reverse = match call.kwarg("reverse") {
        Some(flag) => call.interp.truth(flag)?,
        None => false,
    };
    let mut keyed = Vec::with_capacity(list.len());
    for item in list.to_vec() {
        let key = match call.kwarg("key") {
            None | Some(Val::None) => item.clone(),
            Some(key) => call.call(key, vec![item.clone()], Vec::new())?,
        };
        keyed.push((key, item));
    }
    sort_by_key(&mut keyed, reverse, |a, b| call.interp.sort_order(a, b))?;
    *list.borrow_mut() = keyed.into_iter().map(|(_, item)| item).collect();
    Ok(Val::None)
}

/// A stable sort whose comparison may fail; reversed, equal members keep their order too.
pub(crate) fn sort_by_key(
    keyed: &mut [(Val, Val)],
    reverse: bool,
    order: impl Fn(&Val, &Val) -> Result<Ordering, Error>,
) -> Result<(), Error> {
    let mut failed = None;
    keyed.sort_by(|(a, _), (b, _)| {
        if failed.is_some() {
            return Ordering::Equal;
        }
        match order(a, b) {
            Ok(order) => {
                if reverse {
                    order.reverse()
                } else {
                    order
                }
            }
            Err(error) => {
                failed = Some(error);
                Ordering::Equal
            }
        }
    });
    failed.map_or(Ok(()), Err)
}
