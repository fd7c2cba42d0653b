//! The `xml` filter: scalars of a mapping are attributes, mappings and lists are elements.

use value::{Value, text};

enum Element {
    Node { tag: String, attributes: Vec<(String, String)>, children: Vec<Element>, text: Option<String> },
}

/// A document of one root element.
pub(super) fn document(value: &Value) -> Result<String, String> {
    let mut roots = Vec::new();
    for (tag, content) in pairs(value)? {
        roots.extend(elements(&tag, &content)?);
    }
    let root = roots.into_iter().next().ok_or("there is no root element")?;
    let mut out = String::from("<?xml version=\"1.0\" ?>\n");
    write(&root, 0, &mut out);
    Ok(out)
}

/// The entries of a mapping, or of a list of pairs.
fn pairs(value: &Value) -> Result<Vec<(String, Value)>, String> {
    match value {
        Value::Map(map) => Ok(map.iter().map(|(key, item)| (text::str(key), item.clone())).collect()),
        Value::List(items) => match items.as_slice() {
            [tag @ Value::Str(_), content] => Ok(vec![(text::str(tag), content.clone())]),
            items => Ok(items
                .iter()
                .filter_map(|item| match item.as_list() {
                    Some([tag, content]) => Some((text::str(tag), content.clone())),
                    _ => None,
                })
                .collect()),
        },
        _ => Err("Value is not a dict or list. Cannot render as XML".to_owned()),
    }
}

fn elements(tag: &str, content: &Value) -> Result<Vec<Element>, String> {
    let empty = |text: Option<String>| Element::Node { tag: tag.to_owned(), attributes: Vec::new(), children: Vec::new(), text };
    match content {
        Value::List(items) => {
            let mut found = Vec::new();
            for item in items {
                found.extend(elements(tag, item)?);
            }
            Ok(found)
        }
        Value::Map(map) => {
            let mut attributes = Vec::new();
            let mut children = Vec::new();
            for (key, item) in map {
                match item {
                    Value::Map(_) | Value::List(_) => children.extend(elements(&text::str(key), item)?),
                    scalar => attributes.push((text::str(key), text::str(scalar))),
                }
            }
            Ok(vec![Element::Node { tag: tag.to_owned(), attributes, children, text: None }])
        }
        Value::Null => Err("Value is not a dict or list. Cannot render as XML".to_owned()),
        scalar => Ok(vec![empty(Some(text::str(scalar)))]),
    }
}

fn write(element: &Element, depth: usize, out: &mut String) {
    let Element::Node { tag, attributes, children, text } = element;
    let pad = " ".repeat(depth);
    out.push_str(&format!("{pad}<{tag}"));
    for (name, value) in attributes {
        out.push_str(&format!(" {name}=\"{}\"", escape(value).replace('"', "&quot;")));
    }
    match text {
        Some(text) if !text.is_empty() => out.push_str(&format!(">{}</{tag}>\n", escape(text))),
        _ if children.is_empty() => out.push_str("/>\n"),
        _ => {
            out.push_str(">\n");
            children.iter().for_each(|child| write(child, depth + 1, out));
            out.push_str(&format!("{pad}</{tag}>\n"));
        }
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
