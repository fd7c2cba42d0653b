//! Commands: `cmd.run` and its family.
//!
//! Everything goes through one [`Request`], which the states use too. Commands run in a shell unless `python_shell=False` says otherwise:
//! trees and operators count on pipes and variables.

mod chroot;
mod find;
mod request;
mod script;

pub use request::split_words;
pub use request::{Done, Request, Success, timed_out};
pub use script::{ScriptSource, argument_line, fetch_script, run_script};

use sdk::{Action, Args, Cx, Failure, Map, Mode, Returned, Span, Value};

sdk::module!(
    cmd,
    [
        Run,
        RunAll,
        RunStdout,
        RunStderr,
        RunBg,
        Retcode,
        Shell,
        chroot::RunChroot,
        script::Script,
        script::ScriptRetcode,
        script::ExecCode,
        script::ExecCodeAll,
        find::HasExec,
        find::Which,
        find::WhichBin,
        find::Shells,
        find::ShellInfo,
        find::Tty,
    ]
);

/// What a command line may be: text for a shell, or a list of words.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// Text.
    Text(String),
    /// Words.
    Words(Vec<String>),
}

impl sdk::FromValue for Line {
    const EXPECTED: &'static str = "a command";

    fn from_value(value: Value) -> Result<Self, Value> {
        match value {
            Value::List(items) => Ok(Self::Words(items.iter().map(sdk::text::str).collect())),
            other => String::from_value(other).map(Self::Text),
        }
    }
}

/// The functions of the family take the same arguments and differ in what they give back.
macro_rules! command_function {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Command line, or a list of words.
            cmd: Line,
            /// Working directory; the home directory of the user unless given.
            cwd: Option<String>,
            /// Text the command reads.
            stdin: Option<String>,
            /// User to run as.
            runas: Option<String>,
            /// Group to run as.
            group: Option<String>,
            /// Shell that reads the command line.
            shell: Option<String>,
            /// Whether a shell reads it at all.
            python_shell: Option<bool>,
            /// Variables, as a mapping or a list of mappings.
            #[arg(default)]
            env: Map,
            /// Start from an empty environment.
            #[arg(default = false)]
            clean_env: bool,
            /// Render the command line as a template first.
            template: Option<String>,
            /// Cut white space off the end of the output.
            #[arg(default = true)]
            rstrip: bool,
            /// Umask, in octal.
            umask: Option<Mode>,
            /// How long it may take; then its whole process group is ended.
            timeout: Option<Span>,
            /// Show none of its output.
            #[arg(default = false, named)]
            hide_output: bool,
            /// Give up the exit status of the command and report success.
            #[arg(default = false, named)]
            ignore_retcode: bool,
            /// Run in a plain C locale, so that output can be read by programs.
            #[arg(default = true, named)]
            reset_system_locale: bool,
            /// Leave it running and return its process id.
            #[arg(default = false, named)]
            bg: bool,
            /// Folders put before `PATH`.
            #[arg(named)]
            prepend_path: Option<String>,
            /// Exit statuses that count as 0.
            #[arg(default, named)]
            success_retcodes: Vec<i32>,
            /// Outputs that make any exit status count as 0.
            #[arg(default, named)]
            success_stdout: Vec<String>,
            /// The same for standard error.
            #[arg(default, named)]
            success_stderr: Vec<String>,
            /// Fail instead of returning when the command fails.
            #[arg(default = false, named)]
            raise_err: bool,
            /// Put standard error into standard output.
            #[arg(named)]
            redirect_stderr: Option<bool>,
            /// File environment of the template.
            #[arg(named)]
            saltenv: Option<String>,
            /// Known for compatibility; output is never logged.
            #[arg(named, ignored)]
            output_loglevel: Option<String>,
            /// Known for compatibility; output is read as UTF-8.
            #[arg(named, ignored)]
            output_encoding: Option<String>,
            /// Known for compatibility; there is always live output.
            #[arg(named, ignored)]
            use_vt: Option<bool>,
            /// Change the root directory to this one first.
            #[arg(named)]
            root: Option<String>,
            /// Known for compatibility: `runas` needs no password here.
            #[arg(named, ignored)]
            password: Option<sdk::Secret<String>>,
            /// Known for compatibility: means something to PowerShell only.
            #[arg(named, ignored)]
            encoded_cmd: Option<bool>,
        }

        impl $name {
            async fn done(self, cx: &Cx, merge: bool) -> Result<(Done, bool), Failure> {
                let cmd = match (&self.template, self.cmd) {
                    (Some(engine), Line::Text(text)) => Line::Text(rendered(cx, engine, text, self.saltenv).await?),
                    (_, line) => line,
                };
                let request = Request {
                    line: cmd,
                    cwd: self.cwd,
                    stdin: self.stdin,
                    user: self.runas,
                    group: self.group,
                    shell: self.shell,
                    use_shell: self.python_shell.unwrap_or(true),
                    env: self.env,
                    clean_env: self.clean_env,
                    plain_locale: self.reset_system_locale,
                    prepend_path: self.prepend_path,
                    rstrip: self.rstrip,
                    umask: self.umask.and_then(Mode::bits),
                    timeout: self.timeout.map(|span| span.0),
                    merge: self.redirect_stderr.unwrap_or(merge),
                    background: self.bg,
                    hide: self.hide_output,
                    root: self.root,
                    success: Success {
                        retcodes: self.success_retcodes,
                        stdout: self.success_stdout,
                        stderr: self.success_stderr,
                    },
                };
                let done = request.run(cx.read(), cx.output()).await?;
                if self.raise_err && done.retcode != 0 {
                    let said = if done.stderr.is_empty() { &done.stdout } else { &done.stderr };
                    return Err(Failure::failed(said.clone()).with_retcode(done.retcode));
                }
                Ok((done, self.ignore_retcode))
            }
        }
    };
}

command_function! {
    /// Run a command and return its output.
    ///
    /// ```salt
    /// salt '*' cmd.run "ls -l | awk '/foo/{print $2}'" runas=www-data timeout=10
    /// ```
    Run
}
command_function! {
    /// Run a command and return its output, exit status and process id.
    ///
    /// ```salt
    /// salt '*' cmd.run_all 'ls -l /nowhere'
    /// ```
    RunAll
}
command_function! {
    /// Run a command and return its standard output.
    ///
    /// ```salt
    /// salt '*' cmd.run_stdout 'ls -l'
    /// ```
    RunStdout
}
command_function! {
    /// Run a command and return its standard error.
    ///
    /// ```salt
    /// salt '*' cmd.run_stderr 'ls -l /nowhere'
    /// ```
    RunStderr
}
command_function! {
    /// Start a command and return its process id at once.
    ///
    /// ```salt
    /// salt '*' cmd.run_bg 'sleep 60; touch /tmp/done'
    /// ```
    RunBg
}
command_function! {
    /// Run a command and return its exit status.
    ///
    /// ```salt
    /// salt '*' cmd.retcode 'test -e /etc/passwd'
    /// ```
    Retcode
}
command_function! {
    /// Run a command in a shell and return its output.
    ///
    /// ```salt
    /// salt '*' cmd.shell 'echo $HOME | tr a-z A-Z'
    /// ```
    Shell
}

async fn rendered(cx: &Cx, engine: &str, text: String, env: Option<String>) -> Result<String, Failure> {
    let env = env.unwrap_or_else(|| cx.env().to_owned());
    cx.agent().render(sdk::Render { engine: engine.to_owned(), name: "cmd".to_owned(), text, context: Map::new(), env }).await
}

fn with_status(value: impl Into<Value>, done: &Done, ignore: bool) -> Returned {
    Returned::from(value.into()).with_retcode(if ignore { 0 } else { done.retcode })
}

impl Action for Run {
    type Output = Returned;
    async fn call(self, cx: &Cx) -> Result<Returned, Failure> {
        let (done, ignore) = self.done(cx, true).await?;
        Ok(with_status(done.stdout.as_str(), &done, ignore))
    }
}

impl Action for Shell {
    type Output = Returned;
    async fn call(self, cx: &Cx) -> Result<Returned, Failure> {
        let (done, ignore) = Self { python_shell: Some(true), ..self }.done(cx, true).await?;
        Ok(with_status(done.stdout.as_str(), &done, ignore))
    }
}

impl Action for RunAll {
    type Output = Returned;
    async fn call(self, cx: &Cx) -> Result<Returned, Failure> {
        let (done, ignore) = self.done(cx, false).await?;
        Ok(with_status(done.to_map(), &done, ignore))
    }
}

impl Action for RunStdout {
    type Output = Returned;
    async fn call(self, cx: &Cx) -> Result<Returned, Failure> {
        let (done, ignore) = self.done(cx, false).await?;
        Ok(with_status(done.stdout.as_str(), &done, ignore))
    }
}

impl Action for RunStderr {
    type Output = Returned;
    async fn call(self, cx: &Cx) -> Result<Returned, Failure> {
        let (done, ignore) = self.done(cx, false).await?;
        Ok(with_status(done.stderr.as_str(), &done, ignore))
    }
}

impl Action for Retcode {
    type Output = Returned;
    async fn call(self, cx: &Cx) -> Result<Returned, Failure> {
        let (done, ignore) = self.done(cx, true).await?;
        Ok(with_status(done.retcode, &done, ignore))
    }
}

impl Action for RunBg {
    type Output = Map;
    async fn call(self, cx: &Cx) -> Result<Map, Failure> {
        let (done, _) = Self { bg: true, ..self }.done(cx, false).await?;
        Ok([("pid", done.pid)].into_iter().collect())
    }
}
