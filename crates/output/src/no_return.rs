//! `no_return`: minions that did not come back, and why.

use crate::color::{Color, Palette};
use crate::nested::{lines, sorted};
use value::{Map, Value};

/// One minion that did not come back, in red.
#[must_use]
pub fn no_return(minion: &str, why: &str, palette: Palette) -> String {
    let data: Map = [(minion, why)].into_iter().collect();
    let mut text = render(&data, palette);
    text.truncate(text.trim_end().len());
    text
}

/// Reasons by id.
pub(crate) fn render(data: &Map, palette: Palette) -> String {
    let mut out = String::new();
    write(data, 0, palette, &mut out);
    out
}

fn write(data: &Map, indent: usize, palette: Palette, out: &mut String) {
    for (key, value) in sorted(data) {
        let pad = " ".repeat(indent);
        out.push_str(&format!("{pad}{}:\n", palette.paint(Color::Cyan, &key)));
        match value {
            Value::Str(text) if text.is_empty() => out.push_str(&format!("{pad}    \n")),
            Value::Str(text) => {
                for line in lines(text) {
                    out.push_str(&palette.paint(Color::Red, &format!("{pad}    {line}")));
                    out.push('\n');
                }
            }
            Value::Map(map) => write(map, indent + 4, palette, out),
            _ => {}
        }
    }
}
