//! The `_in` forms and `use`: statements about other states, turned into extensions of those states.

use super::extend::{Modules, apply, is_named};
use super::{Excluded, Extension, High, State, is_hidden};
use crate::document::{Arg, ArgKind, Block, Body, Declaration, Origin, Spot};
use crate::requisite::turned;
use model::Problem;
use value::{Map, Value};

/// Turns `require_in` and its kin round and lets `use` copy arguments.
pub(crate) fn reverse(high: &mut High, excluded: &Excluded, problems: &mut Vec<Problem>) {
    let mut extensions = Vec::new();
    for (id, state) in &high.states {
        if is_hidden(id) || excluded.has_sls(&state.origin.sls) {
            continue;
        }
        let Some(id) = id.as_str() else { continue };
        for block in &state.blocks {
            let Body::List(args) = &block.body else { continue };
            for arg in args {
                let Some(word) = arg.key() else { continue };
                let here = Here { id, state, block, arg };
                if word == "use" {
                    here.copy_from(high, &mut extensions);
                } else if word == "use_in" {
                    here.copy_to(high, &mut extensions);
                } else if let Some(forward) = turned(word) {
                    here.turn(high, forward, &mut extensions);
                }
            }
        }
    }
    for extension in extensions {
        apply(high, extension, Modules::MustExist, problems);
    }
}

/// The statement being read, and where it stands.
struct Here<'a> {
    id: &'a str,
    state: &'a State,
    block: &'a Block,
    arg: &'a Arg,
}

/// Arguments that `use` never copies.
const OWN: [&str; 12] =
    ["name", "names", "order", "require", "watch", "prereq", "onchanges", "onfail", "require_in", "watch_in", "use", "use_in"];

impl Here<'_> {
    /// References of the statement: a module, if one is named, the ID or name, and where it stands.
    fn references(&self) -> Vec<(Option<String>, String, Spot)> {
        let mut found = Vec::new();
        match self.arg.value() {
            Some(Value::List(items)) => {
                for (index, item) in items.iter().enumerate() {
                    let spot = self.arg.entry_spot(index).clone();
                    match item {
                        Value::Str(target) => found.push((None, target.clone(), spot)),
                        Value::Map(map) => found.extend(pair(map).map(|(module, target)| (Some(module), target, spot))),
                        _ => {}
                    }
                }
            }
            // A mapping of modules to IDs is read as the list of its entries.
            Some(Value::Map(map)) => {
                for (module, target) in map {
                    if let (Some(module), Some(target)) = (module.as_str(), target.as_str()) {
                        found.push((Some(module.to_owned()), target.to_owned(), self.arg.spot.clone()));
                    }
                }
            }
            _ => {}
        }
        found
    }

    fn turn(&self, high: &High, forward: &str, extensions: &mut Vec<Extension>) {
        let references = self.references();
        for (index, (module, target, spot)) in references.iter().enumerate() {
            let wanted: Vec<(String, String)> = match module.as_deref() {
                Some("sls") => states_of(high, target),
                Some(module) => vec![(target.clone(), module.to_owned())],
                None => first_of(high, target),
            };
            // Salt applies an entry once more for every later entry of its list that names a state. Results list it that often.
            let later = references.iter().skip(index + 1).filter(|(module, ..)| module.as_deref() != Some("sls")).count();
            let times = if module.as_deref() == Some("sls") { 1 } else { 1 + later };
            for (id, module) in wanted {
                let reference = Value::Map([(self.block.module.as_str(), self.id)].into_iter().collect());
                let list = Value::List(vec![reference; times]);
                let arg = Arg { entries: vec![spot.clone(); times], ..Arg::named(forward, list, spot.clone()) };
                extensions.push(extension(&self.state.origin, id, module, vec![arg], spot));
            }
        }
    }

    /// `use`: copies arguments from the states referred to, unless this one sets them.
    fn copy_from(&self, high: &High, extensions: &mut Vec<Extension>) {
        for (module, target, spot) in self.references() {
            for (source, block) in blocks_of(high, module.as_deref(), &target) {
                let args = copied(block, self.block);
                if source.as_str() != Some(self.id) && !args.is_empty() {
                    extensions.push(extension(&self.state.origin, self.id.to_owned(), self.block.module.clone(), args, &spot));
                }
            }
        }
    }

    /// `use_in`: copies this state's arguments to the states referred to, unless they set them.
    fn copy_to(&self, high: &High, extensions: &mut Vec<Extension>) {
        for (module, target, spot) in self.references() {
            for (id, block) in blocks_of(high, module.as_deref(), &target) {
                let args = copied(self.block, block);
                if let (Some(id), false) = (id.as_str(), args.is_empty()) {
                    extensions.push(extension(&self.state.origin, id.to_owned(), block.module.clone(), args, &spot));
                }
            }
        }
    }
}

fn pair(map: &Map) -> Option<(String, String)> {
    let (module, target) = map.first()?;
    Some((module.as_str()?.to_owned(), target.as_str()?.to_owned()))
}

fn extension(origin: &Origin, id: String, module: String, args: Vec<Arg>, spot: &Spot) -> Extension {
    let block = Block { module, spot: spot.clone(), body: Body::List(args) };
    Extension { origin: origin.clone(), declaration: Declaration { id: Value::Str(id), spot: spot.clone(), blocks: vec![block] } }
}

/// Every ID and module of an SLS.
fn states_of(high: &High, sls: &str) -> Vec<(String, String)> {
    high.states
        .iter()
        .filter(|(id, state)| *state.origin.sls == *sls && !is_hidden(id))
        .flat_map(|(id, state)| state.blocks.iter().filter_map(|block| Some((id.as_str()?.to_owned(), block.module.clone()))))
        .collect()
}

/// ID and first module of the state that has an ID or name, if any.
fn first_of(high: &High, target: &str) -> Vec<(String, String)> {
    let by_id = high.states.get_key_value(&Value::from(target)).and_then(|(id, state)| Some((id, state.blocks.first()?)));
    let by_name = || {
        high.states.iter().find_map(|(id, state)| {
            let block = state.blocks.iter().find(|block| is_named(state, &block.module, target))?;
            Some((id, block))
        })
    };
    by_id.or_else(by_name).and_then(|(id, block)| Some((id.as_str()?.to_owned(), block.module.clone()))).into_iter().collect()
}

/// Blocks that a reference means, by ID or name.
fn blocks_of<'a>(high: &'a High, module: Option<&str>, target: &str) -> Vec<(&'a Value, &'a Block)> {
    let fits = |block: &Block| module.is_none_or(|module| block.module == module);
    if let Some((id, state)) = high.states.get_key_value(&Value::from(target)) {
        return state.blocks.iter().filter(|block| fits(block)).map(|block| (id, block)).take(1).collect();
    }
    high.states
        .iter()
        .flat_map(|(id, state)| state.blocks.iter().map(move |block| (id, state, block)))
        .filter(|(_, state, block)| fits(block) && is_named(state, &block.module, target))
        .map(|(id, _, block)| (id, block))
        .collect()
}

fn copied(from: &Block, to: &Block) -> Vec<Arg> {
    let (Body::List(from), Body::List(to)) = (&from.body, &to.body) else { return Vec::new() };
    from.iter()
        .filter(|arg| matches!(arg.kind, ArgKind::Named(_)))
        .filter(|arg| arg.key().is_some_and(|key| !OWN.contains(&key) && !to.iter().any(|own| own.key() == Some(key))))
        .cloned()
        .collect()
}
