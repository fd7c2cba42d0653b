//! XML as mappings: the name of an element is the key, what comes twice is a list, attributes are left out.

use roxmltree::{Document, Node};
use sdk::{Map, Value};

/// The elements below the root, each as a value.
pub fn items(text: &str) -> Result<Value, roxmltree::Error> {
    let document = Document::parse(text)?;
    Ok(document.root_element().children().filter(Node::is_element).map(|node| Value::Map(mapping(node))).collect::<Vec<_>>().into())
}

fn text(node: Node<'_, '_>) -> Value {
    // What stands before the first element is the element's text.
    node.first_child().filter(Node::is_text).and_then(|text| text.text()).map_or(Value::Null, Value::from)
}

fn mapping(node: Node<'_, '_>) -> Map {
    let mut map = Map::new();
    let mut elements = node.children().filter(Node::is_element).peekable();
    if elements.peek().is_none() {
        map.insert(node.tag_name().name(), text(node));
        return map;
    }
    for child in elements {
        let name = child.tag_name().name();
        match map.remove(name) {
            None if child.children().any(|node| node.is_element()) => map.insert(name, mapping(child)),
            None => map.insert(name, text(child)),
            Some(Value::List(mut list)) => {
                list.push(mapping(child).into());
                map.insert(name, list)
            }
            Some(first) => map.insert(name, vec![first, mapping(child).into()]),
        };
    }
    map
}
