//! Errors point into templates, through every include and macro; lines of the output lead back to lines of templates.

use jinja::{Engine, Error, Function, Host, Kind, Limits, Output, Source, Val, Vars};
use value::Value;

struct Files(&'static [(&'static str, &'static str)]);

impl Host for Files {
    fn load(&self, name: &str, from: &str) -> Result<Option<Source>, String> {
        if name == "broken" {
            return Err(format!("cannot read `{name}` for `{from}`"));
        }
        Ok(self.0.iter().find(|(known, _)| *known == name).map(|(name, text)| Source::new(*name, *text)))
    }

    fn deserialize(&self, format: &str, text: &str) -> Result<Value, (String, u32)> {
        assert_eq!(format, "json");
        serde_json::from_str(text).map_err(|error| (error.to_string(), u32::try_from(error.line()).unwrap()))
    }

    fn module_vars(&self, name: &str) -> Vec<(String, Val)> {
        vec![("tplfile".to_owned(), Val::from(name))]
    }
}

const FILES: Files = Files(&[
    ("macros", "{% macro show(x) %}\n  value: {{ x.name }}\n{% endmacro %}\n{% macro lines() -%}\nfirst\nsecond\n{%- endmacro %}"),
    ("part", "included\n{{ nope }}\n"),
    ("outer", "\n{% include 'part' %}"),
    ("two", "a\nb"),
    ("where", "{% set here = tplfile | default('?') %}{% set seen = local | default('-') ~ everywhere | default('-') %}"),
    ("data", "{\"a\": {{ 1 + 1 }}}"),
    ("bad_data", "{\n\"a\": ,\n}"),
]);

fn render(template: &str) -> Result<Output, Error> {
    let mut vars = Vars::new();
    vars.set("local", "L");
    vars.set_global("everywhere", "G");
    vars.set("fail", Function::val("fail", |_| Err(Error::new(Kind::Raised, "as asked"))));
    Engine::new().render(&Source::new("main", template), vars, &FILES, &Limits::default())
}

/// `name:line:column kind message` and the places that led there.
fn failure(template: &str) -> String {
    let error = render(template).unwrap_err();
    let led: Vec<_> = error.stack.iter().map(|at| format!(" < {}:{}", at.name, at.line)).collect();
    format!("{}:{}:{} {:?} {}{}", error.name, error.line, error.column, error.kind, error.message, led.concat())
}

#[test]
fn an_error_has_template_line_and_column() {
    assert_eq!(failure("ok\n  {{ 1 + nope }}"), "main:2:6 Undefined 'nope' is undefined");
    assert_eq!(failure("a\n{{ x y }}"), "main:2:6 Syntax expected token 'end of print statement', got 'y'");
    assert_eq!(failure("é {{ 'a' + 1 }}"), "main:1:6 Type can only concatenate str (not \"int\") to str");
    assert_eq!(failure("{{ fail() }}"), "main:1:4 Raised as asked");
    assert_eq!(failure("{% if true %}\n\n{{ 1 | int(base='x') }}{% endif %}").split(' ').next(), Some("main:3:8"));
}

#[test]
fn an_error_names_the_way_through_macros_and_includes() {
    let macros = "{% from 'macros' import show %}\n\n{{ show({}) }}";
    assert_eq!(failure(macros), "macros:2:13 Undefined 'dict object' has no attribute 'name' < main:3");
    assert_eq!(failure("x\n{% include 'outer' %}"), "part:2:4 Undefined 'nope' is undefined < outer:2 < main:2");
    assert_eq!(failure("{% import 'outer' as o %}"), "part:2:4 Undefined 'nope' is undefined < outer:2 < main:1");
    assert_eq!(failure("\n{% include 'missing' %}"), "main:2:12 NotFound missing");
    assert_eq!(failure("{% include 'broken' %}"), "main:1:12 Host cannot read `broken` for `main`");
}

#[test]
fn data_that_cannot_be_read_points_at_its_line() {
    assert_eq!(failure("x\n{% load_json as y %}\n{\n\"a\": ,\n}{% endload %}").split(" Host").next(), Some("main:4:1"));
    assert_eq!(failure("\n{% import_json 'bad_data' as y %}").split(" Host").next(), Some("bad_data:2:1"));
    assert!(failure("\n{% import_json 'bad_data' as y %}").ends_with(" < main:2"));
}

/// Output lines with the template line each comes from.
fn lines(template: &str) -> Vec<String> {
    let output = render(template).unwrap();
    assert_eq!(output.map.len(), output.text.split_inclusive('\n').count());
    let place = |line: usize| output.map.place(u32::try_from(line).unwrap() + 1).unwrap();
    output.text.lines().enumerate().map(|(n, text)| format!("{text} = {}:{}", place(n).name, place(n).line)).collect()
}

#[test]
fn lines_of_plain_text_keep_their_numbers() {
    assert_eq!(lines("a\nb\n{# c\nd #}\ne"), ["a = main:1", "b = main:2", " = main:4", "e = main:5"]);
}

#[test]
fn lines_of_a_loop_lead_to_its_body() {
    let seen = lines("top:\n{%- for i in [1, 2] %}\n  - {{ i }}\n    {{ i }}x\n{%- endfor %}\nend: 1");
    assert_eq!(seen, ["top: = main:1", "  - 1 = main:3", "    1x = main:4", "  - 2 = main:3", "    2x = main:4", "end: 1 = main:6"]);
}

#[test]
fn lines_of_macros_and_includes_lead_into_them() {
    let seen = lines("{% from 'macros' import show, lines %}start\n{{ lines() }}\n{% include 'two' %}\n{{ show({'name': 'n'}) }}end");
    assert_eq!(
        seen,
        [
            "start = main:1",
            "first = macros:5",
            "second = macros:6",
            "a = two:1",
            "b = two:2",
            " = macros:1",
            "  value: n = macros:2",
            "end = main:4"
        ]
    );
    assert_eq!(lines("{% set x %}\nq\n{% endset %}\n{{ x }}")[2], "q = main:2");
}

#[test]
fn a_value_of_several_lines_belongs_to_the_line_that_prints_it() {
    assert_eq!(lines("a\n{{ 'x\ny' | upper }}\nb"), ["a = main:1", "X = main:2", "Y = main:2", "b = main:4"]);
}

#[test]
fn an_import_without_context_sees_globals_and_its_own_variables() {
    let text = |template| render(template).unwrap().text;
    assert_eq!(text("{% import 'where' as w %}{{ w.here }} {{ w.seen }}"), "where -G");
    assert_eq!(text("{% import 'where' as w with context %}{{ w.here }} {{ w.seen }}"), "? LG");
}

#[test]
fn data_tags_ask_the_host() {
    let text = |template| render(template).unwrap().text;
    assert_eq!(text("{% load_json as x %}{\"k\": [{{ 1 + 1 }}]}{% endload %}{{ x.k[0] + 1 }}"), "3");
    assert_eq!(text("{% load_text as x %} raw {{ 1 }} {% endload %}[{{ x }}]"), "[ raw 1 ]");
    assert_eq!(text("{% import_json 'data' as x %}{{ x }}"), "{'a': 2}");
    assert_eq!(text("{% import_text 'data' as x %}{{ x | length }}"), "8");
    assert_eq!(text("{% profile as 'p' %}{% set a = 1 %}{{ a }}{% endprofile %}{{ a }}"), "11");
}

#[test]
fn limits_count_the_whole_rendering() {
    let limits = Limits { output: 100, ..Limits::default() };
    let error =
        Engine::new().render(&Source::new("main", "{% for i in range(60) %}ab{% endfor %}"), Vars::new(), &FILES, &limits).unwrap_err();
    assert_eq!((error.kind, error.message.as_str(), error.line), (Kind::Limit, "the output is larger than 100 bytes", 1));
    let limits = Limits { steps: 100, ..Limits::default() };
    let error =
        Engine::new().render(&Source::new("main", "\n{% for i in range(60) %}ab{% endfor %}"), Vars::new(), &FILES, &limits).unwrap_err();
    assert_eq!((error.kind, error.message.as_str()), (Kind::Limit, "the template needs more than 100 steps"));
}

#[test]
fn ordered_dicts_stay_ordered_when_copied() {
    let mut engine = Engine::new();
    engine.add_filter("ordered", |call| match call.value()? {
        Val::Dict(dict) => Ok(Val::Bool(dict.is_ordered())),
        _ => Ok(Val::None),
    });
    engine.finalize = Some(|value| Ok(matches!(value, Val::Dict(_)).then(|| "a dict".to_owned())));
    let mut vars = Vars::new();
    let plain: Value = serde_json::from_str(r#"{"a": {"b": 1}}"#).unwrap();
    vars.set_lazy("plain", plain.clone().into());
    vars.set_lazy_ordered("ordered", plain.into());
    let template =
        "{{ plain | ordered }} {{ ordered | ordered }} {{ ordered.a.copy() | ordered }} {{ {} | ordered }} {{ plain }} {{ 'x' ~ plain }}";
    let output = engine.render(&Source::new("main", template), vars, &FILES, &Limits::default()).unwrap();
    assert_eq!(output.text, "False True True False a dict x{'a': {'b': 1}}");
}

#[test]
fn what_a_template_changes_is_its_own_copy() {
    let plain: std::sync::Arc<Value> = std::sync::Arc::new(serde_json::from_str(r#"{"l": [1]}"#).unwrap());
    let mut vars = Vars::new();
    vars.set_global_lazy("data", plain.clone());
    let output = Engine::new().render(&Source::new("m", "{% do data.l.append(2) %}{{ data }}"), vars, &FILES, &Limits::default()).unwrap();
    assert_eq!(output.text, "{'l': [1, 2]}");
    assert_eq!(value::text::repr(&plain), "{'l': [1]}");
}

/// Counts how many of it are alive.
struct Counted {
    _alive: std::rc::Rc<()>,
}

impl jinja::Object for Counted {
    fn type_name(&self) -> &str {
        "counted"
    }
}

#[test]
fn nothing_that_holds_itself_outlives_the_rendering() {
    let templates = [
        "{% set l = [x] %}{% do l.append(l) %}",
        "{% set d = {'x': x} %}{% do d.update({'d': {'e': (d,)}}) %}",
        "{% set d = {'x': x} %}{% do d.setdefault('k', [d]) %}",
        "{% set ns = namespace(x=x) %}{% set ns.me = ns %}{{ ns is defined }}",
        "{% set ns = namespace(x=x) %}{% set ns.l = [{'ns': ns}] %}",
        "{% macro m() %}{{ x is defined }}{% endmacro %}{% set q = [m, x] %}{{ m() }}",
        "{% for i in [1] %}{% set y = x %}{% macro m() %}{{ y is defined }}{% endmacro %}{{ m() }}{% endfor %}",
        "{% set l = [x] %}{% do l.append(cycler(l)) %}{% do l.insert(0, l.append) %}",
        "{% set l = [] %}{% do l.extend([l, x]) %}{% set k = l.copy() %}{% do k.append(k) %}",
        "{% set y = x %}{% from 'macros' import show with context %}{% set z = [show] %}",
        "{% for i in [x] %}{% set ns = namespace(l=loop, x=x) %}{% set ns.ns = ns %}{% endfor %}",
    ];
    for template in templates {
        let alive = std::rc::Rc::new(());
        let mut vars = Vars::new();
        vars.set("x", Val::object(Counted { _alive: alive.clone() }));
        Engine::new().render(&Source::new("main", template), vars, &FILES, &Limits::default()).unwrap();
        assert_eq!(std::rc::Rc::strong_count(&alive), 1, "{template}");
    }
}
