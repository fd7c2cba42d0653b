//! What documents mean, in the dialect that Salt reads.

use value::text::repr;

fn reads(text: &str, expected: &str) {
    match yaml::load_value(text) {
        Ok(value) => assert_eq!(repr(&value), expected, "reading {text:?}"),
        Err(error) => panic!("{text:?} is refused: {error}, line {}", error.line),
    }
}

fn refuses(text: &str, line: u32, column: u32, message: &str) {
    match yaml::load_value(text) {
        Ok(value) => panic!("{text:?} reads as {}", repr(&value)),
        Err(error) => {
            assert_eq!((error.line, error.column), (line, column), "place of {:?} in {text:?}", error.message);
            assert!(error.message.contains(message), "{:?} does not say {message:?}", error.message);
        }
    }
}

#[test]
fn truth_values_and_null_have_many_spellings_but_y_and_n_are_text() {
    reads("[true, True, TRUE, yes, Yes, YES, on, On, ON]", &format!("[{}]", ["True"; 9].join(", ")));
    reads("[false, False, FALSE, no, No, NO, off, Off, OFF]", &format!("[{}]", ["False"; 9].join(", ")));
    reads("[y, Y, n, N, tRue, oN, 'yes', \"on\"]", "['y', 'Y', 'n', 'N', 'tRue', 'oN', 'yes', 'on']");
    reads("a: ~\nb: null\nc: Null\nd: NULL\ne:\nf: ''\n", "{'a': None, 'b': None, 'c': None, 'd': None, 'e': None, 'f': ''}");
}

#[test]
fn whole_numbers_drop_leading_zeros() {
    reads("[0644, 010, 007, 00, 0, 08, 0o17]", "[644, 10, 7, 0, 0, '08', '0o17']");
    reads("[0x1f, 0b11, 1_000, 1__0, -5, +7, -010, +0644]", "[31, 3, 1000, 10, -5, 7, -8, 420]");
    reads("[1:30, 190:20:30, 12:30:45, 1:60, 0:30]", "[90, 685230, 45045, '1:60', '0:30']");
}

#[test]
fn broken_numbers_need_a_dot_and_a_signed_exponent() {
    reads("[1.5, .5, 1., 1.5e+3, 1_0.5, 1:30.5, +1.5, .inf, -.inf]", "[1.5, 0.5, 1.0, 1500.0, 10.5, 90.5, 1.5, inf, -inf]");
    reads("[1e3, 1.5e3, 12e03, -.5, 1.2.3, '.5']", "['1e3', '1.5e3', '12e03', '-.5', '1.2.3', '.5']");
}

#[test]
fn dates_stay_text() {
    reads("[2001-12-14, 2001-12-14 21:59:43, !!timestamp 2001-1-1]", "['2001-12-14', '2001-12-14 21:59:43', '2001-1-1']");
}

#[test]
fn tags_decide_over_the_look_of_a_scalar() {
    reads("[!!str 5, !!int '7', !!float '2', !!bool 'yes', !!null '']", "['5', 7, 2.0, True, None]");
    reads("[!!seq [1], !!map {a: 1}, !!set {a, b}, ! 'x']", "[[1], {'a': 1}, ['a', 'b'], 'x']");
    reads("[! '5', ! 7, ! x, !]\n", "[5, 7, 'x', '']");
    reads("[!!binary aGVsbG8=, !!binary aGVsbG8]", "[b'hello', b'hello']");
    refuses("a: !custom x", 1, 4, "could not determine a constructor for the tag '!custom'");
    refuses("a: !!int x", 1, 4, "invalid literal for int() with base 10: 'x'");
}

#[test]
fn block_scalars_keep_or_fold_their_lines() {
    reads("a: |\n  l1\n    in\n  l3\nb: |-\n  strip\nc: |+\n  keep\n\n", r"{'a': 'l1\n  in\nl3\n', 'b': 'strip', 'c': 'keep\n\n'}");
    reads("a: >\n  one\n  two\n\n  three\n", r"{'a': 'one two\nthree\n'}");
    reads("a: |\n  no line feed at the end", "{'a': 'no line feed at the end'}");
    reads("a: one\n  two\nb:\n  x\n\n  y\n", r"{'a': 'one two', 'b': 'x\ny'}");
    reads("c: |\r\n  l1\r\n  l2\r\n", r"{'c': 'l1\nl2\n'}");
}

#[test]
fn merge_keys_fill_in_what_a_mapping_does_not_write() {
    reads("b: &b {a: 1, b: 2}\nx:\n  <<: *b\n  b: 3\n  c: 4\n", "{'b': {'a': 1, 'b': 2}, 'x': {'a': 1, 'b': 3, 'c': 4}}");
    reads("a: &a {a: 1}\nc: &c {c: 2}\nx: {<<: [*a, *c], d: 1}\n", "{'a': {'a': 1}, 'c': {'c': 2}, 'x': {'c': 2, 'a': 1, 'd': 1}}");
    refuses("<<: 3", 1, 5, "expected a mapping or list of mappings for merging");
    refuses("a: <<", 1, 4, "tag:yaml.org,2002:merge");
}

#[test]
fn keys_are_distinct_and_scalar() {
    refuses("a: 1\nb: 2\na: 3\n", 3, 1, "found conflicting ID 'a'");
    refuses("x: {k: 1, k: 2}", 1, 11, "found conflicting ID 'k'");
    refuses("true: 1\n1: 2\n", 2, 1, "found conflicting ID '1'");
    refuses("a: {{ x }}", 1, 5, "Invalid YAML, possible double curly-brace");
    refuses("[x]: e", 1, 1, "found unacceptable key");
    refuses("a: &a {x: 1}\nb: &b {x: 2}\nc: {<<: [*a, *b]}\n", 1, 8, "found conflicting ID 'x'");
    refuses("a: 1\n: 2\n", 2, 1, "a key is missing");
    reads("? \n: a\nb: 1\n", "{None: 'a', 'b': 1}");
    reads("?\n", "{None: None}");
}

#[test]
fn aliases_repeat_what_was_named() {
    reads("a: 1\n&x: 2\nb: 3\n", "{'a': 1, None: 2, 'b': 3}");
    reads("a:\n  b: 1\n  &x: 2\n", "{'a': {'b': 1, None: 2}}");
    reads("- a: 1\n  &x: 2\n- b: 1\n  &y:\n    c: 1\n", "[{'a': 1, None: 2}, {'b': 1, None: {'c': 1}}]");
    reads("a: &x {k: 1}\nb: *x\nc: &s t\nd: [*s, *s]\n", "{'a': {'k': 1}, 'b': {'k': 1}, 'c': 't', 'd': ['t', 't']}");
    refuses("a: *nope", 1, 4, "found undefined alias 'nope'");
    refuses("a: &x [*x]", 1, 8, "alias inside of the node it names");
}

#[test]
fn a_bomb_of_aliases_is_refused() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let before = level - 1;
        text.push_str(&format!("a{level}: &a{level} [{}]\n", vec![format!("*a{before}"); 10].join(", ")));
    }
    let error = yaml::load_value(&text).unwrap_err();
    assert!(error.message.contains("nodes"), "{}", error.message);
}

#[test]
fn deep_nesting_is_refused_and_not_a_crash() {
    for open in ["[", "{a: ", "- ", "? ", "- - ["] {
        assert!(yaml::load_value(&open.repeat(100_000)).is_err(), "{open}");
    }
}

#[test]
fn broken_documents_name_the_place() {
    refuses("a:\n\tb: 1\n", 2, 2, "Illegal tab character");
    refuses("a: b: c", 1, 5, "mapping values are not allowed");
    refuses("a: 1\n---\nb: 2\n", 2, 1, "expected a single document in the stream");
    for text in ["a:\n   b: 1\n  c: 2\n", "a: [1, 2\nb: 3\n", "h: [~, null, , x]", "a: 'it's'", "a: @x", "a: `x", "a: %x"] {
        assert!(yaml::load_value(text).is_err(), "{text:?}");
    }
}

#[test]
fn nodes_know_their_places() {
    let node = yaml::load("top:\n  - one\n  - key: [x,\n      y]\n", "t").unwrap();
    let list = node.get("top").unwrap().as_list().unwrap();
    assert_eq!((list[0].line, list[0].column), (2, 5));
    let (key, value) = &list[1].as_map().unwrap()[0];
    assert_eq!((key.line, key.column, value.line, value.column), (3, 5, 3, 10));
    let y = &value.as_list().unwrap()[1];
    assert_eq!((y.line, y.column), (4, 7));
    assert_eq!(node.key_line(&"top".into()), Some(1));
}

#[test]
fn an_empty_text_is_null() {
    for text in ["", "\n", "# only a comment\n", "---\n", "--- ~\n...\n"] {
        reads(text, "None");
    }
}

#[test]
fn a_colon_right_after_an_anchor_makes_a_key() {
    reads("a:\n  &b: c\n", "{'a': {None: 'c'}}");
    reads("é:\n- &x: 1\n- &y: 2\nb: 3\n", "{'é': [{None: 1}, {None: 2}], 'b': 3}");
    reads("a: &b 'x &c: y'\nd: *b\n", "{'a': 'x &c: y', 'd': 'x &c: y'}");
}

#[test]
fn between_brackets_a_colon_needs_a_blank_after_it() {
    for text in ["{a:}", "[b:, c]", "{port:[80]}", "{a:{b: 1}}", "{x: a:}", "{a:?}", "x: [y:[1]]"] {
        let error = yaml::load_value(text).expect_err(text);
        assert!(error.message.contains("':'"), "{text}: {}", error.message);
    }
    reads("{a: , b: c:d, 'e':[1], f: http://x/?y=1}", "{'a': None, 'b': 'c:d', 'e': [1], 'f': 'http://x/?y=1'}");
}
