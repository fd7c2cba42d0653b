//! Values of the pillar that stand there encrypted (`decrypt_pillar`), whatever source brought them.

use crate::trouble::Trouble;
use render::Machine;
use value::{Map, Value, scalar_key};

/// What to open, and how paths are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decrypt {
    /// Paths of the values, each with the renderer that opens it; without one it is [`Decrypt::usual`].
    pub paths: Vec<(String, Option<String>)>,
    /// What stands between the keys of a path (`decrypt_pillar_delimiter`).
    pub delimiter: String,
    /// The renderer of a path that names none (`decrypt_pillar_default`).
    pub usual: String,
    /// Renderers that may open values (`decrypt_pillar_renderers`).
    pub allowed: Vec<String>,
}

impl Default for Decrypt {
    fn default() -> Self {
        Self { paths: Vec::new(), delimiter: ":".to_owned(), usual: "gpg".to_owned(), allowed: vec!["gpg".to_owned()] }
    }
}

impl Decrypt {
    /// Reads `decrypt_pillar`: a list of paths, each alone or as `path: renderer`, or a mapping of them.
    #[must_use]
    pub fn paths_of(configured: &Value) -> Vec<(String, Option<String>)> {
        let pair = |(path, renderer): (&Value, &Value)| (value::text::str(path), (!renderer.is_null()).then(|| value::text::str(renderer)));
        match configured {
            Value::Map(map) => map.iter().map(pair).collect(),
            Value::List(items) => items
                .iter()
                .flat_map(|item| match item {
                    Value::Map(map) => map.iter().map(pair).collect(),
                    path => vec![(value::text::str(path), None)],
                })
                .collect(),
            _ => Vec::new(),
        }
    }
}

/// Opens what is configured. A path that is not there means nothing: not every minion has every secret.
pub(crate) fn open(pillar: &mut Map, decrypt: &Decrypt, machine: &dyn Machine, troubles: &mut Vec<Trouble>) {
    for (path, renderer) in &decrypt.paths {
        let renderer = renderer.as_deref().unwrap_or(&decrypt.usual);
        let mut segments = path.split(decrypt.delimiter.as_str());
        let first = segments.next().and_then(|segment| in_map(pillar, segment));
        let Some(found) = segments.try_fold(first, |here, segment| here.map(|here| below(here, segment))).flatten() else { continue };
        let opened = match renderer {
            name if !decrypt.allowed.iter().any(|allowed| allowed == name) => {
                Err(format!("'{name}' is not a valid decryption renderer. Valid choices are: {}", decrypt.allowed.join(", ")))
            }
            "gpg" => render::decrypt(found, machine),
            name => Err(format!("renderer `{name}` cannot open values here; there is gpg")),
        };
        if let Err(error) = opened {
            troubles.push(Trouble::plain(format!("Failed to decrypt pillar key '{path}': {error}"), None));
        }
    }
}

fn in_map<'a>(map: &'a mut Map, segment: &str) -> Option<&'a mut Value> {
    if map.contains_key(segment) {
        return map.get_mut(segment);
    }
    let key = scalar_key(segment)?;
    map.iter_mut().find(|(known, _)| **known == key).map(|(_, value)| value)
}

fn below<'a>(value: &'a mut Value, segment: &str) -> Option<&'a mut Value> {
    match value {
        Value::Map(map) => in_map(map, segment),
        Value::List(items) => items.get_mut(segment.parse::<usize>().ok()?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Reverse;

    impl Machine for Reverse {
        fn decrypt(&self, message: &str) -> Result<Option<String>, String> {
            let body = message.lines().nth(1).unwrap_or_default();
            if body == "bad" { Err("no key".to_owned()) } else { Ok(Some(body.chars().rev().collect())) }
        }
    }

    fn opened(json: &str, decrypt: &Decrypt) -> (String, Vec<String>) {
        let text = json.replace('<', "-----BEGIN PGP MESSAGE-----\\n").replace('>', "\\n-----END PGP MESSAGE-----\\n");
        let mut pillar: Map = serde_json::from_str(&text).unwrap();
        let mut troubles = Vec::new();
        open(&mut pillar, decrypt, &Reverse, &mut troubles);
        (value::text::repr(&Value::Map(pillar)), troubles.into_iter().map(|trouble| trouble.told).collect())
    }

    #[test]
    fn only_what_is_configured_is_opened() {
        let configured: Value = serde_json::from_str(r#"["a:b", {"l:1": "gpg"}, "not:there"]"#).unwrap();
        let decrypt = Decrypt { paths: Decrypt::paths_of(&configured), ..Decrypt::default() };
        let (text, troubles) = opened(r#"{"a": {"b": {"c": "<cba>"}}, "l": ["x", "<1>"], "secret": "plain"}"#, &decrypt);
        assert_eq!((text.as_str(), troubles.len()), ("{'a': {'b': {'c': 'abc'}}, 'l': ['x', '1'], 'secret': 'plain'}", 0));
    }

    #[test]
    fn what_cannot_be_opened_is_told_by_its_path() {
        let paths = |renderer: Option<&str>| vec![("a".to_owned(), renderer.map(str::to_owned))];
        let (_, troubles) = opened(r#"{"a": "<bad>"}"#, &Decrypt { paths: paths(None), ..Decrypt::default() });
        assert_eq!(troubles, ["Failed to decrypt pillar key 'a': no key"]);
        let (_, troubles) = opened(r#"{"a": "<bad>"}"#, &Decrypt { paths: paths(Some("vault")), ..Decrypt::default() });
        assert_eq!(troubles, ["Failed to decrypt pillar key 'a': 'vault' is not a valid decryption renderer. Valid choices are: gpg"]);
    }
}
