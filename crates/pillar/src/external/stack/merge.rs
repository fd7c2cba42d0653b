//! Merging of a stack: `__` as the first item of a mapping or list says how it meets what is there.

use std::mem::discriminant;
use value::{Map, Value};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Last,
    First,
    Remove,
    Overwrite,
}

impl Way {
    fn of(value: Option<&Value>) -> Result<Self, String> {
        let Some(value) = value else { return Ok(Self::Last) };
        match value.as_str() {
            Some("merge-last") => Ok(Self::Last),
            Some("merge-first") => Ok(Self::First),
            Some("remove") => Ok(Self::Remove),
            Some("overwrite") => Ok(Self::Overwrite),
            _ => Err(format!("`{}` is no strategy; there are overwrite, merge-first, merge-last and remove", value::text::str(value))),
        }
    }
}

/// New data over a stack.
pub(super) fn over(mut stack: Map, mut new: Map) -> Result<Map, String> {
    let way = Way::of(new.remove("__").as_ref())?;
    if way == Way::Overwrite {
        return Ok(plain_map(new));
    }
    for (key, value) in new {
        if way == Way::Remove {
            stack.remove_value(&key);
            continue;
        }
        let merged = match stack.get_value(&key).cloned() {
            None => plain(value),
            // The other way round: what is there goes over what is new.
            Some(old) if way == Way::First => both(plain(value), old)?,
            Some(old) => both(old, value)?,
        };
        stack.insert(key, merged);
    }
    Ok(stack)
}

fn both(under: Value, over_it: Value) -> Result<Value, String> {
    match (under, over_it) {
        (Value::Map(under), Value::Map(new)) => over(under, new).map(Value::Map),
        (Value::List(under), Value::List(new)) => list(under, new).map(Value::List),
        (under, new) if discriminant(&under) == discriminant(&new) => Ok(new),
        (_, new) => Ok(plain(new)),
    }
}

fn list(stack: Vec<Value>, mut new: Vec<Value>) -> Result<Vec<Value>, String> {
    let way = Way::of(new.first().and_then(|first| first.get("__")))?;
    if has_way(&new) {
        new.remove(0);
    }
    Ok(match way {
        Way::Overwrite => new,
        Way::Remove => stack.into_iter().filter(|item| !new.contains(item)).collect(),
        Way::First => new.into_iter().chain(stack).collect(),
        Way::Last => stack.into_iter().chain(new).collect(),
    })
}

fn has_way(items: &[Value]) -> bool {
    items.first().is_some_and(|first| first.get("__").is_some())
}

/// Data without what says how it is merged.
fn plain(value: Value) -> Value {
    match value {
        Value::Map(map) => Value::Map(plain_map(map)),
        Value::List(mut items) if has_way(&items) => {
            items.remove(0);
            Value::List(items)
        }
        other => other,
    }
}

fn plain_map(map: Map) -> Map {
    map.into_iter().filter(|(key, _)| key.as_str() != Some("__")).map(|(key, value)| (key, plain(value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(stack: &str, new: &str) -> String {
        let read = |text: &str| yaml::load_value(text).unwrap().as_map().unwrap().clone();
        over(read(stack), read(new)).map_or_else(|error| error, |map| serde_json::to_string(&map).unwrap())
    }

    #[test]
    fn mappings_meet_as_they_say() {
        let stack = "users: {tom: {uid: 500, roles: [sysadmin]}, root: {uid: 0}}";
        let with = |way: &str| format!("users: {{{way} tom: {{uid: 1000, roles: [developer]}}, mat: {{uid: 1001}}}}");
        assert_eq!(
            merged(stack, &with("")),
            r#"{"users":{"tom":{"uid":1000,"roles":["sysadmin","developer"]},"root":{"uid":0},"mat":{"uid":1001}}}"#
        );
        assert_eq!(
            merged(stack, &with("__: merge-first,")),
            r#"{"users":{"tom":{"uid":500,"roles":["developer","sysadmin"]},"root":{"uid":0},"mat":{"uid":1001}}}"#
        );
        assert_eq!(merged(stack, &with("__: remove,")), r#"{"users":{"root":{"uid":0}}}"#);
        assert_eq!(merged(stack, &with("__: overwrite,")), r#"{"users":{"tom":{"uid":1000,"roles":["developer"]},"mat":{"uid":1001}}}"#);
        assert!(merged(stack, &with("__: mix,")).contains("`mix` is no strategy"));
    }

    #[test]
    fn lists_meet_as_they_say() {
        let stack = "users: [tom, root]";
        let with = |way: &str| format!("users: [{{__: {way}}}, mat, tom]");
        assert_eq!(merged(stack, "users: [mat]"), r#"{"users":["tom","root","mat"]}"#);
        assert_eq!(merged(stack, &with("merge-last")), r#"{"users":["tom","root","mat","tom"]}"#);
        assert_eq!(merged(stack, &with("merge-first")), r#"{"users":["mat","tom","tom","root"]}"#);
        assert_eq!(merged(stack, &with("remove")), r#"{"users":["root"]}"#);
        assert_eq!(merged(stack, &with("overwrite")), r#"{"users":["mat","tom"]}"#);
        assert_eq!(merged("users: {a: 1}", "users: [{__: remove}, x]"), r#"{"users":["x"]}"#, "another type replaces");
        assert_eq!(merged("x: 1", "y: {z: [{__: overwrite}, 1]}"), r#"{"x":1,"y":{"z":[1]}}"#, "nothing of it is left where nothing was");
    }
}
