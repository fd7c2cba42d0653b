//! Joins chunks of one function into one transaction, where the state knows how to.

use crate::options::{Aggregate, Options};
use sdk::Registry;
use sls::{Chunk, Plan};
use value::{Map, Value};

/// More chunks than this are never joined at once.
const MOST: usize = 500;

/// Arguments of a chunk joined with those of later chunks that fit it, or `None` if it runs by itself.
pub(crate) fn joined(
    plan: &Plan,
    chunk: usize,
    registry: &Registry,
    options: &Options,
    is_finished: &dyn Fn(usize) -> bool,
) -> Option<Map> {
    let first = plan.chunks.get(chunk)?;
    let merge = registry.state(&first.function())?.merge?;
    if !wants(first, options) {
        return None;
    }
    let args = with_name(first);
    let key = (merge.key)(&args)?;
    let mut others = Vec::new();
    for (index, other) in plan.chunks.iter().enumerate().skip(chunk + 1) {
        if others.len() + 1 >= MOST {
            break;
        }
        let fits = other.state == first.state && other.fun == first.fun && wants_or_allows(other, options);
        // A chunk that waits for something that has not run yet cannot be taken forward.
        let is_free =
            plan.requisites.get(index).into_iter().flatten().all(|requisite| requisite.targets.iter().all(|target| is_finished(*target)));
        if fits && is_free {
            let args = with_name(other);
            if (merge.key)(&args).as_deref() == Some(key.as_str()) {
                others.push(args);
            }
        }
    }
    if others.is_empty() {
        return None;
    }
    let mut args = args;
    (merge.merge)(&mut args, &others.iter().collect::<Vec<_>>());
    Some(args)
}

fn with_name(chunk: &Chunk) -> Map {
    let mut args = chunk.args.clone();
    args.insert("name", chunk.name.as_str());
    args
}

fn wants(chunk: &Chunk, options: &Options) -> bool {
    match (chunk.args.get("aggregate"), &options.aggregate) {
        (Some(own), _) => own.is_truthy(),
        (None, Aggregate::Always) => true,
        (None, Aggregate::Modules(modules)) => modules.contains(&chunk.state),
        (None, Aggregate::Never) => false,
    }
}

/// Whether a chunk may be taken forward by another: it must not forbid it, and its own conditions must not decide first.
fn wants_or_allows(chunk: &Chunk, options: &Options) -> bool {
    let has_conditions = ["onlyif", "unless", "creates"].iter().any(|word| chunk.args.contains_key(word));
    !has_conditions && (wants(chunk, options) || chunk.args.get("aggregate").is_none_or(Value::is_truthy))
}
