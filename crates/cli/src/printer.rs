//! Prints what was asked for, in the way that was asked for.

use crate::Console;
use crate::options::OutputOptions;
use crate::settings::Settings;
use model::Return;
use output::{Options, Outputter, Palette, Unknown};
use serde::Serialize;
use std::fs::File;
use std::io::{self, Write};
use value::{Map, Value};

/// Prints results to standard output or to a file, complaints to standard error.
pub(crate) struct Printer<'c> {
    pub console: &'c mut Console,
    asked: Option<String>,
    options: Options,
    file: Option<File>,
    /// What has been complained about already; once is enough.
    complained: Option<Unknown>,
}

impl<'c> Printer<'c> {
    /// A printer of these settings.
    pub fn new(console: &'c mut Console, settings: &Settings, output: &OutputOptions) -> io::Result<Self> {
        let file = match &output.out_file {
            None => None,
            Some(path) if output.out_file_append => Some(File::options().create(true).append(true).open(path)?),
            Some(path) => Some(File::create(path)?),
        };
        Ok(Self { console, asked: settings.output.clone(), options: settings.options.clone(), file, complained: None })
    }

    /// The outputter for a return that itself asks for `own`.
    pub fn outputter(&mut self, own: Option<&str>) -> Outputter {
        let (outputter, complaint) = output::choose(self.asked.as_deref(), own);
        if complaint.is_some() && complaint != self.complained {
            self.complained = complaint;
            if let Some(complaint) = &self.complained {
                self.console.complain(&complaint.to_string());
            }
        }
        outputter
    }

    /// Whether programs read what is printed.
    pub fn is_for_programs(&mut self) -> bool {
        self.asked.is_some() && self.outputter(None).is_for_programs()
    }

    /// The colours of standard output.
    pub const fn palette(&self) -> Palette {
        self.options.palette()
    }

    /// Prints values by minion.
    pub fn minions(&mut self, data: &Map, own: Option<&str>, retcode: i32) -> io::Result<()> {
        let options = Options { retcode, ..self.options.clone() };
        let text = output::render(self.outputter(own), data, &options);
        self.text(&text)
    }

    /// Prints a value that belongs to no minion.
    pub fn value(&mut self, value: &Value, own: Option<&str>, retcode: i32) -> io::Result<()> {
        let options = Options { retcode, ..self.options.clone() };
        let text = output::render_value(self.outputter(own), value, &options);
        self.text(&text)
    }

    /// Prints a listing: as it is for people, as data when an outputter was asked for.
    pub fn listing(&mut self, data: &impl Serialize, text: impl FnOnce() -> String) -> io::Result<()> {
        if self.asked.is_none() {
            return self.text(&text());
        }
        let value = serde_json::to_value(data).and_then(serde_json::from_value).map_err(io::Error::other)?;
        self.value(&value, None, 0)
    }

    /// Tells what a minion notes beside its return, on standard error, so that results stay what they are.
    pub fn notes(&mut self, returned: &Return) {
        for note in &returned.notes {
            self.console.complain(&format!("{}: {note}", returned.minion));
        }
    }

    /// Prints text as it is; nothing when it is empty.
    pub fn text(&mut self, text: &str) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        match &mut self.file {
            Some(file) => file.write_all(format!("{text}\n").as_bytes()),
            None => self.console.line(text),
        }
    }
}
