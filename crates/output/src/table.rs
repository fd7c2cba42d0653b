//! `table`: rows and columns, for functions that return lists of rows.

use crate::color::{Color, Palette};
use crate::nested::sorted;
use value::{Map, Value, text};

/// Rows by label.
pub(crate) fn render(data: &Map, palette: Palette) -> String {
    let mut out = String::new();
    labels(data, 0, palette, &mut out);
    out
}

fn labels(data: &Map, indent: usize, palette: Palette, out: &mut String) {
    let pad = " ".repeat(indent);
    for (label, value) in sorted(data) {
        out.push_str(&format!("{pad}{}:\n{pad}{}\n", palette.paint(Color::Dark, &label), palette.paint(Color::Dark, "----------")));
        match value {
            Value::Map(map) => labels(map, indent + 4, palette, out),
            Value::List(rows) if !rows.is_empty() => table(rows, indent + 4, palette, out),
            _ => {}
        }
    }
}

fn table(rows: &[Value], indent: usize, palette: Palette, out: &mut String) {
    let mut cells: Vec<Vec<String>> = Vec::new();
    if let Some(Value::Map(first)) = rows.first() {
        cells.push(sorted(first).into_iter().map(|(key, _)| capitalized(&key)).collect());
    }
    for row in rows {
        match row {
            Value::Map(map) => cells.push(sorted(map).into_iter().map(|(_, value)| text::str(value)).collect()),
            Value::List(items) => cells.push(items.iter().map(text::str).collect()),
            scalar => cells.push(vec![text::str(scalar)]),
        }
    }
    let columns = cells.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| cells.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let rule = "-".repeat(widths.iter().map(|width| width + 3).sum::<usize>() + 1);
    let pad = " ".repeat(indent);
    for row in &cells {
        let mut line = String::new();
        for (column, width) in widths.iter().enumerate() {
            line.push_str("| ");
            line.push_str(&centered(row.get(column).map_or("", String::as_str), *width));
            line.push(' ');
        }
        line.push('|');
        out.push_str(&format!("{pad}{}\n{pad}{}\n", palette.paint(Color::White, &rule), palette.paint(Color::LightWhite, &line)));
    }
    out.push_str(&format!("{pad}{}\n", palette.paint(Color::White, &rule)));
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars.flat_map(char::to_lowercase)).collect())
}

/// Centred as Python's `str.center` does: what cannot be halved goes to the right, unless the width is odd.
fn centered(text: &str, width: usize) -> String {
    let pad = width.saturating_sub(text.chars().count());
    let left = pad / 2 + (pad & width & 1);
    format!("{}{text}{}", " ".repeat(left), " ".repeat(pad - left))
}
