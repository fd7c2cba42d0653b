//! Scripts: brought here from the master, or written out from code, then run and removed.

use super::{Done, Line, Request};
use sdk::host::{Owner, Write};
use sdk::{Action, Args, Cx, Failure, Map, Mode, Render, Returned, Span, Value, text};

/// Where a script comes from and how it becomes a file.
#[derive(Clone, Debug)]
pub struct ScriptSource {
    /// `salt://…`, a URL or a path.
    pub uri: String,
    /// Template engine.
    pub template: Option<String>,
    /// Variables of the template.
    pub context: Map,
    /// File environment.
    pub env: String,
}

/// Text of a script; `None` when its source has no such file.
pub async fn fetch_script(source: &ScriptSource, cx: &Cx) -> Result<Option<Vec<u8>>, Failure> {
    let Some(fetched) = cx.agent().fetch(&source.uri, &source.env).await? else { return Ok(None) };
    let Ok(bytes) = cx.host().read(&fetched.path) else { return Ok(None) };
    let Some(engine) = &source.template else { return Ok(Some(bytes)) };
    let name = source.uri.trim_start_matches("salt://").to_owned();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let template = Render { engine: engine.clone(), name, text, context: source.context.clone(), env: source.env.clone() };
    cx.agent().render(template).await.map(|text| Some(text.into_bytes()))
}

/// A script on disk for as long as this lives.
struct Placed<'a> {
    path: String,
    cx: &'a Cx,
}

impl Drop for Placed<'_> {
    fn drop(&mut self) {
        let _ = self.cx.host().remove_file(&self.path);
    }
}

fn place<'a>(cx: &'a Cx, content: &[u8], name: &str, user: Option<&str>, folder: Option<&str>) -> Result<Placed<'a>, Failure> {
    let folder = folder.map(str::to_owned).or_else(|| cx.host().env("TMPDIR")).unwrap_or_else(|| "/tmp".to_owned());
    let ending = name.rsplit('/').next().and_then(|base| base.rsplit_once('.')).map(|(_, ending)| format!(".{ending}"));
    let path = format!("{folder}/.sylvite-{:016x}{}", rand::random::<u64>(), ending.unwrap_or_default());
    let uid = user.and_then(|user| cx.host().accounts().uid(user));
    let how = Write { mode: Some(0o500), owner: Owner { uid, gid: None }, ..Write::default() };
    cx.host().write(&path, content, &how).map_err(crate::failure)?;
    Ok(Placed { path, cx })
}

/// Runs a script's text with arguments; `request.line` is replaced.
pub async fn run_script(cx: &Cx, content: &[u8], name: &str, args: &str, request: Request) -> Result<Done, Failure> {
    let placed = place(cx, content, name, request.user.as_deref(), None)?;
    let line = if args.is_empty() { placed.path.clone() } else { format!("{} {args}", placed.path) };
    Request { line: Line::Text(line), ..request }.run(cx.read(), cx.output()).await
}

/// Arguments as one line: a list is quoted word by word, text stands as it is.
pub fn argument_line(args: Option<&Value>) -> String {
    match args {
        None | Some(Value::Null) => String::new(),
        Some(Value::List(items)) => items.iter().map(|item| quote(&text::str(item))).collect::<Vec<_>>().join(" "),
        Some(other) => text::str(other),
    }
}

/// Quotes a word for a shell.
fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r#"'"'"'"#)) }
}

macro_rules! script_function {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Script: `salt://…`, a URL or a path.
            source: String,
            /// Arguments, as a line or a list.
            args: Option<Value>,
            /// Working directory.
            cwd: Option<String>,
            /// Text the script reads.
            stdin: Option<String>,
            /// User to run as.
            runas: Option<String>,
            /// Group to run as.
            group: Option<String>,
            /// Shell that starts it.
            shell: Option<String>,
            /// Known for compatibility; a script always starts through a shell.
            #[arg(ignored)]
            python_shell: Option<bool>,
            /// Variables.
            #[arg(default)]
            env: Map,
            /// Render the script as a template first.
            template: Option<String>,
            /// Umask, in octal.
            umask: Option<Mode>,
            /// How long it may take.
            timeout: Option<Span>,
            /// Show none of its output.
            #[arg(default = false, named)]
            hide_output: bool,
            /// Variables of the template.
            #[arg(default, named)]
            context: Map,
            /// Variables of the template that `context` may overrule.
            #[arg(default, named)]
            defaults: Map,
            /// File environment.
            #[arg(named)]
            saltenv: Option<String>,
            /// Exit statuses that count as 0.
            #[arg(default, named)]
            success_retcodes: Vec<i32>,
            /// Known for compatibility.
            #[arg(named, ignored)]
            output_loglevel: Option<String>,
            /// Known for compatibility.
            #[arg(named, ignored)]
            use_vt: Option<bool>,
            /// Leave it running.
            #[arg(default = false, named)]
            bg: bool,
            /// Run in a plain C locale, so that output can be read by programs.
            #[arg(default = true, named)]
            reset_system_locale: bool,
            /// Outputs that make any exit status count as 0.
            #[arg(default, named)]
            success_stdout: Vec<String>,
            /// The same for standard error.
            #[arg(default, named)]
            success_stderr: Vec<String>,
            /// Known for compatibility; output is read as UTF-8.
            #[arg(named, ignored)]
            output_encoding: Option<String>,
            /// Known for compatibility: `runas` needs no password here.
            #[arg(named, ignored)]
            password: Option<sdk::Secret<String>>,
        }

        impl $name {
            async fn done(self, cx: &Cx) -> Result<Option<Done>, Failure> {
                let mut context = self.defaults;
                context.extend(self.context);
                let env = self.saltenv.unwrap_or_else(|| cx.env().to_owned());
                let source = ScriptSource { uri: self.source, template: self.template, context, env };
                let Some(content) = fetch_script(&source, cx).await? else { return Ok(None) };
                let request = Request {
                    cwd: self.cwd,
                    stdin: self.stdin,
                    user: self.runas,
                    group: self.group,
                    shell: self.shell,
                    env: self.env,
                    umask: self.umask.and_then(Mode::bits),
                    timeout: self.timeout.map(|span| span.0),
                    hide: self.hide_output,
                    background: self.bg,
                    plain_locale: self.reset_system_locale,
                    success: super::Success {
                        retcodes: self.success_retcodes,
                        stdout: self.success_stdout,
                        stderr: self.success_stderr,
                    },
                    ..Request::of(Line::Text(String::new()))
                };
                let args = argument_line(self.args.as_ref());
                run_script(cx, &content, &source.uri, &args, request).await.map(Some)
            }
        }
    };
}

script_function! {
    /// Run a script of the master and return its output and exit status.
    ///
    /// ```salt
    /// salt '*' cmd.script salt://scripts/check.sh 'arg1 arg2' runas=www-data
    /// ```
    Script
}
script_function! {
    /// Run a script of the master and return its exit status.
    ///
    /// ```salt
    /// salt '*' cmd.script_retcode salt://scripts/check.sh
    /// ```
    ScriptRetcode
}

impl Action for Script {
    type Output = Returned;
    async fn call(self, cx: &Cx) -> Result<Returned, Failure> {
        match self.done(cx).await? {
            Some(done) => Ok(Returned::from(done.to_map()).with_retcode(done.retcode)),
            None => {
                let mut none = Done { pid: 0, retcode: 1, stdout: String::new(), stderr: String::new(), background: false }.to_map();
                none.insert("cache_error", true);
                Ok(Returned::from(none).with_retcode(1))
            }
        }
    }
}

impl Action for ScriptRetcode {
    type Output = Returned;
    async fn call(self, cx: &Cx) -> Result<Returned, Failure> {
        let retcode = self.done(cx).await?.map_or(1, |done| done.retcode);
        Ok(Returned::from(retcode).with_retcode(retcode))
    }
}

/// Run code of a language with its interpreter and return its output.
///
/// ```salt
/// salt '*' cmd.exec_code python3 'print("hi")'
/// ```
#[derive(Args)]
pub struct ExecCode {
    /// Interpreter: `python3`, `ruby`, `bash`.
    lang: String,
    /// The code.
    code: Value,
    /// Working directory.
    cwd: Option<String>,
    /// Arguments, as a line or a list.
    args: Option<Value>,
}

/// Run code of a language and return its output and exit status.
///
/// ```salt
/// salt '*' cmd.exec_code_all ruby 'puts "hi"'
/// ```
#[derive(Args)]
pub struct ExecCodeAll {
    /// Interpreter.
    lang: String,
    /// The code.
    code: Value,
    /// Working directory.
    cwd: Option<String>,
    /// Arguments, as a line or a list.
    args: Option<Value>,
}

async fn exec_code(cx: &Cx, lang: &str, code: &Value, cwd: Option<String>, args: Option<&Value>, merge: bool) -> Result<Done, Failure> {
    let code = match code {
        Value::List(lines) => lines.iter().map(text::str).collect::<Vec<_>>().join("\n"),
        other => text::str(other),
    };
    let placed = place(cx, code.as_bytes(), "code", None, None)?;
    let line = format!("{lang} {} {}", placed.path, argument_line(args));
    let request = Request { cwd, merge, ..Request::of(Line::Text(line)) };
    request.run(cx.read(), cx.output()).await
}

impl Action for ExecCode {
    type Output = Returned;
    async fn call(self, cx: &Cx) -> Result<Returned, Failure> {
        let done = exec_code(cx, &self.lang, &self.code, self.cwd, self.args.as_ref(), true).await?;
        Ok(Returned::from(done.stdout).with_retcode(done.retcode))
    }
}

impl Action for ExecCodeAll {
    type Output = Returned;
    async fn call(self, cx: &Cx) -> Result<Returned, Failure> {
        let done = exec_code(cx, &self.lang, &self.code, self.cwd, self.args.as_ref(), false).await?;
        Ok(Returned::from(done.to_map()).with_retcode(done.retcode))
    }
}
