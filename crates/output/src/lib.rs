//! Outputters: returned values to text, in the shapes that Salt's users know. Pure: what to print comes in, text goes out.
//!
//! The answer of several minions is a mapping by id; every outputter takes such a mapping whole or one minion at a time.

mod chain;
mod choose;
mod color;
mod highstate;
mod json;
mod key;
mod nested;
mod no_return;
mod pprint;
mod table;
mod txt;

pub use chain::chain;
pub use choose::{Outputter, Unknown, choose};
pub use color::Palette;
pub use highstate::{Mode, StateOutput};
pub use no_return::no_return;

use std::borrow::Cow;
use value::{Map, Value};

/// How JSON and YAML are indented.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Indent {
    /// As the format is usually read: four columns for JSON, two for YAML.
    #[default]
    Usual,
    /// All on one line.
    None,
    /// This many columns.
    Columns(usize),
    /// Four columns, keys sorted.
    Pretty,
}

/// How to print.
#[derive(Clone, Debug)]
pub struct Options {
    /// Colours, by the escape sequences of terminals.
    pub color: bool,
    /// How JSON and YAML are indented.
    pub indent: Indent,
    /// What came of the call; other than 0 turns headings red.
    pub retcode: i32,
    /// How states are shown (`state_output`).
    pub state_output: StateOutput,
    /// Whether states that found nothing to do are shown (`state_verbose`).
    pub state_verbose: bool,
    /// Whether the summary has percentages (`state_output_pct`).
    pub state_output_pct: bool,
    /// Whether start and duration are shown (`state_output_profile`).
    pub state_output_profile: bool,
    /// Whether one-line states are set in columns (`state_tabular`).
    pub state_tabular: bool,
    /// Whether states of one id with the same result are shown as one (`state_compress_ids`).
    pub state_compress_ids: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            color: false,
            indent: Indent::Usual,
            retcode: 0,
            state_output: StateOutput::default(),
            state_verbose: true,
            state_output_pct: false,
            state_output_profile: true,
            state_tabular: false,
            state_compress_ids: false,
        }
    }
}

/// Returned values by minion id as text, without a line break at the end. Empty text means that nothing is to be printed.
#[must_use]
pub fn render(outputter: Outputter, data: &Map, options: &Options) -> String {
    render_whole(outputter, &Value::Map(data.clone()), options)
}

/// Returns of minions by id, as the one value that they are: nothing of them is copied.
#[must_use]
pub fn render_whole(outputter: Outputter, whole: &Value, options: &Options) -> String {
    let Value::Map(data) = whole else { return render_value(outputter, whole, options) };
    let mut text = match outputter {
        Outputter::Nested => nested::render(&harmless(whole), 0, options.palette(), options.retcode),
        Outputter::Highstate => highstate::render(harmless(whole).as_map().unwrap_or(data), options),
        Outputter::Json => json::render(whole, options.indent),
        Outputter::Yaml => yaml::dump(whole, &yaml_options(options.indent)),
        Outputter::Txt => txt::render(data),
        Outputter::Raw => value::text::repr(whole),
        Outputter::Pprint => pprint::render(whole),
        Outputter::Table => table::render(data, options.palette()),
        Outputter::Key => key::render(data, options.palette()),
        Outputter::NoReturn => no_return::render(data, options.palette()),
        Outputter::Quiet => String::new(),
    };
    text.truncate(text.trim_end().len());
    text
}

/// A value that belongs to no minion, such as a runner's answer, without a line break at the end.
#[must_use]
pub fn render_value(outputter: Outputter, value: &Value, options: &Options) -> String {
    let mut text = match (outputter, value) {
        (Outputter::Json, _) => json::render(value, options.indent),
        (Outputter::Yaml, _) => yaml::dump(value, &yaml_options(options.indent)),
        (Outputter::Raw, _) => value::text::repr(value),
        (Outputter::Pprint, _) => pprint::render(value),
        (Outputter::Quiet, _) => String::new(),
        (Outputter::Txt, Value::Str(text)) => text.clone(),
        (Outputter::Highstate | Outputter::Txt | Outputter::Table | Outputter::Key | Outputter::NoReturn, Value::Map(_)) => {
            return render_whole(outputter, value, options);
        }
        // What needs a mapping and gets none is shown as it is.
        (Outputter::Nested | Outputter::Highstate | Outputter::Txt | Outputter::Table | Outputter::Key | Outputter::NoReturn, _) => {
            nested::render(&harmless(value), 0, options.palette(), options.retcode)
        }
    };
    text.truncate(text.trim_end().len());
    text
}

/// The value with a mark in the place of every escape: what a minion says does not steer the terminal. Colours are ours alone. Hardly any value
/// has one, so that it is copied only then.
fn harmless(value: &Value) -> Cow<'_, Value> {
    fn steers(value: &Value) -> bool {
        match value {
            Value::Str(text) => text.contains('\u{1b}'),
            Value::List(items) => items.iter().any(steers),
            Value::Map(map) => map.iter().any(|(key, value)| steers(key) || steers(value)),
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Big(_) | Value::Float(_) | Value::Bytes(_) => false,
        }
    }
    fn marked(value: &Value) -> Value {
        match value {
            Value::Str(text) if text.contains('\u{1b}') => Value::from(text.replace('\u{1b}', "?")),
            Value::List(items) => Value::List(items.iter().map(marked).collect()),
            Value::Map(map) => Value::Map(map.iter().map(|(key, value)| (marked(key), marked(value))).collect()),
            other => other.clone(),
        }
    }
    if steers(value) { Cow::Owned(marked(value)) } else { Cow::Borrowed(value) }
}

/// A sign of no indentation means brackets; the emitter takes two to nine columns and reads everything else as two.
fn yaml_options(indent: Indent) -> yaml::DumpOptions {
    let (style, indent) = match indent {
        Indent::None => (yaml::Style::Flow, 2),
        Indent::Columns(columns @ 2..=9) => (yaml::Style::Block, columns),
        Indent::Usual | Indent::Pretty | Indent::Columns(_) => (yaml::Style::Block, 2),
    };
    yaml::DumpOptions { style, indent, keys: yaml::Keys::Sorted, ..yaml::DumpOptions::default() }
}

impl Options {
    /// The colours of these options.
    #[must_use]
    pub const fn palette(&self) -> Palette {
        if self.color { Palette::Terminal } else { Palette::Plain }
    }
}
