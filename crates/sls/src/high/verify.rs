//! Checks the structure of high data, in Salt's words.

use super::{High, State, is_hidden};
use crate::Kind;
use crate::document::{Arg, ArgKind, Block, Body, Spot};
use model::Problem;
use value::{Value, text};

/// Checks the structure of every state.
pub(crate) fn verify(high: &High, problems: &mut Vec<Problem>) {
    let mut checker = Checker { problems };
    for (id, state) in &high.states {
        if !is_hidden(id) {
            checker.state(id, state);
        }
    }
}

struct Checker<'a> {
    problems: &'a mut Vec<Problem>,
}

impl Checker<'_> {
    fn problem(&mut self, spot: &Spot, message: String, hint: &str) {
        self.problems.push(Problem::at(spot.place(), message).with_hint(hint));
    }

    fn state(&mut self, id: &Value, state: &State) {
        let sls = &*state.origin.sls;
        let Some(name) = id.as_str() else {
            let message = format!(
                "ID '{}' in SLS '{sls}' is not formed as a string, but is type {}. It may need to be quoted.",
                text::str(id),
                id.type_name()
            );
            return self.problem(&state.spot, message, "put the ID in quotes");
        };
        for block in &state.blocks {
            if block.module.is_empty() {
                if let Body::Other(body) = &block.body {
                    let message = format!("The type {name} in {} is not formatted as a dictionary", text::str(body));
                    self.problem(&state.spot, message, "an ID needs a state, such as `pkg.installed`");
                }
            } else if !block.module.starts_with("__") {
                self.block(name, sls, block);
            }
        }
    }

    fn block(&mut self, id: &str, sls: &str, block: &Block) {
        let args = match &block.body {
            Body::List(args) => args,
            Body::Other(Value::Null) => {
                let message = format!(
                    "ID '{id}' in SLS '{sls}' contains a short declaration ({}) with a trailing colon. When not passing any arguments to a state, \
                     the colon must be omitted.",
                    block.module
                );
                return self.problem(&block.spot, message, "take the colon away, or write `[]` behind it");
            }
            Body::Other(_) => {
                let message = format!("State '{id}' in SLS '{sls}' is not formed as a list");
                return self.problem(&block.spot, message, "write one argument a line, with a dash");
            }
        };
        for arg in args {
            self.arg(id, sls, arg);
        }
        let functions: Vec<&str> = block.functions().collect();
        if functions.is_empty() {
            let message = format!("No function declared in state '{id}' in SLS '{sls}'");
            self.problem(&block.spot, message, "write `module.function:` instead of `module:`");
        } else if functions.len() > 1 {
            let message = format!(
                "Too many functions declared in state '{id}' in SLS '{sls}'. Please choose one of the following: {}",
                functions.join(", ")
            );
            self.problem(&block.spot, message, "an argument needs a colon behind its name");
        }
    }

    fn arg(&mut self, id: &str, sls: &str, arg: &Arg) {
        match &arg.kind {
            ArgKind::Function(function) if function.trim().contains(' ') => {
                let message = format!(
                    "The function \"{function}\" in state \"{id}\" in SLS \"{sls}\" has whitespace, a function with whitespace is not supported, \
                     perhaps this is an argument that is missing a \":\""
                );
                self.problem(&arg.spot, message, "write `- argument: value`");
            }
            ArgKind::Function(_) | ArgKind::Other(_) => {}
            ArgKind::Named(map) if map.is_empty() => {
                let message = format!("State '{id}' in SLS '{sls}' has an empty mapping where an argument is wanted");
                self.problem(&arg.spot, message, "take it away");
            }
            ArgKind::Named(_) => match (arg.key(), arg.value()) {
                (Some("names"), Some(Value::List(_))) => {}
                (Some("names"), _) => {
                    let message = format!("The 'names' argument in state '{id}' in SLS '{sls}' needs to be formed as a list");
                    self.problem(&arg.spot, message, "write one name a line, with a dash");
                }
                // Salt counts it among the requisites, each of which has to be a list.
                (Some("onfail_stop"), Some(value)) if value.as_list().is_none() => self.no_list("onfail_stop", id, sls, arg),
                (Some(word), Some(value)) if Kind::from_name(word).is_some() => self.requisite(id, sls, word, value, arg),
                _ => {}
            },
        }
    }

    fn no_list(&mut self, word: &str, id: &str, sls: &str, arg: &Arg) {
        let message = format!("The {word} statement in state '{id}' in SLS '{sls}' needs to be formed as a list");
        self.problem(&arg.spot, message, "write `- module: ID`, with a dash");
    }

    fn requisite(&mut self, id: &str, sls: &str, word: &str, value: &Value, arg: &Arg) {
        let Value::List(items) = value else { return self.no_list(word, id, sls, arg) };
        for (index, item) in items.iter().enumerate() {
            let spot = arg.entry_spot(index);
            let single = match item {
                Value::Str(_) => continue,
                Value::Map(map) => map.single(),
                _ => None,
            };
            let Some((module, target)) = single else {
                let message = format!(
                    "Requisite declaration {} in state {id} in SLS {sls} is not formed as a single key dictionary",
                    ordered_repr(item)
                );
                self.problem(spot, message, "write `- module: ID`");
                continue;
            };
            let Some(module) = module.as_str() else {
                let message =
                    format!("Invalid requisite type {} in state '{id}', in SLS '{sls}'. It is no state module.", text::repr(module));
                self.problem(spot, message, "write `- module: ID`");
                continue;
            };
            if let Some((first, _)) = module.split_once('.') {
                let message = format!(
                    "Invalid requisite type '{module}' in state '{id}', in SLS '{sls}'. Requisite types must not contain dots, did you mean '{first}'?"
                );
                self.problem(spot, message, "leave the function away");
            }
            match target {
                Value::List(_) | Value::Map(_) => {
                    let message = format!("Illegal requisite \"{}\" in SLS \"{sls}\", please check your syntax.\n", text::str(target));
                    self.problem(spot, message, "write one reference a line");
                }
                // Salt drops a reference to nothing.
                Value::Str(_) | Value::Null => {}
                _ => {
                    let message = format!("Requisite [{word}: {module}] in state [{id}] in SLS [{sls}] must have a string as the value");
                    self.problem(spot, message, "put it in quotes");
                }
            }
        }
    }
}

/// A mapping as Python prints an ordered one; anything else as usual.
fn ordered_repr(value: &Value) -> String {
    match value {
        Value::Map(map) => {
            let pairs: Vec<_> = map.iter().map(|(key, value)| format!("({}, {})", text::repr(key), text::repr(value))).collect();
            format!("OrderedDict([{}])", pairs.join(", "))
        }
        other => text::repr(other),
    }
}
