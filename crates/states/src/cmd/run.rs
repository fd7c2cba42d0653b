//! `cmd.run` and `cmd.wait`.

use super::no_directory;
use super::stateful::{Stateful, interpreted};
use modules::cmd::{Done, Line, Request, Success};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Mode, Outlook, Read, Span, State, Value};

/// The states of the family take the same arguments and differ in when they run.
macro_rules! command_state {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Command line.
            name: String,
            /// Working directory.
            cwd: Option<String>,
            /// Root directory to change to first.
            root: Option<String>,
            /// User to run as.
            runas: Option<String>,
            /// Known for compatibility.
            #[arg(ignored)]
            password: Option<String>,
            /// Shell that reads the command line.
            shell: Option<String>,
            /// Variables, as a mapping or a list of mappings.
            env: Option<Value>,
            /// Folders put before `PATH`.
            prepend_path: Option<String>,
            /// Let the command say whether it changed something.
            #[arg(default = false)]
            stateful: Stateful,
            /// Known for compatibility; output is never logged.
            #[arg(default = "debug", ignored)]
            output_loglevel: String,
            /// Show none of its output.
            #[arg(default = false)]
            hide_output: bool,
            /// How long it may take.
            timeout: Option<Span>,
            /// Let a command whose time ran out count as successful.
            #[arg(default = false)]
            ignore_timeout: bool,
            /// Known for compatibility; there is always live output.
            #[arg(default = false, ignored)]
            use_vt: bool,
            /// Exit statuses that count as 0.
            #[arg(default)]
            success_retcodes: Vec<i32>,
            /// Outputs that make any exit status count as 0.
            #[arg(default)]
            success_stdout: Vec<String>,
            /// The same for standard error.
            #[arg(default)]
            success_stderr: Vec<String>,
            /// Text the command reads.
            #[arg(named)]
            stdin: Option<String>,
            /// Umask, in octal.
            #[arg(named)]
            umask: Option<Mode>,
            /// Group to run as.
            #[arg(named)]
            group: Option<String>,
            /// Leave it running.
            #[arg(default = false, named)]
            bg: bool,
        }

        impl $name {
            fn request(&self, line: &str) -> Result<Request, String> {
                Ok(Request {
                    cwd: self.cwd.clone(),
                    root: self.root.clone(),
                    user: self.runas.clone(),
                    group: self.group.clone(),
                    shell: self.shell.clone(),
                    env: variables(self.env.as_ref())?,
                    prepend_path: self.prepend_path.clone(),
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
                    ..Request::of(Line::Text(line.to_owned()))
                })
            }

            /// What test mode says. A stateful command may have a harmless twin that tells.
            async fn outlook(&self, read: &Read) -> Result<Outlook, Failure> {
                if !self.stateful.on {
                    let changes: Map = [("cmd", self.name.as_str())].into_iter().collect();
                    return Ok(Outlook::new(format!("Command \"{}\" would have been executed", self.name), changes));
                }
                let Some(test_name) = &self.stateful.test_name else { return Ok(Outlook::new("", Map::new())) };
                let request = self.request(test_name).map_err(Failure::bad_arguments)?;
                let told = interpreted(&request.run(read, None).await?);
                let result = if told.changes.is_truthy() && told.result { None } else { Some(told.result) };
                Ok(Outlook::new(told.comment, told.changes).with_result(result))
            }

            async fn run(&self, cx: &Cx) -> Result<Applied, Failure> {
                if let Some(cwd) = self.cwd.as_ref().filter(|cwd| !cx.host().is_dir(cwd)) {
                    return Ok(Applied::failed(no_directory(cwd)));
                }
                let request = match self.request(&self.name) {
                    Ok(request) => request,
                    Err(comment) => return Ok(Applied::failed(comment)),
                };
                let mut done = match request.run(cx.read(), cx.output()).await {
                    Ok(done) => done,
                    Err(failure) if failure.kind == sdk::FailureKind::Cancelled => return Err(failure),
                    Err(failure) => return Ok(Applied::failed(failure.message)),
                };
                if self.ignore_timeout && done.stdout.contains(" : Timed out after ") {
                    done.retcode = 0;
                }
                Ok(if self.stateful.on { interpreted(&done) } else { reported(&self.name, &done) })
            }
        }
    };
}

command_state! {
    /// Run a command, every time.
    ///
    /// ```salt
    /// make the index:
    ///   cmd.run:
    ///     - name: /usr/bin/index --all
    ///     - runas: app
    ///     - unless: test -e /srv/app/index
    /// ```
    Run
}

command_state! {
    /// Run a command when a watched state changes something.
    ///
    /// ```salt
    /// reload the index:
    ///   cmd.wait:
    ///     - name: /usr/bin/index --reload
    ///     - watch:
    ///       - file: /etc/index.conf
    /// ```
    Wait
}

command_state! {
    /// Run a command when a watched state changes something; the same as `cmd.wait`.
    ///
    /// ```salt
    /// reload the index:
    ///   cmd.watch:
    ///     - name: /usr/bin/index --reload
    ///     - watch:
    ///       - file: /etc/index.conf
    /// ```
    Watch
}

/// Variables as a mapping, or the comment about what they are instead.
pub fn variables(env: Option<&Value>) -> Result<Map, String> {
    let bad = || "Invalidly-formatted 'env' parameter. See documentation.".to_owned();
    match env {
        None => Ok(Map::new()),
        Some(env) => <Map as sdk::FromValue>::from_value(env.clone()).map_err(|_| bad()),
    }
}

/// The result of a command that ran: its output is what changed.
fn reported(name: &str, done: &Done) -> Applied {
    let mut applied = Applied::ok(format!("Command \"{name}\" run"), done.to_map());
    applied.result = done.retcode == 0;
    applied
}

impl State for Run {
    type Change = ();
    const WATCHES: bool = true;

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        if let Err(comment) = variables(self.env.as_ref()) {
            return Ok(Check::fails(comment));
        }
        Ok(Check::Change(self.outlook(read).await?, ()))
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        self.run(cx).await
    }

    async fn check_watch(&self, read: &Read) -> Result<Outlook, Failure> {
        self.outlook(read).await
    }

    async fn on_watch(&self, cx: &Cx) -> Result<Applied, Failure> {
        self.run(cx).await
    }
}

macro_rules! only_when_watched {
    ($name:ident) => {
        impl State for $name {
            type Change = ();
            const WATCHES: bool = true;

            async fn check(&self, _read: &Read) -> Result<Check<()>, Failure> {
                Ok(Check::desired(""))
            }

            async fn apply(&self, (): (), _cx: &Cx) -> Result<Applied, Failure> {
                Ok(Applied::ok("", Map::new()))
            }

            async fn check_watch(&self, read: &Read) -> Result<Outlook, Failure> {
                self.outlook(read).await
            }

            async fn on_watch(&self, cx: &Cx) -> Result<Applied, Failure> {
                self.run(cx).await
            }
        }
    };
}

only_when_watched!(Wait);
only_when_watched!(Watch);
