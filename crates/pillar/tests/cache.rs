//! Rendered files are kept for as long as what went into them is the same, and no longer.

use pillar::{Cache, Inputs, compile};
use render::{CallError, Functions};
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use value::{Map, Value};

/// Counts calls. `test.count` is one that is never kept, so it tells how often a template was rendered.
#[derive(Default)]
struct Counting {
    rendered: AtomicUsize,
    mine: Mutex<i64>,
}

impl Functions for Counting {
    fn call(&self, function: &str, _: Vec<Value>, _: Map) -> Result<Value, CallError> {
        match function {
            "mine.get" => Ok(Value::Int(*self.mine.lock().unwrap())),
            "test.count" => Ok(Value::from(self.rendered.fetch_add(1, Ordering::Relaxed) as i64)),
            other => Err(CallError::NoFunction(other.to_owned())),
        }
    }

    fn exists(&self, _: &str) -> bool {
        true
    }
}

struct Tree {
    folder: tempfile::TempDir,
    functions: Arc<Counting>,
    cache: Arc<Cache>,
}

impl Tree {
    fn new(sls: &str) -> Self {
        let tree = Self { folder: tempfile::tempdir().unwrap(), functions: Arc::default(), cache: Arc::default() };
        tree.write("top.sls", "base:\n  '*': [a]\n");
        tree.write("a.sls", sls);
        tree
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.path().join(path), text).unwrap();
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn pillar(&self, grains: &str) -> String {
        let grains: Value = serde_json::from_str(grains).unwrap();
        let roots = Arc::new(files::Roots::base(self.path()));
        let mut inputs = Inputs::new("m", Arc::new(grains), roots, Arc::clone(&self.functions) as Arc<dyn Functions>);
        inputs.cache = Some(Arc::clone(&self.cache));
        let compiled = compile(&inputs);
        assert!(compiled.errors.is_empty(), "{:?}", compiled.errors);
        serde_json::to_string(&compiled.pillar).unwrap()
    }
}

#[test]
fn a_changed_text_a_changed_import_and_a_changed_grain_are_seen() {
    let tree = Tree::new("{% import_yaml 'map.yaml' as map %}a: {{ map.x }}{{ grains['os'] }}\n");
    tree.write("map.yaml", "x: 1\n");
    assert_eq!(tree.pillar(r#"{"os": "a"}"#), r#"{"a":"1a"}"#);
    assert_eq!(tree.pillar(r#"{"os": "b"}"#), r#"{"a":"1b"}"#);
    tree.write("map.yaml", "x: 2\n");
    assert_eq!(tree.pillar(r#"{"os": "a"}"#), r#"{"a":"2a"}"#);
    tree.write("a.sls", "b: {{ grains.get('other', 'none') }}\n");
    assert_eq!(tree.pillar(r#"{"os": "a"}"#), r#"{"b":"none"}"#);
    assert_eq!(tree.pillar(r#"{"os": "a", "other": "x"}"#), r#"{"b":"x"}"#);
    tree.write("top.sls", "base:\n  'os:b':\n    - match: grain\n    - a\n");
    assert_eq!(tree.pillar(r#"{"os": "a"}"#), "{}");
}

#[test]
fn an_import_that_uses_a_grain_makes_its_file_depend_on_it() {
    let tree = Tree::new("{% from 'map.jinja' import x with context %}a: {{ x }}\n");
    tree.write("map.jinja", "{% set x = grains['os'] %}");
    assert_eq!(tree.pillar(r#"{"os": "a"}"#), r#"{"a":"a"}"#);
    assert_eq!(tree.pillar(r#"{"os": "b"}"#), r#"{"a":"b"}"#);
}

#[test]
fn a_function_that_looks_is_asked_again() {
    let tree = Tree::new("a: {{ salt['mine.get']('*', 'x') }}\n");
    assert_eq!(tree.pillar("{}"), r#"{"a":0}"#);
    *tree.functions.mine.lock().unwrap() = 7;
    assert_eq!(tree.pillar("{}"), r#"{"a":7}"#);
}

#[test]
fn what_is_fleeting_is_made_every_time() {
    let tree = Tree::new("a: {{ salt['test.count']() }}\n");
    assert_eq!((tree.pillar("{}"), tree.pillar("{}")), (r#"{"a":0}"#.to_owned(), r#"{"a":1}"#.to_owned()));
}

#[test]
fn one_rendering_serves_all_minions_for_whom_it_says_the_same() {
    let tree = Tree::new("a: {{ grains['os'] }}\nb: [{% for i in range(3) %}{{ i }},{% endfor %}]\n");
    for id in 0..50 {
        assert_eq!(tree.pillar(&format!(r#"{{"os": "x", "id": "{id}"}}"#)), r#"{"a":"x","b":[0,1,2]}"#);
    }
    assert_eq!(tree.cache.rendered(), 2, "the top file and the SLS, once each");
    tree.pillar(r#"{"os": "y"}"#);
    assert_eq!(tree.cache.rendered(), 3, "the SLS once more for another value, the top file names no grain");
}

#[test]
fn an_sls_with_errors_is_not_kept() {
    let tree = Tree::new("a: {{ 1 / 0 }}\n");
    let roots = Arc::new(files::Roots::base(tree.path()));
    let mut inputs = Inputs::new("m", Arc::new(Value::map()), roots, Arc::clone(&tree.functions) as Arc<dyn Functions>);
    inputs.cache = Some(Arc::clone(&tree.cache));
    for _ in 0..2 {
        assert_eq!(compile(&inputs).errors.len(), 1);
    }
}
