//! One command, as `cmd.*` functions and states ask for it.

use super::Line;
use sdk::host::{Command, Ended, LiveOutput};
use sdk::{Failure, Map, Read, text};
use std::time::Duration;

/// When a command counts as successful besides exit status 0.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Success {
    /// These exit statuses count as 0.
    pub retcodes: Vec<i32>,
    /// These outputs make any exit status count as 0.
    pub stdout: Vec<String>,
    /// The same for standard error.
    pub stderr: Vec<String>,
}

/// A command with all that can be said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The command.
    pub line: Line,
    /// Working directory.
    pub cwd: Option<String>,
    /// What it reads.
    pub stdin: Option<String>,
    /// User to run as.
    pub user: Option<String>,
    /// Group to run as.
    pub group: Option<String>,
    /// Shell; that of the grain `shell` unless given.
    pub shell: Option<String>,
    /// Whether a shell reads the line.
    pub use_shell: bool,
    /// Variables.
    pub env: Map,
    /// Start from an empty environment.
    pub clean_env: bool,
    /// Run in a plain C locale.
    pub plain_locale: bool,
    /// Folders put before `PATH`.
    pub prepend_path: Option<String>,
    /// Cut white space off the end of the output.
    pub rstrip: bool,
    /// Umask.
    pub umask: Option<u32>,
    /// Time limit.
    pub timeout: Option<Duration>,
    /// Standard error goes into standard output.
    pub merge: bool,
    /// Leave it running.
    pub background: bool,
    /// Show none of its output.
    pub hide: bool,
    /// Root directory to change to first.
    pub root: Option<String>,
    /// What else counts as success.
    pub success: Success,
}

/// What came of it, as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// Process id.
    pub pid: u32,
    /// Exit status after `success_*` had their say.
    pub retcode: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// It was left running, so there is no exit status yet.
    pub background: bool,
}

impl Done {
    /// The mapping of `cmd.run_all` and of the changes of `cmd.run` states.
    #[must_use]
    pub fn to_map(&self) -> Map {
        let mut map = Map::new();
        map.insert("pid", self.pid);
        map.insert("retcode", if self.background { None } else { Some(self.retcode) });
        map.insert("stdout", self.stdout.as_str());
        map.insert("stderr", self.stderr.as_str());
        map
    }
}

impl Request {
    /// A plain request for a line in a shell.
    #[must_use]
    pub fn of(line: Line) -> Self {
        Self {
            line,
            cwd: None,
            stdin: None,
            user: None,
            group: None,
            shell: None,
            use_shell: true,
            env: Map::new(),
            clean_env: false,
            plain_locale: true,
            prepend_path: None,
            rstrip: true,
            umask: None,
            timeout: None,
            merge: false,
            background: false,
            hide: false,
            root: None,
            success: Success::default(),
        }
    }

    /// Runs it. Whether this changes the machine is for the caller to know: conditions of states only look.
    pub async fn run(&self, read: &Read, live: Option<&LiveOutput>) -> Result<Done, Failure> {
        let host = read.host();
        if let Some(cwd) = &self.cwd
            && (!cwd.starts_with('/') || !host.is_dir(cwd))
        {
            return Err(Failure::failed(format!("Specified cwd '{cwd}' either not absolute or does not exist")));
        }
        if let Some(user) = &self.user
            && host.accounts().uid(user).is_none()
        {
            return Err(Failure::failed(format!("User '{user}' is not available")));
        }
        if let Some(shell) = self.shell.as_ref().filter(|shell| self.use_shell && !host.may_execute(shell)) {
            return Err(Failure::failed(format!("The shell {shell} is not available")));
        }
        let output = read.run_command(self.command(read, live)).await?;
        let shown = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            if self.rstrip { text.trim_end().to_owned() } else { text.into_owned() }
        };
        let mut done = Done {
            pid: output.pid,
            retcode: output.retcode(),
            stdout: shown(&output.stdout),
            stderr: shown(&output.stderr),
            background: output.ended == Ended::Background,
        };
        match output.ended {
            Ended::TimedOut => done.stdout = timed_out(&self.to_string(), self.timeout.unwrap_or_default()),
            Ended::Cancelled => return Err(Failure::new(sdk::FailureKind::Cancelled, format!("`{self}` was ended from outside"))),
            Ended::Status(_) | Ended::Signal(_) | Ended::Background => {}
        }
        let success = &self.success;
        if success.retcodes.contains(&done.retcode) || success.stdout.contains(&done.stdout) || success.stderr.contains(&done.stderr) {
            done.retcode = 0;
        }
        if self.hide {
            done.stdout.clear();
            done.stderr.clear();
        }
        Ok(done)
    }

    fn command(&self, read: &Read, live: Option<&LiveOutput>) -> Command {
        let shell = self.shell.clone().unwrap_or_else(|| match read.grain_text("shell") {
            "" => "/bin/sh".to_owned(),
            shell => shell.to_owned(),
        });
        let mut command = match (&self.line, self.use_shell) {
            (Line::Words(words), _) => Command::new(words.iter().map(String::as_str)),
            (Line::Text(line), true) => Command::shell(shell.clone(), line.as_str()),
            (Line::Text(line), false) => Command::new(split_words(line)),
        };
        if let Some(root) = &self.root {
            let inner = command.argv();
            let program = ["chroot".to_owned(), root.clone()];
            let argv: Vec<String> = match &self.user {
                // Users are those of the other root, so its own tools have to change to them.
                Some(user) => program.into_iter().chain(["--userspec".to_owned(), user.clone()]).chain(inner).collect(),
                None => program.into_iter().chain(inner).collect(),
            };
            command = Command::new(argv);
        } else {
            command.user = self.user.clone();
            command.group = self.group.clone();
        }
        command.cwd = Some(self.cwd.clone().unwrap_or_else(|| home(read, self.user.as_deref())));
        command.clean_env = self.clean_env;
        command.env = self.variables(read);
        command.stdin = self.stdin.clone().map(String::into_bytes);
        command.umask = self.umask;
        command.timeout = self.timeout;
        command.merge = self.merge;
        command.background = self.background;
        command.live = live.filter(|_| !self.hide).cloned();
        command
    }

    fn variables(&self, read: &Read) -> Vec<(String, Option<String>)> {
        let mut variables = Vec::new();
        if self.plain_locale {
            let names = ["LC_CTYPE", "LC_NUMERIC", "LC_TIME", "LC_COLLATE", "LC_MONETARY", "LC_MESSAGES", "LC_PAPER", "LC_NAME"];
            let more = ["LC_ADDRESS", "LC_TELEPHONE", "LC_MEASUREMENT", "LC_IDENTIFICATION", "LANGUAGE"];
            variables.extend(names.into_iter().chain(more).map(|name| (name.to_owned(), Some("C".to_owned()))));
        }
        for (name, value) in &self.env {
            let value = if value.is_null() { String::new() } else { text::str(value) };
            variables.push((text::str(name), Some(value)));
        }
        if let Some(folders) = &self.prepend_path {
            let given = variables.iter().rev().find(|(name, _)| name == "PATH").and_then(|(_, value)| value.clone());
            let path = given.or_else(|| read.host().env("PATH")).unwrap_or_default();
            variables.push(("PATH".to_owned(), Some(format!("{folders}:{path}"))));
        }
        variables
    }
}

impl std::fmt::Display for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.line {
            Line::Text(line) => f.write_str(line),
            Line::Words(words) => f.write_str(&words.join(" ")),
        }
    }
}

/// What stands in place of the output of a command whose time ran out.
#[must_use]
pub fn timed_out(line: &str, after: Duration) -> String {
    let seconds = after.as_secs_f64();
    let seconds = if seconds.fract() == 0.0 { format!("{seconds:.0}") } else { seconds.to_string() };
    format!("{line} : Timed out after {seconds} seconds")
}

/// Home directory of the user a command runs as; the root directory where there is none.
fn home(read: &Read, user: Option<&str>) -> String {
    let host = read.host();
    let accounts = host.accounts();
    let home = match user {
        Some(user) => accounts.user(user).map(|user| user.home.clone()),
        None => host.env("HOME").or_else(|| accounts.user_of(host.identity().0).map(|user| user.home.clone())),
    };
    home.filter(|home| host.is_dir(home)).unwrap_or_else(|| "/".to_owned())
}

/// Splits a line into words as a shell would, knowing quotes and backslashes and nothing else.
#[must_use]
pub fn split_words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some('\''), c) => word.get_or_insert_default().push(c),
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (Some(_), '\\') => match chars.next() {
                Some(next @ ('"' | '\\' | '$' | '`')) => word.get_or_insert_default().push(next),
                Some(next) => word.get_or_insert_default().extend(['\\', next]),
                None => word.get_or_insert_default().push('\\'),
            },
            (None, '\\') => word.get_or_insert_default().extend(chars.next()),
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_as_a_shell_splits_them() {
        assert_eq!(split_words(r#"a 'b c'  "d \"e" f\ g '' x'y'z"#), ["a", "b c", "d \"e", "f g", "", "xyz"]);
    }

    #[test]
    fn the_time_limit_is_printed_as_it_was_given() {
        assert_eq!(timed_out("sleep 9", Duration::from_secs(1)), "sleep 9 : Timed out after 1 seconds");
        assert_eq!(timed_out("x", Duration::from_millis(1500)), "x : Timed out after 1.5 seconds");
    }
}
