//! What a template asks for while it is rendered, written down.

use crate::cache::Cache;
use render::{CallError, Functions, Loader, Machine};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use value::{Map, Value};

/// Functions that only look, quickly, and can be asked once more to see whether their answer is still the same.
const ASKED_AGAIN: [&str; 11] = [
    "config.get",
    "config.option",
    "grains.filter_by",
    "grains.get",
    "grains.has_value",
    "mine.get",
    "pillar.get",
    "slsutil.merge",
    "slsutil.merge_all",
    "slsutil.update",
    "defaults.merge",
];

/// A file that a template took in, or looked for.
#[derive(Clone, Debug)]
pub(crate) struct Import {
    pub(crate) env: String,
    pub(crate) path: String,
    pub(crate) text: Option<Arc<str>>,
}

/// A function that a template called.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) function: String,
    pub(crate) args: Vec<Value>,
    pub(crate) kwargs: Map,
    pub(crate) answer: Value,
}

/// All that a rendering asked for beyond its own text and variables.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes {
    pub(crate) imports: Vec<Import>,
    pub(crate) calls: Vec<Call>,
    /// It asked for something that may be another thing the next time: the clock, the dice, a command.
    pub(crate) is_fleeting: bool,
}

/// Functions, files and machine of one compile, with what is asked of them written down.
pub(crate) struct Watch {
    functions: Arc<dyn Functions>,
    loader: Arc<dyn Loader>,
    machine: Arc<dyn Machine>,
    cache: Option<Arc<Cache>>,
    notes: Mutex<Notes>,
}

impl Watch {
    pub(crate) fn new(
        functions: Arc<dyn Functions>,
        loader: Arc<dyn Loader>,
        machine: Arc<dyn Machine>,
        cache: Option<Arc<Cache>>,
    ) -> Arc<Self> {
        Arc::new(Self { functions, loader, machine, cache, notes: Mutex::default() })
    }

    /// What was asked since the last time; the next rendering begins anew.
    pub(crate) fn take(&self) -> Notes {
        std::mem::take(&mut *self.notes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether an import and a call would still give what they gave. Nothing is written down.
    pub(crate) fn is_same_file(&self, import: &Import) -> bool {
        self.loader.read(&import.env, &import.path).is_ok_and(|text| text == import.text)
    }

    /// See [`Watch::is_same_file`].
    pub(crate) fn is_same_answer(&self, call: &Call) -> bool {
        let answer = self.functions.call(&call.function, call.args.clone(), call.kwargs.clone());
        answer.is_ok_and(|answer| answer.is_identical(&call.answer))
    }

    fn note(&self, change: impl FnOnce(&mut Notes)) {
        change(&mut self.notes.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn fleeting(&self) {
        self.note(|notes| notes.is_fleeting = true);
    }
}

impl Functions for Watch {
    fn call(&self, function: &str, args: Vec<Value>, kwargs: Map) -> Result<Value, CallError> {
        if !ASKED_AGAIN.contains(&function) && !function.starts_with("match.") {
            self.fleeting();
            return self.functions.call(function, args, kwargs);
        }
        let answer = self.functions.call(function, args.clone(), kwargs.clone());
        match &answer {
            Ok(answer) => {
                let call = Call { function: function.to_owned(), args, kwargs, answer: answer.clone() };
                self.note(|notes| notes.calls.push(call));
            }
            Err(_) => self.fleeting(),
        }
        answer
    }

    fn exists(&self, function: &str) -> bool {
        self.functions.exists(function)
    }
}

impl Loader for Watch {
    fn read(&self, env: &str, path: &str) -> Result<Option<Arc<str>>, String> {
        let text = self.loader.read(env, path)?;
        let import = Import { env: env.to_owned(), path: path.to_owned(), text: text.clone() };
        self.note(|notes| notes.imports.push(import));
        Ok(text)
    }
}

impl Machine for Watch {
    fn now(&self) -> Option<i64> {
        self.fleeting();
        self.machine.now()
    }

    fn time_zone(&self) -> jiff::tz::TimeZone {
        self.machine.time_zone()
    }

    fn random(&self, below: u64) -> u64 {
        self.fleeting();
        self.machine.random(below)
    }

    fn read(&self, path: &str, most: u64) -> Option<Vec<u8>> {
        self.fleeting();
        self.machine.read(path, most)
    }

    fn list(&self, folder: &str) -> Option<Vec<String>> {
        self.fleeting();
        self.machine.list(folder)
    }

    fn program(&self, name: &str) -> Option<String> {
        self.fleeting();
        self.machine.program(name)
    }

    fn uid(&self, name: &str) -> Option<i64> {
        self.fleeting();
        self.machine.uid(name)
    }

    fn resolve(&self, name: &str) -> Vec<IpAddr> {
        self.fleeting();
        self.machine.resolve(name)
    }

    /// A message means the same every time, and gpg takes its time: what was opened once is not asked for again.
    fn decrypt(&self, message: &str) -> Result<Option<String>, String> {
        let Some(cache) = &self.cache else { return self.machine.decrypt(message) };
        if let Some(known) = cache.opened(message) {
            return Ok(Some(known));
        }
        let opened = self.machine.decrypt(message)?;
        match &opened {
            Some(plain) => cache.keep_opened(message, plain),
            // The key may come later.
            None => self.fleeting(),
        }
        Ok(opened)
    }
}
