//! What always holds of targets, whatever the expression.

use model::{Target, TargetKind};
use proptest::prelude::*;
use target::{Expression, Known, Nodegroups, parse, parse_leniently, parse_words};
use value::{Map, Value};

fn compound(text: &str) -> Expression {
    parse(&Target::new(TargetKind::Compound, text), &Nodegroups::new()).unwrap()
}

fn matches(expression: &Expression, id: &str, os: &str) -> bool {
    let grains = Value::Map([("os", os)].into_iter().collect());
    expression.matches(&Known { id, grains: &grains, pillar: &Value::Map(Map::new()) })
}

fn operand() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-c]{1,2}",
        "[a-c]\\*",
        "E@[a-c]\\.\\*",
        "L@[a-c],[a-c]{2}",
        prop_oneof!["Debian", "Ubuntu", "D*"].prop_map(|os| format!("G@os:{os}")),
        "S@10\\.0\\.0\\.[0-9]",
    ]
}

fn expression() -> impl Strategy<Value = String> {
    operand().prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("( {a} and {b} )")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("( {a} or {b} )")),
            inner.prop_map(|a| format!("not ( {a} )")),
        ]
    })
}

proptest! {
    #[test]
    fn not_and_is_or_of_nots(a in expression(), b in expression(), id in "[a-c]{1,2}", os in "Debian|Ubuntu") {
        let not_and = compound(&format!("not ( {a} and {b} )"));
        let or_nots = compound(&format!("not ( {a} ) or not ( {b} )"));
        prop_assert_eq!(matches(&not_and, &id, &os), matches(&or_nots, &id, &os));
    }

    #[test]
    fn not_or_is_and_of_nots(a in expression(), b in expression(), id in "[a-c]{1,2}", os in "Debian|Ubuntu") {
        let not_or = compound(&format!("not ( {a} or {b} )"));
        let and_nots = compound(&format!("not ( {a} ) not ( {b} )"));
        prop_assert_eq!(matches(&not_or, &id, &os), matches(&and_nots, &id, &os));
    }

    #[test]
    fn a_list_is_the_or_of_its_ids(ids in proptest::collection::vec("[a-c]{1,2}", 1..5), id in "[a-c]{1,2}") {
        let list = parse(&Target::new(TargetKind::List, ids.join(",")), &Nodegroups::new()).unwrap();
        prop_assert_eq!(matches(&list, &id, ""), matches(&compound(&ids.join(" or ")), &id, ""));
    }

    #[test]
    fn words_and_text_mean_the_same(a in expression(), id in "[a-c]{1,2}", os in "Debian|Ubuntu") {
        let words: Vec<&str> = a.split(' ').collect();
        let by_words = parse_words(&words, &Nodegroups::new()).unwrap();
        prop_assert_eq!(matches(&by_words, &id, &os), matches(&compound(&a), &id, &os));
    }

    #[test]
    fn any_text_is_parsed_or_refused(text in "[a-zGEPLNSIJR@:|,.*?()\\[\\] 0-9/]{0,40}", kind in 0..TargetKind::ALL.len()) {
        let target = Target::new(TargetKind::ALL[kind], text);
        let (strict, lenient) = (parse(&target, &Nodegroups::new()), parse_leniently(&target, &Nodegroups::new()));
        // What is refused leniently is refused strictly too, with a column inside the text or just behind it.
        prop_assert!(lenient.is_ok() || strict.is_err());
        if let Err(error) = strict {
            prop_assert!(error.column >= 1 && error.column <= target.expression.chars().count() + 1, "{error}");
        }
    }

    #[test]
    fn what_parses_strictly_matches_alike_leniently(a in expression(), id in "[a-c]{1,2}", os in "Debian|Ubuntu") {
        let target = Target::new(TargetKind::Compound, a);
        let (strict, lenient) = (parse(&target, &Nodegroups::new()).unwrap(), parse_leniently(&target, &Nodegroups::new()).unwrap());
        prop_assert_eq!(matches(&strict, &id, &os), matches(&lenient, &id, &os));
    }
}
