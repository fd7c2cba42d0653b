//! The variable `salt`: execution functions as `salt['m.f'](…)` and `salt.m.f(…)`.

use crate::{CallError, Functions};
use jinja::{Call, Dict, Error, Function, Kind, Object, Val};
use std::sync::Arc;
use value::{Map, Value};

/// How messages of failed functions begin, as Salt's users know them.
pub(crate) const TROUBLE: &str = "Problem running salt function in Jinja template: ";

/// The variable `salt`.
pub(crate) struct Salt {
    pub(crate) functions: Arc<dyn Functions>,
}

impl Salt {
    fn function(&self, name: &str) -> Val {
        let (functions, full) = (Arc::clone(&self.functions), name.to_owned());
        Function::val(name, move |call| run(functions.as_ref(), &full, call))
    }
}

impl Object for Salt {
    fn type_name(&self) -> &str {
        // Errors name it as Salt's do.
        "salt.utils.templates.AliasedLoader"
    }

    fn get_item(&self, key: &Val) -> Result<Option<Val>, Error> {
        Ok(key.as_str().filter(|name| self.functions.exists(name)).map(|name| self.function(name)))
    }

    fn get_attr(&self, name: &str) -> Option<Val> {
        if name == "get" {
            let functions = Arc::clone(&self.functions);
            return Some(Function::val("get", move |call| {
                let salt = Salt { functions: Arc::clone(&functions) };
                let found = call.value()?.as_str().filter(|name| functions.exists(name)).map(|name| salt.function(name));
                Ok(found.or_else(|| call.arg(1, "default").cloned()).unwrap_or(Val::None))
            }));
        }
        // `salt['no.such']` is asked for as an attribute last; no module has a dot in its name.
        (!name.contains('.') && self.functions.has_module(name))
            .then(|| Val::object(Module { salt: Salt { functions: Arc::clone(&self.functions) }, name: name.to_owned() }))
    }

    fn contains(&self, key: &Val) -> Option<bool> {
        Some(key.as_str().is_some_and(|name| self.functions.exists(name)))
    }

    fn is_mapping(&self) -> bool {
        true
    }
}

/// `salt.module`: the functions of one module.
struct Module {
    salt: Salt,
    name: String,
}

impl Object for Module {
    fn type_name(&self) -> &str {
        "salt.loader.lazy.LoadedMod"
    }

    fn get_attr(&self, name: &str) -> Option<Val> {
        let full = format!("{}.{name}", self.name);
        self.salt.functions.exists(&full).then(|| self.salt.function(&full))
    }

    fn get_item(&self, key: &Val) -> Result<Option<Val>, Error> {
        Ok(key.as_str().and_then(|name| self.get_attr(name)))
    }
}

fn run(functions: &dyn Functions, name: &str, call: &mut Call<'_>) -> Result<Val, Error> {
    let args = call.args.iter().map(Val::to_value).collect::<Result<Vec<_>, _>>()?;
    let mut kwargs = Map::with_capacity(call.kwargs.len());
    for (key, value) in &call.kwargs {
        kwargs.insert(key.as_ref(), value.to_value()?);
    }
    let changed = in_place(name, call);
    match functions.call(name, args, kwargs) {
        Ok(Value::Map(merged)) if let Some(dict) = changed => {
            write_back(&dict, &merged);
            Ok(Val::Dict(dict))
        }
        // Pillar keeps the order of its files, which some filters show.
        Ok(value) if name.starts_with("pillar.") => Ok(Val::ordered(&value)),
        Ok(value) => {
            let merged = Val::from(value);
            if let (Some(Val::Dict(over)), Val::Dict(dict)) = (merged_over(name, call), &merged) {
                keep_order(over, dict);
            }
            Ok(merged)
        }
        Err(CallError::NoFunction(name)) => Err(Error::new(Kind::Undefined, format!("'salt' has no function '{name}'"))),
        Err(CallError::Misused(message)) => Err(Error::new(Kind::Type, message)),
        Err(CallError::Failed(message)) => Err(Error::new(Kind::Host, format!("{TROUBLE}{message}"))),
    }
}

/// What a function merges over the value it gives back.
fn merged_over<'c>(name: &str, call: &'c Call<'_>) -> Option<&'c Val> {
    match name {
        "grains.filter_by" => call.arg(2, "merge"),
        "slsutil.merge" => call.arg(1, "obj_b"),
        _ => None,
    }
}

/// Marks what came whole out of a merged pillar as ordered again: functions get plain data, which does not know.
fn keep_order(over: &Dict, merged: &Dict) {
    for (key, from) in over.to_vec() {
        let Some(to) = merged.get_val(&key) else { continue };
        if is_ordered(&from)
            && let (Ok(before), Ok(after)) = (from.to_value(), to.to_value())
            && before.is_identical(&after)
        {
            merged.insert_val(key, Val::ordered(&after));
            continue;
        }
        if let (Val::Dict(from), Val::Dict(to)) = (&from, &to) {
            keep_order(from, to);
        }
    }
}

fn is_ordered(value: &Val) -> bool {
    match value {
        Val::Dict(dict) => dict.is_ordered(),
        Val::List(items) => items.to_vec().iter().any(is_ordered),
        _ => false,
    }
}

/// The dict that a function changes instead of giving a new one. Functions get copies of a template's values, so this is done for them.
fn in_place(name: &str, call: &Call<'_>) -> Option<Dict> {
    let flag = match name {
        "defaults.merge" | "defaults.update" => call.arg(3, "in_place"),
        "slsutil.update" => None,
        _ => return None,
    };
    match call.arg(0, "dest") {
        Some(Val::Dict(dict)) if flag.is_none_or(Val::is_truthy) => Some(dict.clone()),
        _ => None,
    }
}

/// Makes a dict equal to a mapping. Dicts inside of it stay the same objects, because the template may hold them by other names.
fn write_back(dict: &Dict, merged: &Map) {
    for (key, new) in merged {
        let key = Val::from(key);
        match (dict.get_val(&key), new) {
            (Some(Val::Dict(old)), Value::Map(new)) => write_back(&old, new),
            (Some(old), new) if old.to_value().is_ok_and(|old| old.is_identical(new)) => {}
            (_, new) => {
                dict.insert_val(key, Val::from(new));
            }
        }
    }
}
