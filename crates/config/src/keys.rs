//! The table of keys, and the reference page made from it.

use std::fmt::Write;

/// One key of a configuration.
#[derive(Clone, Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What its value is.
    pub kind: &'static str,
    /// Its default as text; empty for none.
    pub default: String,
    /// Its doc comment.
    pub doc: &'static str,
}

/// The reference page of a configuration, Markdown.
#[must_use]
pub fn reference(title: &str, about: &str, keys: &[Key]) -> String {
    let mut page = format!("# {title}\n\n{about}\n");
    for key in keys {
        let default = if key.default.is_empty() { "none".to_owned() } else { format!("`{}`", key.default) };
        let doc: Vec<_> = key.doc.lines().map(str::trim).collect();
        write!(page, "\n## `{}`\n\n{}\n\nType: {}. Default: {default}.\n", key.name, doc.join("\n").trim(), key.kind)
            .expect("a string takes all");
    }
    page
}
