//! Filters of lists.

use super::{Outcome, flag, option, plain, subject};
use jinja::{Call, Engine, Error, Val};
use value::{Map, Value, text};

pub(super) fn add(engine: &mut Engine) {
    engine.add_filter("flatten", |call| {
        let levels = option(call, 1, "levels")?.and_then(|levels| levels.as_int());
        let keep_nulls = flag(call, 2, "preserve_nulls")?;
        let mut out = Vec::new();
        flatten(call, call.value()?, levels, keep_nulls, &mut out)?;
        Ok(Val::list(out))
    });
    engine.add_filter("is_list", |call| Ok(Val::from(matches!(call.value()?, Val::List(_)))));
    engine.add_filter("is_iter", |call| {
        let value = call.value()?;
        Ok(Val::from(!matches!(value, Val::Str(_)) && call.iterate(value).is_ok()))
    });
    engine.add_filter("sequence", |call| {
        let value = call.value()?;
        Ok(match value {
            Val::List(_) | Val::Tuple(_) | Val::Dict(_) => value.clone(),
            single => Val::list(vec![single.clone()]),
        })
    });
    engine.add_filter("skip", |_| Ok(Val::from("")));
    engine.add_filter("sorted_ignorecase", |call| {
        let mut items = call.iterate(call.value()?)?;
        items.sort_by_cached_key(|item| item.to_text().to_lowercase());
        Ok(Val::list(items))
    });
    engine.add_filter("substring_in_list", |call| {
        let text = subject(call)?;
        let list = call.required(1, "list_to_search")?;
        Ok(Val::from(call.iterate(list)?.iter().any(|item| item.to_text().contains(&text))))
    });
    engine.add_filter("exactly_n_true", |call| {
        let wanted = option(call, 1, "amount")?.and_then(|amount| amount.as_int()).unwrap_or(1);
        exactly(call, wanted)
    });
    engine.add_filter("exactly_one_true", |call| exactly(call, 1));
    engine.add_filter("compare_lists", compare_lists);
    engine.add_filter("random_shuffle", |call| {
        let mut items = call.iterate(call.value()?)?;
        let seed = option(call, 1, "seed")?;
        shuffle(call, &mut items, seed.as_ref());
        Ok(Val::list(items))
    });
    engine.add_filter("random_sample", |call| {
        let mut items = call.iterate(call.value()?)?;
        let size = call.required(1, "size")?.as_int().and_then(|size| usize::try_from(size).ok()).filter(|size| *size <= items.len());
        let size = size.ok_or_else(|| Error::value_error("Sample larger than population or is negative"))?;
        let seed = option(call, 2, "seed")?;
        shuffle(call, &mut items, seed.as_ref());
        items.truncate(size);
        Ok(Val::list(items))
    });
    for name in ["json_decode_list", "json_encode_list", "json_decode_dict", "json_encode_dict"] {
        engine.add_filter(name, |call| Ok(Val::from(plain(call)?)));
    }
    engine.add_filter("zip", |call| zip(call, None));
    engine.add_filter("zip_longest", |call| {
        let fill = call.kwarg("fillvalue").cloned().unwrap_or(Val::None);
        zip(call, Some(fill))
    });
    engine.add_filter("product", |call| {
        let columns = columns(call)?;
        let times = repeat(call);
        let repeated: Vec<&Vec<Val>> = (0..times).flat_map(|_| columns.iter()).collect();
        let mut rows = vec![Vec::new()];
        for column in repeated {
            let mut longer = Vec::new();
            for row in &rows {
                call.charge(column.len())?;
                longer.extend(column.iter().map(|item| row.iter().cloned().chain([item.clone()]).collect::<Vec<_>>()));
            }
            rows = longer;
        }
        Ok(tuples(rows))
    });
    engine.add_filter("permutations", |call| choose(call, Choice { may_repeat: false, in_order: false }));
    engine.add_filter("combinations", |call| choose(call, Choice { may_repeat: false, in_order: true }));
    engine.add_filter("combinations_with_replacement", |call| choose(call, Choice { may_repeat: true, in_order: true }));
    engine.add_filter("compress", |call| {
        let (items, wanted) = (call.iterate(call.value()?)?, call.iterate(call.required(1, "selectors")?)?);
        Ok(Val::generator(items.into_iter().zip(wanted).filter(|(_, wanted)| wanted.is_truthy()).map(|(item, _)| item).collect()))
    });
}

fn flatten(call: &Call<'_>, value: &Val, levels: Option<i64>, keep_nulls: bool, out: &mut Vec<Val>) -> Result<(), Error> {
    for item in call.iterate(value)? {
        let is_null = item.is_none() || matches!(item.as_str(), Some("None" | "null"));
        match &item {
            _ if is_null => {
                if keep_nulls {
                    out.push(item);
                }
            }
            Val::List(_) | Val::Tuple(_) if levels != Some(0) => {
                call.charge(1)?;
                flatten(call, &item, levels.map(|levels| levels - 1), keep_nulls, out)?;
            }
            _ => out.push(item),
        }
    }
    Ok(())
}

fn exactly(call: &Call<'_>, wanted: i64) -> Outcome {
    let count = call.iterate(call.value()?)?.iter().filter(|item| item.is_truthy()).count();
    Ok(Val::from(i64::try_from(count).is_ok_and(|count| count == wanted)))
}

fn compare_lists(call: &mut Call<'_>) -> Outcome {
    let read = |position, name| -> Result<Vec<Value>, Error> {
        match call.arg(position, name) {
            None => Ok(Vec::new()),
            Some(list) => call.iterate(list)?.iter().map(Val::to_value).collect(),
        }
    };
    let (old, new) = (read(0, "old")?, read(1, "new")?);
    let only = |a: &[Value], b: &[Value]| -> Vec<Value> { a.iter().filter(|item| !b.contains(item)).cloned().collect() };
    let mut changes = Map::new();
    for (name, items) in [("new", only(&new, &old)), ("old", only(&old, &new))] {
        if !items.is_empty() {
            changes.insert(name, Value::List(items));
        }
    }
    Ok(Val::from(changes))
}

/// Shuffles; the same seed gives the same order.
fn shuffle(call: &Call<'_>, items: &mut [Val], seed: Option<&Value>) {
    let mut state = seed.map(|seed| {
        text::str(seed).bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    });
    let mut next = |below: u64| match &mut state {
        None => call.random(below),
        Some(state) => {
            *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (*state >> 33) % below
        }
    };
    for index in (1..items.len()).rev() {
        let other = usize::try_from(next(index as u64 + 1)).unwrap_or(0);
        items.swap(index, other);
    }
}

fn columns(call: &Call<'_>) -> Result<Vec<Vec<Val>>, Error> {
    call.args.iter().map(|list| call.iterate(list)).collect()
}

fn repeat(call: &Call<'_>) -> usize {
    call.kwarg("repeat").and_then(Val::as_int).and_then(|times| usize::try_from(times).ok()).unwrap_or(1).min(16)
}

fn tuples(rows: Vec<Vec<Val>>) -> Val {
    Val::generator(rows.into_iter().map(Val::tuple).collect())
}

fn zip(call: &Call<'_>, fill: Option<Val>) -> Outcome {
    let columns = columns(call)?;
    let lengths = columns.iter().map(Vec::len);
    let rows = if fill.is_some() { lengths.max() } else { lengths.min() }.unwrap_or(0);
    let fill = fill.unwrap_or(Val::None);
    let row = |index: usize| columns.iter().map(|column| column.get(index).unwrap_or(&fill).clone()).collect();
    Ok(tuples((0..rows).map(row).collect()))
}

#[derive(Clone, Copy)]
struct Choice {
    may_repeat: bool,
    in_order: bool,
}

/// All choices of `r` members by position.
fn choose(call: &mut Call<'_>, choice: Choice) -> Outcome {
    let items = call.iterate(call.value()?)?;
    let size = option(call, 1, "r")?.and_then(|size| size.as_int()).map_or(Ok(items.len()), usize::try_from);
    let size = size.map_err(|_| Error::value_error("r must be non-negative"))?;
    let mut rows: Vec<Vec<usize>> = vec![Vec::new()];
    for _ in 0..size {
        let mut longer = Vec::new();
        for row in &rows {
            call.charge(items.len())?;
            for index in 0..items.len() {
                let fits = match (choice.in_order, row.last()) {
                    (true, Some(last)) => index > *last || (choice.may_repeat && index == *last),
                    (true, None) => true,
                    (false, _) => !row.contains(&index),
                };
                if fits {
                    longer.push(row.iter().copied().chain([index]).collect());
                }
            }
        }
        rows = longer;
    }
    let row = |row: Vec<usize>| row.into_iter().filter_map(|index| items.get(index).cloned()).collect();
    Ok(tuples(rows.into_iter().map(row).collect()))
}
