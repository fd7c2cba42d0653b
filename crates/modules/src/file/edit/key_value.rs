//! `file.keyvalue`: lines of keys and values.

use sdk::{Map, Value, text};

/// Keys, values, and how their lines are written.
#[derive(Clone, Debug, Default)]
pub struct KeyValue {
    /// Values by key.
    pub values: Map,
    /// What stands between key and value.
    pub separator: String,
    /// Missing keys go to the end.
    pub append: bool,
    /// Missing keys go to the beginning.
    pub prepend: bool,
    /// Only keys that are there are set.
    pub search_only: bool,
    /// How many lines of a key there may be: more go; -1 sets all of them, 0 removes all.
    pub count: i64,
    /// Characters at the beginning of a line that may be taken off to find the key.
    pub uncomment: Option<String>,
    /// Case of keys does not matter.
    pub key_ignore_case: bool,
    /// Case of values does not matter.
    pub value_ignore_case: bool,
    /// Lines that begin with none of the keys go.
    pub prune: bool,
}

/// The new text, and how it came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyValueEdit {
    /// The new text.
    pub text: String,
    /// Lines of the change, each with its sign.
    pub diff: Vec<String>,
    /// How many lines were changed or added.
    pub changed: usize,
    /// How many lines were taken away because they begin with none of the keys.
    pub pruned: usize,
}

/// Sets values in a text.
#[must_use]
pub fn set_key_values(text: &str, wanted: &KeyValue) -> KeyValueEdit {
    let mut edit = KeyValueEdit { text: String::with_capacity(text.len()), diff: Vec::new(), changed: 0, pruned: 0 };
    let mut seen: Vec<(String, i64)> = wanted.values.keys().map(|key| (text::str(key), 0)).collect();
    for whole in text.split_inclusive('\n') {
        let line = whole.strip_suffix('\n').unwrap_or(whole);
        let end = whole.get(line.len()..).unwrap_or_default();
        let Some((found, value, index)) = find(line, wanted) else {
            if wanted.prune && !begins_with_key(line, wanted) {
                edit.pruned += 1;
                edit.diff.push(format!("- {line}"));
            } else {
                edit.text.push_str(whole);
            }
            continue;
        };
        let times = seen.get_mut(index).map(|(_, times)| {
            *times += 1;
            *times
        });
        if wanted.count >= 0 && times.unwrap_or(0) > wanted.count {
            edit.changed += 1;
            edit.diff.push(format!("- {line}"));
            continue;
        }
        let (new, shown) = written(&found.key, value, &wanted.separator);
        let same_value =
            if wanted.value_ignore_case { found.value.eq_ignore_ascii_case(&text::str(value)) } else { found.value == text::str(value) };
        if same_value && !found.commented {
            edit.text.push_str(whole);
            continue;
        }
        edit.changed += 1;
        edit.diff.extend([format!("- {line}"), format!("+ {shown}")]);
        edit.text.push_str(&new);
        edit.text.push_str(end);
    }
    add_missing(&mut edit, wanted, &seen);
    edit
}

struct Found {
    key: String,
    value: String,
    commented: bool,
}

/// Which key a line sets, if it is one that is wanted.
fn find<'a>(line: &str, wanted: &'a KeyValue) -> Option<(Found, &'a Value, usize)> {
    let bare = match &wanted.uncomment {
        Some(signs) => line.trim_start_matches(|c| signs.contains(c)),
        None => line,
    };
    let (key, value) = bare.split_once(&wanted.separator)?;
    let same = |name: &str| if wanted.key_ignore_case { name.eq_ignore_ascii_case(key.trim()) } else { name == key.trim() };
    // A blank before the separator belongs to the separator, so the key would be another one.
    let is_exact = key.trim_end() == key;
    let (index, (_, new)) = wanted.values.iter().enumerate().find(|(_, (name, _))| same(&text::str(name)) && is_exact)?;
    Some((Found { key: key.to_owned(), value: value.to_owned(), commented: bare.len() != line.len() }, new, index))
}

fn begins_with_key(line: &str, wanted: &KeyValue) -> bool {
    let bare = wanted.uncomment.as_ref().map_or(line, |signs| line.trim_start_matches(|c| signs.contains(c)));
    let begins = |key: String| match bare.get(..key.len()) {
        Some(start) if wanted.key_ignore_case => start.eq_ignore_ascii_case(&key),
        Some(start) => start == key,
        None => false,
    };
    wanted.values.keys().any(|key| begins(text::str(key)))
}

/// A line as it is written, and as it is shown: with a word on values that are no text.
fn written(key: &str, value: &Value, separator: &str) -> (String, String) {
    let line = format!("{key}{separator}{}", text::str(value));
    let shown = if value.as_str().is_some() { line.clone() } else { format!("{line} (from {} type)", value.type_name()) };
    (line, shown)
}

fn add_missing(edit: &mut KeyValueEdit, wanted: &KeyValue, seen: &[(String, i64)]) {
    if wanted.search_only || wanted.count == 0 {
        return;
    }
    let missing: Vec<(String, String)> = seen
        .iter()
        .filter(|(_, times)| *times == 0)
        .filter_map(|(key, _)| wanted.values.get(key).map(|value| written(key, value, &wanted.separator)))
        .collect();
    if missing.is_empty() {
        return;
    }
    if wanted.append {
        if !edit.text.is_empty() && !edit.text.ends_with('\n') {
            edit.text.push('\n');
        }
        edit.diff.push("- <EOF>".to_owned());
        for (line, shown) in &missing {
            edit.text.push_str(&format!("{line}\n"));
            edit.diff.push(format!("+ {shown}"));
            edit.changed += 1;
        }
        edit.diff.push("+ <EOF>".to_owned());
    } else if wanted.prepend {
        let mut diff = vec!["  <SOF>".to_owned()];
        let mut head = String::new();
        for (line, shown) in &missing {
            head.push_str(&format!("{line}\n"));
            diff.push(format!("+ {shown}"));
            edit.changed += 1;
        }
        edit.text.insert_str(0, &head);
        diff.append(&mut edit.diff);
        edit.diff = diff;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(json: &str, separator: &str) -> KeyValue {
        KeyValue { values: serde_json::from_str(json).unwrap(), separator: separator.into(), count: 1, ..KeyValue::default() }
    }

    #[test]
    fn values_are_set_and_missing_ones_added() {
        let wanted = KeyValue { append: true, ..wanted(r#"{"alpha": "one", "zeta": "new"}"#, " = ") };
        let edit = set_key_values("alpha = 1\nbeta = 2\n", &wanted);
        assert_eq!(edit.text, "alpha = one\nbeta = 2\nzeta = new\n");
        assert_eq!(edit.diff, ["- alpha = 1", "+ alpha = one", "- <EOF>", "+ zeta = new", "+ <EOF>"]);
        assert_eq!(set_key_values(&edit.text, &wanted).changed, 0);
    }

    #[test]
    fn a_commented_line_is_taken_and_a_second_one_goes() {
        let wanted = KeyValue { uncomment: Some("#".into()), ..wanted(r#"{"beta": "two"}"#, " ") };
        let edit = set_key_values("alpha 1\n#beta 1\nbeta 1\n", &wanted);
        assert_eq!((edit.text.as_str(), edit.changed), ("alpha 1\nbeta two\n", 2));
    }

    #[test]
    fn a_value_that_is_no_text_is_shown_with_its_type() {
        assert_eq!(set_key_values("a=1\na = 3\n", &wanted(r#"{"a": 9}"#, "=")).diff, ["- a=1", "+ a=9 (from int type)"]);
    }
}
