//! `key`: key listings by state.

use crate::color::{Color, Palette};
use value::{Map, Value, text};

/// State, heading, colour of the heading, colour of the members; in the order of printing.
const GROUPS: [(&str, &str, Color, Color); 5] = [
    ("local", "Local Keys:", Color::LightMagenta, Color::Magenta),
    ("minions", "Accepted Keys:", Color::LightGreen, Color::Green),
    ("minions_denied", "Denied Keys:", Color::LightMagenta, Color::Magenta),
    ("minions_pre", "Unaccepted Keys:", Color::LightRed, Color::Red),
    ("minions_rejected", "Rejected Keys:", Color::LightBlue, Color::Blue),
];

/// A listing: ids in a list, or with what is told of each in a mapping.
pub(crate) fn render(data: &Map, palette: Palette) -> String {
    let mut out = String::new();
    for (state, heading, heading_color, color) in GROUPS {
        let Some(members) = data.get(state) else { continue };
        out.push_str(&palette.paint(heading_color, heading));
        out.push('\n');
        let lines: Vec<String> = match members {
            Value::Map(map) => crate::nested::sorted(map).into_iter().map(|(id, told)| format!("{id}:  {}", text::str(told))).collect(),
            Value::List(ids) => {
                let mut lines: Vec<String> = ids.iter().map(text::str).collect();
                lines.sort();
                lines
            }
            other => vec![text::str(other)],
        };
        for line in lines {
            out.push_str(&palette.paint(color, &line));
            out.push('\n');
        }
    }
    out
}
