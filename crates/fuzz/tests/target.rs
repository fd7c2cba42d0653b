//! Texts as target expressions of every kind: parsed or refused with a column, and matched in a bounded time.

use fuzz::{INPUTS, guarded, mutated};
use model::{Target, TargetKind};
use target::{Known, Nodegroups, parse, parse_leniently};
use value::Value;

#[rustfmt::skip]
const PIECES: &[&str] = &[
    "G@", "E@", "P@", "L@", "S@", "R@", "I@", "J@", "N@", "N@a", " and ", " or ", " not ", "not", " ( ", " ) ", "(", ")", "*", "?", "[a-z]",
    "[!", ":", "|", "(a+)+$", "(?=x)", "\\1", "10.0.0.0/8", "::1/128", "web", "os:Debian", "a:*:b", ",", " ", "é", "@",
];

#[rustfmt::skip]
const EXPRESSIONS: &[&str] = &[
    "web* and G@os:Debian or not ( E@db[0-9]+ and S@10.0.0.0/8 )", "L@a,b,c", "P@os:(Debian|Ubuntu)", "I@a:b:c", "J@a:b.*",
    "N@group and web*", "*", "a:b:c", "10.0.0.5",
];

const GRAINS: &str = r#"{"os": "Debian", "a": {"b": {"c": "aaaaaaaaaaaaaaaaaaaaaaaaaaaa!"}, "l": [{"x": 1}, "y"]}, "ipv4": ["10.0.0.5"]}"#;

#[test]
fn any_expression_is_parsed_or_refused_with_a_column() {
    let documents: Vec<String> = EXPRESSIONS.iter().map(|text| (*text).to_owned()).collect();
    let groups: Value = serde_json::from_str(r#"{"a": "N@b or web*", "b": "N@a", "group": ["x", "y"]}"#).unwrap();
    let groups = Nodegroups::from_value(&groups);
    let grains: Value = serde_json::from_str(GRAINS).unwrap();
    bolero::check!().with_iterations(INPUTS).with_max_len(120).for_each(|bytes: &[u8]| {
        let (kind, bytes) = bytes.split_first().unwrap_or((&0, &[]));
        let kind = TargetKind::ALL[usize::from(*kind) % TargetKind::ALL.len()];
        let target = Target::new(kind, mutated(&documents, PIECES, bytes));
        guarded(|| {
            let (strict, lenient) = (parse(&target, &groups), parse_leniently(&target, &groups));
            assert!(lenient.is_ok() || strict.is_err(), "{target:?}");
            let known = Known { id: "web01.example.com", grains: &grains, pillar: &grains };
            match strict {
                Ok(expression) => {
                    let found = expression.matches(&known);
                    assert_eq!(lenient.map(|lenient| lenient.matches(&known)).ok(), Some(found), "{target:?}");
                }
                Err(error) => {
                    assert!(error.column >= 1 && error.column <= target.expression.chars().count() + 1, "{target:?}: {error}");
                }
            }
        });
    });
}
