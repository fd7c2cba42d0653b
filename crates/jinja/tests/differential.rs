//! The engine against Jinja2 itself: `differential/cases.jsonl` holds templates and what Jinja2 made of them, recorded by
//! `differential/record.py`. One line is one case.

use jinja::{Engine, Error, Host, Limits, Options, Source, Vars};
use serde::Deserialize;
use std::collections::BTreeMap;
use value::{Map, Value};

#[derive(Deserialize)]
struct Case {
    /// Subject and number, to find the case in the script.
    case: String,
    template: String,
    #[serde(default)]
    vars: Map,
    /// Other templates, by name.
    #[serde(default)]
    templates: BTreeMap<String, String>,
    #[serde(default)]
    options: BTreeMap<String, Value>,
    output: Option<String>,
    /// Kind of the error, and its words where they are to be the same.
    error: Option<String>,
    message: Option<String>,
    /// Template and line of the error.
    at: Option<(String, u32)>,
}

struct Templates<'a>(&'a BTreeMap<String, String>);

impl Host for Templates<'_> {
    fn load(&self, name: &str, _from: &str) -> Result<Option<Source>, String> {
        Ok(self.0.get(name).map(|text| Source::new(name, text.as_str())))
    }

    fn deserialize(&self, _format: &str, text: &str) -> Result<Value, (String, u32)> {
        serde_json::from_str(text).map_err(|error| (error.to_string(), u32::try_from(error.line()).unwrap_or(0)))
    }
}

fn options(given: &BTreeMap<String, Value>) -> Options {
    let mut options = Options::default();
    for (name, value) in given {
        let flag = value.as_bool().unwrap_or_default();
        let text = value.as_str().unwrap_or_default().to_owned();
        match name.as_str() {
            "trim_blocks" => options.trim_blocks = flag,
            "lstrip_blocks" => options.lstrip_blocks = flag,
            "keep_trailing_newline" => options.keep_trailing_newline = flag,
            "strict" => options.strict = flag,
            "line_statement_prefix" => options.line_statement_prefix = Some(text),
            "line_comment_prefix" => options.line_comment_prefix = Some(text),
            "variable_start_string" => options.variable_start = text,
            "variable_end_string" => options.variable_end = text,
            "block_start_string" => options.block_start = text,
            "block_end_string" => options.block_end = text,
            other => panic!("unknown option {other}"),
        }
    }
    options
}

fn render(case: &Case) -> Result<String, Error> {
    let mut engine = Engine::new();
    engine.options = options(&case.options);
    let vars: Vars = case.vars.iter().map(|(name, value)| (value::text::str(name), value)).collect();
    let source = Source::new("main", case.template.as_str());
    engine.render(&source, vars, &Templates(&case.templates), &Limits::default()).map(|output| output.text)
}

/// What is wrong with the answer, if anything.
fn difference(case: &Case, answer: &Result<String, Error>) -> Option<String> {
    match (answer, &case.output, &case.error) {
        (Ok(text), Some(expected), _) => (text != expected).then(|| format!("expected {expected:?}\n     got {text:?}")),
        (Err(error), None, Some(kind)) => {
            let seen = format!("{:?}", error.kind);
            if seen != *kind {
                return Some(format!("expected {kind} ({:?}), got {seen}: {}", case.message, error.message));
            }
            if let Some(message) = &case.message
                && *message != error.message
            {
                return Some(format!("expected error {message:?}\n           got {:?}", error.message));
            }
            if let Some((name, line)) = &case.at
                && (**name != *error.name || *line != error.line)
            {
                return Some(format!("expected the error at {name}:{line}, got {}:{}", error.name, error.line));
            }
            None
        }
        (Ok(text), None, _) => Some(format!("expected error {:?} {:?}, got {text:?}", case.error, case.message)),
        (Err(error), ..) => Some(format!("expected {:?}, got {error:?}", case.output)),
    }
}

#[test]
fn recorded_templates_render_as_jinja_renders_them() {
    let mut wrong = Vec::new();
    let mut n = 0;
    for line in include_str!("differential/cases.jsonl").lines() {
        let case: Case = serde_json::from_str(line).unwrap();
        n += 1;
        if let Some(difference) = difference(&case, &render(&case)) {
            wrong.push(format!("{}: {}\n{difference}\n", case.case, case.template));
        }
    }
    assert!(wrong.is_empty(), "{} of {n} differ\n{}", wrong.len(), wrong.join("\n"));
    assert!(n > 200, "only {n} cases");
}
