//! Expressions with the filters, tests and functions of Salt's templates, against what Salt 3008.5 answers.

use render::{NoFiles, NoFunctions, Options, Renderer, Scope, Source};
use std::sync::Arc;
use value::Value;

#[test]
fn every_recorded_expression_prints_what_salt_prints() {
    let renderer = Renderer::new(Arc::new(NoFunctions), Arc::new(NoFiles), Options::default());
    let json = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let scope = Scope {
        grains: Arc::new(json(r#"{"id":"minion1","os":"Debian","os_family":"Debian","roles":["web","db"],"deep":{"a":{"b":"c"}}}"#)),
        pillar: Arc::new(yaml::load_value(include_str!("cases/pillar.yaml")).unwrap()),
        opts: Arc::new(json(r#"{"id":"minion1"}"#)),
        env: "base".to_owned(),
        ..Scope::default()
    };
    let mut wrong = Vec::new();
    for line in include_str!("cases/expressions.jsonl").lines() {
        let case = json(line);
        let [expression, expected] = case.as_list().unwrap() else { panic!("{line}") };
        let source = Source::new("t.jinja", format!("{{{{ {} }}}}", expression.as_str().unwrap()));
        let seen = match renderer.chain(&source, &scope, "jinja") {
            Ok(text) => text,
            Err(error) => Value::Map([("error", error.message.as_str())].into_iter().collect()),
        };
        if seen != *expected {
            wrong.push(format!("{}\n  expected {expected:?}\n  got      {seen:?}", expression.as_str().unwrap()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
