//! `cmd.script` and `cmd.wait_script`.

use super::no_directory;
use super::run::variables;
use super::stateful::{Stateful, interpreted};
use modules::cmd::{Done, Line, Request, ScriptSource, Success, argument_line, fetch_script, run_script};
use sdk::{Applied, Args, Check, Cx, Failure, FromValue, Map, Mode, Outlook, Read, Span, State, Value};

macro_rules! script_state {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Script, or with `source` any name; words after the first are arguments.
            name: String,
            /// Script: `salt://…`, a URL or a path.
            source: Option<String>,
            /// Template engine.
            template: Option<String>,
            /// Working directory.
            cwd: Option<String>,
            /// User to run as.
            runas: Option<String>,
            /// Known for compatibility.
            #[arg(ignored)]
            password: Option<String>,
            /// Shell that starts it.
            shell: Option<String>,
            /// Variables, as a mapping or a list of mappings.
            env: Option<Value>,
            /// Let the script say whether it changed something.
            #[arg(default = false)]
            stateful: Stateful,
            /// How long it may take.
            timeout: Option<Span>,
            /// Known for compatibility; there is always live output.
            #[arg(default = false, ignored)]
            use_vt: bool,
            /// Known for compatibility; output is never logged.
            #[arg(default = "debug", ignored)]
            output_loglevel: String,
            /// Show none of its output.
            #[arg(default = false)]
            hide_output: bool,
            /// Variables of the template that `context` may overrule.
            defaults: Option<Value>,
            /// Variables of the template.
            context: Option<Value>,
            /// Exit statuses that count as 0.
            #[arg(default)]
            success_retcodes: Vec<i32>,
            /// Outputs that make any exit status count as 0.
            #[arg(default)]
            success_stdout: Vec<String>,
            /// The same for standard error.
            #[arg(default)]
            success_stderr: Vec<String>,
            /// Arguments, as a line or a list.
            #[arg(named)]
            args: Option<Value>,
            /// Text the script reads.
            #[arg(named)]
            stdin: Option<String>,
            /// Umask, in octal.
            #[arg(named)]
            umask: Option<Mode>,
            /// Leave it running.
            #[arg(default = false, named)]
            bg: bool,
        }

        impl $name {
            /// What is wrong with the arguments, if anything.
            fn refusal(&self) -> Option<String> {
                let bad = |name| Some(format!("Invalidly-formatted '{name}' parameter. Must be formed as a dict."));
                match (&self.defaults, &self.context) {
                    (Some(value), _) if Map::from_value(value.clone()).is_err() => bad("defaults"),
                    (_, Some(value)) if Map::from_value(value.clone()).is_err() => bad("context"),
                    _ => variables(self.env.as_ref()).err(),
                }
            }

            fn outlook(&self) -> Outlook {
                if self.stateful.on {
                    return Outlook::new("", Map::new());
                }
                Outlook::new(format!("Command '{}' would have been executed", self.name), Map::new())
            }

            async fn run(&self, cx: &Cx) -> Result<Applied, Failure> {
                if let Some(cwd) = self.cwd.as_ref().filter(|cwd| !cx.host().is_dir(cwd)) {
                    return Ok(Applied::failed(no_directory(cwd)));
                }
                let map = |value: &Option<Value>| value.clone().and_then(|value| Map::from_value(value).ok()).unwrap_or_default();
                let mut context = map(&self.defaults);
                context.extend(map(&self.context));
                let uri = self.source.clone().unwrap_or_else(|| self.name.clone());
                let source = ScriptSource { uri, template: self.template.clone(), context, env: cx.env().to_owned() };
                let Some(content) = fetch_script(&source, cx).await? else {
                    let comment = format!("Unable to cache script {} from saltenv '{}'", source.uri, source.env);
                    let none = Done { pid: 0, retcode: 1, stdout: String::new(), stderr: String::new(), background: false };
                    let mut changes = none.to_map();
                    changes.insert("cache_error", true);
                    return Ok(Applied::failed(comment).with_changes(changes));
                };
                // A name of several words carries the arguments only where they are not given by themselves.
                let in_name = || self.name.split_once(' ').map(|(_, rest)| rest.to_owned()).filter(|rest| !rest.trim().is_empty());
                let args = Some(argument_line(self.args.as_ref())).filter(|line| !line.is_empty()).or_else(in_name).unwrap_or_default();
                let request = Request {
                    cwd: self.cwd.clone(),
                    user: self.runas.clone(),
                    shell: self.shell.clone(),
                    env: variables(self.env.as_ref()).map_err(Failure::bad_arguments)?,
                    timeout: self.timeout.map(|span| span.0),
                    hide: self.hide_output,
                    stdin: self.stdin.clone(),
                    umask: self.umask.and_then(Mode::bits),
                    background: self.bg,
                    success: Success {
                        retcodes: self.success_retcodes.clone(),
                        stdout: self.success_stdout.clone(),
                        stderr: self.success_stderr.clone(),
                    },
                    ..Request::of(Line::Text(String::new()))
                };
                let done = match run_script(cx, &content, &source.uri, &args, request).await {
                    Ok(done) => done,
                    Err(failure) if failure.kind == sdk::FailureKind::Cancelled => return Err(failure),
                    Err(failure) => return Ok(Applied::failed(failure.message)),
                };
                if self.stateful.on {
                    return Ok(interpreted(&done));
                }
                let mut applied = Applied::ok(format!("Command '{}' run", self.name), done.to_map());
                applied.result = done.retcode == 0;
                Ok(applied)
            }
        }
    };
}

script_state! {
    /// Run a script of the master, every time.
    ///
    /// ```salt
    /// set up the schema:
    ///   cmd.script:
    ///     - source: salt://app/schema.sh
    ///     - runas: postgres
    ///     - creates: /srv/app/schema.done
    /// ```
    Script
}

script_state! {
    /// Run a script of the master when a watched state changes something.
    ///
    /// ```salt
    /// migrate:
    ///   cmd.wait_script:
    ///     - source: salt://app/migrate.sh
    ///     - watch:
    ///       - file: /srv/app/version
    /// ```
    WaitScript
}

impl State for Script {
    type Change = ();
    const WATCHES: bool = true;

    async fn check(&self, _read: &Read) -> Result<Check<()>, Failure> {
        Ok(match self.refusal() {
            Some(comment) => Check::fails(comment),
            None => Check::Change(self.outlook(), ()),
        })
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        self.run(cx).await
    }

    async fn check_watch(&self, _read: &Read) -> Result<Outlook, Failure> {
        Ok(self.outlook())
    }

    async fn on_watch(&self, cx: &Cx) -> Result<Applied, Failure> {
        self.run(cx).await
    }
}

impl State for WaitScript {
    type Change = ();
    const WATCHES: bool = true;

    async fn check(&self, _read: &Read) -> Result<Check<()>, Failure> {
        Ok(match self.refusal() {
            Some(comment) => Check::fails(comment),
            None => Check::desired(""),
        })
    }

    async fn apply(&self, (): (), _cx: &Cx) -> Result<Applied, Failure> {
        Ok(Applied::ok("", Map::new()))
    }

    async fn check_watch(&self, _read: &Read) -> Result<Outlook, Failure> {
        Ok(self.outlook())
    }

    async fn on_watch(&self, cx: &Cx) -> Result<Applied, Failure> {
        self.run(cx).await
    }
}
