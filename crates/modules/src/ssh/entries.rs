//! Files of entries, one a line: `authorized_keys` and `known_hosts`. Lines that are no entries stay as they are.

use std::marker::PhantomData;

/// What stands in a line.
pub trait Entry: Sized {
    /// Reads a line.
    fn read(line: &str) -> Option<Self>;

    /// Its line.
    fn written(&self) -> String;
}

/// A file of entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entries<E> {
    lines: Vec<String>,
    of: PhantomData<E>,
}

impl<E> Default for Entries<E> {
    fn default() -> Self {
        Self { lines: Vec::new(), of: PhantomData }
    }
}

/// The entry of a line; a comment is none, whatever stands behind its sign.
fn entry<E: Entry>(line: &str) -> Option<E> {
    if line.trim_start().starts_with('#') { None } else { E::read(line) }
}

impl<E: Entry> Entries<E> {
    /// Reads a file's text.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self { lines: text.lines().map(str::to_owned).collect(), of: PhantomData }
    }

    /// Text of the file.
    #[must_use]
    pub fn render(&self) -> String {
        self.lines.iter().map(|line| format!("{line}\n")).collect()
    }

    /// Every entry, in order.
    pub fn all(&self) -> impl Iterator<Item = E> {
        self.lines.iter().filter_map(|line| entry(line))
    }

    /// Adds an entry to the end.
    pub fn add(&mut self, new: &E) {
        self.lines.push(new.written());
    }

    /// Puts an entry into the place of the first that fits, or to the end where none does.
    pub fn put(&mut self, new: &E, fits: impl Fn(&E) -> bool) {
        match self.lines.iter_mut().find(|line| entry::<E>(line).is_some_and(|known| fits(&known))) {
            Some(line) => *line = new.written(),
            None => self.add(new),
        }
    }

    /// Takes the entries out that fit; whether there were any.
    pub fn take_out(&mut self, fits: impl Fn(&E) -> bool) -> bool {
        let before = self.lines.len();
        self.lines.retain(|line| !entry::<E>(line).is_some_and(|known| fits(&known)));
        before != self.lines.len()
    }

    /// Writes every entry anew.
    pub fn rewrite(&mut self, new: impl Fn(E) -> E) {
        for line in &mut self.lines {
            if let Some(known) = entry::<E>(line) {
                *line = new(known).written();
            }
        }
    }
}
