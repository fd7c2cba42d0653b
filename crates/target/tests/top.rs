//! Top files: reading, merging, choosing.

use model::Problem;
use std::collections::BTreeMap;
use target::top::{Rendered, Settings, Step, Strategy, Top, TopFiles, choose, gather, parse};
use target::{Known, Nodegroups};
use value::{Map, Value};

struct Files(BTreeMap<&'static str, (&'static str, &'static str)>);

fn read(json: &str) -> (Top, Vec<Problem>) {
    let value: Value = serde_json::from_str(json).unwrap();
    parse(&Rendered { value: &value, file: "top.sls", locate: &|path: &[Step<'_>]| Some((u32::try_from(path.len()).unwrap() + 1, 1)) })
}

impl TopFiles for Files {
    fn envs(&self) -> Vec<String> {
        self.0.keys().map(|env| (*env).to_owned()).collect()
    }

    fn top(&mut self, env: &str, _: &mut Vec<Problem>) -> Option<Top> {
        self.0.get(env).map(|(top, _)| read(top).0)
    }

    fn fragment(&mut self, env: &str, sls: &str, _: &mut Vec<Problem>) -> Option<Top> {
        self.0.get(env).filter(|_| sls == "more").map(|(_, more)| read(more).0)
    }

    fn sls_names(&self, _: &str) -> Vec<String> {
        vec!["more".to_owned()]
    }
}

fn names(settings: &Settings, files: &[(&'static str, &'static str)]) -> String {
    let mut files = Files(files.iter().map(|(env, top)| (*env, (*top, r#"{"base":{"*":["b"],"min*":["c"]}}"#))).collect());
    let (top, problems) = gather(settings, &mut files);
    assert!(problems.is_empty(), "{problems:?}");
    let grains = Value::Map([("os", "Debian")].into_iter().collect());
    let (names, _) = choose(&top, &Known { id: "minion1", grains: &grains, pillar: &Value::Map(Map::new()) }, &Nodegroups::new());
    let text = |(env, chosen): &(String, Vec<target::top::Chosen>)| {
        format!("{env}:{}", chosen.iter().map(|one| one.sls.as_str()).collect::<Vec<_>>().join(","))
    };
    names.iter().map(text).collect::<Vec<_>>().join(" ")
}

const BASE: &str = r#"{"base":{"*":["a"]},"dev":{"*":["a"]}}"#;
const DEV: &str = r#"{"dev":{"*":["b"]},"base":{"min*":["a"]},"qa":{"*":["q"]}}"#;
const QA: &str = r#"{"qa":{"*":["q"]}}"#;
const THREE: [(&str, &str); 3] = [("base", BASE), ("dev", DEV), ("qa", QA)];

#[test]
fn base_decides_for_the_environments_it_names() {
    assert_eq!(names(&Settings::default(), &THREE), "base:a dev:a qa:q");
}

#[test]
fn merge_all_appends_in_the_order_of_environments() {
    let settings = Settings { strategy: Strategy::MergeAll, ..Settings::default() };
    assert_eq!(names(&settings, &THREE), "base:a,a dev:a,b qa:q");
    let settings = Settings { env_order: ["qa", "dev", "base"].map(str::to_owned).to_vec(), ..settings };
    assert_eq!(names(&settings, &THREE), "qa:q dev:b,a base:a,a");
}

#[test]
fn same_keeps_every_environment_to_itself() {
    let settings = Settings { strategy: Strategy::Same, default_top: "base".to_owned(), ..Settings::default() };
    assert_eq!(names(&settings, &THREE), "base:a dev:b qa:q");
}

#[test]
fn one_environment_asked_for_is_the_only_one_read() {
    let settings = Settings { saltenv: Some("dev".to_owned()), ..Settings::default() };
    assert_eq!(names(&settings, &THREE), "dev:b");
}

#[test]
fn an_included_fragment_replaces_the_same_target() {
    assert_eq!(names(&Settings::default(), &[("base", r#"{"include":["m*"],"base":{"*":["a"]}}"#)]), "base:b,c");
}

#[test]
fn match_types_and_other_environments_are_read() {
    let top = r#"{"base":{"os:Debian":[{"match":"grain"},"a",{"dev":"d"}],"x,minion1":[{"match":"list"},"l"],"db*":["no"]}}"#;
    assert_eq!(names(&Settings::default(), &[("base", top)]), "base:a,l dev:d");
}

#[test]
fn a_malformed_top_file_names_every_fault_and_its_line() {
    let (top, problems) = read(r#"{"base":{"*":"a","x":[["y"]],"web*":["w",{"match":"gain"}]},"dev":"a","include":"x"}"#);
    let seen: Vec<_> = problems.iter().map(|problem| format!("{}: {}", problem.place.as_ref().unwrap().line, problem.message)).collect();
    assert_eq!(
        seen,
        [
            "3: Malformed topfile: state declarations for matcher '*' in saltenv 'base' are not formed as a list (got str)",
            "4: target 'x' in saltenv 'base' has a list where an SLS name is wanted",
            "4: `gain` is no kind of target; the kinds are glob, pcre, list, grain, grain_pcre, pillar, pillar_pcre, pillar_exact, ipcidr, range, \
             nodegroup, compound, data",
            "2: Malformed topfile: saltenv 'dev' is not formed as a mapping of targets (got str)",
            "2: Include Declaration in top file is not formed as a list",
        ]
    );
    assert_eq!(top.sections[0].entries.len(), 2);
}
