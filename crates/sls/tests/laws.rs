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

/// A tree with every form that an SLS knows.
const TEXT: &str = "\
include:
  - x
extend:
  a:
    test.nop:
      - require: [test: b]
exclude:
  - id: z
a:
  test.nop:
    - names: [c, {d: [order: 1]}]
    - require_in: [{test: b}, b]
    - onlyif: 'true'
b:
  test:
    - nop
    - watch_any: [{sls: x}, {test: 'c*'}]
    - order: last
    - use: [test: a]
e: test.nop
";

/// The text with pieces cut out, doubled and put in.
fn changed(changes: &[(usize, usize, usize, u8)]) -> String {
    let pieces = ["\n", "  ", "- ", ": ", "[", "{", "}", "]", "'", "&a ", "*a", "<<: ", "test.nop", "|\n", "? ", "!!str ", "x", "\t"];
    let mut letters: Vec<char> = TEXT.chars().collect();
    for (at, length, piece, what) in changes {
        let at = at % letters.len().max(1);
        let end = (at + length % 30).min(letters.len());
        match what % 3 {
            0 => drop(letters.drain(at.min(end)..end)),
            1 => {
                let part = letters[at.min(end)..end].to_vec();
                letters.splice(at.min(end)..at.min(end), part);
            }
            _ => drop(letters.splice(at.min(end)..at.min(end), pieces[piece % pieces.len()].chars())),
        }
    }
    letters.into_iter().collect()
}

/// One SLS as text.
struct Text(String);

impl SlsSource for Text {
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
        let at = |error: yaml::Error| {
            let place = model::Place { file: "x.sls".to_owned(), line: error.line, column: error.column };
            Unloaded::Failed(Box::new(model::Problem::at(place, error.message)))
        };
        let node = yaml::load(&self.0, "x.sls").map_err(at)?;
        Ok(Loaded { path: "x.sls".to_owned(), rendered: Some(render::Rendered { node, files: vec!["x.sls".to_owned()] }) })
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(800) })]

    #[test]
    fn a_damaged_sls_compiles_or_is_refused_with_its_line(
        changes in proptest::collection::vec((any::<usize>(), any::<usize>(), any::<usize>(), any::<u8>()), 1..6)
    ) {
        let text = changed(&changes);
        let compiled = sls::compile(&Text(text.clone()), &Request::sls("base", ["x"]));
        for problem in &compiled.problems {
            prop_assert!(problem.place.as_ref().is_some_and(|place| place.line > 0), "{problem}\n{text}");
        }
    }
}

proptest! {
    #[test]
    fn a_plan_keeps_every_requisite_and_is_the_same_again(tree in trees()) {
        let source = One(tree);
        let compiled = sls::compile(&source, &Request::sls("base", ["x"]));
        let again = sls::compile(&source, &Request::sls("base", ["x"]));
        prop_assert!(compiled.value.to_value().is_identical(&again.value.to_value()));
        prop_assert_eq!(&compiled.problems, &again.problems);
        // With problems there are no requisites, so that nobody takes the chunks for a plan.
        let (plan, is_good) = (&compiled.value, compiled.problems.is_empty());
        prop_assert_eq!(is_good, !plan.requisites.is_empty());
        prop_assert!(!is_good || plan.requisites.len() == plan.chunks.len());
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
