//! `highstate`: results of states, one block or line each, with a summary.

mod compress;
mod row;
mod summary;

use crate::Options;
use crate::color::{Color, Palette};
use crate::nested;
use row::Row;
use std::str::FromStr;
use summary::Summary;
use value::{Map, Value, text};

/// Which states get a block and which a line (`state_output`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StateOutput {
    /// Which.
    pub mode: Mode,
    /// Whether ids are shown instead of names.
    pub ids: bool,
}

/// Which states get a block and which a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Every state a block.
    #[default]
    Full,
    /// Every state a line.
    Terse,
    /// A block only for what failed.
    Mixed,
    /// A block for what failed or changed.
    Changes,
    /// As full.
    Filter,
}

impl FromStr for StateOutput {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let lower = name.to_lowercase();
        let (word, ids) = lower.strip_suffix("_id").map_or((lower.as_str(), false), |word| (word, true));
        let mode = match word {
            "full" => Mode::Full,
            "terse" => Mode::Terse,
            "mixed" => Mode::Mixed,
            "changes" => Mode::Changes,
            "filter" => Mode::Filter,
            _ => {
                return Err(format!(
                    "`{name}` is no way to show states; the ways are full, terse, mixed, changes and filter, each also with `_id`"
                ));
            }
        };
        Ok(Self { mode, ids })
    }
}

/// Results by minion.
pub(crate) fn render(data: &Map, options: &Options) -> String {
    // A runner's answer wraps the results of its minions.
    let hosts = match data.get("data") {
        Some(Value::Map(inner)) => inner,
        _ => data,
    };
    let mut out = String::new();
    for (host, value) in hosts {
        out.push_str(&host_text(&text::str(host), value, options));
        out.push('\n');
    }
    out
}

fn host_text(host: &str, value: &Value, options: &Options) -> String {
    let palette = options.palette();
    match value {
        Value::List(errors) => compile_errors(host, errors, palette),
        Value::Map(states) => states_text(host, states, options),
        Value::Null => palette.paint(Color::Green, &format!("{host}:")),
        other => {
            let heading = palette.paint(Color::Cyan, &format!("{host}:"));
            format!("{heading}\n{}", palette.paint(Color::Green, &format!("    {}", text::str(other))))
        }
    }
}

fn compile_errors(host: &str, errors: &[Value], palette: Palette) -> String {
    let mut out = format!(
        "{}\n    {}",
        palette.paint(Color::LightRed, &format!("{host}:")),
        palette.paint(Color::LightRed, "Data failed to compile:")
    );
    for error in errors {
        out.push('\n');
        out.push_str(&palette.paint(Color::LightRed, &format!("----------\n    {}", text::str(error))));
    }
    out
}

fn states_text(host: &str, states: &Map, options: &Options) -> String {
    let palette = options.palette();
    let (mut rows, unordered) = row::rows(states);
    let summary = Summary::of(&rows);
    if options.state_compress_ids {
        rows = compress::compress(rows);
    }
    let mut body = String::new();
    let mut host_color = Color::Green;
    for data in unordered {
        body.push_str(
            "\nThe State execution failed to record the order in which all states were executed. The state return missing data is:\n",
        );
        body.push_str(&text::repr(data));
    }
    for row in &rows {
        match row.result {
            Some(false) => host_color = Color::Red,
            None => host_color = Color::Yellow,
            Some(true) => {}
        }
        if !options.state_verbose && row.result == Some(true) && !row.changed() {
            continue;
        }
        body.push('\n');
        body.push_str(&if in_one_line(row, options) { line(row, options) } else { block(row, options) });
    }
    format!("{}{body}\n{}", palette.paint(host_color, &format!("{host}:")), summary.text(host, options))
}

fn in_one_line(row: &Row<'_>, options: &Options) -> bool {
    match options.state_output.mode {
        Mode::Full | Mode::Filter => false,
        Mode::Terse => true,
        Mode::Mixed => row.result != Some(false),
        Mode::Changes => row.result == Some(true) && !row.changed(),
    }
}

const fn color(row: &Row<'_>, changed: bool) -> Color {
    match row.result {
        Some(false) => Color::Red,
        None => Color::Yellow,
        Some(true) if changed => Color::Cyan,
        Some(true) => Color::Green,
    }
}

fn line(row: &Row<'_>, options: &Options) -> String {
    let palette = options.palette();
    let verdict = match row.result {
        Some(false) => "Failed",
        None => "Differs",
        Some(true) if row.changed() => "Changed",
        Some(true) => "Clean",
    };
    let name = if options.state_output.ids { &row.id } else { &row.name };
    let color = color(row, row.changed());
    let profile = options.state_output_profile;
    if options.state_tabular {
        let when = match (&row.start, &row.duration) {
            (Some(start), Some(duration)) if profile => format!("{start} [{:>7} ms] ", text::str(duration)),
            _ => String::new(),
        };
        let text = format!("{when}{:>10}.{:<11}{verdict:<10}Name: {name}", row.module, row.function);
        return palette.paint(color, &text);
    }
    let mut text = format!(" Name: {name} - Function: {}.{} - Result: {verdict}", row.module, row.function);
    if let (true, Some(start), Some(duration)) = (profile, &row.start, &row.duration) {
        text.push_str(&format!(" - Started: {start} - Duration: {} ms", text::str(duration)));
    }
    format!(" {}", palette.paint(color, &text))
}

fn block(row: &Row<'_>, options: &Options) -> String {
    let palette = options.palette();
    let color = color(row, row.changed());
    let mut out = palette.paint(color, "----------");
    let mut field = |label: &str, text: &str| {
        out.push_str("\n    ");
        out.push_str(&palette.paint(color, &format!("{label:>8}: {text}")));
    };
    let id = if row.merged > 1 { format!("{} ({})", row.id, row.merged) } else { row.id.clone() };
    field("ID", &id);
    field("Function", &format!("{}.{}", row.module, row.function));
    if row.name != row.id && !options.state_output.ids {
        field("Name", &row.name);
    }
    field(
        "Result",
        match row.result {
            Some(true) => "True",
            Some(false) => "False",
            None => "None",
        },
    );
    field("Comment", &row.comment.trim().replace('\n', "\n              "));
    if options.state_output_profile {
        if let Some(start) = &row.start {
            field("Started", start);
        }
        if let Some(duration) = &row.duration {
            field("Duration", &format!("{} ms", text::str(duration)));
        }
    }
    out.push('\n');
    out.push_str(&palette.paint(color, &format!("     Changes:   {}", changes(row, options))));
    if !row.warnings.is_empty() {
        let text = wrapped(&row.warnings.join(" "), 80, 14);
        out.push_str(&format!("\n   {}", palette.paint(Color::LightRed, &format!(" Warnings: {text}"))));
    }
    out
}

fn changes(row: &Row<'_>, options: &Options) -> String {
    let palette = options.palette();
    match row.changes() {
        Value::Map(map) if map.is_empty() => String::new(),
        Value::Map(map) => match (map.get("out").and_then(Value::as_str), map.get("ret")) {
            (Some("highstate"), Some(Value::Map(minions))) => indented(&orchestrated(minions, options), 14),
            _ => format!("\n{}", nested::render(&Value::Map(map.clone()), 14, palette, 0)),
        },
        other if !other.is_truthy() => String::new(),
        other => format!("Invalid Changes data: {}", text::str(other)),
    }
}

/// Results of minions inside the result of a state that ran states elsewhere.
fn orchestrated(minions: &Map, options: &Options) -> String {
    minions.iter().map(|(minion, value)| host_text(&text::str(minion), value, options)).collect::<Vec<_>>().join("\n")
}

fn indented(text: &str, columns: usize) -> String {
    let pad = " ".repeat(columns);
    text.split('\n').map(|line| format!("\n{pad}{line}")).collect()
}

/// Words set in lines of at most `width` columns, the later ones indented.
fn wrapped(text: &str, width: usize, indent: usize) -> String {
    let mut out = String::new();
    let mut column = indent;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if column > indent && column + 1 + length > width {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            column = indent;
        } else if column > indent {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out
}
