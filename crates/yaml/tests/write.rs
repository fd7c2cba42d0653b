//! What values are written as.

use proptest::prelude::*;
use value::{Map, Value};
use yaml::{Dashes, DumpOptions, Keys, Style, dump};

fn writes(document: &str, options: &DumpOptions, expected: &str) {
    assert_eq!(dump(&yaml::load_value(document).unwrap(), options), expected);
}

const TREE: &str = "{name: demo, hosts: [b, a], users: {zed: {uid: 3}}, none: ~, t: \"l1\\nl2\\n\", e: '', l: [{a: 1}, [1, [2]]], d: {}}";

#[test]
fn a_block_has_one_member_a_line_and_lists_flush_with_their_key() {
    let expected = "name: demo\nhosts:\n- b\n- a\nusers:\n  zed:\n    uid: 3\nnone: null\nt: 'l1\n\n  l2\n\n  '\ne: ''\nl:\n- a: 1\n- - 1\n  - - 2\nd: {}\n";
    writes(TREE, &DumpOptions::default(), expected);
}

#[test]
fn flow_folds_at_the_width() {
    let expected =
        "{name: demo, hosts: [b, a], users: {zed: {uid: 3}}, none: null, t: 'l1\n\n    l2\n\n    ', e: '', l: [{a: 1}, [1, [2]]], d: {}}\n";
    writes(TREE, &DumpOptions::flow(), expected);
    let long = format!("[{}]", vec!["word"; 20].join(", "));
    let expected = format!("[{},\n  {}]\n", vec!["word"; 14].join(", "), ["word"; 6].join(", "));
    writes(&long, &DumpOptions::flow(), &expected);
}

#[test]
fn options_change_style_order_and_dashes() {
    let mixed = DumpOptions { style: Style::Mixed, ..DumpOptions::default() };
    writes("{a: [1, 2], b: [[1], 2]}", &mixed, "a: [1, 2]\nb:\n- [1]\n- 2\n");
    let sorted = DumpOptions { keys: Keys::Sorted, ..DumpOptions::default() };
    writes("{b: 1, a: {d: 1, c: 2}}", &sorted, "a:\n  c: 2\n  d: 1\nb: 1\n");
    writes("{b: 1, 3: x, true: y}", &sorted, "b: 1\n3: x\ntrue: y\n");
    let indented = DumpOptions { dashes: Dashes::Indented, ..DumpOptions::default() };
    writes("{a: [1, [2]]}", &indented, "a:\n  - 1\n  - - 2\n");
    let quoted = DumpOptions { quote: Some('"'), ..DumpOptions::default() };
    writes("{a: ü, b: 1}", &quoted, "\"a\": \"ü\"\n\"b\": ! \"1\"\n");
    let ascii = DumpOptions { unicode: false, ..DumpOptions::default() };
    writes("ü", &ascii, "\"\\xFC\"\n");
    let start = DumpOptions { explicit_start: true, ..DumpOptions::default() };
    writes("{a: 1}", &start, "---\na: 1\n");
}

#[test]
fn text_that_would_read_as_something_else_is_quoted() {
    let texts =
        "['', ' lead', 'trail ', '- x', '#c', '*a', '0x1', '1e3', '1:30', '2001-01-01', '010', 'null', '~', 'true', '=', 'a: b', 'x #y']";
    let expected = "- ''\n- ' lead'\n- 'trail '\n- '- x'\n- '#c'\n- '*a'\n- '0x1'\n- 1e3\n- '1:30'\n- '2001-01-01'\n- '010'\n- 'null'\n- '~'\n- 'true'\n- '='\n- 'a: b'\n- 'x #y'\n";
    writes(texts, &DumpOptions::default(), expected);
}

#[test]
fn long_text_is_folded_at_blanks() {
    let text = format!("a: {}", vec!["word"; 20].join(" "));
    let expected = format!("a: {}\n  {}\n", vec!["word"; 16].join(" "), ["word"; 4].join(" "));
    writes(&text, &DumpOptions::default(), &expected);
}

#[test]
fn bytes_are_written_in_base_64() {
    let expected = "a: !!binary |\n  aGVsbG8=\n";
    assert_eq!(dump(&Value::Map([("a", Value::Bytes(b"hello".to_vec()))].into_iter().collect()), &DumpOptions::default()), expected);
    writes(expected, &DumpOptions::default(), expected);
}

fn values() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        "[ -~\n\té😀]{0,30}",
        "[-:#,{}\\[\\]&*!|>'\"%@` ?a1.~=\n]{0,6}",
        "[0-9._:eExb+-]{0,6}",
        Just("true".to_owned()),
        Just("null".to_owned()),
        "[a-z ]{100,200}",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<i128>().prop_map(|number| Value::whole(number.into())),
        (-1e300f64..1e300).prop_map(Value::Float),
        text.clone().prop_map(Value::Str),
        proptest::collection::vec(any::<u8>(), 0..80).prop_map(Value::Bytes),
    ];
    leaf.prop_recursive(4, 40, 5, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::List),
            proptest::collection::vec((text.clone(), inner), 0..5).prop_map(|entries| Value::Map(entries.into_iter().collect::<Map>())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_reads_back_identical(value in values(), indented: bool, unicode: bool) {
        for style in [Style::Block, Style::Flow, Style::Mixed] {
            let dashes = if indented { Dashes::Indented } else { Dashes::Flush };
            let text = dump(&value, &DumpOptions { style, dashes, unicode, ..DumpOptions::default() });
            let read = yaml::load_value(&text);
            prop_assert!(read.as_ref().is_ok_and(|read| read.is_identical(&value)), "{text}\n{read:?}\n{value:?}");
        }
    }

    #[test]
    fn a_damaged_document_is_read_or_refused_with_its_place(value in values(), cuts in proptest::collection::vec((any::<usize>(), 0..6_usize, "[-:#\\[{}&*!|>'\n ]{0,4}"), 1..5)) {
        let mut letters: Vec<char> = dump(&value, &DumpOptions::default()).chars().collect();
        for (at, length, piece) in cuts {
            let at = at % (letters.len() + 1);
            let end = (at + length).min(letters.len());
            letters.splice(at..end, piece.chars());
        }
        let text: String = letters.into_iter().collect();
        if let Err(error) = yaml::load_value(&text) {
            prop_assert!(error.line >= 1, "{error:?} in {text:?}");
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "[-:#,{}\\[\\]&*!|>'\"%@` ?a1.~=<\n\t]{0,40}") {
        let _ = yaml::load_value(&text);
    }
}
