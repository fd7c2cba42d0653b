//! Answers in the place of functions that would touch the host, so that templates render on a machine that has nothing to do with them.

use sdk::{Kind, Registry};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use value::{Map, Value};

/// Modules whose questions are answered from grains, pillar, configuration and the tree alone.
const PURE: [&str; 15] = [
    "config", "cp", "defaults", "grains", "hashutil", "jinja", "match", "math", "pillar", "random", "saltutil", "slsutil", "sys", "test",
    "state",
];

/// Questions of other modules that need no host.
const PURE_FUNCTIONS: [&str; 5] = ["file.join", "file.basename", "file.dirname", "file.normpath", "network.is_private"];

/// Answers in the place of functions.
#[derive(Debug, Default)]
pub struct StandIns {
    /// What the caller gave.
    given: BTreeMap<String, Value>,
    /// Functions that were asked for and not called.
    asked: Mutex<BTreeSet<String>>,
}

impl StandIns {
    /// Stand-ins with answers of the caller, which win.
    #[must_use]
    pub fn new(given: BTreeMap<String, Value>) -> Self {
        Self { given, asked: Mutex::default() }
    }

    /// The answer in the place of a function; `None` if it may be called.
    #[must_use]
    pub fn answer(&self, function: &str, registry: &Registry) -> Option<Value> {
        if let Some(given) = self.given.get(function) {
            return Some(given.clone());
        }
        let entry = registry.function(function)?;
        if entry.kind == Kind::Query && (PURE.contains(&entry.module) || PURE_FUNCTIONS.contains(&function)) {
            return None;
        }
        // What goes to a log changes nothing that anybody renders.
        if entry.module == "log" {
            return Some(Value::Bool(true));
        }
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).insert(function.to_owned());
        Some(usual(function))
    }

    /// Functions that templates asked for and that were not called.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

/// An answer of the kind that a function gives: templates go through lists and mappings.
fn usual(function: &str) -> Value {
    let name = function.split_once('.').map_or(function, |(_, name)| name);
    let is = |words: &[&str]| words.iter().any(|word| name.contains(word));
    if name == "run_all" || name == "script" {
        let rows = [("pid", Value::Int(0)), ("retcode", Value::Int(0)), ("stdout", Value::from("")), ("stderr", Value::from(""))];
        return Value::Map(rows.into_iter().collect());
    }
    if name == "retcode" {
        return Value::Int(0);
    }
    if is(&["exist", "available", "has_exec", "is_", "enabled", "contains"]) {
        return Value::Bool(false);
    }
    if function == "mine.get" || is(&["list_pkgs", "interfaces", "info", "stats", "meminfo", "cpuinfo", "items", "usage"]) {
        return Value::Map(Map::new());
    }
    if is(&["list", "ip_addrs", "find", "readdir", "subnets", "get_all"]) {
        return Value::List(Vec::new());
    }
    Value::from("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_needs_the_host_is_not_called_and_what_needs_facts_is() {
        let registry = crate::functions::registry();
        let stand_ins = StandIns::new([("cmd.run".to_owned(), Value::from("1.2"))].into_iter().collect());
        assert_eq!(stand_ins.answer("grains.get", &registry), None);
        assert_eq!(stand_ins.answer("pillar.get", &registry), None);
        assert_eq!(stand_ins.answer("cmd.run", &registry), Some(Value::from("1.2")));
        assert_eq!(stand_ins.answer("cmd.retcode", &registry), Some(Value::Int(0)));
        assert_eq!(stand_ins.answer("grains.setval", &registry), Some(Value::from("")));
        assert_eq!(stand_ins.asked(), ["cmd.retcode", "grains.setval"]);
    }
}
