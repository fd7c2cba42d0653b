//! `json_query`: JMESPath (jmespath.org) over values. The library parses; what an expression means is reckoned here, because the library's
//! own values have their keys sorted, and a user's mapping keeps its order.

mod functions;

use super::Outcome;
use jinja::{Call, Engine, Error, Val};
use jmespath::ast::{Ast, Comparator};
use value::{Map, Value};

pub(super) fn add(engine: &mut Engine) {
    engine.add_filter("json_query", json_query);
}

fn json_query(call: &mut Call<'_>) -> Outcome {
    let data = super::plain(call)?;
    let expression = super::text_arg(call, 1, "expr")?;
    search(&data, &expression).map(Val::from).map_err(Error::value_error)
}

/// What an expression finds in data.
fn search(data: &Value, expression: &str) -> Result<Value, String> {
    let tree = jmespath::parse(expression).map_err(|error| {
        let said = error.to_string();
        format!("`{expression}` is no JMESPath: {}", said.lines().next().unwrap_or_default())
    })?;
    eval(&tree, data)
}

/// Truth as JMESPath has it: numbers are always true.
fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Str(text) => !text.is_empty(),
        Value::List(items) => !items.is_empty(),
        Value::Map(map) => !map.is_empty(),
        Value::Int(_) | Value::Big(_) | Value::Float(_) | Value::Bytes(_) => true,
    }
}

fn eval(node: &Ast, data: &Value) -> Result<Value, String> {
    Ok(match node {
        Ast::Identity { .. } => data.clone(),
        Ast::Field { name, .. } => data.get(name).cloned().unwrap_or_default(),
        Ast::Literal { value, .. } => literal(value)?,
        Ast::Index { idx, .. } => match data {
            Value::List(items) => position(*idx, items.len()).and_then(|at| items.get(at)).cloned().unwrap_or_default(),
            _ => Value::Null,
        },
        Ast::Slice { start, stop, step, .. } => match data {
            _ if *step == 0 => return Err("a slice needs a step other than 0".to_owned()),
            Value::List(items) => slice(items, *start, *stop, *step),
            _ => Value::Null,
        },
        Ast::Subexpr { lhs, rhs, .. } => eval(rhs, &eval(lhs, data)?)?,
        Ast::Or { lhs, rhs, .. } => match eval(lhs, data)? {
            left if is_true(&left) => left,
            _ => eval(rhs, data)?,
        },
        Ast::And { lhs, rhs, .. } => match eval(lhs, data)? {
            left if is_true(&left) => eval(rhs, data)?,
            left => left,
        },
        Ast::Not { node, .. } => Value::Bool(!is_true(&eval(node, data)?)),
        Ast::Condition { predicate, then, .. } => {
            if is_true(&eval(predicate, data)?) {
                eval(then, data)?
            } else {
                Value::Null
            }
        }
        Ast::Comparison { comparator, lhs, rhs, .. } => compare(comparator, &eval(lhs, data)?, &eval(rhs, data)?),
        Ast::ObjectValues { node, .. } => match eval(node, data)? {
            Value::Map(map) => map.values().cloned().collect(),
            _ => Value::Null,
        },
        Ast::Projection { lhs, rhs, .. } => match eval(lhs, data)? {
            Value::List(items) => {
                let found: Vec<Value> = items.iter().map(|item| eval(rhs, item)).collect::<Result<_, _>>()?;
                found.into_iter().filter(|item| !item.is_null()).collect()
            }
            _ => Value::Null,
        },
        Ast::Flatten { node, .. } => match eval(node, data)? {
            Value::List(items) => {
                let mut flat = Vec::with_capacity(items.len());
                for item in items {
                    match item {
                        Value::List(inner) => flat.extend(inner),
                        other => flat.push(other),
                    }
                }
                Value::List(flat)
            }
            _ => Value::Null,
        },
        Ast::MultiList { .. } | Ast::MultiHash { .. } if data.is_null() => Value::Null,
        Ast::MultiList { elements, .. } => elements.iter().map(|element| eval(element, data)).collect::<Result<Vec<_>, _>>()?.into(),
        Ast::MultiHash { elements, .. } => {
            let entries = elements.iter().map(|pair| Ok((Value::from(pair.key.as_str()), eval(&pair.value, data)?)));
            Value::Map(entries.collect::<Result<Map, String>>()?)
        }
        Ast::Function { name, args, .. } => functions::call(name, args, data)?,
        Ast::Expref { .. } => return Err("`&` stands only before an argument of a function".to_owned()),
    })
}

fn literal(value: &jmespath::Variable) -> Result<Value, String> {
    let text = serde_json::to_string(value).map_err(|error| error.to_string())?;
    value::json::read(&text).map_err(|error| error.to_string())
}

fn position(index: i32, length: usize) -> Option<usize> {
    match usize::try_from(index) {
        Ok(index) => Some(index),
        Err(_) => length.checked_sub(usize::try_from(index.unsigned_abs()).ok()?),
    }
}

/// `[start:stop:step]` as Python slices.
fn slice(items: &[Value], start: Option<i32>, stop: Option<i32>, step: i32) -> Value {
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let (low, high) = if step > 0 { (0, length) } else { (-1, length - 1) };
    let bound = |at: i32| {
        let at = i64::from(at);
        (if at < 0 { at + length } else { at }).clamp(low, high)
    };
    let mut at = start.map_or(if step > 0 { low } else { high }, bound);
    let stop = stop.map_or(if step > 0 { high } else { low }, bound);
    let mut found = Vec::new();
    while if step > 0 { at < stop } else { at > stop } {
        found.extend(usize::try_from(at).ok().and_then(|at| items.get(at)).cloned());
        at += i64::from(step);
    }
    Value::List(found)
}

/// Equality tells a truth value from a number; only numbers and texts have an order.
fn compare(comparator: &Comparator, left: &Value, right: &Value) -> Value {
    let is_number = |value: &Value| matches!(value, Value::Int(_) | Value::Big(_) | Value::Float(_));
    let is_equal = || left == right && matches!(left, Value::Bool(_)) == matches!(right, Value::Bool(_));
    let order = match (left, right) {
        (Value::Str(left), Value::Str(right)) => left.partial_cmp(right),
        _ if is_number(left) && is_number(right) => left.as_float().partial_cmp(&right.as_float()),
        _ => None,
    };
    match comparator {
        Comparator::Equal => Value::Bool(is_equal()),
        Comparator::NotEqual => Value::Bool(!is_equal()),
        Comparator::LessThan => order.map(|order| order.is_lt()).into(),
        Comparator::LessThanEqual => order.map(|order| order.is_le()).into(),
        Comparator::GreaterThan => order.map(|order| order.is_gt()).into(),
        Comparator::GreaterThanEqual => order.map(|order| order.is_ge()).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATA: &str = r#"{
        "services": [
            {"name": "web", "port": 80, "tags": ["a", "b"], "on": true},
            {"name": "mail", "port": 25, "tags": ["c"], "on": false},
            {"name": "ssh", "port": 22, "tags": []}
        ],
        "hosts": {"z": {"ip": "10.0.0.2"}, "a": {"ip": "10.0.0.1"}},
        "n": [3, 1, 2], "t": ["b", "a"], "empty": null, "text": "hello"
    }"#;

    #[test]
    fn expressions_find_what_jmespath_says() {
        let data: Value = serde_json::from_str(DATA).unwrap();
        // Each answer is that of jmespath 1.1.0 of Python.
        for (expression, expected) in [
            ("services[].port", "[80, 25, 22]"),
            ("services[?port > `22`].name", "['web', 'mail']"),
            ("services[?on].{n: name, p: port}", "[{'n': 'web', 'p': 80}]"),
            ("services[*].tags[]", "['a', 'b', 'c']"),
            ("hosts.*.ip", "['10.0.0.2', '10.0.0.1']"),
            ("keys(hosts)", "['z', 'a']"),
            ("services[-1].name", "'ssh'"),
            ("n[::-1]", "[2, 1, 3]"),
            ("n[5]", "None"),
            ("sort(n)", "[1, 2, 3]"),
            ("sort_by(services, &port)[*].name", "['ssh', 'mail', 'web']"),
            ("max_by(services, &port).name", "'web'"),
            ("min_by(services, &length(tags)).name", "'ssh'"),
            ("map(&name, services)", "['web', 'mail', 'ssh']"),
            ("sum(n)", "6"),
            ("avg(n)", "2.0"),
            ("ceil(`1.2`)", "2"),
            ("join(', ', t)", "'b, a'"),
            ("to_string(hosts.a)", r#"'{"ip":"10.0.0.1"}'"#),
            ("to_number('12')", "12"),
            ("to_number('x')", "None"),
            ("contains(text, 'ell')", "True"),
            ("contains(n, `1`)", "True"),
            ("length(text)", "5"),
            ("reverse(text)", "'olleh'"),
            ("type(empty)", "'null'"),
            ("merge(hosts, {a: `1`})", "{'z': {'ip': '10.0.0.2'}, 'a': 1}"),
            ("not_null(empty, text)", "'hello'"),
            ("empty || text", "'hello'"),
            ("n[0] && text", "'hello'"),
            ("!empty", "True"),
            ("text == 'hello'", "True"),
            ("n | [0]", "3"),
            ("nope.nope", "None"),
            ("to_array(text)", "['hello']"),
            ("starts_with(text, 'he')", "True"),
            ("ends_with(text, 'he')", "False"),
            ("@.text", "'hello'"),
            ("max(n)", "3"),
            ("values(hosts)[0].ip", "'10.0.0.2'"),
            ("services[?name == 'web' || name == 'ssh'] | [].port", "[80, 22]"),
        ] {
            let found = search(&data, expression).map(|found| value::text::repr(&found));
            assert_eq!(found.as_deref(), Ok(expected), "{expression}");
        }
    }

    #[test]
    fn what_is_wrong_is_told() {
        let data = Value::map();
        for (expression, part) in [
            ("foo[", "is no JMESPath"),
            ("nope(@)", "no function `nope`"),
            ("abs('x')", "abs()"),
            ("length(@, @)", "takes 1 argument"),
            ("sort_by(`[1]`, @)", "`&`"),
        ] {
            let error = search(&data, expression).unwrap_err();
            assert!(error.contains(part), "{expression}: {error}");
        }
    }
}
