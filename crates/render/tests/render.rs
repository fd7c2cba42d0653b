//! Files through the chain: stages, variables, imports, places, errors.

use render::{CallError, Error, Functions, Loader, Machine, Options, Renderer, Scope, SlsFile, Source};
use std::collections::BTreeMap;
use std::sync::Arc;
use value::{Map, Value};

struct Tree(BTreeMap<&'static str, &'static str>);

impl Loader for Tree {
    fn read(&self, env: &str, path: &str) -> Result<Option<Arc<str>>, String> {
        assert_eq!(env, "base");
        Ok(self.0.get(path).map(|text| Arc::from(*text)))
    }
}

struct Echo;

impl Functions for Echo {
    fn call(&self, function: &str, args: Vec<Value>, kwargs: Map) -> Result<Value, CallError> {
        match function {
            "test.echo" => args.into_iter().next().ok_or_else(|| CallError::Failed("nothing to echo".to_owned())),
            "test.kwarg" => Ok(Value::Map(kwargs)),
            "defaults.merge" | "slsutil.merge" => {
                let mut args = args.into_iter();
                let (Some(Value::Map(mut into)), Some(Value::Map(from))) = (args.next(), args.next()) else {
                    return Err(CallError::Failed("two mappings are needed".to_owned()));
                };
                value::merge(&mut into, from, value::Strategy::default());
                Ok(Value::Map(into))
            }
            other => Err(CallError::NoFunction(other.to_owned())),
        }
    }

    fn exists(&self, function: &str) -> bool {
        matches!(function, "test.echo" | "test.kwarg" | "defaults.merge" | "slsutil.merge")
    }
}

struct Fixed;

impl Machine for Fixed {
    fn now(&self) -> Option<i64> {
        Some(1_400_000_000_000_000)
    }

    fn decrypt(&self, message: &str) -> Result<Option<String>, String> {
        Ok(Some(message.lines().nth(1).unwrap_or_default().chars().rev().collect()))
    }
}

fn renderer(tree: &[(&'static str, &'static str)]) -> Renderer {
    let options = Options { machine: Arc::new(Fixed), blacklist: vec!["toml".to_owned()], ..Options::default() };
    Renderer::new(Arc::new(Echo), Arc::new(Tree(tree.iter().copied().collect())), options)
}

fn scope(name: &str, path: &str) -> Scope {
    Scope {
        env: "base".to_owned(),
        grains: Arc::new(serde_json::from_str(r#"{"os": "Debian"}"#).unwrap()),
        pillar: Arc::new(serde_json::from_str(r#"{"port": 80}"#).unwrap()),
        sls: Some(SlsFile { name: name.to_owned(), path: path.to_owned() }),
        ..Scope::default()
    }
}

/// Renders an SLS `web.site` of a tree to its data.
fn data(text: &str, tree: &[(&'static str, &'static str)]) -> Result<String, Error> {
    let rendered = renderer(tree).sls(&Source::new("web/site.sls", text), &scope("web.site", "web/site.sls"))?;
    Ok(rendered.map_or("None".to_owned(), |rendered| value::text::repr(&rendered.node.to_value())))
}

fn error(text: &str, tree: &[(&'static str, &'static str)]) -> Error {
    data(text, tree).unwrap_err()
}

#[test]
fn an_sls_sees_its_variables_in_all_their_spellings() {
    let text = "v: '{{ [sls, slspath, slsdotpath, slscolonpath, sls_path, tplfile, tpldir, tpldot, saltenv] | join(\"|\") }}'\n";
    assert_eq!(data(text, &[]).unwrap(), "{'v': 'web.site|web|web|web|web|web/site.sls|web|web|base'}");
    let top = renderer(&[]).sls(&Source::new("foo.sls", text), &scope("foo", "foo.sls")).unwrap().unwrap();
    assert_eq!(value::text::repr(&top.node.to_value()), "{'v': 'foo|||||foo.sls|.||base'}");
}

#[test]
fn templates_call_functions_by_item_and_by_attribute() {
    let text = "a: {{ salt['test.echo']('x') }}\nb: {{ salt.test.echo(5) }}\nc: {{ 'test.echo' in salt }} {{ 'no.such' in salt }}\n\
                d: {{ salt['test.kwarg'](a=[1]) }}\ne: {{ salt['no.such'] is defined }}\n";
    assert_eq!(data(text, &[]).unwrap(), "{'a': 'x', 'b': 5, 'c': 'True False', 'd': {'a': [1]}, 'e': False}");
    assert_eq!(error("{{ salt['test.echo']() }}", &[]).message, "Problem running salt function in Jinja template: nothing to echo");
    assert_eq!(
        error("{{ salt['no.such']() }}", &[]).message,
        "Jinja variable 'salt.utils.templates.AliasedLoader object' has no attribute 'no.such'"
    );
}

#[test]
fn a_merge_changes_the_dict_of_the_template_unless_told_otherwise() {
    let text = "{% set d = {'a': {'x': 1}} %}{% set inner = d.a %}{% do salt['defaults.merge'](d, {'a': {'y': 2}, 'b': 3}) %}\n\
                {% set e = {'a': 1} %}{% set f = salt['defaults.merge'](e, {'b': 2}, in_place=False) %}\n\
                d: {{ d }}\ninner: {{ inner }}\ne: {{ e }}\nf: {{ f }}\n";
    let expected = "{'d': {'a': {'x': 1, 'y': 2}, 'b': 3}, 'inner': {'x': 1, 'y': 2}, 'e': {'a': 1}, 'f': {'a': 1, 'b': 2}}";
    assert_eq!(data(text, &[]).unwrap(), expected);
}

#[test]
fn a_pillar_keeps_its_order_when_it_is_merged_over_a_plain_dict() {
    let mut scope = scope("web", "web/init.sls");
    scope.pillar = Arc::new(serde_json::from_str(r#"{"web": {"conf": {"b": 1, "a": [{"d": 1, "c": 2}]}, "mixed": {"z": 1}}}"#).unwrap());
    let merged = "salt['slsutil.merge']({'mixed': {'y': 2}}, pillar.web)";
    let text = format!("{{{{ {merged}.conf | yaml }}}} {{{{ {merged}.mixed | yaml }}}}");
    let out = renderer(&[]).template(&Source::new("x.jinja", text), &scope, "jinja").unwrap();
    assert_eq!(out, "{b: 1, a: [{d: 1, c: 2}]} {y: 2, z: 1}");
}

#[test]
fn imports_are_absolute_or_relative_to_their_file_and_never_leave_the_root() {
    let tree = [
        ("web/map.jinja", "{% from './lib/x.jinja' import y %}{% set port = y + pillar.port %}"),
        ("web/lib/x.jinja", "{% from '../../top.jinja' import z %}{% set y = z %}{% set here = tplfile ~ ' ' ~ tpldir ~ ' ' ~ tpldot %}"),
        ("top.jinja", "{% set z = 1000 %}"),
    ];
    assert_eq!(data("{% from 'web/map.jinja' import port %}p: {{ port }}", &tree).unwrap(), "{'p': 1080}");
    assert_eq!(data("{% from './lib/x.jinja' import here %}p: {{ here }}", &tree).unwrap(), "{'p': 'web/lib/x.jinja web/lib web.lib'}");
    for path in ["../../etc/passwd", "nope.jinja"] {
        let message = error(&format!("{{% import '{path}' as x %}}"), &tree).message;
        assert_eq!(message, format!("Jinja error: {path}"));
    }
}

#[test]
fn data_tags_read_text_and_files() {
    let tree = [("web/d.yaml", "port: {{ pillar.port }}\n"), ("web/d.json", "[1, {\"a\": null}]")];
    let text = "{% import_yaml 'web/d.yaml' as y %}{% import_json 'web/d.json' as j %}{% load_yaml as l %}[1, x]{% endload %}\n\
                a: {{ y.port }}\nb: {{ j }}\nc: {{ l[1] }}\n";
    assert_eq!(data(text, &tree).unwrap(), "{'a': 80, 'b': [1, {'a': 'None'}], 'c': 'x'}");
    let error = error("{% load_yaml as l %}\na: b: c\n{% endload %}", &[]);
    assert!(error.message.starts_with("Jinja syntax error: Encountered error loading yaml: mapping values"), "{}", error.message);
}

#[test]
fn the_first_line_names_the_chain() {
    assert_eq!(data("#!yaml\na: '{{ x }}'\n", &[]).unwrap(), "{'a': '{{ x }}'}");
    assert_eq!(data("#!jinja|json\n{\"a\": {{ 1 + 1 }}}", &[]).unwrap(), "{'a': 2}");
    assert_eq!(data("#!json5\n{a: 1, /* c */}", &[]).unwrap(), "{'a': 1}");
    assert_eq!(data("#!/bin/sh\na: 1\n", &[]).unwrap(), "{'a': 1}");
    assert_eq!(
        data("#!yaml|gpg\na: |\n  -----BEGIN PGP MESSAGE-----\n  terces\n  -----END PGP MESSAGE-----\n", &[]).unwrap(),
        "{'a': 'secret'}"
    );
    assert_eq!(error("#!jinja|toml\na = 1", &[]).message, "renderer `toml` is forbidden by `renderer_blacklist`");
    assert!(error("#!py\ndef run(): pass", &[]).message.contains("renderer `py` is not supported here"));
    assert!(error("#!jinga|yaml\n", &[]).message.contains("renderer `jinga` is unknown; there are gpg, jinja"));
    assert!(error("#!yaml|jinja\na: 1", &[]).message.contains("needs text"));
}

#[test]
fn a_file_without_content_is_nothing() {
    for text in ["", "\n\n", "# comment\n", "{% set x = 1 %}\n", "{}", "{# #}", "---\n"] {
        assert_eq!(data(text, &[]).unwrap(), "None", "{text:?}");
    }
}

#[test]
fn an_undefined_variable_is_told_with_line_and_excerpt() {
    let error = error("a:\n  b:\n    - c: {{ nothere }}\nd: 1\n", &[]);
    assert_eq!((error.file.as_str(), error.line), ("web/site.sls", 3));
    let expected =
        "Jinja variable 'nothere' is undefined; line 3\n\n---\na:\n  b:\n    - c: {{ nothere }}    <======================\nd: 1\n---";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn an_error_in_an_imported_macro_is_told_at_its_file() {
    let tree = [("m.jinja", "{% macro m(x) %}\n\n{{ x.foo.bar }}\n{% endmacro %}\n")];
    let error = error("{% from 'm.jinja' import m %}\na: {{ m(3) }}\n", &tree);
    assert_eq!((error.file.as_str(), error.line), ("m.jinja", 3));
    assert_eq!(error.message, "Jinja variable 'int object' has no attribute 'foo'");
    assert_eq!(error.via, [("web/site.sls".to_owned(), 2)]);
    assert!(error.excerpt.contains("{{ x.foo.bar }}    <==="), "{}", error.excerpt);
}

#[test]
fn a_yaml_error_is_told_at_the_line_of_the_template() {
    let text = "{% for i in range(20) %}\nk{{ i }}: {{ i }}\n{% endfor %}\nx: 1\nbad: b: c\n";
    let error = error(text, &[]);
    assert_eq!((error.line, error.column), (5, 0));
    assert!(error.message.starts_with("mapping values are not allowed"), "{}", error.message);
    assert!(error.excerpt.ends_with("bad: b: c    <======================"), "{}", error.excerpt);
    let twice = self::error("{% for i in [1, 1] %}\nk{{ i }}: 1\n{% endfor %}\n", &[]);
    assert_eq!((twice.message.as_str(), twice.line), ("found conflicting ID 'k1'", 2));
}

#[test]
fn nodes_point_at_the_template_that_wrote_them() {
    let tree = [("m.jinja", "{% macro state(id) %}\n{{ id }}:\n  test.nop: []\n{% endmacro %}\n")];
    let text = "{% from 'm.jinja' import state %}\nfirst: {test.nop: []}\n{{ state('second') }}\n";
    let rendered = renderer(&tree).sls(&Source::new("web/site.sls", text), &scope("web.site", "web/site.sls")).unwrap().unwrap();
    let places: Vec<_> = rendered.node.as_map().unwrap().iter().map(|(key, _)| rendered.place(key)).collect();
    assert_eq!(places, [("web/site.sls", 2, 1), ("m.jinja", 2, 1)]);
}

#[test]
fn a_header_sets_options_of_one_file_and_lines_stay_true() {
    let text = "#!jinja|yaml\n#jinja2: {\"trim_blocks\": true}\n{% set x = 1 %}\na: |\n{% if true %}\n  b\n{% endif %}\nc: 1\n";
    assert_eq!(data(text, &[]).unwrap(), r"{'a': 'b\n', 'c': 1}");
    assert_eq!(error(&format!("{text}d: {{{{ nothere }}}}\n"), &[]).line, 9);
    assert_eq!(error(&format!("{text}c: 2\n"), &[]).line, 9);
}

#[test]
fn a_file_template_sees_its_own_variables_and_no_sls() {
    let mut scope = Scope { sls: None, ..scope("", "") };
    scope.extra = [("name", "/etc/x"), ("c", "ctx")].into_iter().collect();
    let tree = [("lib.jinja", "{% set v = pillar.port %}")];
    let source = Source::new(
        "web/x.conf",
        "{% from 'lib.jinja' import v %}{{ name }} {{ c }} {{ v }} {{ sls is defined }} {{ tplfile is defined }}\n",
    );
    assert_eq!(renderer(&tree).template(&source, &scope, "jinja").unwrap(), "/etc/x ctx 80 False False\n");
    let relative = Source::new("web/x.conf", "{% from './lib.jinja' import v %}");
    assert_eq!(renderer(&[("web/lib.jinja", "")]).template(&relative, &scope, "jinja").unwrap_err().message, "Jinja error: ./lib.jinja");
    assert!(renderer(&[]).template(&source, &scope, "mako").unwrap_err().message.contains("`mako` is not supported"));
}

#[test]
fn line_ends_stay_as_they_were() {
    let text = |text: &str| renderer(&[]).chain(&Source::new("t", text), &Scope::default(), "jinja").unwrap();
    for kept in ["x\n\n\n", "x", "x\n", "x\r\ny\r\n"] {
        assert_eq!(text(kept), Value::from(kept));
    }
    assert_eq!(text("a\r\n{{ 1 }}\nb"), Value::from("a\r\n1\r\nb"));
}

#[test]
fn templates_know_only_what_the_machine_tells() {
    assert_eq!(data("a: {{ none | strftime('%Y-%m-%d') }}\nb: {{ 'sh' | which }}\n", &[]).unwrap(), "{'a': '2014-05-13', 'b': 'None'}");
}

#[test]
fn a_template_that_never_ends_is_stopped() {
    let text = "{% for a in range(99999) %}{% for b in range(99999) %}{% set x = a * b %}{% endfor %}{% endfor %}";
    let options = Options { limits: render::Limits { steps: 100_000, ..render::Limits::default() }, ..Options::default() };
    let renderer = Renderer::new(Arc::new(Echo), Arc::new(Tree(BTreeMap::new())), options);
    let error = renderer.sls(&Source::new("x.sls", text), &scope("x", "x.sls")).unwrap_err();
    assert!(error.message.starts_with("Jinja error: "), "{}", error.message);
    assert_eq!(error.line, 1);
}
