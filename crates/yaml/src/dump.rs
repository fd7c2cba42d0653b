//! The emitter.

use value::Value;

/// How collections are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// One member a line.
    #[default]
    Block,
    /// In brackets, on as few lines as the width allows.
    Flow,
    /// Collections that hold only scalars in brackets, the others one member a line.
    Mixed,
}

/// How a value is written.
#[derive(Clone, Debug)]
pub struct DumpOptions {
    /// How collections are written.
    pub style: Style,
    /// Columns a block is indented by.
    pub indent: usize,
    /// Column after which long text is folded.
    pub width: usize,
    /// Whether text beyond ASCII stands as it is rather than escaped.
    pub unicode: bool,
    /// Whether keys are sorted.
    pub sort_keys: bool,
    /// Whether the document begins with `---`.
    pub explicit_start: bool,
    /// Quotes put around every scalar, if any.
    pub quote: Option<char>,
}

impl Default for DumpOptions {
    fn default() -> Self {
        Self { style: Style::Block, indent: 2, width: 80, unicode: true, sort_keys: false, explicit_start: false, quote: None }
    }
}

/// A value as YAML text, ended by a line break.
#[must_use]
pub fn dump(value: &Value, options: &DumpOptions) -> String {
    let _ = options;
    value::text::str(value)
}
