//! The functions of JMESPath.

use super::eval;
use jmespath::ast::Ast;
use std::cmp::Ordering;
use value::{BigInt, Map, Value};

/// Calls a function with its arguments evaluated, but for those that are expressions (`&name`).
pub(super) fn call(name: &str, args: &[Ast], data: &Value) -> Result<Value, String> {
    let function = Function { name, args, data };
    let given = |at: usize| function.value(at);
    match name {
        "abs" => function.takes(1).and_then(|()| number(&function.number(0)?, |whole| whole.magnitude().clone().into(), f64::abs)),
        "ceil" => function.takes(1).and_then(|()| rounded(function.number(0)?, f64::ceil)),
        "floor" => function.takes(1).and_then(|()| rounded(function.number(0)?, f64::floor)),
        "avg" => function.takes(1).and_then(|()| {
            let numbers = function.numbers(0)?;
            let sum: f64 = numbers.iter().filter_map(Value::as_float).sum();
            Ok(if numbers.is_empty() { Value::Null } else { Value::Float(sum / numbers.len() as f64) })
        }),
        "sum" => function.takes(1).and_then(|()| Ok(sum(&function.numbers(0)?))),
        "contains" => function.takes(2).and_then(|()| match (given(0)?, given(1)?) {
            (Value::Str(text), Value::Str(part)) => Ok(text.contains(&part).into()),
            (Value::List(items), item) => Ok(items.contains(&item).into()),
            (other, _) => function.wrong(&other, "text or a list"),
        }),
        "ends_with" => function.takes(2).and_then(|()| Ok(function.text(0)?.ends_with(&function.text(1)?).into())),
        "starts_with" => function.takes(2).and_then(|()| Ok(function.text(0)?.starts_with(&function.text(1)?).into())),
        "join" => function.takes(2).and_then(|()| {
            let texts: Vec<String> = function.list(1)?.into_iter().map(|item| function.as_text(item)).collect::<Result<_, _>>()?;
            Ok(texts.join(&function.text(0)?).into())
        }),
        "keys" => function.takes(1).and_then(|()| Ok(function.map(0)?.keys().cloned().collect())),
        "values" => function.takes(1).and_then(|()| Ok(function.map(0)?.values().cloned().collect())),
        "length" => function.takes(1).and_then(|()| match given(0)? {
            Value::Str(text) => Ok(text.chars().count().into()),
            Value::List(items) => Ok(items.len().into()),
            Value::Map(map) => Ok(map.len().into()),
            other => function.wrong(&other, "text, a list or a mapping"),
        }),
        "map" => function.takes(2).and_then(|()| {
            let expression = function.expression(0)?;
            function.list(1)?.iter().map(|item| eval(expression, item)).collect::<Result<Vec<_>, _>>().map(Value::List)
        }),
        "max" => function.takes(1).and_then(|()| function.extreme(function.list(0)?, Ordering::Greater)),
        "min" => function.takes(1).and_then(|()| function.extreme(function.list(0)?, Ordering::Less)),
        "max_by" => function.takes(2).and_then(|()| function.extreme_by(Ordering::Greater)),
        "min_by" => function.takes(2).and_then(|()| function.extreme_by(Ordering::Less)),
        "merge" => {
            let mut merged = Map::new();
            for at in 0..args.len() {
                for (key, item) in &function.map(at)? {
                    merged.insert(key.clone(), item.clone());
                }
            }
            Ok(Value::Map(merged))
        }
        "not_null" => {
            for at in 0..args.len() {
                let value = given(at)?;
                if !value.is_null() {
                    return Ok(value);
                }
            }
            Ok(Value::Null)
        }
        "reverse" => function.takes(1).and_then(|()| match given(0)? {
            Value::Str(text) => Ok(text.chars().rev().collect::<String>().into()),
            Value::List(items) => Ok(items.into_iter().rev().collect()),
            other => function.wrong(&other, "text or a list"),
        }),
        "sort" => function.takes(1).and_then(|()| {
            let items = function.list(0)?;
            function.check_keys(&items)?;
            Ok(Value::List(sorted(items.into_iter().map(|item| (item.clone(), item)).collect())))
        }),
        "sort_by" => function.takes(2).and_then(|()| Ok(Value::List(sorted(function.keyed()?)))),
        "to_array" => function.takes(1).and_then(|()| match given(0)? {
            list @ Value::List(_) => Ok(list),
            other => Ok(Value::List(vec![other])),
        }),
        "to_number" => function.takes(1).and_then(|()| {
            Ok(match given(0)? {
                Value::Str(text) => {
                    text.trim().parse::<BigInt>().map(Value::whole).or_else(|_| text.trim().parse().map(Value::Float)).unwrap_or_default()
                }
                number @ (Value::Int(_) | Value::Big(_) | Value::Float(_)) => number,
                _ => Value::Null,
            })
        }),
        "to_string" => function.takes(1).and_then(|()| match given(0)? {
            text @ Value::Str(_) => Ok(text),
            other => serde_json::to_string(&other).map(Value::from).map_err(|error| error.to_string()),
        }),
        "type" => function.takes(1).and_then(|()| Ok(kind(&given(0)?).into())),
        _ => Err(format!("JMESPath has no function `{name}`")),
    }
}

struct Function<'a> {
    name: &'a str,
    args: &'a [Ast],
    data: &'a Value,
}

impl Function<'_> {
    fn takes(&self, count: usize) -> Result<(), String> {
        if self.args.len() == count {
            return Ok(());
        }
        let s = if count == 1 { "" } else { "s" };
        Err(format!("{}() takes {count} argument{s}, {} given", self.name, self.args.len()))
    }

    fn value(&self, at: usize) -> Result<Value, String> {
        self.args.get(at).map_or(Ok(Value::Null), |arg| eval(arg, self.data))
    }

    fn expression(&self, at: usize) -> Result<&Ast, String> {
        match self.args.get(at) {
            Some(Ast::Expref { ast, .. }) => Ok(ast),
            _ => Err(format!("{}() takes an expression: write `&` before it", self.name)),
        }
    }

    fn wrong<T>(&self, value: &Value, expected: &str) -> Result<T, String> {
        Err(format!("{}() takes {expected}, not a value of the type {}", self.name, kind(value)))
    }

    fn as_text(&self, value: Value) -> Result<String, String> {
        match value {
            Value::Str(text) => Ok(text),
            other => self.wrong(&other, "text"),
        }
    }

    fn text(&self, at: usize) -> Result<String, String> {
        self.as_text(self.value(at)?)
    }

    fn list(&self, at: usize) -> Result<Vec<Value>, String> {
        match self.value(at)? {
            Value::List(items) => Ok(items),
            other => self.wrong(&other, "a list"),
        }
    }

    fn map(&self, at: usize) -> Result<Map, String> {
        match self.value(at)? {
            Value::Map(map) => Ok(map),
            other => self.wrong(&other, "a mapping"),
        }
    }

    fn number(&self, at: usize) -> Result<Value, String> {
        match self.value(at)? {
            number @ (Value::Int(_) | Value::Big(_) | Value::Float(_)) => Ok(number),
            other => self.wrong(&other, "a number"),
        }
    }

    fn numbers(&self, at: usize) -> Result<Vec<Value>, String> {
        let items = self.list(at)?;
        match items.iter().find(|item| kind(item) != "number") {
            Some(other) => self.wrong(other, "a list of numbers"),
            None => Ok(items),
        }
    }

    /// What is sorted by must be all numbers or all text.
    fn check_keys(&self, keys: &[Value]) -> Result<(), String> {
        let first = keys.first().map(kind);
        match keys.iter().find(|key| !matches!(kind(key), "number" | "string") || Some(kind(key)) != first) {
            Some(other) => self.wrong(other, "numbers only, or text only"),
            None => Ok(()),
        }
    }

    /// The members of the list, each with what the expression finds in it.
    fn keyed(&self) -> Result<Vec<(Value, Value)>, String> {
        let (items, expression) = (self.list(0)?, self.expression(1)?);
        let keys: Vec<Value> = items.iter().map(|item| eval(expression, item)).collect::<Result<_, _>>()?;
        self.check_keys(&keys)?;
        Ok(keys.into_iter().zip(items).collect())
    }

    fn extreme(&self, items: Vec<Value>, wanted: Ordering) -> Result<Value, String> {
        self.check_keys(&items)?;
        Ok(first_extreme(items.into_iter().map(|item| (item.clone(), item)).collect(), wanted))
    }

    fn extreme_by(&self, wanted: Ordering) -> Result<Value, String> {
        Ok(first_extreme(self.keyed()?, wanted))
    }
}

fn order(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Str(a), Value::Str(b)) => a.cmp(b),
        _ => a.as_float().partial_cmp(&b.as_float()).unwrap_or(Ordering::Equal),
    }
}

fn sorted(mut keyed: Vec<(Value, Value)>) -> Vec<Value> {
    keyed.sort_by(|(a, _), (b, _)| order(a, b));
    keyed.into_iter().map(|(_, item)| item).collect()
}

/// The first of the largest or smallest.
fn first_extreme(keyed: Vec<(Value, Value)>, wanted: Ordering) -> Value {
    let best = keyed.into_iter().reduce(|best, next| if order(&next.0, &best.0) == wanted { next } else { best });
    best.map(|(_, item)| item).unwrap_or_default()
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Int(_) | Value::Big(_) | Value::Float(_) => "number",
        Value::Str(_) | Value::Bytes(_) => "string",
        Value::List(_) => "array",
        Value::Map(_) => "object",
    }
}

fn number(value: &Value, whole: impl Fn(BigInt) -> BigInt, broken: impl Fn(f64) -> f64) -> Result<Value, String> {
    Ok(match value {
        Value::Int(number) => Value::whole(whole(BigInt::from(*number))),
        Value::Big(number) => Value::whole(whole((**number).clone())),
        other => Value::Float(broken(other.as_float().unwrap_or(f64::NAN))),
    })
}

fn rounded(value: Value, round: impl Fn(f64) -> f64) -> Result<Value, String> {
    match value {
        Value::Float(number) => {
            format!("{:.0}", round(number)).parse::<BigInt>().map(Value::whole).map_err(|_| "no such number".to_owned())
        }
        whole => Ok(whole),
    }
}

fn sum(numbers: &[Value]) -> Value {
    let mut whole = BigInt::from(0);
    for number in numbers {
        match number {
            Value::Int(number) => whole += *number,
            Value::Big(number) => whole += &**number,
            _ => return Value::Float(numbers.iter().filter_map(Value::as_float).sum()),
        }
    }
    Value::whole(whole)
}
