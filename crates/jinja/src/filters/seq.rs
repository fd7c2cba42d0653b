//! Filters over sequences.

use super::Path;
use crate::{Call, Engine, Error, Val};

pub(super) fn add(engine: &mut Engine) {
    engine.add_filter("list", |call| {
        call.only(&["value"])?;
        let items = call.iterate(call.value()?)?;
        Ok(Val::list(items))
    });
    engine.add_filter("length", length);
    engine.add_filter("count", length);
    engine.add_filter("first", |call| {
        let first = call.iterate(call.value()?)?.into_iter().next();
        Ok(first.unwrap_or_else(|| call.undefined("No first item, sequence was empty.")))
    });
    engine.add_filter("last", |call| {
        if let value @ Val::Iter(_) = call.value()? {
            return Err(Error::type_error(format!("'{}' object is not reversible", value.type_name())));
        }
        let last = call.iterate(call.value()?)?.pop();
        Ok(last.unwrap_or_else(|| call.undefined("No last item, sequence was empty.")))
    });
    engine.add_filter("reverse", reverse);
    engine.add_filter("join", join);
    engine.add_filter("random", |call| {
        let items = call.iterate(call.value()?)?;
        if items.is_empty() {
            return Ok(call.undefined("No random item, sequence was empty."));
        }
        let at = usize::try_from(call.random(items.len() as u64)).unwrap_or(0);
        Ok(items.get(at).cloned().unwrap_or(Val::None))
    });
    engine.add_filter("batch", batch);
    engine.add_filter("slice", slice);
    engine.add_filter("items", |call| match call.value()? {
        Val::Undefined(_) => Ok(Val::generator(Vec::new())),
        Val::Dict(dict) => Ok(Val::generator(dict.to_vec().into_iter().map(|(key, value)| Val::tuple(vec![key, value])).collect())),
        _ => Err(Error::type_error("Can only get item pairs from a mapping.")),
    });
    engine.add_filter("map", map);
}

fn length(call: &mut Call<'_>) -> Result<Val, Error> {
    call.only(&["value"])?;
    match call.value()? {
        Val::Undefined(undefined) if undefined.is_strict() => Err(undefined.error()),
        Val::Undefined(_) => Ok(Val::Int(0)),
        value => match call.interp.length_of(value) {
            Some(length) => Ok(Val::from(length)),
            None => Err(Error::type_error(format!("object of type '{}' has no len()", value.type_name()))),
        },
    }
}

fn reverse(call: &mut Call<'_>) -> Result<Val, Error> {
    match call.value()? {
        Val::Str(text) => call.new_text(text.chars().rev().collect::<String>()),
        value => {
            let mut items = call.iterate(value).map_err(|error| {
                if error.kind == crate::Kind::Type { Error::new(crate::Kind::Runtime, "argument must be iterable") } else { error }
            })?;
            items.reverse();
            Ok(Val::generator(items))
        }
    }
}

fn join(call: &mut Call<'_>) -> Result<Val, Error> {
    call.only(&["value", "d", "attribute"])?;
    let separator = match call.arg(1, "d") {
        Some(separator) => call.str(separator)?,
        None => "".into(),
    };
    let path = Path::new(call.arg(2, "attribute"), call)?;
    let mut text = String::new();
    for (at, item) in call.iterate(call.value()?)?.iter().enumerate() {
        if at > 0 {
            text.push_str(&separator);
        }
        text.push_str(&call.str(&path.of(item, call)?)?);
        if text.len() > call.interp.limits().output {
            break;
        }
    }
    call.new_text(text)
}

fn batch(call: &mut Call<'_>) -> Result<Val, Error> {
    call.only(&["value", "linecount", "fill_with"])?;
    let size =
        call.int(1, "linecount")?.ok_or_else(|| Error::type_error("do_batch() missing 1 required positional argument: 'linecount'"))?;
    let fill = call.arg(2, "fill_with").filter(|fill| !fill.is_none()).cloned();
    let items = call.iterate(call.value()?)?;
    // Jinja compares for equality: a size that is never reached puts everything into one batch.
    let size = usize::try_from(size).ok().filter(|size| *size > 0);
    let mut batches: Vec<Vec<Val>> = match size {
        Some(size) => items.chunks(size).map(<[Val]>::to_vec).collect(),
        None if items.is_empty() => Vec::new(),
        None => vec![items],
    };
    if let (Some(fill), Some(last), Some(size)) = (fill, batches.last_mut(), size) {
        call.interp.allocate_items(size)?;
        last.resize(size.max(last.len()), fill);
    }
    Ok(Val::generator(batches.into_iter().map(Val::list).collect()))
}

fn slice(call: &mut Call<'_>) -> Result<Val, Error> {
    call.only(&["value", "slices", "fill_with"])?;
    let slices = call.int(1, "slices")?.ok_or_else(|| Error::type_error("missing 1 required positional argument: 'slices'"))?;
    let fill = call.arg(2, "fill_with").filter(|fill| !fill.is_none()).cloned();
    let items = call.iterate(call.value()?)?;
    let Some(slices) = usize::try_from(slices).ok().filter(|n| *n > 0) else {
        return Err(Error::new(crate::Kind::ZeroDivision, "integer division or modulo by zero"));
    };
    call.interp.allocate_items(slices)?;
    let (size, extra) = (items.len() / slices, items.len() % slices);
    let mut made = Vec::new();
    let mut rest = items.into_iter();
    for n in 0..slices {
        let mut part: Vec<Val> = rest.by_ref().take(size + usize::from(n < extra)).collect();
        if let Some(fill) = &fill
            && n >= extra
        {
            part.push(fill.clone());
        }
        made.push(Val::list(part));
    }
    Ok(Val::generator(made))
}

/// `map(attribute=…)` or `map('filter', …)`.
fn map(call: &mut Call<'_>) -> Result<Val, Error> {
    let value = call.value()?.clone();
    let mut mapped = Vec::new();
    if call.args.len() == 1 && call.kwargs.iter().any(|(name, _)| &**name == "attribute") {
        for (name, _) in &call.kwargs {
            if !matches!(&**name, "attribute" | "default") {
                let message = format!("Unexpected keyword argument {}", value::text::repr(&(&**name).into()));
                return Err(Error::new(crate::Kind::Runtime, message));
            }
        }
        let path = Path::new(call.kwarg("attribute"), call)?.or(call.kwarg("default").cloned());
        for item in iterate_or_nothing(&value, call)? {
            mapped.push(path.of(&item, call)?);
        }
        return Ok(Val::generator(mapped));
    }
    let Some(name) = call.args.get(1) else {
        return Err(Error::new(crate::Kind::Runtime, "map requires a filter argument"));
    };
    let name = call.str(name)?;
    let rest: Vec<Val> = call.args.iter().skip(2).cloned().collect();
    for item in iterate_or_nothing(&value, call)? {
        let mut args = vec![item];
        args.extend(rest.iter().cloned());
        mapped.push(call.filter(&name, args, call.kwargs.clone())?);
    }
    Ok(Val::generator(mapped))
}

/// The members; a value that counts as false has none.
pub(super) fn iterate_or_nothing(value: &Val, call: &Call<'_>) -> Result<Vec<Val>, Error> {
    if call.interp.truth(value)? { call.iterate(value) } else { Ok(Vec::new()) }
}
