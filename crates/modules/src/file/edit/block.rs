//! `file.blockreplace`: what stands between two markers.

use super::{Flags, Pattern};

/// Whether a block ends with a line end of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Newline {
    /// One is added unless the content ends with one.
    #[default]
    IfMissing,
    /// One more is always added.
    Always,
    /// None is added.
    Never,
}

/// A block and where it goes when its markers are nowhere.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// Text in the line before the block.
    pub start: String,
    /// Text in the line after it.
    pub end: String,
    /// What stands between.
    pub content: String,
    /// How it ends.
    pub newline: Newline,
    /// Goes to the end of the text.
    pub append: bool,
    /// Goes to the beginning of the text.
    pub prepend: bool,
    /// Goes before the first line this fits.
    pub before: Option<String>,
    /// Goes after the first line this fits.
    pub after: Option<String>,
}

/// Why a block could not be replaced.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockError {
    /// A start without an end.
    #[error("Unterminated marked block. End of file reached before marker_end.")]
    Unterminated,
    /// No markers, and no place for a new block.
    #[error("Cannot edit marked block. Markers were not found in file.")]
    NoMarkers,
    /// The place for a new block is no regular expression.
    #[error("{0}")]
    BadPattern(String),
}

impl Block {
    /// The content as it stands between the markers.
    fn body(&self) -> String {
        let add = match self.newline {
            Newline::IfMissing => !self.content.ends_with('\n'),
            Newline::Always => true,
            Newline::Never => false,
        };
        format!("{}{}", self.content, if add { "\n" } else { "" })
    }

    /// The block with its markers, as it is put into a text.
    fn whole(&self) -> String {
        format!("{}\n{}{}\n", self.start, self.body(), self.end)
    }
}

/// Puts the content between the markers, or the whole block where it is wanted.
pub fn replace_block(text: &str, block: &Block) -> Result<String, BlockError> {
    let mut out = String::with_capacity(text.len());
    let (mut inside, mut done) = (false, false);
    for line in text.split_inclusive('\n') {
        if inside {
            if let Some(at) = line.find(&block.end) {
                inside = false;
                done = true;
                out.push_str(&block.body());
                out.push_str(line.get(at..).unwrap_or_default());
            }
            continue;
        }
        out.push_str(line);
        if line.contains(&block.start) && !block.start.is_empty() {
            inside = true;
        }
    }
    if inside {
        return Err(BlockError::Unterminated);
    }
    if done { Ok(out) } else { place(text, block) }
}

fn place(text: &str, block: &Block) -> Result<String, BlockError> {
    let whole = block.whole();
    let pattern = |regex: &str| Pattern::new(regex, Flags { multiline: false, ..Flags::default() }).map_err(BlockError::BadPattern);
    for (regex, is_before) in [(&block.before, true), (&block.after, false)] {
        let Some(regex) = regex else { continue };
        let pattern = pattern(regex)?;
        let mut out = String::with_capacity(text.len() + whole.len());
        let mut placed = false;
        for line in text.split_inclusive('\n') {
            let here = !placed && pattern.is_in(line.trim_end_matches('\n'));
            if here && is_before {
                out.push_str(&whole);
            }
            out.push_str(line);
            if here && !is_before {
                if !line.ends_with('\n') {
                    out.push('\n');
                }
                out.push_str(&whole);
            }
            placed |= here;
        }
        if placed {
            return Ok(out);
        }
    }
    if block.prepend {
        return Ok(format!("{whole}{text}"));
    }
    if block.append {
        let between = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        return Ok(format!("{text}{between}{whole}"));
    }
    Err(BlockError::NoMarkers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(content: &str) -> Block {
        Block { start: "S".into(), end: "E".into(), content: content.into(), ..Block::default() }
    }

    #[test]
    fn what_stands_between_the_markers_is_replaced() {
        assert_eq!(replace_block("top\nS\nold\nE\nbot\n", &block("x")).unwrap(), "top\nS\nx\nE\nbot\n");
        let never = Block { newline: Newline::Never, ..block("x") };
        assert_eq!(replace_block("top\nS\nold\nE\nbot\n", &never).unwrap(), "top\nS\nxE\nbot\n");
        assert_eq!(replace_block("top\nxS\nold\n  E y\nbot", &block("x")).unwrap(), "top\nxS\nx\nE y\nbot");
    }

    #[test]
    fn a_block_without_markers_needs_a_place() {
        assert_eq!(replace_block("top\nS\nold\n", &block("x")), Err(BlockError::Unterminated));
        assert_eq!(replace_block("a\n", &block("x")), Err(BlockError::NoMarkers));
        assert_eq!(replace_block("a", &Block { append: true, ..block("x") }).unwrap(), "a\nS\nx\nE\n");
        assert_eq!(replace_block("a\nb\n", &Block { before: Some("^b".into()), ..block("x") }).unwrap(), "a\nS\nx\nE\nb\n");
    }
}
