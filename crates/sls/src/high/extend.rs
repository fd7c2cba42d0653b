//! `extend`: changes arguments of states that stand elsewhere.

use super::{Extension, High, State};
use crate::document::{Arg, ArgKind, Block, Body, did_you_mean};
use crate::requisite;
use model::Problem;
use value::{Value, text};

/// Applies every extension of high data.
pub(crate) fn extend(high: &mut High, problems: &mut Vec<Problem>) {
    for extension in std::mem::take(&mut high.extends) {
        apply(high, extension, Modules::MayBeNew, problems);
    }
}

/// Whether an extension may bring a module that the state does not have yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Modules {
    /// It may: `extend` does.
    MayBeNew,
    /// It may not: what a reverse requisite points to has to be there.
    MustExist,
}

/// Applies one extension to the state of its ID, or to the only one with that name.
pub(crate) fn apply(high: &mut High, extension: Extension, modules: Modules, problems: &mut Vec<Problem>) {
    let has_modules = |index: &usize| {
        let Some((_, state)) = high.states.get_index(*index) else { return false };
        modules == Modules::MayBeNew || extension.declaration.blocks.iter().all(|block| state.block(&block.module).is_some())
    };
    let Some(index) = find(high, &extension).filter(has_modules) else {
        problems.push(unknown(high, &extension));
        return;
    };
    let Some((_, state)) = high.states.get_index_mut(index) else { return };
    for block in extension.declaration.blocks {
        merge_block(state, block);
    }
}

fn find(high: &High, extension: &Extension) -> Option<usize> {
    if let Some(index) = high.states.get_index_of(&extension.declaration.id) {
        return Some(index);
    }
    let name = extension.declaration.id.as_str()?;
    let module = extension.declaration.blocks.first()?.module.as_str();
    let mut named = high.states.iter().enumerate().filter(|(_, (_, state))| is_named(state, module, name));
    match (named.next(), named.next()) {
        (Some((index, _)), None) => Some(index),
        _ => None,
    }
}

/// Whether a state has a block of this module whose `name` is this.
pub(crate) fn is_named(state: &State, module: &str, name: &str) -> bool {
    let Some(Body::List(args)) = state.block(module).map(|block| &block.body) else { return false };
    args.iter().any(|arg| arg.key() == Some("name") && arg.value().and_then(Value::as_str) == Some(name))
}

fn unknown(high: &High, Extension { origin, declaration }: &Extension) -> Problem {
    let id = text::str(&declaration.id);
    let (env, sls) = (&origin.env, &origin.sls);
    let message = format!(
        "Cannot extend ID '{id}' in '{env}:{sls}'. It is not part of the high state.\nThis is likely due to a missing include statement or an \
         incorrectly typed ID.\nEnsure that a state with an ID of '{id}' is available\nin environment '{env}' and to SLS '{sls}'"
    );
    let hint = did_you_mean(&id, high.states.keys().filter_map(Value::as_str));
    hint.into_iter().fold(Problem::at(declaration.spot.place(), message), Problem::with_hint)
}

fn merge_block(state: &mut State, block: Block) {
    if block.module.starts_with("__") {
        return;
    }
    let Some(known) = state.blocks.iter_mut().find(|known| known.module == block.module) else {
        state.blocks.push(block);
        return;
    };
    let Body::List(into) = &mut known.body else { return };
    let args = match block.body {
        Body::List(args) => args,
        // A bare text replaces the function.
        Body::Other(Value::Str(function)) => vec![Arg { kind: ArgKind::Function(function), spot: block.spot, entries: Vec::new() }],
        Body::Other(_) => return,
    };
    for arg in args {
        merge_arg(into, arg);
    }
}

fn merge_arg(into: &mut Vec<Arg>, arg: Arg) {
    match &arg.kind {
        ArgKind::Function(_) => match into.iter_mut().find(|known| matches!(known.kind, ArgKind::Function(_))) {
            Some(known) => *known = arg,
            None => into.push(arg),
        },
        ArgKind::Named(_) => {
            let key = arg.key();
            // `name` and `names` exclude each other, so the later word takes the place of the earlier one.
            let rival = match key {
                Some("name") => Some("names"),
                Some("names") => Some("name"),
                _ => None,
            };
            let known =
                into.iter_mut().find(|known| known.key().is_some() && (known.key() == key || (rival.is_some() && known.key() == rival)));
            match known {
                Some(known) if key.is_some_and(requisite::grows) => grow(known, arg),
                Some(known) => *known = arg,
                None => into.push(arg),
            }
        }
        ArgKind::Other(_) => into.push(arg),
    }
}

/// Adds the references of one statement to those of another. A statement that is no list stays as it is: checking the structure says so.
fn grow(known: &mut Arg, mut arg: Arg) {
    let Some(Value::List(more)) = arg.value_mut().map(std::mem::take) else { return };
    if let Some(Value::List(list)) = known.value_mut() {
        let had = list.len();
        list.extend(more);
        known.entries.resize_with(had, || known.spot.clone());
        arg.entries.resize_with(list_len(known) - had, || arg.spot.clone());
        known.entries.append(&mut arg.entries);
    }
}

fn list_len(arg: &Arg) -> usize {
    arg.value().and_then(Value::as_list).map_or(0, <[Value]>::len)
}
