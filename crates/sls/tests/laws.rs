//! What always holds of a compile, whatever the tree.

use proptest::prelude::*;
use sls::{Kind, Loaded, Request, SlsSource, Unloaded};
use value::{Map, Value};
use yaml::Node;

/// One SLS, already rendered.
struct One(Value);

impl SlsSource for One {
    fn envs(&self) -> Vec<String> {
        vec!["base".to_owned()]
    }

    fn names(&self, _: &str) -> Vec<String> {
        vec!["x".to_owned()]
    }

    fn load(&self, _: &str, sls: &str) -> Result<Loaded, Unloaded> {
        if sls != "x" {
            return Err(Unloaded::Missing);
        }
        let rendered = render::Rendered { node: Node::from_value(&self.0, 1, 1), files: vec!["x.sls".to_owned()] };
        Ok(Loaded { path: "x.sls".to_owned(), rendered: Some(rendered) })
    }
}

fn single(key: &str, value: Value) -> Value {
    Value::Map([(key, value)].into_iter().collect())
}

/// States of which each refers to some others; cycles are allowed.
fn trees() -> impl Strategy<Value = Value> {
    let kinds =
        prop_oneof![Just("require"), Just("watch"), Just("onchanges"), Just("onfail"), Just("prereq"), Just("require_in"), Just("listen")];
    let references = proptest::collection::vec((kinds, 0_usize..8), 0..3);
    let order = prop_oneof![4 => Just(Value::Null), 1 => (-2_i64..20_000).prop_map(Value::Int), 1 => Just(Value::from("last"))];
    proptest::collection::vec((references, order), 1..8).prop_map(|states| {
        let count = states.len();
        let mut tree = Map::new();
        for (index, (references, order)) in states.into_iter().enumerate() {
            let mut args: Vec<Value> = references
                .into_iter()
                .map(|(kind, target)| single(kind, Value::List(vec![single("test", Value::from(format!("s{}", target % count)))])))
                .collect();
            if !order.is_null() {
                args.push(single("order", order));
            }
            tree.insert(format!("s{index}"), single("test.nop", Value::List(args)));
        }
        Value::Map(tree)
    })
}

/// Anything that YAML can hold, with words that mean something in an SLS.
fn anything() -> impl Strategy<Value = Value> {
    let word = prop_oneof![
        Just("include"),
        Just("extend"),
        Just("exclude"),
        Just("test.nop"),
        Just("test"),
        Just("nop"),
        Just("a"),
        Just("__x"),
        Just("names"),
        Just("require"),
        Just("require_in"),
        Just("use"),
        Just("order"),
        Just("name"),
        Just("x"),
        Just(".."),
        Just("sls"),
        Just("a*["),
        Just("")
    ];
    let leaf = prop_oneof![
        word.clone().prop_map(Value::from),
        any::<i64>().prop_map(Value::Int),
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool)
    ];
    leaf.prop_recursive(6, 48, 4, move |inner| {
        let key = prop_oneof![4 => word.clone().prop_map(Value::from), 1 => any::<i64>().prop_map(Value::Int)];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
            proptest::collection::vec((key, inner), 0..4).prop_map(|entries| Value::Map(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn a_plan_keeps_every_requisite_and_is_the_same_again(tree in trees()) {
        let source = One(tree);
        let compiled = sls::compile(&source, &Request::sls("base", ["x"]));
        let again = sls::compile(&source, &Request::sls("base", ["x"]));
        prop_assert!(compiled.value.to_value().is_identical(&again.value.to_value()));
        prop_assert_eq!(&compiled.problems, &again.problems);
        prop_assert_eq!(compiled.problems.is_empty(), !compiled.value.chunks.is_empty());
        for (place, requisites) in compiled.value.requisites.iter().enumerate() {
            for requisite in requisites {
                for target in &requisite.targets {
                    match requisite.kind {
                        Kind::Listen => {}
                        Kind::Prereq => prop_assert!(place < *target),
                        _ => prop_assert!(*target < place),
                    }
                }
            }
        }
    }

    #[test]
    fn anything_compiles_or_is_refused_with_its_place(tree in anything()) {
        let source = One(tree);
        let request = Request::sls("base", ["x"]);
        let compiled = sls::compile(&source, &request);
        for problem in &compiled.problems {
            prop_assert!(problem.place.is_some(), "{problem}");
        }
        let _ = (sls::show_high(&source, &request), sls::show_low(&source, &request));
    }
}
