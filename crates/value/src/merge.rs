//! Merging of mappings, as pillar, `defaults.merge` and grains do it.

use crate::{Map, Value};

/// What happens to two lists under one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Lists {
    /// The new list stands.
    #[default]
    Replace,
    /// Items of the new list that are not in the old one follow it.
    Append,
}

/// How two mappings become one (`pillar_source_merging_strategy`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// Mappings are merged all the way down, anything else is replaced.
    Recurse(Lists),
    /// A top-level key of the new mapping replaces the old one wholesale.
    Overwrite,
}

impl Default for Strategy {
    fn default() -> Self {
        Self::Recurse(Lists::Replace)
    }
}

/// Merges `from` over `into`. Known keys keep their place, new ones follow in their order.
pub fn merge(into: &mut Map, from: Map, strategy: Strategy) {
    match strategy {
        Strategy::Overwrite => into.extend(from),
        Strategy::Recurse(lists) => recurse(into, from, lists),
    }
}

fn recurse(into: &mut Map, from: Map, lists: Lists) {
    for (key, new) in from {
        match (into.get_value_mut(&key), new) {
            (Some(Value::Map(old)), Value::Map(new)) => recurse(old, new, lists),
            (Some(Value::List(old)), Value::List(new)) if lists == Lists::Append => {
                for item in new {
                    if !old.contains(&item) {
                        old.push(item);
                    }
                }
            }
            (Some(old), new) => *old = new,
            (None, new) => {
                into.insert(key, new);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{Strategy as Generator, any, prop_assert_eq, prop_oneof, proptest};

    fn merged(a: &str, b: &str, strategy: Strategy) -> String {
        let (mut a, b): (Map, Map) = (serde_json::from_str(a).unwrap(), serde_json::from_str(b).unwrap());
        merge(&mut a, b, strategy);
        serde_json::to_string(&a).unwrap()
    }

    const A: &str = r#"{"d":{"x":"a","only_a":1},"l":[1,2]}"#;
    const B: &str = r#"{"d":{"x":"b","only_b":1},"l":[2,3]}"#;

    #[test]
    fn recurse_merges_mappings_and_replaces_lists() {
        let expected = r#"{"d":{"x":"b","only_a":1,"only_b":1},"l":[2,3]}"#;
        assert_eq!(merged(A, B, Strategy::default()), expected);
    }

    #[test]
    fn appending_lists_adds_only_what_is_new() {
        let expected = r#"{"d":{"x":"b","only_a":1,"only_b":1},"l":[1,2,3]}"#;
        assert_eq!(merged(A, B, Strategy::Recurse(Lists::Append)), expected);
    }

    #[test]
    fn overwrite_replaces_top_level_keys_wholesale() {
        assert_eq!(merged(A, B, Strategy::Overwrite), B);
    }

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
    proptest! {
        #[test]
        fn merging_the_same_again_changes_nothing(a in maps(), b in maps(), append: bool) {
            let strategy = Strategy::Recurse(if append { Lists::Append } else { Lists::Replace });
            let mut once = a;
            merge(&mut once, b.clone(), strategy);
            let mut twice = once.clone();
            merge(&mut twice, b, strategy);
            prop_assert_eq!(once, twice);
        }
    }
}
