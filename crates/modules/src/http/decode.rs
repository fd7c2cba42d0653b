//! Reading an answer.

use sdk::{Failure, Map, Read, Value, text};

/// What an answer was read as.
pub enum Decoded {
    /// A value.
    Value(Value),
    /// Text that stays text.
    Plain,
    /// Nobody knows how.
    Unknown(String),
}

/// Headers as a mapping, in the usual spelling; one that comes twice has its values joined.
pub fn headers(all: &[(String, String)]) -> Map {
    let mut map = Map::new();
    for (name, value) in all {
        let name = spelled(name);
        let value = match map.get(name.as_str()) {
            Some(before) => format!("{},{value}", text::str(before)),
            None => value.clone(),
        };
        map.insert(name, value);
    }
    map
}

/// `content-type` as `Content-Type`.
fn spelled(name: &str) -> String {
    let words = name.split('-').map(|word| {
        let mut chars = word.chars();
        chars.next().map(|first| first.to_ascii_uppercase().to_string() + &chars.as_str().to_ascii_lowercase()).unwrap_or_default()
    });
    words.collect::<Vec<_>>().join("-")
}

fn kind(headers: &Map) -> Option<String> {
    headers.get("Content-Type").map(text::str).map(|kind| kind.to_ascii_lowercase())
}

/// The body as text.
pub fn text(body: &[u8], headers: &Map) -> String {
    let kind = kind(headers).unwrap_or_default();
    let charset = kind.split("charset=").nth(1).map(|charset| charset.trim_matches([' ', '"', ';', '\'']));
    match charset {
        // Each byte is the character of that number.
        Some("iso-8859-1" | "latin-1" | "latin1") => body.iter().map(|byte| char::from(*byte)).collect(),
        _ => String::from_utf8_lossy(body).into_owned(),
    }
}

/// Reads text as it was asked for.
pub fn decode(wanted: &str, text: &str, headers: &Map, read: &Read) -> Result<Decoded, Failure> {
    let wanted = if wanted == "auto" {
        let kind = kind(headers).unwrap_or_else(|| "application/json".to_owned());
        ["xml", "json", "yaml"].into_iter().find(|word| kind.contains(word)).unwrap_or("plain")
    } else {
        wanted
    };
    Ok(match wanted {
        "json" => Decoded::Value(serde_json::from_str(text).map_err(|error| Failure::failed(format!("the answer is no JSON: {error}")))?),
        "yaml" => Decoded::Value(read.agent().parse_yaml(text)?),
        "xml" => Decoded::Value(super::xml::items(text).map_err(|error| Failure::failed(format!("the answer is no XML: {error}")))?),
        "plain" => Decoded::Plain,
        _ => Decoded::Unknown("Invalid decode_type specified. Valid decode types are: ('json', 'xml', 'yaml', 'plain')".to_owned()),
    })
}
