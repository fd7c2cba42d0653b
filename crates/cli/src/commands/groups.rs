//! Returns of many minions that say the same, told once.

use crate::printer::Printer;
use model::{MinionId, Return};
use std::io::{self, Write};
use value::{Map, Value};

/// From this many minions on a terminal shows returns in groups.
pub(crate) const MANY: usize = 10;

/// More ids than these are counted and not named.
const NAMED: usize = 12;

/// Whether results that are the same are told once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Together {
    /// They are.
    Always,
    /// They are, for many minions on a terminal.
    IfMany,
    /// Each is told as it comes.
    Never,
}

/// Minions with the same answer.
struct Group {
    value: Value,
    out: Option<String>,
    retcode: i32,
    minions: Vec<MinionId>,
}

/// Returns so far.
#[derive(Default)]
pub(crate) struct Groups(Vec<Group>);

impl Groups {
    /// Puts a return to those that say the same.
    pub fn add(&mut self, returned: &Return) {
        let same = |group: &&mut Group| {
            group.retcode == returned.retcode && group.out == returned.out && group.value.is_identical(&returned.value)
        };
        if let Some(group) = self.0.iter_mut().find(same) {
            return group.minions.push(returned.minion.clone());
        }
        let (value, out) = (returned.value.clone(), returned.out.clone());
        self.0.push(Group { value, out, retcode: returned.retcode, minions: vec![returned.minion.clone()] });
    }

    /// How many minions returned.
    pub fn returned(&self) -> usize {
        self.0.iter().map(|group| group.minions.len()).sum()
    }

    /// Tells how far it is, on one line of a terminal that is written over.
    pub fn tell(&self, targeted: usize) {
        let failed: usize = self.0.iter().filter(|group| group.retcode != 0).map(|group| group.minions.len()).sum();
        let failed = if failed == 0 { String::new() } else { format!(", {failed} failed") };
        let mut err = io::stderr();
        // Who looks on has seen the last one if this cannot be written.
        let _ = write!(err, "\r\x1b[K{} of {targeted} returned{failed}", self.returned()).and_then(|()| err.flush());
    }

    /// Prints the groups, those of the most minions last: that is where the eye is.
    pub fn print(mut self, printer: &mut Printer<'_>) -> io::Result<()> {
        if printer.console.terminal {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
        self.0.sort_by_key(|group| group.minions.len());
        for mut group in self.0 {
            group.minions.sort();
            let data: Map = [(title(&group.minions), group.value)].into_iter().collect();
            printer.minions(&data, group.out.as_deref(), group.retcode)?;
        }
        Ok(())
    }
}

/// `web1, web2 (2 minions)`; one is called by its name alone.
fn title(minions: &[MinionId]) -> String {
    let names: Vec<&str> = minions.iter().take(NAMED).map(MinionId::as_str).collect();
    match minions {
        [one] => one.to_string(),
        more => {
            let rest = if more.len() > names.len() { ", …" } else { "" };
            format!("{}{rest} ({} minions)", names.join(", "), more.len())
        }
    }
}
