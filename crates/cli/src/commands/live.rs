//! Shows a job as it goes: output line by line, states one by one, returns, and in the end the truth about every minion.

use crate::commands::groups::Groups;
use crate::follow::{End, Sink};
use crate::missing::truth;
use crate::printer::Printer;
use crate::roster::Roster;
use api::{JobEvent, OutputStream};
use model::{MinionId, Return};
use std::collections::BTreeMap;
use std::io;
use value::{Map, Value, text};

/// Prints a job as it goes.
pub(crate) struct Live<'p, 'c> {
    printer: &'p mut Printer<'c>,
    live: bool,
    /// What each minion wrote so far: whole, and the line that has not ended.
    written: BTreeMap<MinionId, Written>,
    /// Returns that are told at the end, if the same ones are to be told once.
    groups: Option<Groups>,
}

#[derive(Default)]
struct Written {
    all: String,
    begun: String,
}

impl<'p, 'c> Live<'p, 'c> {
    /// Prints output and progress too when `live`.
    pub fn new(printer: &'p mut Printer<'c>, live: bool) -> Self {
        Self { printer, live, written: BTreeMap::new(), groups: None }
    }

    /// Tells returns at the end, the same ones once, and meanwhile how many there are.
    pub fn grouped(printer: &'p mut Printer<'c>) -> Self {
        Self { groups: Some(Groups::default()), ..Self::new(printer, false) }
    }

    /// Tells of every minion that did not come back, and counts.
    pub fn finish(self, roster: &Roster, end: End) -> io::Result<()> {
        if let Some(groups) = self.groups {
            groups.print(self.printer)?;
        }
        let programs = self.printer.is_for_programs();
        let missing = roster.missing().map(|(minion, entry)| (minion.to_string(), truth(entry)));
        let refused = roster.refused.iter().map(|refused| (refused.minion.clone(), format!("refused: {}", refused.reason)));
        for (minion, why) in missing.chain(refused).collect::<Vec<_>>() {
            if programs {
                self.printer.console.complain(&format!("{minion}: {why}"));
            } else {
                let text = output::no_return(&minion, &why, self.printer.palette());
                self.printer.text(&text)?;
            }
        }
        let job = roster.job.map(|job| job.to_string()).unwrap_or_default();
        match end {
            End::Interrupted => self.printer.console.complain(&format!(
                "stopped waiting; job {job} goes on. `sylvite job watch {job}` follows it, `sylvite job kill {job}` ends it"
            )),
            End::TimedOut => self.printer.console.complain(&format!(
                "the time is up; job {job} goes on. `sylvite job watch {job}` follows it, `sylvite job kill {job}` ends it"
            )),
            End::Done if roster.targeted() > 1 || !roster.is_fine() => {
                self.printer.console.complain(&counts(roster, &job));
            }
            End::Done => {}
        }
        Ok(())
    }

    fn output(&mut self, minion: &MinionId, stream: OutputStream, piece: &str) -> io::Result<()> {
        let written = self.written.entry(minion.clone()).or_default();
        written.all.push_str(piece);
        written.begun.push_str(piece);
        let palette = self.printer.palette();
        while let Some((line, rest)) = written.begun.split_once('\n') {
            let line = line.trim_end_matches('\r');
            let line = match stream {
                OutputStream::Stdout => line.to_owned(),
                OutputStream::Stderr => palette.red(line),
            };
            self.printer.text(&format!("{} | {line}", palette.cyan(minion.as_str())))?;
            written.begun = rest.to_owned();
        }
        Ok(())
    }

    fn progress(&mut self, minion: &MinionId, data: &Value) -> io::Result<()> {
        let Some(state) = data.get("ret") else { return Ok(()) };
        let palette = self.printer.palette();
        let name = state.get("name").map(text::str).unwrap_or_default();
        let changed = state.get("changes").is_some_and(Value::is_truthy);
        let verdict = match state.get("result").and_then(Value::as_bool) {
            Some(true) if changed => palette.cyan("changed"),
            Some(true) => palette.green("clean"),
            Some(false) => palette.red("failed"),
            None => palette.yellow("differs"),
        };
        let number = state.get("__run_num__").and_then(Value::as_int).map_or(0, |number| number + 1);
        let of = data.get("len").map(|len| format!("{number}/{} ", text::str(len))).unwrap_or_default();
        self.printer.text(&format!("{} | {of}{name}: {verdict}", palette.cyan(minion.as_str())))
    }

    fn returned(&mut self, returned: &Return) -> io::Result<()> {
        let written = self.written.remove(&returned.minion).unwrap_or_default();
        if !written.begun.is_empty() {
            let palette = self.printer.palette();
            self.printer.text(&format!("{} | {}", palette.cyan(returned.minion.as_str()), written.begun))?;
        }
        // What was seen line by line need not be seen again.
        let seen = !written.all.trim().is_empty() && returned.value.as_str().is_some_and(|value| value.trim() == written.all.trim());
        if seen {
            let palette = self.printer.palette();
            let seconds = returned.finished.since(returned.started).as_secs_f64();
            let text = format!("done in {seconds:.1} s, exit status {}", returned.retcode);
            let text = if returned.retcode == 0 { palette.green(&text) } else { palette.red(&text) };
            return self.printer.text(&format!("{} | {text}", palette.cyan(returned.minion.as_str())));
        }
        let data: Map = [(returned.minion.as_str(), returned.value.clone())].into_iter().collect();
        self.printer.minions(&data, returned.out.as_deref(), returned.retcode)
    }
}

impl Sink for Live<'_, '_> {
    fn on(&mut self, event: &JobEvent, roster: &Roster) -> io::Result<()> {
        match event {
            JobEvent::Output { minion, stream, text, .. } if self.live => self.output(minion, *stream, text),
            JobEvent::Progress { minion, data } if self.live => self.progress(minion, data),
            JobEvent::Returned { returned } => {
                self.printer.notes(returned);
                let Some(groups) = &mut self.groups else { return self.returned(returned) };
                groups.add(returned);
                if self.printer.console.terminal {
                    groups.tell(roster.targeted());
                }
                Ok(())
            }
            JobEvent::Lagged { missed } if self.live => {
                self.printer.console.complain(&format!("{missed} pieces of output were left out: this terminal was too slow"));
                Ok(())
            }
            JobEvent::Submitted(_)
            | JobEvent::Stage { .. }
            | JobEvent::Output { .. }
            | JobEvent::Progress { .. }
            | JobEvent::Lagged { .. }
            | JobEvent::Done { .. }
            | JobEvent::Idle { .. } => Ok(()),
        }
    }
}

fn counts(roster: &Roster, job: &str) -> String {
    let (targeted, returned, failed) = (roster.targeted(), roster.returned(), roster.failed());
    let mut text = format!("job {job}: {returned} of {targeted} returned");
    for (count, word) in [(failed, "failed"), (targeted - returned, "did not return"), (roster.refused.len(), "refused")] {
        if count > 0 {
            text.push_str(&format!(", {count} {word}"));
        }
    }
    text
}
