//! `salt-call`: one function on this machine, without a master (`--local`) or through the agent that runs here.

mod local;
mod options;
mod print;
mod remote;

pub use options::Options;

use crate::config::{Loaded, Place, Unknown};
use crate::run::Outcome;
use clap::Parser;
use model::{BadId, Call, FunctionName, JobId, Timestamp};
use std::ffi::OsString;
use std::io::Write;
use value::{Map, Value};

/// Modules whose functions ask for neither grains nor pillar, so that a call of them is not slowed down by getting them.
const BARE: [&str; 5] = ["test", "sys", "hashutil", "random", "saltutil"];

/// Whether a function asks for neither grains nor pillar.
#[must_use]
pub fn asks_for_nothing(function: &FunctionName) -> bool {
    BARE.contains(&function.module())
}

/// Exit status of a wrong command line.
const USAGE: i32 = 64;

/// Runs the command line and gives the exit status.
pub fn main(args: impl IntoIterator<Item = OsString>) -> i32 {
    let options = match Options::try_parse_from(args) {
        Ok(options) => options,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { USAGE } else { 0 };
        }
    };
    match run(&options) {
        Ok(status) => status,
        Err(message) => {
            say(&message);
            1
        }
    }
}

fn say(message: &str) {
    let _ = writeln!(std::io::stderr(), "{message}");
}

fn run(options: &Options) -> Result<i32, String> {
    let place = Place { folder: options.config_dir.clone() };
    let mut loaded = Loaded::read(place, &options.settings(), Unknown::Keep).map_err(|error| error.to_string())?;
    // Salt's own default for command lines; a daemon that logs less than `info` hides what operators asked for, a command must not chat.
    let level =
        options.log_level.clone().or_else(|| loaded.raw.get("log_level").map(value::text::str)).unwrap_or_else(|| "warning".to_owned());
    let logs = daemon::logs::Logs { level, file: options.log_file.clone(), ..daemon::logs::Logs::default() };
    let _logs = daemon::logs::start(&logs).map_err(|error| output::chain(&error))?;
    if loaded.config.id.is_empty() {
        loaded.config.id = crate::gather::full_name();
    }
    if let Some(names) = &options.returner {
        tracing::warn!(names, "there are no returners here; the return is printed only");
    }
    let calls = match wanted(options) {
        Ok(calls) if !calls.is_empty() => calls,
        Ok(_) => {
            say("Usage: salt-call [OPTIONS] FUNCTION [ARGUMENTS]; `salt-call --help` shows the options, `salt-call -d` the functions");
            return Ok(USAGE);
        }
        Err(message) => {
            say(&message);
            return Ok(USAGE);
        }
    };
    let config = loaded.config.clone();
    let jid = JobId::at(Timestamp::now());
    let outcome = if loaded.is_local() { local::run(options, loaded, &calls, jid)? } else { remote::run(options, loaded, &calls, jid)? };
    finish(options, &config, &calls, jid, outcome)
}

/// Prints what came and decides the exit status.
fn finish(options: &Options, config: &crate::config::MinionConfig, calls: &[Call], jid: JobId, outcome: Outcome) -> Result<i32, String> {
    // A call that failed has no value to print: its words are not data.
    if let (Some(_), Value::Str(words)) = (&outcome.failure, &outcome.value) {
        say(words);
        return Ok(outcome.retcode);
    }
    let mut value = outcome.value.clone();
    if options.metadata {
        let names: Vec<&str> = calls.iter().map(|call| call.function.as_str()).collect();
        let mut full = Map::new();
        full.insert("return", value);
        full.insert("id", config.id.as_str());
        full.insert("jid", jid);
        full.insert("fun", names.join(","));
        full.insert("retcode", outcome.retcode);
        full.insert("success", outcome.success);
        if let Some(data) = &options.set_metadata {
            full.insert("metadata", argv::value(data));
        }
        value = Value::Map(full);
    }
    print::print(options, config, &outcome, value).map_err(|error| format!("the return cannot be written: {error}"))?;
    Ok(match outcome.retcode {
        0 => 0,
        retcode if options.retcode_passthrough => retcode,
        _ => 1,
    })
}

/// The calls of the command line.
fn wanted(options: &Options) -> Result<Vec<Call>, String> {
    let plain = |name: &str, args: Vec<Value>| -> Result<Vec<Call>, String> {
        let function = FunctionName::new(name).map_err(|error| error.to_string())?;
        Ok(vec![Call { function, args, kwargs: Map::new() }])
    };
    if options.doc {
        return plain("sys.doc", options.words.iter().map(Value::from).collect());
    }
    if options.grains {
        return plain("grains.items", Vec::new());
    }
    let Some((function, words)) = options.words.split_first() else { return Ok(Vec::new()) };
    let calls = argv::calls(function, words, ",").map_err(|error| error.to_string())?;
    calls
        .into_iter()
        .map(|call| {
            let arguments = argv::parse(&call.words, &[]);
            let function =
                FunctionName::new(&call.function).map_err(|error: BadId| format!("'{}' is not available.\n  {error}", call.function))?;
            Ok(Call { function, args: arguments.args, kwargs: arguments.kwargs })
        })
        .collect()
}
