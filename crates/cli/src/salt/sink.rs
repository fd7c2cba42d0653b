//! Prints returns as they come, or together at the end.

use crate::follow::Sink;
use crate::printer::Printer;
use crate::roster::Roster;
use api::JobEvent;
use model::Return;
use std::io;
use value::Map;

/// Prints returns as Salt does.
pub(crate) struct SaltSink<'p, 'c> {
    printer: &'p mut Printer<'c>,
    /// Returns that wait for the end.
    kept: Option<Vec<Return>>,
}

impl<'p, 'c> SaltSink<'p, 'c> {
    /// Prints each return as it comes, or all of them `at_once`.
    pub fn new(printer: &'p mut Printer<'c>, at_once: bool) -> Self {
        Self { printer, kept: at_once.then(Vec::new) }
    }

    /// Prints what was kept: by id, returns of one kind together.
    pub fn finish(self) -> io::Result<()> {
        let Some(mut kept) = self.kept else { return Ok(()) };
        kept.sort_by(|a, b| a.minion.cmp(&b.minion));
        let retcode = kept.iter().map(|returned| returned.retcode).max().unwrap_or(0);
        let mut groups: Vec<(Option<String>, Map)> = Vec::new();
        for returned in kept {
            let entry = (returned.minion.as_str().to_owned(), returned.value);
            match groups.iter_mut().find(|(out, _)| *out == returned.out) {
                Some((_, map)) => map.extend([entry]),
                None => groups.push((returned.out, [entry].into_iter().collect())),
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
        let JobEvent::Returned { returned } = event else { return Ok(()) };
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
