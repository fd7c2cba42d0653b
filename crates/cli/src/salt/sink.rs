//! Prints returns as they come, or together at the end.

use crate::follow::Sink;
use crate::printer::Printer;
use crate::roster::Roster;
use api::JobEvent;
use model::{Return, Stage};
use std::io;
use value::{Map, Value, text};

/// Prints returns as Salt does.
pub(crate) struct SaltSink<'p, 'c> {
    printer: &'p mut Printer<'c>,
    /// Returns that wait for the end.
    kept: Option<Vec<Return>>,
    /// In a batch: minions whose turn has come and that were not told of yet.
    turns: Option<Vec<String>>,
}

impl<'p, 'c> SaltSink<'p, 'c> {
    /// Prints each return as it comes, or all of them `at_once`; of a batch also whose turn it is.
    pub fn new(printer: &'p mut Printer<'c>, at_once: bool, is_batch: bool) -> Self {
        Self { printer, kept: at_once.then(Vec::new), turns: is_batch.then(Vec::new) }
    }

    /// Turns come one by one: those that come together are told together, as Salt does.
    fn tell_turns(&mut self, event: &JobEvent) -> io::Result<()> {
        let Some(turns) = &mut self.turns else { return Ok(()) };
        if let JobEvent::Stage { minion, progress } = event
            && progress.stage == Stage::Queued
            && progress.reason.is_none()
        {
            turns.push(text::repr(&Value::from(minion.as_str())));
            return Ok(());
        }
        if turns.is_empty() || self.printer.is_for_programs() {
            return Ok(());
        }
        let text = format!("\nExecuting run on [{}]\n", turns.join(", "));
        turns.clear();
        self.printer.text(&text)
    }

    /// Prints what was kept: by id, returns of one kind together, with the minions that did not come back among them.
    pub fn finish(self, missing: Vec<(String, String)>) -> io::Result<()> {
        let Some(kept) = self.kept else {
            for (minion, why) in missing {
                let data: Map = [(minion, why)].into_iter().collect();
                self.printer.minions(&data, Some("no_return"), 1)?;
            }
            return Ok(());
        };
        let retcode = kept.iter().map(|returned| returned.retcode).max().unwrap_or(0);
        let returned = kept.into_iter().map(|returned| (returned.minion.as_str().to_owned(), returned.value, returned.out));
        let missing = missing.into_iter().map(|(minion, why)| (minion, Value::from(why), Some("no_return".to_owned())));
        let mut entries: Vec<_> = returned.chain(missing).collect();
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        let mut groups: Vec<(Option<String>, Map)> = Vec::new();
        for (minion, value, out) in entries {
            let outputter = self.printer.outputter(out.as_deref());
            match groups.iter_mut().find(|(known, _)| self.printer.outputter(known.as_deref()) == outputter) {
                Some((_, map)) => map.extend([(minion, value)]),
                None => groups.push((out, [(minion, value)].into_iter().collect())),
            }
        }
        for (out, map) in groups {
            self.printer.minions(&map, out.as_deref(), retcode)?;
        }
        Ok(())
    }
}

impl Sink for SaltSink<'_, '_> {
    fn on(&mut self, event: &JobEvent, _: &Roster) -> io::Result<()> {
        self.tell_turns(event)?;
        let JobEvent::Returned { returned } = event else { return Ok(()) };
        self.printer.notes(returned);
        match &mut self.kept {
            Some(kept) => kept.push(returned.clone()),
            None => {
                let data: Map = [(returned.minion.as_str(), returned.value.clone())].into_iter().collect();
                self.printer.minions(&data, returned.out.as_deref(), returned.retcode)?;
            }
        }
        Ok(())
    }
}
