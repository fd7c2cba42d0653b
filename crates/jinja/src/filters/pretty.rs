//! `pprint`: values as Python's `pprint` lays them out.

use crate::interp::Interp;
use crate::{Engine, Error, Val};

/// Lines are filled up to here.
const WIDTH: usize = 80;

pub(super) fn add(engine: &mut Engine) {
    engine.add_filter("pprint", |call| {
        call.only(&["value"])?;
        let value = call.value()?;
        call.interp.charge_size(value)?;
        let mut out = String::new();
        layout(call.interp, value, 0, 0, 0, &mut out)?;
        call.new_text(out)
    });
}

/// Writes a value at a column; `after` columns must stay free behind it.
fn layout(interp: &Interp<'_>, value: &Val, column: usize, after: usize, depth: usize, out: &mut String) -> Result<(), Error> {
    let whole = sorted_repr(interp, value, depth)?;
    interp.charge(whole.len() / 16)?;
    if depth > 100 || column + whole.chars().count() + after <= WIDTH {
        out.push_str(&whole);
        return Ok(());
    }
    let (open, items, close) = match value {
        Val::List(list) => ("[", list.to_vec(), "]"),
        Val::Tuple(items) => ("(", items.to_vec(), if items.len() == 1 { ",)" } else { ")" }),
        Val::Dict(dict) => {
            let items = sorted(interp, dict.to_vec())?;
            out.push('{');
            let last = items.len().saturating_sub(1);
            for (at, (key, item)) in items.iter().enumerate() {
                if at > 0 {
                    out.push_str(",\n");
                    out.push_str(&" ".repeat(column + 1));
                }
                let key = key.repr();
                out.push_str(&key);
                out.push_str(": ");
                let after = if at == last { after + 1 } else { 1 };
                layout(interp, item, column + 1 + key.chars().count() + 2, after, depth + 1, out)?;
            }
            out.push('}');
            return Ok(());
        }
        _ => {
            out.push_str(&whole);
            return Ok(());
        }
    };
    out.push_str(open);
    let last = items.len().saturating_sub(1);
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push_str(",\n");
            out.push_str(&" ".repeat(column + 1));
        }
        layout(interp, item, column + 1, if at == last { after + close.len() } else { 1 }, depth + 1, out)?;
    }
    out.push_str(close);
    Ok(())
}

/// Entries in the order of their keys, where those have one.
fn sorted(interp: &Interp<'_>, mut items: Vec<(Val, Val)>) -> Result<Vec<(Val, Val)>, Error> {
    interp.charge(items.len())?;
    items.sort_by(|(a, _), (b, _)| interp.sort_order(a, b).unwrap_or_else(|_| a.type_name().cmp(b.type_name())));
    Ok(items)
}

fn sorted_repr(interp: &Interp<'_>, value: &Val, depth: usize) -> Result<String, Error> {
    if depth > 100 {
        return Ok("...".to_owned());
    }
    let join = |items: &[Val]| -> Result<String, Error> {
        let parts = items.iter().map(|item| sorted_repr(interp, item, depth + 1)).collect::<Result<Vec<_>, _>>()?;
        Ok(parts.join(", "))
    };
    Ok(match value {
        Val::List(list) => format!("[{}]", join(&list.to_vec())?),
        Val::Tuple(items) => format!("({}{})", join(items)?, if items.len() == 1 { "," } else { "" }),
        Val::Dict(dict) => {
            let mut parts = Vec::new();
            for (key, item) in sorted(interp, dict.to_vec())? {
                parts.push(format!("{}: {}", key.repr(), sorted_repr(interp, &item, depth + 1)?));
            }
            format!("{{{}}}", parts.join(", "))
        }
        other => other.repr(),
    })
}
