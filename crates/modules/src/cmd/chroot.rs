//! Commands in another root directory.

use super::{Line, Request, Success, rendered, with_status};
use sdk::{Action, Args, Cx, Failure, Map, Mode, Returned, Span, Words};

/// Run a command with another root directory.
///
/// ```salt
/// salt '*' cmd.run_chroot /srv/image 'apt-get update'
/// ```
#[derive(Args)]
pub struct RunChroot {
    /// The new root directory.
    root: String,
    /// Command line.
    cmd: Line,
    /// Working directory, inside.
    cwd: Option<String>,
    /// Text the command reads.
    stdin: Option<String>,
    /// User to run as, inside.
    runas: Option<String>,
    /// Group to run as.
    group: Option<String>,
    /// Shell that reads the command line.
    shell: Option<String>,
    /// Whether a shell reads it at all.
    #[arg(default = true)]
    python_shell: bool,
    /// Folders of this machine that are seen inside too while the command runs.
    #[arg(default)]
    binds: Words,
    /// Variables.
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
    /// Umask.
    umask: Option<Mode>,
    /// How long it may take.
    #[arg(named)]
    timeout: Option<Span>,
    /// Show none of its output.
    #[arg(default = false, named)]
    hide_output: bool,
    /// Run in a plain C locale, so that output can be read by programs.
    #[arg(default = true, named)]
    reset_system_locale: bool,
    /// Give up the exit status of the command and report success.
    #[arg(default = false, named)]
    ignore_retcode: bool,
    /// File environment of the template.
    #[arg(named)]
    saltenv: Option<String>,
    /// Leave it running and return its process id.
    #[arg(default = false, named)]
    bg: bool,
    /// Exit statuses that count as 0.
    #[arg(default, named)]
    success_retcodes: Vec<i32>,
    /// Outputs that make any exit status count as 0.
    #[arg(default, named)]
    success_stdout: Vec<String>,
    /// The same for standard error.
    #[arg(default, named)]
    success_stderr: Vec<String>,
    /// Known for compatibility; output is never logged.
    #[arg(named, ignored)]
    output_loglevel: Option<String>,
    /// Known for compatibility; output is read as UTF-8.
    #[arg(named, ignored)]
    output_encoding: Option<String>,
    /// Known for compatibility; there is always live output.
    #[arg(named, ignored)]
    use_vt: Option<bool>,
}

impl Action for RunChroot {
    type Output = Returned;
    async fn call(self, cx: &Cx) -> Result<Returned, Failure> {
        let cmd = match (&self.template, self.cmd) {
            (Some(engine), Line::Text(text)) => Line::Text(rendered(cx, engine, text, self.saltenv).await?),
            (_, line) => line,
        };
        let request = Request {
            root: Some(self.root.clone()),
            cwd: self.cwd,
            stdin: self.stdin,
            user: self.runas,
            group: self.group,
            shell: self.shell,
            use_shell: self.python_shell,
            env: self.env,
            clean_env: self.clean_env,
            plain_locale: self.reset_system_locale,
            rstrip: self.rstrip,
            umask: self.umask.and_then(Mode::bits),
            timeout: self.timeout.map(|span| span.0),
            hide: self.hide_output,
            background: self.bg,
            success: Success { retcodes: self.success_retcodes, stdout: self.success_stdout, stderr: self.success_stderr },
            ..Request::of(cmd)
        };
        let mut bound = Vec::new();
        let mut outcome = Ok(());
        for folder in &self.binds.0 {
            let inside = format!("{}/{}", self.root.trim_end_matches('/'), folder.trim_start_matches('/'));
            outcome = bind(folder, &inside, cx).await;
            if outcome.is_err() {
                break;
            }
            bound.push(inside);
        }
        let done = match outcome {
            Ok(()) => request.run(cx.read(), cx.output()).await,
            Err(failure) => Err(failure),
        };
        // The last one first: a folder may lie in another one. One that stays does not keep the others there.
        let mut left = Ok(());
        for inside in bound.iter().rev() {
            left = left.and(cx.run(["umount", inside]).await.map(drop));
        }
        left?;
        let done = done?;
        Ok(with_status(done.to_map(), &done, self.ignore_retcode))
    }
}

async fn bind(folder: &str, inside: &str, cx: &Cx) -> Result<(), Failure> {
    cx.host().make_dirs(inside, None).map_err(crate::failure)?;
    cx.run(["mount", "--bind", folder, inside]).await.map(drop)
}
