//! `file.replace`: a pattern in a whole text.

use super::{Pattern, Replacement};

/// What happens when a pattern is nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotFound {
    /// Nothing.
    Leave,
    /// The content goes to the end.
    Append,
    /// The content goes to the beginning.
    Prepend,
}

/// Replaces what fits, at most `count` times (0: always). Where nothing fits, `content` is put into the text as `not_found` says,
/// unless it is one of its lines already.
#[must_use]
pub fn replace(text: &str, pattern: &Pattern, replacement: &Replacement, count: usize, not_found: NotFound, content: &str) -> String {
    let (replaced, times) = pattern.replace(text, replacement, count);
    if times > 0 || not_found == NotFound::Leave || has_lines(text, content) {
        return replaced;
    }
    let content = content.strip_suffix('\n').unwrap_or(content);
    match not_found {
        NotFound::Prepend => format!("{content}\n{text}"),
        NotFound::Append | NotFound::Leave => {
            let between = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
            format!("{text}{between}{content}\n")
        }
    }
}

/// Whether a content stands in a text as whole lines.
fn has_lines(text: &str, content: &str) -> bool {
    let content = content.trim_end_matches('\n');
    if content.is_empty() {
        return false;
    }
    text.match_indices(content).any(|(at, _)| {
        let starts = at == 0 || text.get(..at).is_some_and(|before| before.ends_with('\n'));
        let after = text.get(at + content.len()..).unwrap_or_default();
        starts && (after.is_empty() || after.starts_with('\n'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::edit::Flags;

    fn edited(text: &str, pattern: &str, content: &str, not_found: NotFound) -> String {
        let pattern = Pattern::new(pattern, Flags::default()).unwrap();
        replace(text, &pattern, &Replacement::parse(content), 0, not_found, content)
    }

    #[test]
    fn what_is_missing_is_put_in_once() {
        let once = edited("alpha\nbeta", "^key=.*", "key=1", NotFound::Append);
        assert_eq!(once, "alpha\nbeta\nkey=1\n");
        assert_eq!(edited(&once, "^nokey=.*", "key=1", NotFound::Append), once);
        assert_eq!(edited("a\n", "zz", "new line", NotFound::Prepend), "new line\na\n");
    }
}
