//! Pillars of small trees, as Salt compiles them.

use pillar::{Command, Compiled, External, Inputs, Merging, Order, SafeErrors, compile};
use render::NoFunctions;
use std::fs;
use std::sync::Arc;
use value::{Map, Value};

const A: (&str, &str) = ("a.sls", "d: {x: a, only_a: 1, deep: {k: 1, j: 1}}\nl: [1, 2]\ns: from-a\n");
const B: (&str, &str) = ("b.sls", "d: {x: b, only_b: 1, deep: {k: 2}}\nl: [2, 3]\ns: from-b\nn: ~\n");
const AB: (&str, &str) = ("top.sls", "base:\n  '*':\n    - a\n    - b\n");
const TOP_A: (&str, &str) = ("top.sls", "base:\n  '*':\n    - a\n");

/// Compiles a tree of files in environment `base`, after `change` has had its way with the inputs.
fn compiled(tree: &[(&str, &str)], change: impl FnOnce(&mut Inputs)) -> Compiled {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in tree {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let grains: Value = serde_json::from_str(r#"{"id": "minion1", "os": "Debian"}"#).unwrap();
    let roots = Arc::new(files::Roots::base(folder.path()));
    let mut inputs = Inputs::new("minion1", Arc::new(grains), roots, Arc::new(NoFunctions));
    inputs.render.default = "yaml".to_owned();
    change(&mut inputs);
    compile(&inputs)
}

/// The pillar as JSON, sorted by key.
fn pillar(tree: &[(&str, &str)], change: impl FnOnce(&mut Inputs)) -> String {
    let mut pillar = Value::Map(compiled(tree, change).pillar);
    sort(&mut pillar);
    serde_json::to_string(&pillar).unwrap()
}

fn sort(value: &mut Value) {
    match value {
        Value::Map(map) => {
            map.sort_keys();
            map.values_mut().for_each(sort);
        }
        Value::List(items) => items.iter_mut().for_each(sort),
        _ => {}
    }
}

const fn unchanged(_: &mut Inputs) {}

const MERGED: &str = r#"{"d":{"deep":{"j":1,"k":2},"only_a":1,"only_b":1,"x":"b"},"l":[2,3],"n":null,"s":"from-b"}"#;

#[test]
fn a_later_sls_wins_and_mappings_are_merged() {
    assert_eq!(pillar(&[A, B, AB], unchanged), MERGED);
    for merging in [Merging::Smart, Merging::Recurse] {
        assert_eq!(pillar(&[A, B, AB], |inputs| inputs.merging = merging), MERGED);
    }
}

#[test]
fn overwriting_replaces_top_level_keys() {
    let expected = r#"{"d":{"deep":{"k":2},"only_b":1,"x":"b"},"l":[2,3],"n":null,"s":"from-b"}"#;
    for merging in [Merging::Overwrite, Merging::Aggregate] {
        assert_eq!(pillar(&[A, B, AB], |inputs| inputs.merging = merging), expected);
    }
}

#[test]
fn lists_are_appended_where_asked_for() {
    assert_eq!(pillar(&[A, B, AB], |inputs| inputs.merge_lists = true), MERGED.replace("[2,3]", "[1,2,3]"));
}

#[test]
fn an_empty_mapping_changes_nothing_but_an_empty_list_does() {
    let tree = [("a.sls", "v: {m: 1}\nw: [1]\nx: s\n"), ("b.sls", "v: {}\nw: []\nx: ''\n"), AB];
    assert_eq!(pillar(&tree, unchanged), r#"{"v":{"m":1},"w":[],"x":""}"#);
}

#[test]
fn targets_are_joined_and_an_sls_counts_at_its_first_place() {
    let top = ("top.sls", "base:\n  '*':\n    - a\n    - b\n  'minion1':\n    - a\n  'other*':\n    - c\n");
    assert_eq!(pillar(&[A, B, ("c.sls", "never: 1"), top], unchanged), MERGED);
}

#[test]
fn targets_are_sorted_by_their_order() {
    let top = ("top.sls", "base:\n  '*':\n    - order: 2\n    - a\n  'minion1':\n    - order: 1\n    - b\n");
    let expected = r#"{"d":{"deep":{"j":1,"k":1},"only_a":1,"only_b":1,"x":"a"},"l":[1,2],"n":null,"s":"from-a"}"#;
    assert_eq!(pillar(&[A, B, top], unchanged), expected);
}

#[test]
fn a_top_file_names_sls_by_pattern() {
    let tree = [
        ("parts/a.sls", "k: a\na: 1"),
        ("parts/b/init.sls", "k: b\nb: 1"),
        ("parts/c.d.sls", "never: 1"),
        ("top.sls", "base:\n  'G@os:Deb*':\n    - parts.*\n"),
    ];
    assert_eq!(pillar(&tree, unchanged), r#"{"a":1,"b":1,"k":"b"}"#);
}

#[test]
fn a_file_wins_over_what_it_includes_unless_configured() {
    let inc = ("inc.sls", "s: inc\nonly: inc\nd: {x: inc, inc: 1}\n");
    let a = ("a.sls", "include:\n  - inc\nd: {x: a, only_a: 1}\ns: from-a\n");
    assert_eq!(pillar(&[inc, a, TOP_A], unchanged), r#"{"d":{"inc":1,"only_a":1,"x":"a"},"only":"inc","s":"from-a"}"#);
    let expected = r#"{"d":{"inc":1,"only_a":1,"x":"inc"},"only":"inc","s":"inc"}"#;
    assert_eq!(pillar(&[inc, a, TOP_A], |inputs| inputs.includes_override = true), expected);
}

#[test]
fn includes_go_under_keys_and_by_pattern_and_are_relative_to_their_folder() {
    let tree = [("a.sls", "include:\n  - inc: {key: 'n1:n2'}\n  - parts.*\nv: 1\n"), ("inc.sls", "s: inc"), ("parts/p.sls", "p: 1"), TOP_A];
    assert_eq!(pillar(&tree, unchanged), r#"{"n1":{"n2":{"s":"inc"}},"p":1,"v":1}"#);
    let tree = [
        ("p/q/init.sls", "include:\n  - .sib\n  - ..up\nq: 1\n"),
        ("p/q/sib.sls", "include: [.far]\nsib: 1"),
        ("p/q/far.sls", "far: 1"),
        ("p/up.sls", "up: 1"),
        ("top.sls", "base: {'*': [p.q]}"),
    ];
    let expected =
        r#"{"_errors":["Specified SLS 'p.q..up' in environment 'base' is not available on the salt master"],"far":1,"q":1,"sib":1}"#;
    assert_eq!(pillar(&tree, unchanged), expected);
}

#[test]
fn what_the_top_file_names_counts_in_its_place_and_cycles_end() {
    let tree = [("a.sls", "include: [i]\nv: a"), ("i.sls", "include: [a]\nv: i\nw: 1"), ("top.sls", "base: {'*': [i, a]}")];
    assert_eq!(pillar(&tree, unchanged), r#"{"v":"a","w":1}"#);
}

#[test]
fn trouble_is_gathered_and_the_rest_is_compiled() {
    let tree = [("list.sls", "- 1"), ("bad.sls", "k: [1\n"), ("inc.sls", "include: nolist\ni: 1"), ("empty.sls", "# nothing\n"), A];
    let top = ("top.sls", "base:\n  '*':\n    - gone\n    - list\n    - bad\n    - inc\n    - empty\n    - a\n");
    let compiled = compiled(&[&tree[..], &[top]].concat(), unchanged);
    let told: Vec<String> =
        compiled.pillar.get("_errors").unwrap().as_list().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect();
    let expected = [
        "Specified SLS 'gone' in environment 'base' is not available on the salt master",
        "SLS 'list' does not render to a dictionary",
        "Rendering SLS 'bad' failed. Please see master log for details.",
        "Include Declaration in SLS 'inc' is not formed as a list",
    ];
    assert_eq!(told, expected);
    assert_eq!((compiled.pillar.get("i"), compiled.pillar.get("s")), (Some(&Value::Int(1)), Some(&Value::from("from-a"))));
    let places: Vec<String> =
        compiled.errors.iter().map(|problem| problem.place.as_ref().map_or(String::new(), |place| place.to_string())).collect();
    assert_eq!(places[0], "top.sls, line 3, column 7");
    assert!(places[2].starts_with("bad.sls, line"), "{places:?}");
    assert!(compiled.errors[2].excerpt.is_some());
}

#[test]
fn errors_are_told_in_full_where_that_is_safe() {
    let told = pillar(&[("a.sls", "k: 1\nk: 2"), TOP_A], |inputs| inputs.safe_errors = SafeErrors::Show);
    assert!(told.contains("Rendering SLS 'a' failed, render error:\\nfound conflicting ID 'k'; line 2"), "{told}");
}

#[test]
fn a_missing_sls_may_be_ignored() {
    let top = ("top.sls", "base:\n  '*':\n    - ignore_missing: True\n    - gone\n    - a\n");
    assert_eq!(pillar(&[("a.sls", "x: 1"), top], unchanged), r#"{"x":1}"#);
}

#[test]
fn overrides_win_and_are_merged() {
    let expected = r#"{"d":{"deep":{"j":1,"k":1},"new":1,"only_a":1,"x":"cli"},"l":[9],"s":"from-a"}"#;
    let overrides: Map = serde_json::from_str(r#"{"d":{"x":"cli","new":1},"l":[9]}"#).unwrap();
    assert_eq!(pillar(&[A, TOP_A], |inputs| inputs.overrides = overrides), expected);
}

#[test]
fn no_top_file_is_no_pillar_and_a_malformed_one_is_trouble() {
    assert_eq!(pillar(&[A], unchanged), "{}");
    assert_eq!(pillar(&[A, ("top.sls", "\n")], unchanged), "{}");
    let compiled = compiled(&[("top.sls", "just text")], unchanged);
    assert_eq!(compiled.errors.len(), 1);
}

#[test]
fn environments_are_joined_and_the_later_target_replaces_the_earlier() {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("base/top.sls", "base: {'*': [a]}\ndev: {'*': [b]}\nother: {'*': [never]}\n");
    write("base/a.sls", "a: 1");
    write("dev/top.sls", "dev: {'*': [b2]}");
    write("dev/b.sls", "b: 1");
    write("dev/b2.sls", "b2: 1");
    let env = |name: &str| (name.to_owned(), vec![folder.path().join(name)]);
    let roots = files::Roots::new([env("dev"), env("base")], &files::RootsOptions::default()).unwrap();
    let mut inputs = Inputs::new("minion1", Arc::new(Value::map()), Arc::new(roots), Arc::new(NoFunctions));
    inputs.render.default = "yaml".to_owned();
    let seen = |inputs: &Inputs| serde_json::to_string(&compile(inputs).pillar).unwrap();
    let unknown = "No matching pillar environment for environment 'other' found";
    assert_eq!(seen(&inputs), format!(r#"{{"a":1,"b2":1,"_errors":["{unknown}"]}}"#));
    inputs.pillarenv = Some("dev".to_owned());
    assert_eq!(seen(&inputs), r#"{"b2":1}"#);
    inputs.pillarenv = Some("base".to_owned());
    assert_eq!(seen(&inputs), r#"{"a":1}"#);
    inputs.pillarenv = None;
    inputs.merging = Merging::None;
    assert_eq!(seen(&inputs), format!(r#"{{"a":1,"b":1,"_errors":["{unknown}"]}}"#));
}

#[test]
fn external_data_is_merged_over_the_files_or_under_them() {
    let externals: Vec<(Arc<dyn External>, Value)> = vec![
        (Arc::new(Command::Yaml), Value::from("echo '{s: ext, e: [1]}'")),
        (Arc::new(Command::Json), Value::from("echo '{\"id\": \"%s\"}'")),
    ];
    let tree = [("a.sls", "s: sls"), TOP_A];
    let first = externals.clone();
    assert_eq!(pillar(&tree, |inputs| inputs.externals = first), r#"{"e":[1],"id":"minion1","s":"ext"}"#);
    let expected = r#"{"e":[1],"id":"minion1","s":"sls"}"#;
    let change = |inputs: &mut Inputs| {
        inputs.externals = externals;
        inputs.order = Order::ExternalsFirst;
    };
    assert_eq!(pillar(&tree, change), expected);
}

#[test]
fn an_external_source_in_trouble_is_named_and_the_rest_stands() {
    let externals: Vec<(Arc<dyn External>, Value)> = vec![(Arc::new(Command::Yaml), Value::from("echo secret >&2; exit 3"))];
    let compiled = compiled(&[("a.sls", "s: sls"), TOP_A], |inputs| inputs.externals = externals);
    let told = serde_json::to_string(&compiled.pillar).unwrap();
    assert_eq!(told, r#"{"s":"sls","_errors":["Failed to load ext_pillar cmd_yaml. Please see master log for details."]}"#);
    assert!(compiled.errors[0].message.contains("secret"));
}
