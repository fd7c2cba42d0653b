//! Answers to the questions of Debian packages, given before they are asked.

use sdk::host::Command;
use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Value, text};
use std::collections::BTreeMap;

sdk::module!(debconf, [GetSelections, Show, Set, SetFile, SetTemplate]);

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Package.
    pub package: String,
    /// Question.
    pub question: String,
    /// Type: `select`, `boolean`, `password`, …
    pub kind: String,
    /// The answer itself.
    pub value: String,
}

/// Reads lines of package, question, type and answer.
#[must_use]
pub fn parse(text: &str) -> Vec<Answer> {
    let entry = |line: &str| {
        let line = line.trim_start();
        if line.is_empty() || line.starts_with('#') {
            return None;
        }
        let (package, rest) = line.split_once(char::is_whitespace)?;
        let (question, rest) = rest.trim_start().split_once(char::is_whitespace)?;
        let rest = rest.trim_start();
        let (kind, value) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let [package, question, kind] = [package, question, kind].map(str::to_owned);
        Some(Answer { package, question, kind, value: value.trim().to_owned() })
    };
    text.lines().filter_map(entry).collect()
}

/// Present answers to questions of a package, by question; those that nobody ever answered are left out.
///
/// `debconf-communicate` is part of debconf itself, `debconf-get-selections` of a package of its own; and it tells passwords too.
pub async fn current(read: &Read, package: &str, questions: &[&str]) -> Result<BTreeMap<String, String>, Failure> {
    let asked: String = questions.iter().map(|question| format!("GET {question}\n")).collect();
    let command = Command::new(["debconf-communicate", package]).env("LC_ALL", "C").env("DEBIAN_FRONTEND", "noninteractive").stdin(asked);
    let output = read.run_command(command).await?;
    let answers = questions.iter().zip(output.out().lines().map(str::to_owned).collect::<Vec<_>>());
    Ok(answers.filter_map(|(question, line)| Some(((*question).to_owned(), answered(&line)?.to_owned()))).collect())
}

/// The answer in a line such as `0 Europe`; any other number is an error.
fn answered(line: &str) -> Option<&str> {
    let (status, value) = line.split_once(' ').unwrap_or((line, ""));
    (status == "0").then_some(value.trim())
}

/// Sets answers. They go to the tool's standard input: there may be passwords among them.
pub async fn set(cx: &Cx, answers: &[Answer]) -> Result<(), Failure> {
    let lines: String = answers.iter().map(|a| format!("{} {} {} {}\n", a.package, a.question, a.kind, a.value)).collect();
    let command = Command::new(["debconf-set-selections"]).env("LC_ALL", "C").stdin(lines);
    let output = cx.run_command(command).await?;
    if output.is_ok() {
        return Ok(());
    }
    Err(Failure::failed(format!("debconf-set-selections failed with status {}: {}", output.retcode(), output.err().trim())))
}

async fn selections(read: &Read) -> Result<Vec<Answer>, Failure> {
    if read.host().which("debconf-get-selections").is_none() {
        return Err(Failure::unavailable("there is no program `debconf-get-selections` here; it is in the package debconf-utils"));
    }
    Ok(parse(&read.ask(["debconf-get-selections"]).await?))
}

fn shown(answer: Answer) -> Value {
    Value::from_iter([answer.question, answer.kind, answer.value])
}

/// Return all answers, by package.
///
/// ```salt
/// salt '*' debconf.get_selections
/// ```
#[derive(Args)]
pub struct GetSelections {
    /// Known for compatibility: everything is fetched in one go.
    #[arg(default = true, ignored)]
    fetchempty: bool,
}

impl Query for GetSelections {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let mut map = Map::new();
        for answer in selections(read).await? {
            let list = map.entry_or_insert_with(answer.package.as_str(), || Value::List(Vec::new()));
            if let Some(list) = list.as_list_mut() {
                list.push(shown(answer));
            }
        }
        Ok(map)
    }
}

/// Return the answers of one package.
///
/// ```salt
/// salt '*' debconf.show tzdata
/// ```
#[derive(Args)]
pub struct Show {
    /// Package.
    name: String,
}

impl Query for Show {
    type Output = Vec<Value>;
    async fn call(self, read: &Read) -> Result<Vec<Value>, Failure> {
        Ok(selections(read).await?.into_iter().filter(|answer| answer.package == self.name).map(shown).collect())
    }
}

/// Answer a question of a package.
///
/// ```salt
/// salt '*' debconf.set tzdata tzdata/Areas select Europe
/// ```
#[derive(Args)]
#[args(extra)]
pub struct Set {
    /// Package.
    package: String,
    /// Question.
    question: String,
    /// Type.
    #[arg(name = "type")]
    kind: String,
    /// Answer.
    value: Value,
}

impl Action for Set {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let value = value_text(&self.value);
        set(cx, &[Answer { package: self.package, question: self.question, kind: self.kind, value }]).await?;
        Ok(true)
    }
}

/// An answer as debconf writes it: truth in small letters, lists with commas.
#[must_use]
pub fn value_text(value: &Value) -> String {
    match value {
        Value::Bool(flag) => flag.to_string(),
        Value::List(items) => items.iter().map(text::str).collect::<Vec<_>>().join(", "),
        Value::Null => String::new(),
        other => text::str(other),
    }
}

async fn set_text(cx: &Cx, text: &str) -> Result<bool, Failure> {
    set(cx, &parse(text)).await?;
    Ok(true)
}

/// Set the answers of a file.
///
/// ```salt
/// salt '*' debconf.set_file salt://pathto/pkg.selections
/// ```
#[derive(Args)]
#[args(extra)]
pub struct SetFile {
    /// Address of the file.
    path: String,
    /// File environment.
    saltenv: Option<String>,
}

impl Action for SetFile {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let text = fetch_from(cx, &self.path, self.saltenv.as_deref().unwrap_or_else(|| cx.env())).await?;
        set_text(cx, &text).await
    }
}

/// A file's text by its address.
pub async fn fetch(read: &Read, address: &str) -> Result<String, Failure> {
    fetch_from(read, address, read.env()).await
}

async fn fetch_from(read: &Read, address: &str, env: &str) -> Result<String, Failure> {
    let fetched = read.agent().fetch(address, env).await?;
    let path = fetched.ok_or_else(|| Failure::failed(format!("there is no file `{address}`")))?.path;
    read.host().read_text(&path).map_err(crate::failure)
}

/// Set the answers of a file that is a template.
///
/// ```salt
/// salt '*' debconf.set_template salt://pathto/pkg.selections.jinja jinja None None None
/// ```
#[derive(Args)]
#[args(extra)]
pub struct SetTemplate {
    /// Address of the template.
    path: String,
    /// Engine.
    template: String,
    /// Variables.
    context: Option<Map>,
    /// Variables that `context` goes over.
    defaults: Option<Map>,
    /// File environment.
    saltenv: Option<String>,
}

impl Action for SetTemplate {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let mut context = self.defaults.unwrap_or_default();
        context.extend(self.context.unwrap_or_default());
        let env = self.saltenv.unwrap_or_else(|| cx.env().to_owned());
        let text = fetch_from(cx, &self.path, &env).await?;
        let template = sdk::Render { engine: self.template, name: self.path, text, context, env };
        let text = cx.agent().render(template).await?;
        set_text(cx, &text).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_the_rest_of_its_line() {
        let answers = parse("# note\ntzdata\ttzdata/Areas\tselect\tEurope\na a/b string two words\nd-i d-i/x boolean\n");
        let seen: Vec<_> = answers.iter().map(|a| (a.package.as_str(), a.kind.as_str(), a.value.as_str())).collect();
        assert_eq!(seen, [("tzdata", "select", "Europe"), ("a", "string", "two words"), ("d-i", "boolean", "")]);
        assert_eq!(answered("0 Europe"), Some("Europe"));
        assert_eq!(answered("10 a/b doesn't exist"), None);
    }
}
