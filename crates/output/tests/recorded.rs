//! Texts that Salt 3008.5 printed for given values (`recorded.json`), byte by byte.

use output::{Indent, Options, Outputter, render};
use value::{Map, Value};

#[test]
fn every_recorded_text_is_printed_again() {
    let cases: Value = serde_json::from_str(include_str!("recorded.json")).unwrap();
    let mut failures = Vec::new();
    let cases = cases.as_list().unwrap();
    for case in cases {
        let name = case.get("name").and_then(Value::as_str).unwrap();
        let outputter = Outputter::from_name(case.get("out").and_then(Value::as_str).unwrap()).unwrap();
        let data = case.get("data").and_then(Value::as_map).unwrap();
        let options = options(case.get("options").and_then(Value::as_map).unwrap());
        let want = case.get("text").and_then(Value::as_str).unwrap();
        let got = render(outputter, data, &options);
        if got != want {
            failures.push(format!("--- {name}\n{want}\n--- got\n{got}\n"));
        }
    }
    assert!(failures.is_empty(), "{} of {} differ\n{}", failures.len(), cases.len(), failures.join("\n"));
}

fn options(recorded: &Map) -> Options {
    let mut options = Options::default();
    for (key, value) in recorded {
        let flag = || value.as_bool().unwrap();
        match key.as_str().unwrap() {
            "color" => options.color = flag(),
            "_retcode" => options.retcode = i32::try_from(value.as_int().unwrap()).unwrap(),
            "state_output" => options.state_output = value.as_str().unwrap().parse().unwrap(),
            "state_verbose" => options.state_verbose = flag(),
            "state_output_pct" => options.state_output_pct = flag(),
            "state_output_profile" => options.state_output_profile = flag(),
            "state_tabular" => options.state_tabular = flag(),
            "state_compress_ids" => options.state_compress_ids = flag(),
            "output_indent" => {
                options.indent = match value {
                    Value::Int(columns) => usize::try_from(*columns).map_or(Indent::None, Indent::Columns),
                    Value::Str(_) => Indent::Pretty,
                    _ => Indent::None,
                };
            }
            other => panic!("unknown option {other}"),
        }
    }
    options
}
