//! `salt-call`: one function on this machine, without a master (`--local`) or through the agent that runs here.

mod console;
mod local;
mod options;
mod print;
mod remote;

pub use options::Options;

use crate::config::{Loaded, Place, Unknown};
use crate::run::Outcome;
use clap::Parser;
use console::Console;
use model::{BadId, Call, FunctionName, JobId, Timestamp};
use std::ffi::OsString;
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
    host::share_one_heap();
    let mut console = Console::of_process();
    let options = match Options::try_parse_from(args) {
        Ok(options) => options,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { USAGE } else { 0 };
        }
    };
    status(run(&options, &mut console), &mut console)
}

/// What a command line has answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// What it printed.
    pub stdout: String,
    /// What it said beside.
    pub stderr: String,
    /// Its exit status.
    pub status: i32,
}

/// Runs a command line as [`main`] does and gives what that would have printed, for a program that runs many. Logs are the program's own affair.
pub fn answer(args: impl IntoIterator<Item = OsString>) -> Answer {
    let mut console = Console::kept();
    let status = match Options::try_parse_from(args) {
        Ok(options) => status(run(&options, &mut console), &mut console),
        Err(error) if error.use_stderr() => {
            console.say(&error.to_string());
            USAGE
        }
        // Help was asked for.
        Err(text) => status(console.print(&text.to_string()).map(|()| 0).map_err(|error| error.to_string()), &mut console),
    };
    let (stdout, stderr) = console.into_texts();
    Answer { stdout, stderr, status }
}

fn status(result: Result<i32, String>, console: &mut Console) -> i32 {
    result.unwrap_or_else(|message| {
        console.say(&message);
        1
    })
}

fn run(options: &Options, console: &mut Console) -> Result<i32, String> {
    let place = Place { folder: options.config_dir.clone() };
    let mut loaded = Loaded::read(place, &options.settings(), Unknown::Keep).map_err(|error| error.to_string())?;
    let _logs = if console.is_of_process() { Some(start_logs(options, &loaded)?) } else { None };
    if loaded.config.id.is_empty() {
        loaded.config.id = crate::gather::full_name();
    }
    if let Some(names) = &options.returner {
        tracing::warn!(names, "there are no returners here; the return is printed only");
    }
    let calls = match wanted(options) {
        Ok(calls) if !calls.is_empty() => calls,
        Ok(_) => {
            console
                .say("Usage: salt-call [OPTIONS] FUNCTION [ARGUMENTS]; `salt-call --help` shows the options, `salt-call -d` the functions");
            return Ok(USAGE);
        }
        Err(message) => {
            console.say(&message);
            return Ok(USAGE);
        }
    };
    let config = loaded.config.clone();
    let jid = JobId::at(Timestamp::now());
    let outcome = if loaded.is_local() { local::run(options, loaded, &calls, jid)? } else { remote::run(options, loaded, &calls, jid)? };
    finish(options, &config, &calls, jid, outcome, console)
}

fn start_logs(options: &Options, loaded: &Loaded) -> Result<daemon::logs::Handle, String> {
    // Salt's own default for command lines; a daemon that logs less than `info` hides what operators asked for, a command must not chat.
    let level =
        options.log_level.clone().or_else(|| loaded.raw.get("log_level").map(value::text::str)).unwrap_or_else(|| "warning".to_owned());
    let logs = daemon::logs::Logs { level, file: options.log_file.clone(), ..daemon::logs::Logs::default() };
    daemon::logs::start(&logs).map_err(|error| output::chain(&error))
}

/// Prints what came and decides the exit status.
fn finish(
    options: &Options,
    config: &crate::config::MinionConfig,
    calls: &[Call],
    jid: JobId,
    mut outcome: Outcome,
    console: &mut Console,
) -> Result<i32, String> {
    for note in &outcome.notes {
        console.say(&format!("[WARNING ] {note}"));
    }
    // A call that failed has no value to print: its words are not data.
    if let (Some(_), Value::Str(words)) = (&outcome.failure, &outcome.value) {
        console.say(words);
        return Ok(outcome.retcode);
    }
    let mut value = std::mem::take(&mut outcome.value);
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
    print::print(options, config, &outcome, value, console).map_err(|error| format!("the return cannot be written: {error}"))?;
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
