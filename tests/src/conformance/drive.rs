//! Runs one case: lays out its directory, makes its calls, and gives the canonical result.

use super::caller::{Ask, Caller};
use super::canon;
use super::case::{Case, Form, Kind, Step};
use super::compare::{difference, parse, soften};
use super::mask::Mask;
use super::place::Place;
use anyhow::{Context, Result};
use minion::call::Answer;
use serde_json::{Value, json};
use std::fs;

/// Runs a case and writes its result down as the expected one.
///
/// # Errors
/// When the case cannot be run, or the disk refuses.
pub fn accept(case: &Case, caller: &dyn Caller) -> Result<()> {
    let mut result = run(case, caller)?;
    result.sort_all_objects();
    fs::write(case.folder.join("expect.json"), format!("{result:#}\n")).with_context(|| format!("cannot write the result of {}", case.name))
}

/// Runs a case and gives the first difference to what was recorded; `None` if there is none.
///
/// # Errors
/// When the case cannot be run at all.
pub fn check(case: &Case, caller: &dyn Caller) -> Result<Option<String>> {
    let mut want = case.expected()?;
    let mut got = run(case, caller)?;
    soften(&want, &mut got);
    // An order that does not count is ours on both sides.
    let answers = want.get_mut("steps").and_then(Value::as_array_mut).into_iter().flatten();
    for (step, answer) in case.steps.iter().filter(|step| !step.call.is_empty()).zip(answers) {
        if let (Form::Sorted, Some(value)) = (step.form, answer.get_mut("return")) {
            *value = canon::sorted(value.take());
        }
    }
    Ok(difference(&want, &got))
}

fn run(case: &Case, caller: &dyn Caller) -> Result<Value> {
    let place = Place::lay(case)?;
    let mask = Mask::new(place.run());
    let run = Run { case, place: &place, mask: &mask, caller };
    if case.kind == Kind::Match {
        return run.vectors();
    }
    let mut steps = Vec::new();
    for step in &case.steps {
        for file in &step.remove {
            fs::remove_file(place.scratch(file)).with_context(|| format!("cannot remove {file}"))?;
        }
        for (file, text) in &step.write {
            fs::write(place.scratch(file), place.fill_text(text)).with_context(|| format!("cannot write {file}"))?;
        }
        if !step.call.is_empty() {
            steps.push(run.step(step)?);
        }
    }
    let mut result = json!({ "steps": steps });
    if let (true, Some(fields)) = (case.snapshot, result.as_object_mut()) {
        fields.insert("files".to_owned(), place.snapshot(&mask)?);
    }
    Ok(result)
}

struct Run<'a> {
    case: &'a Case,
    place: &'a Place,
    mask: &'a Mask,
    caller: &'a dyn Caller,
}

impl Run<'_> {
    fn call(&self, words: impl IntoIterator<Item = String>, out: &str) -> Result<Option<Answer>> {
        let run = self.place.run();
        let mut all = vec!["--local".to_owned()];
        if self.case.envs.is_empty() {
            all.extend([format!("--file-root={run}/states"), format!("--pillar-root={run}/pillar")]);
        }
        all.extend([format!("--id={}", self.case.id), "-c".to_owned(), format!("{run}/conf"), format!("--out={out}")]);
        all.extend(words.into_iter().map(|word| self.place.fill_text(&word)));
        let environ = self.case.environ.iter().map(|(name, text)| (name.clone(), self.place.fill_text(text))).collect();
        self.caller.call(&Ask { words: all, folder: run.into() }, &self.place.path("home"), &environ)
    }

    fn vectors(&self) -> Result<Value> {
        let words = ["slsutil.renderer", "salt://vectors.json", "default_renderer=jinja|json"].map(str::to_owned);
        let Some(answer) = self.call(words, "json")? else { return Ok(json!({ "error": "timeout" })) };
        let matches = parse(&answer.stdout).ok().and_then(|mut value| value.get_mut("local").map(Value::take));
        match matches {
            Some(Value::Array(matches)) if matches.len() == self.case.vectors.len() => {
                let rows = self.case.vectors.iter().zip(matches);
                Ok(rows.map(|(vector, found)| json!({ "type": vector.kind, "expr": vector.expr, "match": is_true(&found) })).collect())
            }
            _ => Ok(json!({ "error": self.mask.text(&format!("{}{}", answer.stdout, answer.stderr)) })),
        }
    }

    fn step(&self, step: &Step) -> Result<Value> {
        let mut words = step.flags.clone();
        if step.passthrough {
            words.push("--retcode-passthrough".to_owned());
        }
        words.extend(step.call.iter().map(word));
        words.extend(step.pillar.as_ref().map(|pillar| format!("pillar={pillar}")));
        let out = match step.form {
            Form::Text => step.out.as_deref().unwrap_or("nested"),
            _ => "json",
        };
        let Some(answer) = self.call(words, out)? else { return Ok(json!({ "error": "timeout" })) };
        if step.form == Form::Text {
            return Ok(json!({ "text": self.mask.text(&answer.stdout) }));
        }
        let mut entry = match parse(&answer.stdout) {
            Ok(value) => json!({ "return": canon::canon(local(value), self.case, step, self.mask) }),
            Err(_) => {
                let is_loose = self.case.loose_errors || step.loose;
                json!({ "error": canon::complaint(&answer.stdout, &answer.stderr, is_loose, self.mask) })
            }
        };
        if let (true, Some(fields)) = (step.passthrough, entry.as_object_mut()) {
            fields.insert("retcode".to_owned(), Value::from(answer.status));
        }
        Ok(entry)
    }
}

/// An argument as a word of the command line.
fn word(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Null => "None".to_owned(),
        other @ (Value::Number(_) | Value::Array(_) | Value::Object(_)) => other.to_string(),
    }
}

/// What stands under `local`, if nothing else does.
fn local(value: Value) -> Value {
    match value {
        Value::Object(mut fields) if fields.len() == 1 => match fields.remove("local") {
            Some(value) => value,
            None => Value::Object(fields),
        },
        other => other,
    }
}

fn is_true(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false))
        && value != &json!(0)
        && value != &json!("")
        && value != &json!([])
        && value != &json!({})
}
