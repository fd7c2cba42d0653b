//! Trees with the results that Salt recorded for them, in run order, in both modes. `SYLVITE_CASES` names further folders of cases.

mod support;

use engine::Options;
use sls::Request;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use support::Tree;
use value::{Map, Value};

fn json(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The tree of a recorded case.
fn tree_of_case(folder: &Path) -> Tree {
    fn walk(folder: &Path, prefix: &str, found: &mut BTreeMap<String, String>) {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let name = entry.file_name().into_string().unwrap();
            if entry.file_type().unwrap().is_dir() {
                walk(&entry.path(), &format!("{prefix}{name}."), found);
            } else if let Some(stem) = name.strip_suffix(".sls") {
                found.insert(format!("{prefix}{stem}"), std::fs::read_to_string(entry.path()).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(&folder.join("states"), "", &mut found);
    Tree(found)
}

/// A result without what differs between runs, and with its tag.
fn row(row: &engine::Row) -> Value {
    let mut map: Map = row.value.clone();
    for key in ["duration", "start_time", "__run_num__"] {
        map.remove(key);
    }
    if let Some(Value::Str(comment)) = map.get_mut("comment")
        && let Some(at) = comment.find("Traceback (most recent call last):")
    {
        comment.replace_range(at.., "{{TRACE}}");
    }
    map.insert("tag", row.tag.as_str());
    serde_json::from_str(&serde_json::to_string(&Value::Map(map)).unwrap()).unwrap()
}

/// Cases that need states, functions or a configuration which this world does not have.
fn needs_more(folder: &Path) -> bool {
    let text: String = std::fs::read_dir(folder.join("states"))
        .unwrap()
        .filter_map(|entry| std::fs::read_to_string(entry.unwrap().path()).ok())
        .chain([std::fs::read_to_string(folder.join("case.json")).unwrap()])
        .collect();
    ["cmd.run", "cmd.wait", "file.", "SCRATCH", "{{", "{%", "pillar", "saltenv", "diverge"].iter().any(|word| text.contains(word))
}

async fn case(folder: &Path, count: &mut usize, wrong: &mut Vec<String>) {
    let (case, expected) = (json(&folder.join("case.json")), json(&folder.join("expect.json")));
    let tree = tree_of_case(folder);
    let steps = case.get("steps").and_then(Value::as_list).unwrap_or_default();
    let answers = expected.get("steps").and_then(Value::as_list).unwrap_or_default();
    for (step, answer) in steps.iter().zip(answers) {
        let words: Vec<String> = step.get("call").and_then(Value::as_list).unwrap_or_default().iter().map(value::text::str).collect();
        let [function, names, flags @ ..] = words.as_slice() else { continue };
        if function != "state.apply" || flags.iter().any(|flag| flag != "test=True") {
            continue;
        }
        let mut request = Request::sls("base", names.split(','));
        if let Some(Value::List(kinds)) = case.get("config").and_then(|config| config.get("disabled_requisites")) {
            request.options.disabled_requisites = kinds.iter().map(value::text::str).collect();
        }
        if case.get("config").and_then(|config| config.get("state_auto_order")) == Some(&Value::Bool(false)) {
            request.options.auto_order = false;
        }
        let options = Options { test: !flags.is_empty(), ..Options::default() };
        let (Ok(plan), Some(Value::List(rows))) = (support::plan(&tree, &request), answer.get("return")) else { continue };
        let report = support::run(&plan, &options).await;
        let seen: Vec<Value> = report.rows().iter().map(row).collect();
        *count += 1;
        if seen != *rows {
            let show = |rows: &[Value]| {
                rows.iter().map(|row| format!("    {}", serde_json::to_string(row).unwrap())).collect::<Vec<_>>().join("\n")
            };
            let differ = |(a, b): &(&Value, &Value)| a != b;
            let (a, b): (Vec<Value>, Vec<Value>) = seen.iter().zip(rows).filter(differ).map(|(a, b)| (a.clone(), b.clone())).unzip();
            wrong.push(format!("{} {words:?}: gave\n{}\n  not\n{}", folder.display(), show(&a), show(&b)));
        }
    }
}

#[tokio::test]
async fn runs_report_what_salt_reported() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let more = std::env::var("SYLVITE_CASES").unwrap_or_default();
    let folders: Vec<PathBuf> = more.split(':').filter(|path| !path.is_empty()).map(PathBuf::from).chain([own]).collect();
    let (mut count, mut wrong) = (0, Vec::new());
    for folder in folders {
        let mut cases: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        cases.sort();
        for folder in cases.iter().filter(|folder| folder.join("case.json").is_file() && folder.join("states").is_dir()) {
            if !needs_more(folder) {
                case(folder, &mut count, &mut wrong).await;
            }
        }
    }
    assert!(wrong.is_empty(), "{} runs differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 40, "only {count} runs were compared");
}
