//! No template panics, hangs or exhausts its process: mutated templates, random tags, and bombs made by hand.

use jinja::{Engine, Host, Kind, Limits, Output, Source, Vars};
use proptest::prelude::*;
use std::sync::LazyLock;
use value::Value;

static ENGINE: LazyLock<Engine> = LazyLock::new(Engine::new);

static TEMPLATES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let case = |line| serde_json::from_str::<Value>(line).unwrap().get("template").unwrap().as_str().unwrap().to_owned();
    include_str!("differential/cases.jsonl").lines().map(case).collect()
});

/// Every name is a template: one of the recorded ones.
struct AnyTemplate;

impl Host for AnyTemplate {
    fn load(&self, name: &str, _from: &str) -> Result<Option<Source>, String> {
        let number: usize = name.bytes().map(usize::from).sum();
        Ok(TEMPLATES.get(number % 997).map(|text| Source::new(name, text.as_str())))
    }

    fn deserialize(&self, _format: &str, text: &str) -> Result<Value, (String, u32)> {
        serde_json::from_str(text).map_err(|error| (error.to_string(), 1))
    }
}

fn small() -> Limits {
    Limits { steps: 30_000, memory: 4 << 20, output: 1 << 20, ..Limits::default() }
}

fn render(text: &str, limits: &Limits) -> Result<Output, jinja::Error> {
    let vars: Value = serde_json::from_str(
        r#"{"n": 42, "s": "hello world", "t": true, "no": null, "l": [3, 1, 2], "d": {"b": 2, "a": 1}, "empty": "", "f": 2.5,
            "users": [{"name": "amy", "uid": 1}], "tree": {"os": "Debian", "pkgs": {"web": "nginx"}}, "words": ["b", "A"]}"#,
    )
    .unwrap();
    let vars: Vars = vars.as_map().unwrap().iter().map(|(name, value)| (value::text::str(name), value)).collect();
    ENGINE.render(&Source::new("main", text), vars, &AnyTemplate, limits)
}

const PIECES: &[&str] = &[
    "{{",
    "}}",
    "{%",
    "%}",
    "{#",
    "#}",
    "-",
    "+",
    "{%-",
    "-%}",
    " if ",
    " for x in ",
    " in ",
    "else",
    "endif",
    "endfor",
    "macro m(",
    ")",
    "(",
    "[",
    "]",
    "{",
    "}",
    "'",
    "\"",
    "|",
    "~",
    ".",
    ",",
    ":",
    "*",
    "**",
    "//",
    "%",
    "==",
    " is ",
    " not ",
    " and ",
    " or ",
    "set x = ",
    "n",
    "s",
    "l",
    "d",
    "users",
    "nope",
    "loop",
    "loop.last",
    "range(9)",
    "0",
    "1",
    "-1",
    "99999999999999999999",
    "1e308",
    "''",
    "'%s'",
    "'{:>9}'",
    ".format(",
    "|map(",
    "|join",
    "|sort",
    "|list",
    "|first",
    "|tojson",
    "|int",
    "|replace('a',",
    "|indent(",
    "|batch(",
    "[::-1]",
    "[1:",
    "\\",
    "\n",
    "\t",
    "é",
    "\u{0}",
    "raw",
    "endraw",
    "block b",
    "endblock",
    "extends 'm'",
    "include 'p'",
    "import 'm' as q",
    "call m()",
    "endcall",
    "do l.append(l)",
    "recursive",
    "caller()",
    "super()",
    "self.b()",
    "varargs",
    "load_json as y",
    "endload",
    "with",
    "endwith",
    "filter upper",
    "endfilter",
    "break",
    "continue",
    "namespace(a=1)",
    "dict(",
    "cycler(",
    "%05d",
    " if true ",
    "elif",
    "set x",
];

#[derive(Debug, Clone)]
enum Change {
    Cut(usize, usize),
    Double(usize, usize),
    Insert(usize, usize),
    Swap(usize, usize),
}

fn change() -> impl Strategy<Value = Change> {
    let n = any::<usize>;
    prop_oneof![
        (n(), 1..12_usize).prop_map(|(at, length)| Change::Cut(at, length)),
        (n(), 1..20_usize).prop_map(|(at, length)| Change::Double(at, length)),
        (n(), n()).prop_map(|(at, piece)| Change::Insert(at, piece)),
        (n(), n()).prop_map(|(a, b)| Change::Swap(a, b)),
    ]
}

fn changed(template: &str, changes: &[Change]) -> String {
    let mut chars: Vec<char> = template.chars().collect();
    for change in changes {
        let length = chars.len().max(1);
        match *change {
            Change::Cut(at, n) => {
                let at = at % length;
                chars.drain(at.min(chars.len())..(at + n).min(chars.len()));
            }
            Change::Double(at, n) => {
                let at = (at % length).min(chars.len());
                let part = chars[at..(at + n).min(chars.len())].to_vec();
                chars.splice(at..at, part);
            }
            Change::Insert(at, piece) => {
                let at = (at % length).min(chars.len());
                chars.splice(at..at, PIECES[piece % PIECES.len()].chars());
            }
            Change::Swap(a, b) if !chars.is_empty() => chars.swap(a % length, b % length),
            Change::Swap(..) => {}
        }
    }
    chars.into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1500) })]

    #[test]
    fn mutated_templates_give_text_or_an_error(number in any::<usize>(), changes in proptest::collection::vec(change(), 1..6)) {
        let template = changed(&TEMPLATES[number % TEMPLATES.len()], &changes);
        if let Err(error) = render(&template, &small()) {
            prop_assert!(error.line >= 1, "an error without a place: {error:?} in {template:?}");
        }
    }

    #[test]
    fn random_tags_give_text_or_an_error(pieces in proptest::collection::vec(0..PIECES.len(), 1..40)) {
        let template: String = pieces.into_iter().map(|piece| PIECES[piece]).collect();
        let _ = render(&template, &small());
    }

    #[test]
    fn any_text_gives_text_or_an_error(template in ".{0,200}") {
        let _ = render(&template, &small());
    }

    #[test]
    fn text_without_tags_is_kept(template in "[a-z }%#\n]{0,200}") {
        let output = render(&template, &small()).unwrap();
        prop_assert_eq!(&output.text, template.strip_suffix('\n').unwrap_or(&template));
        prop_assert_eq!(output.map.len(), output.text.split_inclusive('\n').count());
    }
}

/// Templates that would never end, or need more than a machine has.
#[test]
fn bombs_end_at_a_limit() {
    let nested = |open: &str, close: &str, n: usize| format!("{{{{ {}1{} }}}}", open.repeat(n), close.repeat(n));
    let bombs = [
        "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}".to_owned(),
        "{% set l = [1] %}{% for i in l %}{% do l.append(i) %}{% endfor %}".to_owned(),
        "{% set l = [1] %}{% for i in l %}{% do l.append(i) %}{{ loop.last }}{% endfor %}".to_owned(),
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}".to_owned(),
        "{% macro m(n) %}{{ m(n + 1) ~ m(n + 1) }}{% endmacro %}{{ m(0) }}".to_owned(),
        "{% macro a() %}{{ caller() }}{% endmacro %}{% macro b() %}{% call a() %}{{ b() }}{% endcall %}{% endmacro %}{{ b() }}".to_owned(),
        "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}".to_owned(),
        "{% block a %}{{ self.a() }}{% endblock %}".to_owned(),
        "{{ 'a' * 10 ** 12 }}".to_owned(),
        "{{ [0] * 10 ** 12 }}".to_owned(),
        "{{ 'a'.center(10 ** 12) }}".to_owned(),
        "{{ '%1000000000000d' % 1 }}".to_owned(),
        "{{ '%.999999999f' % 1.5 }}".to_owned(),
        "{{ '{:>999999999}'.format(1) }}".to_owned(),
        "{{ '{:.999999999f}'.format(1.5) }}".to_owned(),
        "{{ 'x' | indent(10 ** 12) }}".to_owned(),
        "{{ ('a' * 1000000).replace('', 'b' * 1000000) }}".to_owned(),
        "{{ ('a,' * 1000000).split(',') | map('replace', '', 'b' * 1000) | list | length }}".to_owned(),
        "{{ ('a' * 100000) | list | join('b' * 100000) | length }}".to_owned(),
        "{% set ns = namespace(s='a') %}{% for i in range(100) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}".to_owned(),
        "{% set ns = namespace(s=[1]) %}{% for i in range(100) %}{% set ns.s = ns.s + ns.s %}{% endfor %}".to_owned(),
        "{% set ns = namespace(s=[1]) %}{% for i in range(60) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s }}".to_owned(),
        "{% set ns = namespace(s=[1]) %}{% for i in range(60) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s | tojson }}".to_owned(),
        "{% set ns = namespace(s=[1]) %}{% for i in range(60) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s | pprint }}".to_owned(),
        "{% set ns = namespace(a=[1], b=[1]) %}{% for i in range(60) %}{% set ns.a = [ns.a, ns.a] %}{% set ns.b = [ns.b, ns.b] %}{% endfor %}{{ ns.a == ns.b }}".to_owned(),
        "{% set ns = namespace(s=(1,)) %}{% for i in range(60) %}{% set ns.s = (ns.s, ns.s) %}{% endfor %}{{ {ns.s: 1} }}".to_owned(),
        "{% for i in range(100000) %}{{ 'x' * 10000 }}{% endfor %}".to_owned(),
        "{{ range(10 ** 9) | list }}".to_owned(),
        "{{ 2 ** 100000 }}".to_owned(),
        nested("(", ")", 5000),
        nested("[", "]", 5000),
        nested("{1:", "}", 5000),
        nested("-", "", 5000),
        nested("not ", "", 5000),
        nested("f(", ")", 5000),
        nested("1 if 1 else ", "", 5000),
        nested("1 + ", "", 50_000),
        nested("1 if 1 else (", ")", 5000),
        format!("{{{{ d{} }}}}", ".a".repeat(50_000)),
        format!("{{{{ s{} }}}}", "|upper".repeat(50_000)),
        "{% if 1 %}".repeat(5000) + &"{% endif %}".repeat(5000),
        "{% for x in l %}".repeat(50) + &"{% endfor %}".repeat(50),
        "{% set (".to_owned() + &"(".repeat(5000),
    ];
    for bomb in bombs {
        let start: String = bomb.chars().take(120).collect();
        let limits = Limits { steps: 300_000, ..Limits::default() };
        let Err(error) = render(&bomb, &limits) else { panic!("no limit for {start}") };
        let expected = [Kind::Limit, Kind::Syntax, Kind::Overflow, Kind::Type, Kind::Value];
        assert!(expected.contains(&error.kind), "{start}: {error:?}");
    }
}

/// What is large, deep or held by itself, and yet has an answer.
#[test]
fn large_templates_render() {
    let deep = "{% set ns = namespace(s=[]) %}{% for i in range(100000) %}{% set ns.s = [ns.s] %}{% endfor %}{{ ns.s | length }}";
    assert_eq!(render(deep, &Limits::default()).unwrap().text, "1");
    let deep = "{% set ns = namespace(s={}) %}{% for i in range(50000) %}{% set ns.s = {'k': (ns.s,)} %}{% endfor %}ok";
    assert_eq!(render(deep, &Limits::default()).unwrap().text, "ok");
    let cycle = "{% set l = [1] %}{% do l.append(l) %}{% set d = {} %}{% do d.update({'l': l, 'd': d}) %}{{ l }} {{ d }}";
    assert_eq!(render(cycle, &Limits::default()).unwrap().text, "[1, [...]] {'l': [1, [...]], 'd': {...}}");
    let cycle =
        "{% set ns = namespace() %}{% set ns.x = ns %}{{ ns }}{% set g = (users | groupby('uid'))[0] %}{% do g.list.append(g) %}{{ g[0] }}";
    assert_eq!(render(cycle, &Limits::default()).unwrap().text, "<Namespace {'x': <Namespace {...}>}>1");
    let long = format!("{{{{ {} }}}}", ["'a'"; 5000].join(" ~ "));
    assert_eq!(render(&long, &Limits::default()).unwrap().text.len(), 5000);
    let arms: String = (0..5000).map(|n| format!("{{% elif n == {n} %}}{n}")).collect();
    assert_eq!(render(&format!("{{% if no %}}{arms}{{% endif %}}"), &Limits::default()).unwrap().text, "42");
    let plain = "plain text\n".repeat(200_000);
    assert_eq!(render(&plain, &Limits::default()).unwrap().text.len(), plain.len() - 1);
    let tags = "{{ 1 }}".repeat(100_000);
    assert_eq!(render(&tags, &Limits::default()).unwrap().text.len(), 100_000);
    let nested = "{% if 1 %}".repeat(60) + "x" + &"{% endif %}".repeat(60);
    assert_eq!(render(&nested, &Limits::default()).unwrap().text, "x");
    let recursion = "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{% else %}end{% endif %}{% endmacro %}{{ f(40) }}";
    assert_eq!(render(recursion, &Limits::default()).unwrap().text, "end");
}
