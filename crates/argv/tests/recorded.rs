//! What Salt 3008.5 made of single words (`recorded.json`: word, positional arguments, named arguments).

use value::Value;

#[test]
fn every_recorded_word_is_read_again() {
    let rows: Value = serde_json::from_str(include_str!("recorded.json")).unwrap();
    let mut failures = Vec::new();
    for row in rows.as_list().unwrap() {
        let [Value::Str(word), args, kwargs] = row.as_list().unwrap() else { panic!("{row:?}") };
        let read = argv::parse(std::slice::from_ref(word), &[]);
        let got = (keys_as_text(&Value::List(read.args)), keys_as_text(&Value::Map(read.kwargs)));
        if !got.0.is_identical(args) || !got.1.is_identical(kwargs) {
            failures.push(format!("{word:?}: want {args:?} {kwargs:?}, got {got:?}"));
        }
    }
    assert!(failures.is_empty(), "{}\n{}", failures.len(), failures.join("\n"));
}

/// The record is JSON, which has no other keys than text.
fn keys_as_text(value: &Value) -> Value {
    serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
}
