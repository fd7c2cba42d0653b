//! Telling text from bytes, and how a change of content is shown.

use super::diff::unified;

/// Whether content is text: no NUL, and UTF-8 or at least mostly printable in its first block.
#[must_use]
pub fn is_text(content: &[u8]) -> bool {
    let block = content.get(..512).unwrap_or(content);
    if block.contains(&0) {
        return false;
    }
    if std::str::from_utf8(content).is_ok() {
        return true;
    }
    let odd = block.iter().filter(|byte| !matches!(byte, 0x08..=0x0d | 0x1b | 0x20..=0x7e | 0x80..)).count();
    block.is_empty() || odd * 100 / block.len() <= 30
}

/// How a change from one content to another is shown; empty when there is none.
#[must_use]
pub fn shown_change(old: &[u8], new: &[u8]) -> String {
    if old == new {
        return String::new();
    }
    match (is_text(old), is_text(new)) {
        (true, true) => unified(&String::from_utf8_lossy(old), &String::from_utf8_lossy(new)),
        (true, false) => "Replace text file with binary file".to_owned(),
        (false, true) => "Replace binary file with text file".to_owned(),
        (false, false) => "Replace binary file".to_owned(),
    }
}
