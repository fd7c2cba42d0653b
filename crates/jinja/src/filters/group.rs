//! Filters that sort, group and compare members.

use super::Path;
use crate::methods::list::sort_by_key;
use crate::val::{Key, Tuple};
use crate::{Call, Engine, Error, Val};
use std::collections::HashSet;
use std::rc::Rc;

pub(super) fn add(engine: &mut Engine) {
    engine.add_filter("sort", sort);
    engine.add_filter("dictsort", dict_sort);
    engine.add_filter("groupby", group_by);
    engine.add_filter("unique", unique);
    engine.add_filter("min", |call| extreme(call, false));
    engine.add_filter("max", |call| extreme(call, true));
}

fn sort(call: &mut Call<'_>) -> Result<Val, Error> {
    call.only(&["value", "reverse", "case_sensitive", "attribute"])?;
    let reverse = call.flag(1, "reverse", false)?;
    let sensitive = call.flag(2, "case_sensitive", false)?;
    let paths = match call.arg(3, "attribute") {
        Some(Val::Str(names)) if names.contains(',') => {
            names.split(',').map(|name| Path::new(Some(&Val::str(name)), call)).collect::<Result<Vec<_>, _>>()?
        }
        attribute => vec![Path::new(attribute, call)?],
    };
    let paths: Vec<Path> = paths.into_iter().map(|path| path.ignoring_case(!sensitive)).collect();
    let mut keyed = Vec::new();
    for item in call.iterate(call.value()?)? {
        let keys = paths.iter().map(|path| path.of(&item, call)).collect::<Result<Vec<_>, _>>()?;
        keyed.push((Val::list(keys), item));
    }
    sort_by_key(&mut keyed, reverse, |a, b| call.interp.sort_order(a, b))?;
    Ok(Val::list(keyed.into_iter().map(|(_, item)| item).collect()))
}

fn dict_sort(call: &mut Call<'_>) -> Result<Val, Error> {
    call.only(&["value", "case_sensitive", "by", "reverse"])?;
    let sensitive = call.flag(1, "case_sensitive", false)?;
    let by = call.text(2, "by")?.unwrap_or_else(|| "key".into());
    let reverse = call.flag(3, "reverse", false)?;
    if !matches!(&*by, "key" | "value") {
        return Err(Error::new(crate::Kind::Runtime, "You can only sort by either \"key\" or \"value\""));
    }
    let items = match call.value()? {
        Val::Dict(dict) => dict.to_vec(),
        Val::Undefined(undefined) => return Err(undefined.error()),
        other => match call.call_method(other, "items", Vec::new(), Vec::new()) {
            Ok(items) => {
                let mut pairs = Vec::new();
                for pair in call.iterate(&items)? {
                    let [key, value] = call.iterate(&pair)?.try_into().map_err(|_| Error::value_error("items() gave no pairs"))?;
                    pairs.push((key, value));
                }
                pairs
            }
            Err(_) => return Err(call.interp.no_attribute(other, "items")),
        },
    };
    let path = Path::new(None, call)?.ignoring_case(!sensitive);
    let mut keyed = Vec::new();
    for (key, value) in items {
        let by = path.of(if &*by == "key" { &key } else { &value }, call)?;
        keyed.push((by, Val::tuple(vec![key, value])));
    }
    sort_by_key(&mut keyed, reverse, |a, b| call.interp.sort_order(a, b))?;
    Ok(Val::list(keyed.into_iter().map(|(_, item)| item).collect()))
}

fn group_by(call: &mut Call<'_>) -> Result<Val, Error> {
    call.only(&["value", "attribute", "default", "case_sensitive"])?;
    let sensitive = call.flag(3, "case_sensitive", false)?;
    let attribute = call.required(1, "attribute")?.clone();
    let default = call.arg(2, "default").filter(|default| !default.is_none()).cloned();
    let path = Path::new(Some(&attribute), call)?.or(default.clone()).ignoring_case(!sensitive);
    let plain = Path::new(Some(&attribute), call)?.or(default);
    let mut keyed = Vec::new();
    for item in call.iterate(call.value()?)? {
        keyed.push((path.of(&item, call)?, item));
    }
    sort_by_key(&mut keyed, false, |a, b| call.interp.sort_order(a, b))?;
    let mut groups: Vec<(Val, Vec<Val>)> = Vec::new();
    for (key, item) in keyed {
        match groups.last_mut() {
            Some((last, items)) if call.interp.equal(last, &key)? => items.push(item),
            _ => groups.push((key, vec![item])),
        }
    }
    let mut made = Vec::new();
    for (key, items) in groups {
        // The group is named as its first member writes it.
        let grouper = match items.first() {
            Some(first) if !sensitive => plain.of(first, call)?,
            _ => key,
        };
        // A pair whose halves have names too.
        made.push(Val::Tuple(Rc::new(Tuple::named(vec![grouper, Val::list(items)], &["grouper", "list"]))));
    }
    Ok(Val::list(made))
}

fn unique(call: &mut Call<'_>) -> Result<Val, Error> {
    call.only(&["value", "case_sensitive", "attribute"])?;
    let sensitive = call.flag(1, "case_sensitive", false)?;
    let path = Path::new(call.arg(2, "attribute"), call)?.ignoring_case(!sensitive);
    #[expect(clippy::mutable_key_type, reason = "a key is hashable, so nothing in it changes but objects, which count by address")]
    let mut seen = HashSet::new();
    let mut kept = Vec::new();
    for item in call.iterate(call.value()?)? {
        let key = Key::new(path.of(&item, call)?).map_err(|name| Error::type_error(format!("unhashable type: '{name}'")))?;
        if seen.insert(key) {
            kept.push(item);
        }
    }
    Ok(Val::generator(kept))
}

fn extreme(call: &mut Call<'_>, largest: bool) -> Result<Val, Error> {
    call.only(&["value", "case_sensitive", "attribute"])?;
    let sensitive = call.flag(1, "case_sensitive", false)?;
    let path = Path::new(call.arg(2, "attribute"), call)?.ignoring_case(!sensitive);
    let mut best: Option<(Val, Val)> = None;
    for item in call.iterate(call.value()?)? {
        let key = path.of(&item, call)?;
        let better = match &best {
            None => true,
            Some((known, _)) => {
                let order = call.interp.sort_order(&key, known)?;
                if largest { order.is_gt() } else { order.is_lt() }
            }
        };
        if better {
            best = Some((key, item));
        }
    }
    Ok(best.map_or_else(|| call.undefined("No aggregated item, sequence was empty."), |(_, item)| item))
}
