//! Jinja's own tests.

use crate::methods::text_tests::{is_lower, is_upper};
use crate::syntax::ast::Compare;
use crate::{Call, Engine, Error, Val};

/// Adds all of them.
pub(crate) fn add(engine: &mut Engine) {
    type Holds = fn(&Val) -> bool;
    let kinds: [(&str, Holds); 14] = [
        ("defined", |value| !value.is_undefined()),
        ("undefined", Val::is_undefined),
        ("none", Val::is_none),
        ("boolean", |value| matches!(value, Val::Bool(_))),
        ("true", |value| matches!(value, Val::Bool(true))),
        ("false", |value| matches!(value, Val::Bool(false))),
        ("integer", |value| matches!(value, Val::Int(_) | Val::Big(_))),
        ("float", |value| matches!(value, Val::Float(_))),
        ("number", |value| matches!(value, Val::Bool(_) | Val::Int(_) | Val::Big(_) | Val::Float(_))),
        ("string", |value| matches!(value, Val::Str(_))),
        ("mapping", |value| match value {
            Val::Object(object) => object.is_mapping(),
            other => matches!(other, Val::Dict(_)),
        }),
        ("callable", |value| match value {
            Val::Object(object) => object.is_callable(),
            // Python's undefined has a `__call__`, if only one that raises.
            other => other.is_undefined(),
        }),
        ("escaped", |value| matches!(value, Val::Str(text) if text.is_markup())),
        ("sequence", is_sequence),
    ];
    for (name, holds) in kinds {
        engine.add_test(name, move |call| {
            call.only(&["value"])?;
            Ok(Val::Bool(holds(call.value()?)))
        });
    }
    let comparisons = [
        (Compare::Eq, ["eq", "equalto", "=="]),
        (Compare::Ne, ["ne", "!=", "!="]),
        (Compare::Lt, ["lt", "lessthan", "<"]),
        (Compare::Le, ["le", "<=", "<="]),
        (Compare::Gt, ["gt", "greaterthan", ">"]),
        (Compare::Ge, ["ge", ">=", ">="]),
        (Compare::In, ["in", "in", "in"]),
    ];
    for (op, names) in comparisons {
        for name in names {
            engine.add_test(name, move |call| {
                call.only(&["value", "other"])?;
                call.interp.compare(op, call.value()?, call.required(1, "other")?).map(Val::Bool)
            });
        }
    }
    engine.add_test("sameas", |call| {
        call.only(&["value", "other"])?;
        Ok(Val::Bool(call.interp.is(call.value()?, call.required(1, "other")?)))
    });
    engine.add_test("odd", |call| remainder(call, Some(2), 1));
    engine.add_test("even", |call| remainder(call, Some(2), 0));
    engine.add_test("divisibleby", |call| remainder(call, None, 0));
    engine.add_test("iterable", |call| {
        let holds = match call.value()? {
            Val::Undefined(undefined) if undefined.is_strict() => return Err(undefined.error()),
            Val::Object(object) => object.iter().is_some() || object.type_name() == "LoopContext",
            other => !matches!(other, Val::None | Val::Bool(_) | Val::Int(_) | Val::Big(_) | Val::Float(_)),
        };
        Ok(Val::Bool(holds))
    });
    engine.add_test("lower", |call| call.value_text().map(|text| Val::Bool(is_lower(&text))));
    engine.add_test("upper", |call| call.value_text().map(|text| Val::Bool(is_upper(&text))));
    engine.add_test("filter", |call| {
        let name = call.value()?.as_str().unwrap_or_default();
        Ok(Val::Bool(call.interp.has_filter(name)))
    });
    engine.add_test("test", |call| {
        let name = call.value()?.as_str().unwrap_or_default();
        Ok(Val::Bool(call.interp.has_test(name)))
    });
}

/// What has a length and items.
fn is_sequence(value: &Val) -> bool {
    match value {
        Val::Str(_) | Val::Bytes(_) | Val::List(_) | Val::Tuple(_) | Val::Dict(_) | Val::Range(_) => true,
        Val::Undefined(undefined) => !undefined.is_strict(),
        Val::Object(object) => object.len().is_some(),
        _ => false,
    }
}

fn remainder(call: &Call<'_>, divisor: Option<i64>, wanted: i64) -> Result<Val, Error> {
    let divisor = match divisor {
        Some(divisor) => Val::Int(divisor),
        None => call.required(1, "num")?.clone(),
    };
    let rest = call.interp.modulo(call.value()?, &divisor)?;
    call.interp.equal(&rest, &Val::Int(wanted)).map(Val::Bool)
}
