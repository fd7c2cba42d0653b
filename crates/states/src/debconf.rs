//! Answers to the questions of Debian packages.

use modules::debconf::{Answer, current, fetch, parse, set, value_text};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Outlook, Read, Render, State, Value, text};

sdk::states!(debconf, [Set, SetFile]);

/// What stands for a password.
const HIDDEN: &str = "(password hidden)";

/// Ensure questions of a package are answered.
///
/// ```salt
/// tzdata:
///   debconf.set:
///     - data:
///         tzdata/Areas: {type: select, value: Europe}
/// ```
#[derive(Args)]
#[args(extra)]
pub struct Set {
    /// Package.
    name: String,
    /// Questions, each with `type` and `value`.
    data: Map,
}

/// Answers that differ from what is set.
async fn differing(read: &Read, wanted: &[Answer]) -> Result<Vec<Answer>, Failure> {
    let mut packages: Vec<&str> = wanted.iter().map(|answer| answer.package.as_str()).collect();
    packages.sort_unstable();
    packages.dedup();
    let mut differing = Vec::new();
    for package in packages {
        let of_it: Vec<&Answer> = wanted.iter().filter(|answer| answer.package == package).collect();
        let questions: Vec<&str> = of_it.iter().map(|answer| answer.question.as_str()).collect();
        let now = current(read, package, &questions).await?;
        differing.extend(of_it.into_iter().filter(|answer| now.get(&answer.question) != Some(&answer.value)).cloned());
    }
    Ok(differing)
}

fn shown(answer: &Answer) -> &str {
    if answer.kind == "password" { HIDDEN } else { &answer.value }
}

impl State for Set {
    type Change = Vec<Answer>;

    async fn check(&self, read: &Read) -> Result<Check<Vec<Answer>>, Failure> {
        let mut wanted = Vec::new();
        for (question, entry) in &self.data {
            let entry = match entry {
                Value::Map(map) => map.clone(),
                other => <Map as sdk::FromValue>::from_value(other.clone()).unwrap_or_default(),
            };
            let kind = entry.get("type").map(text::str).unwrap_or_default();
            if kind.is_empty() {
                return Ok(Check::fails(format!("The question {} needs a type and a value", text::str(question))));
            }
            let value = entry.get("value").map(value_text).unwrap_or_default();
            wanted.push(Answer { package: self.name.clone(), question: text::str(question), kind, value });
        }
        let differing = differing(read, &wanted).await?;
        if differing.is_empty() {
            return Ok(Check::desired("All specified answers are already set"));
        }
        let changes: Map = differing.iter().map(|answer| (answer.question.clone(), format!("New value: {}", shown(answer)))).collect();
        Ok(Check::Change(Outlook::new("", changes), differing))
    }

    async fn apply(&self, differing: Vec<Answer>, cx: &Cx) -> Result<Applied, Failure> {
        if let Err(failure) = set(cx, &differing).await {
            return Ok(Applied::failed(format!("Some settings failed to be applied. {}", failure.message)));
        }
        Ok(Applied::ok("", differing.iter().map(|answer| (answer.question.clone(), shown(answer))).collect::<Map>()))
    }
}

/// Ensure the answers of a file are set.
///
/// ```salt
/// preseed:
///   debconf.set_file:
///     - source: salt://app/preseed.jinja
///     - template: jinja
/// ```
#[derive(Args)]
pub struct SetFile {
    /// Any name, or the address.
    name: String,
    /// Address of the file.
    source: Option<String>,
    /// Engine, if it is a template.
    template: Option<String>,
    /// Variables of the template.
    context: Option<Map>,
    /// Variables that `context` goes over.
    defaults: Option<Map>,
}

impl SetFile {
    async fn answers(&self, read: &Read) -> Result<Vec<Answer>, Failure> {
        let source = self.source.as_ref().unwrap_or(&self.name);
        let mut content = fetch(read, source).await?;
        if let Some(engine) = &self.template {
            let mut context = self.defaults.clone().unwrap_or_default();
            context.extend(self.context.clone().unwrap_or_default());
            let template = Render { engine: engine.clone(), name: source.clone(), text: content, context, env: read.env().to_owned() };
            content = read.agent().render(template).await?;
        }
        Ok(parse(&content))
    }
}

impl State for SetFile {
    type Change = Vec<Answer>;

    async fn check(&self, read: &Read) -> Result<Check<Vec<Answer>>, Failure> {
        let wanted = match self.answers(read).await {
            Ok(wanted) => wanted,
            Err(failure) => return Ok(Check::fails(failure.message)),
        };
        if differing(read, &wanted).await?.is_empty() {
            return Ok(Check::desired("All specified answers are already set"));
        }
        Ok(Check::change("Debconf selections would have been set.", Map::new(), wanted))
    }

    async fn apply(&self, wanted: Vec<Answer>, cx: &Cx) -> Result<Applied, Failure> {
        let differing = differing(cx, &wanted).await?;
        if let Err(failure) = set(cx, &wanted).await {
            return Ok(Applied::failed(format!("Unable to set debconf selections from file. {}", failure.message)));
        }
        let changes: Map = differing.iter().map(|answer| (answer.question.clone(), shown(answer))).collect();
        Ok(Applied::ok("Debconf selections were set.", changes))
    }
}
