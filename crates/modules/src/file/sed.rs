//! The edits of old trees: `file.sed`, by the program, and `file.psed`, by regular expressions of Python.

use super::backup::copy_beside;
use super::edit::{Flags, Pattern, Replacement};
use sdk::host::Write;
use sdk::{Action, Args, Cx, Failure, Value};

/// Escapes what would end the expression: slashes, and with `all` every sign that means something.
fn escaped(text: &str, all: bool) -> String {
    let special = if all { r"\/.*?+^$()[]{}|'" } else { "/'" };
    let mut out = String::new();
    let mut before = ' ';
    for letter in text.chars() {
        if special.contains(letter) && (all || before != '\\') {
            out.push('\\');
        }
        out.push(letter);
        before = letter;
    }
    out
}

/// Edit a file with `sed`; trees of today use `file.replace`.
///
/// ```salt
/// salt '*' file.sed /etc/httpd/httpd.conf 'LogLevel warn' 'LogLevel info'
/// ```
#[derive(Args)]
pub struct Sed {
    /// Path.
    path: String,
    /// Regular expression.
    before: String,
    /// What takes its place.
    after: String,
    /// Only in lines that this fits.
    #[arg(default = "")]
    limit: String,
    /// Ending of a copy of the old file; empty keeps none.
    #[arg(default = ".bak")]
    backup: String,
    /// Options of the program.
    #[arg(default = "-r -e")]
    options: String,
    /// Flags of the substitution.
    #[arg(default = "g")]
    flags: String,
    /// Escape every sign with a meaning, not slashes alone.
    #[arg(default = false)]
    escape_all: bool,
    /// Only in lines that `limit` does not fit.
    #[arg(default = false)]
    negate_match: bool,
}

impl Action for Sed {
    type Output = Value;
    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        if !cx.host().exists(&self.path) {
            return Ok(false.into());
        }
        let escape = |text: &str| escaped(text, self.escape_all);
        let limit = if self.limit.is_empty() { String::new() } else { format!("/{}/ ", escape(&self.limit)) };
        let not = if self.negate_match { "!" } else { "" };
        let expression = format!("{limit}{not}s/{}/{}/{}", escape(&self.before), escape(&self.after), self.flags);
        let mut words = vec!["sed".to_owned(), format!("-i{}", self.backup)];
        words.extend(self.options.split_whitespace().map(str::to_owned));
        words.extend([expression, self.path]);
        let done = cx.try_run(words).await?;
        let all =
            [("retcode", Value::from(done.retcode())), ("stdout", done.out().trim_end().into()), ("stderr", done.err().trim_end().into())];
        Ok(Value::Map(all.into_iter().collect()))
    }
}

/// Edit the lines of a file by a regular expression; trees of today use `file.replace`.
///
/// ```salt
/// salt '*' file.psed /etc/httpd/httpd.conf 'LogLevel warn' 'LogLevel info'
/// ```
#[derive(Args)]
pub struct Psed {
    /// Path.
    path: String,
    /// Regular expression.
    before: String,
    /// What takes its place.
    after: String,
    /// Only in lines that this fits.
    #[arg(default = "")]
    limit: String,
    /// Ending of the copy of the old file.
    #[arg(default = ".bak")]
    backup: String,
    /// `g` every place in a line, `I` blind to case, `S` a dot means line ends too, `X` white space does not count.
    #[arg(default = "gMS")]
    flags: String,
    /// Escape every sign with a meaning.
    #[arg(default = false)]
    escape_all: bool,
    /// Take the whole file as one line.
    #[arg(default = false)]
    multi: bool,
}

impl Action for Psed {
    type Output = Value;
    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let old = cx.host().read_text(&self.path).map_err(crate::failure)?;
        let has = |letter: char| self.flags.contains(letter);
        let flags = Flags { multiline: has('M'), ignore_case: has('I'), dot_all: has('S'), verbose: has('X') };
        let pattern = |text: &str| {
            let text = if self.escape_all { escaped(text, true) } else { text.to_owned() };
            Pattern::new(&text, flags).map_err(Failure::bad_arguments)
        };
        let (before, after) = (pattern(&self.before)?, Replacement::parse(&self.after));
        let limit = if self.limit.is_empty() { None } else { Some(pattern(&self.limit)?) };
        let count = usize::from(!has('g'));
        let edit = |text: &str| {
            let fits = limit.as_ref().is_none_or(|limit| limit.is_in(text));
            if fits { before.replace(text, &after, count).0 } else { text.to_owned() }
        };
        let new = if self.multi { edit(&old) } else { old.split_inclusive('\n').map(edit).collect() };
        copy_beside(cx, &self.path, &self.backup)?;
        if new != old {
            cx.host().write(&self.path, new.as_bytes(), &Write::default()).map_err(crate::failure)?;
        }
        Ok(Value::Null)
    }
}

/// Render text as a template.
///
/// ```salt
/// salt '*' file.apply_template_on_contents 'Hello {{ name }}' jinja '{name: world}' '{}' base
/// ```
#[derive(Args)]
pub struct ApplyTemplateOnContents {
    /// The text.
    contents: String,
    /// Template engine.
    template: String,
    /// Variables.
    #[arg(default)]
    context: sdk::Map,
    /// Variables that `context` may overrule.
    #[arg(default)]
    defaults: sdk::Map,
    /// File environment of its imports.
    saltenv: Option<String>,
}

impl sdk::Query for ApplyTemplateOnContents {
    type Output = String;
    async fn call(self, read: &sdk::Read) -> Result<String, Failure> {
        let mut context = self.defaults;
        context.extend(self.context);
        let env = self.saltenv.unwrap_or_else(|| read.env().to_owned());
        let name = "contents".to_owned();
        read.agent().render(sdk::Render { engine: self.template, name, text: self.contents, context, env }).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slashes_are_escaped_once() {
        assert_eq!(escaped("/a/b", false), r"\/a\/b");
        assert_eq!(escaped(r"\/a", false), r"\/a");
        assert_eq!(escaped("a.b*", true), r"a\.b\*");
    }
}
