//! The `gpg` stage: every PGP message inside of the data becomes its plain text.

use crate::Machine;
use value::Value;

const BEGIN: &str = "-----BEGIN PGP MESSAGE-----";
const END: &str = "-----END PGP MESSAGE-----";

/// Opens all messages inside of a value.
///
/// # Errors
/// Why a message could not be opened.
pub fn open(value: &mut Value, gpg: &dyn Machine) -> Result<(), String> {
    match value {
        Value::Str(text) if text.contains(BEGIN) => *text = open_text(text, gpg)?,
        Value::List(items) => items.iter_mut().try_for_each(|item| open(item, gpg))?,
        Value::Map(map) => map.values_mut().try_for_each(|item| open(item, gpg))?,
        _ => {}
    }
    Ok(())
}

/// Opens all messages inside of nodes.
pub(crate) fn open_node(node: &mut yaml::Node, gpg: &dyn Machine) -> Result<(), (String, u32)> {
    let line = node.line;
    match &mut node.kind {
        yaml::Kind::Scalar(value) => open(value, gpg).map_err(|error| (error, line)),
        yaml::Kind::List(items) => items.iter_mut().try_for_each(|item| open_node(item, gpg)),
        yaml::Kind::Map(entries) => entries.iter_mut().try_for_each(|(_, value)| open_node(value, gpg)),
    }
}

/// Opens all messages inside of a text.
pub(crate) fn open_text(text: &str, gpg: &dyn Machine) -> Result<String, String> {
    if !text.contains(BEGIN) {
        return Ok(text.to_owned());
    }
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, from)) = rest.find(BEGIN).map(|at| rest.split_at(at)) {
        let end = from.find(END).ok_or("a PGP message has no end")? + END.len();
        let (message, after) = from.split_at(end);
        out.push_str(before);
        match gpg.decrypt(&message.replace("\\n", "\n"))? {
            Some(opened) => out.push_str(&opened),
            None => out.push_str(message),
        }
        rest = after;
    }
    out.push_str(rest);
    // A message of several lines brings the line break that ends its block.
    out.truncate(out.trim_end_matches('\n').len());
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Reverse;

    impl Machine for Reverse {
        fn decrypt(&self, message: &str) -> Result<Option<String>, String> {
            let body = message.trim_start_matches(BEGIN).trim_end_matches(END).trim();
            match body {
                "bad" => Err("no key".to_owned()),
                "kept" => Ok(None),
                body => Ok(Some(body.chars().rev().collect())),
            }
        }
    }

    fn message(body: &str) -> String {
        format!("{BEGIN}\n{body}\n{END}")
    }

    #[test]
    fn every_message_inside_of_the_data_is_opened() {
        let mut value: Value = [
            ("a", Value::Str(message("cba") + "\n")),
            ("b", Value::List(vec![Value::Str(format!("x {} y {}", message("1"), message("32")))])),
        ]
        .into_iter()
        .collect::<value::Map>()
        .into();
        open(&mut value, &Reverse).unwrap();
        assert_eq!(value::text::repr(&value), "{'a': 'abc', 'b': ['x 1 y 23']}");
    }

    #[test]
    fn a_message_may_be_kept() {
        let text = format!("a {} b", message("kept"));
        assert_eq!(open_text(&text, &Reverse), Ok(text.clone()));
    }

    #[test]
    fn a_message_that_cannot_be_opened_is_an_error() {
        assert_eq!(open_text(&message("bad"), &Reverse), Err("no key".to_owned()));
        assert!(open_text(BEGIN, &Reverse).is_err());
    }
}
