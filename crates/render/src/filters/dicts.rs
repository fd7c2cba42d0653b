//! Filters of mappings.

use super::{Outcome, plain, text_arg, text_option};
use crate::salt::TROUBLE;
use jinja::{Call, Dict, Engine, Error, Kind, Val};
use value::{Map, Value};

pub(super) fn add(engine: &mut Engine) {
    engine.add_filter("traverse", |call| {
        let (data, key) = (plain(call)?, text_arg(call, 1, "key")?);
        let delimiter = text_option(call, 3, "delimiter")?.unwrap_or_else(|| value::DELIMITER.to_owned());
        match value::traverse(&data, &key, &delimiter) {
            Some(found) => Ok(Val::from(found)),
            None => Ok(call.arg(2, "default").cloned().unwrap_or(Val::None)),
        }
    });
    engine.add_filter("compare_dicts", compare_dicts);
    engine.add_filter("to_entries", to_entries);
    engine.add_filter("from_entries", from_entries);
    engine.add_filter("mysql_to_dict", mysql_to_dict);
    engine.add_filter("method_call", |call| {
        let name = text_arg(call, 1, "f_name")?;
        let object = call.value()?.clone();
        let args = call.args.iter().skip(2).cloned().collect();
        if call.get_item(&object, &Val::from(name.as_str())).is_ok_and(|found| found.is_undefined()) {
            return Ok(Val::None);
        }
        call.call_method(&object, &name, args, call.kwargs.clone())
    });
    engine.add_filter("set_dict_key_value", |call| at_path(call, |_, value| Ok(value)));
    engine.add_filter("append_dict_key_value", |call| {
        at_path(call, |old, value| {
            let mut list = list_of(old, "append")?;
            list.push(value);
            Ok(Val::list(list))
        })
    });
    engine.add_filter("extend_dict_key_value", |call| {
        at_path(call, |old, value| {
            let mut list = list_of(old, "extend")?;
            match value {
                Val::List(items) => list.extend(items.to_vec()),
                Val::Tuple(items) => list.extend(items.iter().cloned()),
                Val::Str(text) => list.extend(text.chars().map(|c| Val::from(c.to_string().as_str()))),
                other => return Err(Error::type_error(format!("Cannot extend {} with a {}.", "list", other.type_name()))),
            }
            Ok(Val::list(list))
        })
    });
    engine.add_filter("update_dict_key_value", |call| {
        at_path(call, |old, value| {
            if let Some(old) = old.as_ref().filter(|old| !matches!(old, Val::Dict(_) | Val::None)) {
                return Err(unfit(old, "update"));
            }
            let Val::Dict(new) = &value else {
                return Err(Error::new(Kind::Host, format!("{TROUBLE}Cannot update {} with a {}.", "dict", value.type_name())));
            };
            let merged = match old {
                Some(Val::Dict(dict)) => dict,
                _ => Dict::new(),
            };
            for (key, value) in new.to_vec() {
                merged.insert_val(key, value);
            }
            Ok(Val::Dict(merged))
        })
    });
}

fn list_of(old: Option<Val>, verb: &str) -> Result<Vec<Val>, Error> {
    match old {
        None | Some(Val::None) => Ok(Vec::new()),
        Some(Val::List(items)) => Ok(items.to_vec()),
        Some(other) => Err(unfit(&other, verb)),
    }
}

fn unfit(old: &Val, verb: &str) -> Error {
    Error::new(Kind::Host, format!("{TROUBLE}The last key contains a <class '{}'>, which cannot {verb}.", old.type_name()))
}

/// An ordered mapping from pairs, another mapping, or arguments by name.
pub(super) fn odict(call: &mut Call<'_>) -> Outcome {
    let dict = Dict::new();
    match call.args.first() {
        None => {}
        Some(Val::Dict(other)) => {
            for (key, value) in other.to_vec() {
                dict.insert_val(key, value);
            }
        }
        Some(pairs) => {
            for pair in call.iterate(pairs)? {
                let pair = call.iterate(&pair)?;
                let [key, value] = pair.as_slice() else {
                    let count = if pair.len() < 2 { "need more than 1 value to unpack" } else { "too many values to unpack (expected 2)" };
                    return Err(Error::value_error(count));
                };
                if !dict.insert_val(key.clone(), value.clone()) {
                    return Err(Error::type_error(format!("unhashable type: '{}'", key.type_name())));
                }
            }
        }
    }
    for (name, value) in &call.kwargs {
        dict.insert(name.as_ref(), value.clone());
    }
    Ok(Val::Dict(dict.into_ordered()))
}

/// Changes what lies under a path of keys; mappings on the way are made where they are missing. The dict itself is changed and given back.
fn at_path(call: &mut Call<'_>, change: impl Fn(Option<Val>, Val) -> Outcome) -> Outcome {
    let Val::Dict(root) = call.value()?.clone() else {
        return Err(Error::type_error(format!("a mapping is needed, not a {}", call.value()?.type_name())));
    };
    let path = text_arg(call, 1, "keys")?;
    let value = call.required(2, "value")?.clone();
    let delimiter = text_option(call, 3, "delimiter")?.unwrap_or_else(|| value::DELIMITER.to_owned());
    let (folder, last) = path.rsplit_once(delimiter.as_str()).map_or((None, path.as_str()), |(folder, last)| (Some(folder), last));
    let mut here = root.clone();
    for key in folder.into_iter().flat_map(|folder| folder.split(delimiter.as_str())) {
        here = match here.get(key) {
            Some(Val::Dict(inner)) => inner,
            None | Some(Val::None) => {
                let inner = Dict::new();
                here.insert(key, Val::Dict(inner.clone()));
                inner
            }
            Some(other) => return Err(Error::type_error(format!("under `{key}` is a {}, not a mapping", other.type_name()))),
        };
    }
    let changed = change(here.get(last), value)?;
    here.insert(last, changed);
    Ok(Val::Dict(root))
}

fn compare_dicts(call: &mut Call<'_>) -> Outcome {
    let read = |position, name| match call.arg(position, name) {
        None => Ok(Map::new()),
        Some(value) => match value.to_value()? {
            Value::Map(map) => Ok(map),
            _ => Err(Error::type_error("compare_dicts needs mappings")),
        },
    };
    let (old, new) = (read(0, "old")?, read(1, "new")?);
    let mut changes = Map::new();
    let keys = new.keys().chain(old.keys().filter(|key| !new.contains_value(key)));
    for key in keys {
        let (before, after) = (old.get_value(key), new.get_value(key));
        if before != after {
            let side = |value: Option<&Value>| value.cloned().unwrap_or_else(|| Value::from(""));
            let mut change = Map::new();
            change.insert("old", side(before));
            change.insert("new", side(after));
            changes.insert(key.clone(), change);
        }
    }
    Ok(Val::from(changes))
}

fn to_entries(call: &mut Call<'_>) -> Outcome {
    let entry = |key: Value, value: Value| {
        let mut entry = Map::new();
        entry.insert("key", key);
        entry.insert("value", value);
        Value::Map(entry)
    };
    let entries: Value = match plain(call)? {
        Value::Map(map) => map.into_iter().map(|(key, value)| entry(key, value)).collect(),
        Value::List(items) => items.into_iter().enumerate().map(|(index, value)| entry(Value::from(index), value)).collect(),
        _ => return Err(Error::value_error("Input data must be a dict or list")),
    };
    Ok(Val::from(entries))
}

fn from_entries(call: &mut Call<'_>) -> Outcome {
    let mut map = Map::new();
    for entry in call.iterate(call.value()?)? {
        let Value::Map(entry) = entry.to_value()? else {
            return Err(Error::type_error("an entry is a mapping of `key` and `value`"));
        };
        let first = |names: &[&str]| names.iter().find_map(|name| entry.get(name)).cloned();
        // An entry without a key names nothing.
        if let Some(key) = first(&["key", "k", "name", "Name", "Key", "K"]) {
            map.insert(key, first(&["value", "v", "Value", "V"]).unwrap_or_default());
        }
    }
    Ok(Val::from(map))
}

/// Rows of a table drawn with `|`, under the column `key`.
fn mysql_to_dict(call: &mut Call<'_>) -> Outcome {
    let key = text_arg(call, 1, "key")?;
    let mut headers: Vec<String> = Vec::new();
    let mut table = Map::new();
    for line in call.iterate(call.value()?)? {
        let line = line.to_text();
        let line = line.trim();
        if line.is_empty() || line.starts_with('+') {
            continue;
        }
        let cells: Vec<String> = line.split('|').map(|cell| cell.trim().to_owned()).collect();
        let cells = cells.get(1..cells.len().saturating_sub(1)).unwrap_or_default();
        if headers.is_empty() {
            headers = cells.to_vec();
            continue;
        }
        let row: Map = headers.iter().zip(cells).map(|(name, cell)| (name.as_str(), cell_value(cell))).collect();
        if let Some(id) = row.get(&key) {
            table.insert(id.clone(), row.clone());
        }
    }
    Ok(Val::from(table))
}

fn cell_value(cell: &str) -> Value {
    cell.parse::<i64>().map_or_else(|_| Value::from(cell), Value::Int)
}
