//! Looking something up in a mapping by grain or pillar value, and shell patterns: what `filter_by` and its relatives share.

use sdk::{Map, Value, text};
use value::{Strategy, merge};

/// How `filter_by` chooses.
#[derive(Debug)]
pub struct Choice<'a> {
    /// What the keys of the lookup are compared with: text, or a list of texts tried in order.
    pub wanted: Option<&'a Value>,
    /// Merged over the chosen mapping.
    pub merge: Option<&'a Map>,
    /// Key taken when nothing fits; of the same type as the key: the `3` of `{3: …}` is a number.
    pub default: &'a Value,
    /// Key whose mapping lies under the chosen one.
    pub base: Option<&'a Value>,
}

/// Chooses from a lookup: the first key that fits as a pattern, else the default's entry, over the base, under the merge.
pub fn filter_by(lookup: &Map, choice: &Choice<'_>) -> Result<Value, String> {
    let wanted: Vec<String> = match choice.wanted {
        Some(Value::List(items)) => items.iter().map(text::str).collect(),
        Some(Value::Null) | None => Vec::new(),
        Some(other) => vec![text::str(other)],
    };
    let fits = |key: &str| lookup.iter().find(|(pattern, _)| glob(&text::str(pattern), key)).map(|(_, value)| value);
    let found = wanted.iter().find_map(|word| lookup.get(word).or_else(|| fits(word)));
    let mut chosen = found.or_else(|| lookup.get_value(choice.default)).cloned().unwrap_or_default();
    if let Some(base) = choice.base.and_then(|base| lookup.get_value(base)) {
        chosen = match (base, chosen) {
            (Value::Map(base), Value::Map(over)) => {
                let mut under = base.clone();
                merge(&mut under, over, Strategy::default());
                Value::Map(under)
            }
            (base, Value::Null) => base.clone(),
            (_, chosen) => chosen,
        };
    }
    if let Some(over) = choice.merge.filter(|over| !over.is_empty()) {
        chosen = match chosen {
            Value::Map(mut under) => {
                merge(&mut under, over.clone(), Strategy::default());
                Value::Map(under)
            }
            Value::Null => Value::Map(over.clone()),
            other => return Err(format!("filter_by merge argument must be a dictionary, and `{}` is none", text::repr(&other))),
        };
    }
    Ok(chosen)
}

/// Whether a text fits a shell pattern: `*`, `?`, `[abc]`, `[!abc]`.
#[must_use]
pub fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    glob_chars(&pattern, &text)
}

fn glob_chars(pattern: &[char], text: &[char]) -> bool {
    // One remembered star is enough: a later one can only help where an earlier one already fitted.
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() || p < pattern.len() {
        let step = pattern.get(p).and_then(|c| match c {
            '*' => {
                star = Some((p + 1, t));
                Some((p + 1, t))
            }
            '?' if t < text.len() => Some((p + 1, t + 1)),
            '[' => match class(pattern, p, text.get(t).copied()) {
                Some((next, true)) => Some((next, t + 1)),
                Some((_, false)) => None,
                None if text.get(t) == Some(&'[') => Some((p + 1, t + 1)),
                None => None,
            },
            c if text.get(t) == Some(c) => Some((p + 1, t + 1)),
            _ => None,
        });
        (p, t) = match (step, star) {
            (Some(next), _) => next,
            (None, Some((after, from))) if from < text.len() => {
                star = Some((after, from + 1));
                (after, from + 1)
            }
            (None, _) => return false,
        };
    }
    true
}

/// The class that opens at `at`: where it ends, and whether it has the character. `None` when it never closes.
fn class(pattern: &[char], at: usize, c: Option<char>) -> Option<(usize, bool)> {
    let mut index = at + 1;
    let negated = pattern.get(index) == Some(&'!');
    if negated {
        index += 1;
    }
    let first = index;
    let mut has = false;
    loop {
        let from = *pattern.get(index)?;
        if from == ']' && index > first {
            break;
        }
        let ranged = pattern.get(index + 1) == Some(&'-') && pattern.get(index + 2).is_some_and(|to| *to != ']');
        let to = if ranged { *pattern.get(index + 2)? } else { from };
        has |= c.is_some_and(|c| (from..=to).contains(&c));
        index += if ranged { 3 } else { 1 };
    }
    Some((index + 1, c.is_some() && has != negated))
}

/// The value with the keys of its mappings sorted, as serializers write them.
#[must_use]
pub fn sorted(value: &Value) -> Value {
    match value {
        Value::Map(map) => {
            let mut map: Map = map.iter().map(|(key, value)| (key.clone(), sorted(value))).collect();
            map.sort_keys();
            Value::Map(map)
        }
        Value::List(items) => Value::List(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

/// A value as JSON the way Python writes it: a blank after commas and colons, and `indent` blanks a level if lines are wanted.
#[must_use]
pub fn json(value: &Value, indent: Option<usize>) -> String {
    let mut out = String::new();
    write_json(value, indent, 0, &mut out);
    out
}

fn write_json(value: &Value, indent: Option<usize>, level: usize, out: &mut String) {
    let line = |level: usize, out: &mut String| {
        if let Some(indent) = indent {
            out.push('\n');
            out.push_str(&" ".repeat(indent * level));
        }
    };
    let comma = if indent.is_some() { "," } else { ", " };
    match value {
        Value::List(items) if items.is_empty() => out.push_str("[]"),
        Value::Map(map) if map.is_empty() => out.push_str("{}"),
        Value::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { comma } else { "" });
                line(level + 1, out);
                write_json(item, indent, level + 1, out);
            }
            line(level, out);
            out.push(']');
        }
        Value::Map(map) => {
            out.push('{');
            for (index, (key, item)) in map.iter().enumerate() {
                out.push_str(if index > 0 { comma } else { "" });
                line(level + 1, out);
                // Keys are text in JSON, whatever they were.
                let key = if let Value::Str(key) = key { key.clone() } else { json(key, None) };
                write_json(&Value::Str(key), None, 0, out);
                out.push_str(": ");
                write_json(item, indent, level + 1, out);
            }
            line(level, out);
            out.push('}');
        }
        Value::Big(number) => out.push_str(&number.to_string()),
        Value::Float(number) if number.is_finite() => out.push_str(&text::float(*number)),
        Value::Str(text) => {
            // Python escapes everything beyond ASCII.
            for c in serde_json::to_string(text).unwrap_or_default().chars() {
                if c.is_ascii() {
                    out.push(c);
                } else {
                    let mut units = [0; 2];
                    out.extend(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
                }
            }
        }
        scalar => out.push_str(&serde_json::to_string(scalar).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_sorted_at_every_depth() {
        let inner: Map = [("b", 1), ("a", 2)].into_iter().collect();
        let outer: Map = [("z", Value::List(vec![Value::Map(inner)])), ("y", Value::Null)].into_iter().collect();
        assert_eq!(json(&sorted(&Value::Map(outer)), None), r#"{"y": null, "z": [{"a": 2, "b": 1}]}"#);
    }

    #[test]
    fn the_default_of_a_lookup_may_be_a_number() {
        let lookup: Map = [(Value::Int(2), Value::from("old")), (Value::Int(3), Value::from("new"))].into_iter().collect();
        let choose =
            |wanted: &Value, default: &Value| filter_by(&lookup, &Choice { wanted: Some(wanted), merge: None, default, base: None });
        assert_eq!(choose(&Value::from("Debian"), &Value::Int(3)), Ok(Value::from("new")));
        assert_eq!(choose(&Value::from("Debian"), &Value::from("3")), Ok(Value::Null));
        assert_eq!(choose(&Value::Int(2), &Value::Int(3)), Ok(Value::from("old")));
    }

    #[test]
    fn patterns_fit_as_in_a_shell() {
        for (pattern, text, fits) in [
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c", "abcd", false),
            ("?b", "ab", true),
            ("?", "", false),
            ("[a-c]x", "bx", true),
            ("[!a-c]x", "bx", false),
            ("[]]", "]", true),
            ("[", "[", true),
            ("*.t*t", "a.txt.txt", true),
            ("Deb*", "Debian", true),
        ] {
            assert_eq!(glob(pattern, text), fits, "{pattern} {text}");
        }
    }
}
