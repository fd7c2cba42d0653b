//! Core, file, custom and configured grains laid over each other.

use value::{Lists, Map, Strategy, Value};

/// The sources in the order of their weight: a later one wins.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    /// What the collectors found.
    pub core: Map,
    /// `<conf_dir>/grains`.
    pub file: Map,
    /// What each executable printed, in the order of their names.
    pub custom: Vec<Map>,
    /// `grains:` of the configuration.
    pub config: Map,
}

/// One mapping out of all layers (`grains_deep_merge`, `grains_blacklist`).
#[must_use]
pub fn compose(layers: Layers, deep: bool, blacklist: &[String]) -> Map {
    let strategy = if deep { Strategy::Recurse(Lists::Replace) } else { Strategy::Overwrite };
    let mut grains = layers.core;
    let over = std::iter::once(layers.file).chain(layers.custom).chain(std::iter::once(layers.config));
    for layer in over {
        value::merge(&mut grains, layer, strategy);
    }
    if !blacklist.is_empty() {
        grains.retain(|name, _| !name.as_str().is_some_and(|name| blacklisted(name, blacklist)));
    }
    grains
}

/// Whether a grain's name meets a pattern of the blacklist.
#[must_use]
pub fn blacklisted(name: &str, patterns: &[String]) -> bool {
    patterns.iter().any(|pattern| matches(pattern.as_bytes(), name.as_bytes()))
}

/// A shell pattern with `*` and `?` over the whole name. Brackets are not worth their code for names of grains.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(byte) = name.get(n) {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(wanted) if *wanted == b'?' || wanted == byte => {
                p += 1;
                n += 1;
            }
            _ => match &mut star {
                Some((at, from)) => {
                    *from += 1;
                    p = *at + 1;
                    n = *from;
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).unwrap_or_default().iter().all(|byte| *byte == b'*')
}

/// The grains that differ, as `(name, new value or nothing)`: what has to be sent on.
#[must_use]
pub fn changed(old: &Map, new: &Map) -> Vec<(String, Option<Value>)> {
    let gone = old.keys().filter(|key| !new.contains_value(key)).map(|key| (value::text::str(key), None));
    let other = new
        .iter()
        .filter(|(key, value)| old.get_value(key) != Some(value))
        .map(|(key, value)| (value::text::str(key), Some(value.clone())));
    gone.chain(other).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(json: &str) -> Map {
        serde_json::from_str(json).unwrap()
    }

    fn layers() -> Layers {
        Layers {
            core: map(r#"{"os":"Debian","a":{"x":1,"y":1},"cpu_flags":[1],"cpu_model":"m"}"#),
            file: map(r#"{"a":{"x":2},"roles":["web"]}"#),
            custom: vec![map(r#"{"roles":["db"],"site":"north"}"#)],
            config: map(r#"{"site":"south"}"#),
        }
    }

    #[test]
    fn a_later_layer_replaces_whole_grains() {
        let got = serde_json::to_string(&compose(layers(), false, &["cpu_*".into()])).unwrap();
        assert_eq!(got, r#"{"os":"Debian","a":{"x":2},"roles":["db"],"site":"south"}"#);
    }

    #[test]
    fn deep_merging_keeps_what_a_later_layer_does_not_name() {
        let got = compose(layers(), true, &[]);
        assert_eq!(serde_json::to_string(got.get("a").unwrap()).unwrap(), r#"{"x":2,"y":1}"#);
    }

    #[test]
    fn patterns_cover_the_whole_name() {
        for (pattern, name, expected) in [
            ("cpu*", "cpu_flags", true),
            ("cpu", "cpu_flags", false),
            ("*_flags", "cpu_flags", true),
            ("c?u", "cpu", true),
            ("a*b*c", "axbxbc", true),
            ("", "x", false),
        ] {
            assert_eq!(matches(pattern.as_bytes(), name.as_bytes()), expected, "{pattern} {name}");
        }
    }
}
