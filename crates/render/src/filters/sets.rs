//! Filters that treat lists as sets. Members keep the order of their first place.

use super::Outcome;
use jinja::{Call, Engine, Error, Val};
use std::collections::HashSet;
use value::Value;

pub(super) fn add(engine: &mut Engine) {
    engine.add_filter("unique", |call| {
        let items = members(call, 0)?;
        Ok(Val::list(distinct(items)?))
    });
    engine.add_filter("union", |call| {
        let mut items = members(call, 0)?;
        items.extend(members(call, 1)?);
        Ok(Val::list(distinct(items)?))
    });
    engine.add_filter("intersect", |call| {
        let other = known(&members(call, 1)?)?;
        keep(members(call, 0)?, |value| other.contains(value))
    });
    engine.add_filter("difference", |call| {
        let other = known(&members(call, 1)?)?;
        keep(members(call, 0)?, |value| !other.contains(value))
    });
    engine.add_filter("symmetric_difference", |call| {
        let (left, right) = (members(call, 0)?, members(call, 1)?);
        let (in_left, in_right) = (known(&left)?, known(&right)?);
        let all = left.into_iter().chain(right).collect();
        keep(all, |value| in_left.contains(value) != in_right.contains(value))
    });
}

fn members(call: &Call<'_>, position: usize) -> Result<Vec<Val>, Error> {
    let name = if position == 0 { "lst1" } else { "lst2" };
    let list = call.required(position, name)?;
    let items = call.iterate(list)?;
    call.charge(items.len())?;
    Ok(items)
}

fn known(items: &[Val]) -> Result<HashSet<Value>, Error> {
    items.iter().map(Val::to_value).collect()
}

fn distinct(items: Vec<Val>) -> Result<Vec<Val>, Error> {
    let mut seen = HashSet::new();
    let mut kept = Vec::new();
    for item in items {
        if seen.insert(item.to_value()?) {
            kept.push(item);
        }
    }
    Ok(kept)
}

fn keep(items: Vec<Val>, test: impl Fn(&Value) -> bool) -> Outcome {
    let mut kept = Vec::new();
    for item in items {
        if test(&item.to_value()?) {
            kept.push(item);
        }
    }
    Ok(Val::list(distinct(kept)?))
}
