//! Answers recorded from Salt: kind, expression, delimiter, and whether the minion of `facts.json` matched.

use model::{Target, TargetKind};
use target::{Known, Nodegroups, parse_leniently};
use value::Value;

fn load(path: &std::path::Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn every_recorded_expression_matches_as_it_did_in_salt() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let facts = load(&folder.join("facts.json"));
    let nodegroups = Nodegroups::from_value(facts.get("nodegroups").unwrap());
    let known = Known {
        id: facts.get("id").unwrap().as_str().unwrap(),
        grains: facts.get("grains").unwrap(),
        pillar: facts.get("pillar").unwrap(),
    };
    let mut wrong = Vec::new();
    let mut count = 0;
    for file in std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
        if file.ends_with("facts.json") {
            continue;
        }
        for vector in load(&file).as_list().unwrap() {
            let [kind, expression, delimiter, expected] = vector.as_list().unwrap() else { panic!("{vector:?}") };
            let kind: TargetKind = kind.as_str().unwrap().parse().unwrap();
            let target =
                Target { kind, expression: expression.as_str().unwrap().to_owned(), delimiter: delimiter.as_str().unwrap().to_owned() };
            let seen = parse_leniently(&target, &nodegroups).is_ok_and(|parsed| parsed.matches(&known));
            count += 1;
            if Some(seen) != expected.as_bool() {
                wrong.push(format!("{} {kind} `{}` gave {seen}", file.display(), target.expression));
            }
        }
    }
    assert!(count > 250, "only {count} vectors were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
