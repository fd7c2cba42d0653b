//! What always holds of merging, by every strategy.

use proptest::prelude::{Just, Strategy as Generator, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use value::{Lists, Map, Strategy, Value, merge};

fn maps() -> impl Generator<Value = Map> {
    let leaf = any::<i64>().prop_map(Value::Int);
    let value = leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
            proptest::collection::vec(("[a-d]", inner), 0..4).prop_map(|items| Value::Map(items.into_iter().collect())),
        ]
    });
    proptest::collection::vec(("[a-d]", value), 0..4).prop_map(|items| items.into_iter().collect())
}

fn strategies() -> impl Generator<Value = Strategy> {
    prop_oneof![Just(Strategy::Overwrite), Just(Strategy::Recurse(Lists::Replace)), Just(Strategy::Recurse(Lists::Append))]
}

fn joined(a: &Map, b: &Map, strategy: Strategy) -> Map {
    let mut into = a.clone();
    merge(&mut into, b.clone(), strategy);
    into
}

proptest! {
    #[test]
    fn nothing_merged_into_anything_or_anything_into_nothing_is_that_thing(a in maps(), strategy in strategies()) {
        prop_assert_eq!(&joined(&a, &Map::new(), strategy), &a);
        prop_assert_eq!(&joined(&Map::new(), &a, strategy), &a);
    }

    #[test]
    fn merging_the_same_again_changes_nothing(a in maps(), b in maps(), strategy in strategies()) {
        let once = joined(&a, &b, strategy);
        prop_assert_eq!(&joined(&once, &b, strategy), &once);
    }

    #[test]
    fn every_key_stays_those_of_the_first_in_front(a in maps(), b in maps(), strategy in strategies()) {
        let both = joined(&a, &b, strategy);
        let keys: Vec<_> = a.keys().chain(b.keys().filter(|key| a.get_value(key).is_none())).cloned().collect();
        prop_assert_eq!(both.keys().cloned().collect::<Vec<_>>(), keys);
    }

    #[test]
    fn overwriting_takes_the_second_wherever_it_says_anything(a in maps(), b in maps()) {
        for (key, value) in &joined(&a, &b, Strategy::Overwrite) {
            prop_assert_eq!(Some(value), b.get_value(key).or_else(|| a.get_value(key)));
        }
    }

    #[test]
    fn what_is_no_pair_of_mappings_or_lists_is_the_seconds(a in maps(), b in maps(), append: bool) {
        let both = joined(&a, &b, Strategy::Recurse(if append { Lists::Append } else { Lists::Replace }));
        for (key, new) in &b {
            match (a.get_value(key), new) {
                (Some(Value::Map(_)), Value::Map(_)) => {}
                (Some(Value::List(old)), Value::List(more)) if append => {
                    let all = both.get_value(key).and_then(Value::as_list).unwrap();
                    prop_assert!(all.starts_with(old) && more.iter().all(|item| all.contains(item)));
                }
                _ => prop_assert_eq!(both.get_value(key), Some(new)),
            }
        }
    }

    #[test]
    fn three_are_overwritten_alike_from_either_end(a in maps(), b in maps(), c in maps()) {
        let strategy = Strategy::Overwrite;
        prop_assert_eq!(joined(&joined(&a, &b, strategy), &c, strategy), joined(&a, &joined(&b, &c, strategy), strategy));
    }
}
