//! `status`, `salt_monitor` and `pkg`: answers of functions.

use super::section;
use crate::beacons::{Beacon, Finding};
use async_trait::async_trait;
use sdk::{CallArgs, Failure, Map, Read, Value};
use value::text;

/// Functions that `status` asks when it is not told otherwise.
const USUAL: [&str; 5] = ["uptime", "loadavg", "meminfo", "cpustats", "procs"];

/// Asks functions and tells their answers.
pub struct Monitor {
    calls: Vec<(String, CallArgs)>,
    /// One event with all answers, or one for each.
    together: bool,
}

impl Monitor {
    /// `status`: functions of that module.
    pub fn status(options: &Map) -> Self {
        let mut names: Vec<String> = options.keys().map(text::str).filter(|name| name != "time").collect();
        if names.is_empty() {
            names = USUAL.map(str::to_owned).to_vec();
        }
        let calls = names.into_iter().map(|name| (format!("status.{name}"), CallArgs::default())).collect();
        Self { calls, together: true }
    }

    /// `salt_monitor`: `salt_fun` names functions, with `args` each.
    pub fn functions(options: &Map) -> Result<Self, String> {
        let functions = section(options, "salt_fun");
        let mut calls = Vec::new();
        for (name, value) in &functions {
            let own = crate::beacons::options::flat(value);
            let mut args = CallArgs::default();
            match own.get("args") {
                Some(Value::List(items)) => {
                    for item in items {
                        match item {
                            Value::Map(map) if map.len() == 1 => args.named.extend(map.clone()),
                            other => args.positional.push(other.clone()),
                        }
                    }
                }
                Some(Value::Map(map)) => args.named = map.clone(),
                Some(Value::Null) | None => {}
                Some(other) => args.positional.push(other.clone()),
            }
            calls.push((text::str(name), args));
        }
        if calls.is_empty() {
            return Err("it needs `salt_fun`, such as [network.ip_addrs]".to_owned());
        }
        Ok(Self { calls, together: false })
    }
}

#[async_trait]
impl Beacon for Monitor {
    async fn look(&mut self, read: &Read) -> Result<Vec<Finding>, Failure> {
        let mut all = Map::new();
        let mut findings = Vec::new();
        for (name, args) in &self.calls {
            let answer = read.agent().call(name, args.clone()).await;
            if self.together {
                // What this host cannot say is left out; the rest is told.
                if let Ok(answer) = answer {
                    all.insert(name.trim_start_matches("status."), answer);
                }
                continue;
            }
            let answer = answer?;
            // A function that has nothing to say says nothing.
            if answer.is_truthy() {
                let data = Map::from_iter([("salt_fun", Value::from(name.as_str())), ("ret", answer)]);
                findings.push(Finding::plain(data));
            }
        }
        if self.together {
            findings.push(Finding::plain(Map::from_iter([("data", all)])));
        }
        Ok(findings)
    }
}

/// `pkg`: packages that could be upgraded.
pub struct Upgrades {
    names: Vec<String>,
    refresh: bool,
}

impl Upgrades {
    /// Reads `pkgs` and `refresh`.
    pub fn new(options: &Map) -> Result<Self, String> {
        let names: Vec<String> = match options.get("pkgs") {
            Some(Value::List(items)) => items.iter().map(text::str).collect(),
            _ => return Err("it needs `pkgs`, a list of names".to_owned()),
        };
        Ok(Self { names, refresh: options.get("refresh").is_some_and(Value::is_truthy) })
    }
}

#[async_trait]
impl Beacon for Upgrades {
    async fn look(&mut self, read: &Read) -> Result<Vec<Finding>, Failure> {
        let args = CallArgs::named(Map::from_iter([("refresh", self.refresh)]));
        let upgrades = read.agent().call("pkg.list_upgrades", args).await?;
        let found = self.names.iter().filter_map(|name| Some((name, upgrades.get(name)?)));
        Ok(found
            .map(|(name, version)| {
                let data = Map::from_iter([("pkg", Value::from(name.as_str())), ("version", version.clone())]);
                Finding { tag: name.clone(), data }
            })
            .collect())
    }
}
