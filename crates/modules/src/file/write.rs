//! Writing into files: lines, times, lengths, patterns.

use super::backup;
use super::diff::unified;
use super::edit::{Flags, NotFound, Pattern, Replacement, replace};
use sdk::host::Write as How;
use sdk::{Action, Args, Cx, Failure, Map, Value, text};
use std::time::UNIX_EPOCH;

/// Lines from arguments: each one a line, or a list of lines under `args`.
fn lines(args: &[Value], extra: &Map) -> Vec<String> {
    let named = extra.get("args").cloned();
    let all = args.iter().chain(named.as_ref()).flat_map(|value| match value {
        Value::List(items) => items.iter().map(text::str).collect::<Vec<_>>(),
        other => vec![text::str(other)],
    });
    all.collect()
}

macro_rules! lines_function {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Path.
            path: String,
            /// Lines.
            #[arg(rest)]
            args: Vec<Value>,
            /// `args`: lines as a list.
            #[arg(extra)]
            extra: Map,
        }
    };
}

lines_function! {
    /// Write lines into a file, over what was there.
    ///
    /// ```salt
    /// salt '*' file.write /etc/motd 'This is line one.' 'This is line two.'
    /// ```
    Write
}
lines_function! {
    /// Write lines to the end of a file.
    ///
    /// ```salt
    /// salt '*' file.append /etc/motd 'With all thine offerings'
    /// ```
    Append
}
lines_function! {
    /// Write lines to the beginning of a file.
    ///
    /// ```salt
    /// salt '*' file.prepend /etc/motd 'Thou shalt offer salt'
    /// ```
    Prepend
}

fn text_of(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

impl Action for Write {
    type Output = String;
    async fn call(self, cx: &Cx) -> Result<String, Failure> {
        let lines = lines(&self.args, &self.extra);
        cx.host().write(&self.path, text_of(&lines).as_bytes(), &How::default()).map_err(crate::failure)?;
        Ok(format!("Wrote {} lines to \"{}\"", lines.len(), self.path))
    }
}

impl Action for Append {
    type Output = String;
    async fn call(self, cx: &Cx) -> Result<String, Failure> {
        let lines = lines(&self.args, &self.extra);
        let old = cx.host().read(&self.path).unwrap_or_default();
        let between = if old.is_empty() || old.ends_with(b"\n") { "" } else { "\n" };
        cx.host().append(&self.path, format!("{between}{}", text_of(&lines)).as_bytes()).map_err(crate::failure)?;
        Ok(format!("Wrote {} lines to \"{}\"", lines.len(), self.path))
    }
}

impl Action for Prepend {
    type Output = String;
    async fn call(self, cx: &Cx) -> Result<String, Failure> {
        let lines = lines(&self.args, &self.extra);
        let mut content = text_of(&lines).into_bytes();
        content.extend(cx.host().read(&self.path).unwrap_or_default());
        cx.host().write(&self.path, &content, &How::default()).map_err(crate::failure)?;
        Ok(format!("Prepended {} lines to \"{}\"", lines.len(), self.path))
    }
}

/// Make a file if it is missing, and set its times.
///
/// ```salt
/// salt '*' file.touch /var/log/emptyfile
/// ```
#[derive(Args)]
pub struct Touch {
    /// Path.
    name: String,
    /// Time of the last access, in seconds since 1970.
    atime: Option<f64>,
    /// Time of the last change.
    mtime: Option<f64>,
}

impl Action for Touch {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let host = cx.host();
        if !host.exists(&self.name) {
            host.write(&self.name, b"", &How::default()).map_err(crate::failure)?;
        }
        let now = host.now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        let modified = self.mtime.or(self.atime).unwrap_or(now);
        host.set_times(&self.name, self.atime.unwrap_or(modified), modified).map_err(crate::failure)?;
        Ok(true)
    }
}

/// Cut a file to a length.
///
/// ```salt
/// salt '*' file.truncate /path/to/file 512
/// ```
#[derive(Args)]
pub struct Truncate {
    /// Path.
    path: String,
    /// Bytes that stay.
    length: usize,
}

impl Action for Truncate {
    type Output = Value;
    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let mut content = cx.host().read(&self.path).map_err(crate::failure)?;
        content.resize(self.length, 0);
        cx.host().write(&self.path, &content, &How::default()).map_err(crate::failure)?;
        Ok(Value::Null)
    }
}

/// Replace what a pattern fits in a file and return the difference.
///
/// ```salt
/// salt '*' file.replace /etc/httpd/httpd.conf pattern='LogLevel warn' repl='LogLevel info'
/// ```
#[derive(Args)]
pub struct Replace {
    /// Path.
    path: String,
    /// Regular expression.
    pattern: String,
    /// Replacement; `\1` and `\g<name>` are groups.
    repl: String,
    /// How often at most; 0 is always.
    #[arg(default = 0)]
    count: usize,
    /// Flags of the pattern.
    #[arg(default = 8)]
    flags: Flags,
    /// Known for compatibility: the whole file is looked at.
    #[arg(default = 1, ignored)]
    bufsize: Value,
    /// Put the content to the end where the pattern fits nowhere.
    #[arg(default = false)]
    append_if_not_found: bool,
    /// Put the content to the beginning where the pattern fits nowhere.
    #[arg(default = false)]
    prepend_if_not_found: bool,
    /// That content, if it is not the replacement.
    not_found_content: Option<String>,
    /// Ending of a copy of the old file; `False` keeps none.
    #[arg(default = ".bak")]
    backup: Value,
    /// Write nothing.
    #[arg(default = false)]
    dry_run: bool,
    /// Tell only whether the pattern fits.
    #[arg(default = false)]
    search_only: bool,
    /// Return the difference; otherwise only whether there was one.
    #[arg(default = true)]
    show_changes: bool,
    /// Let a missing file be.
    #[arg(default = false)]
    ignore_if_missing: bool,
    /// Known for compatibility: owner and mode stay.
    #[arg(default = true, ignored)]
    preserve_inode: bool,
    /// Take backslashes of the replacement as they are.
    #[arg(default = false)]
    backslash_literal: bool,
}

impl Action for Replace {
    type Output = Value;
    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let host = cx.host();
        if !host.exists(&self.path) {
            if self.ignore_if_missing {
                return Ok(if self.search_only || !self.show_changes { false.into() } else { "".into() });
            }
            return Err(Failure::failed(format!("File not found: {}", self.path)));
        }
        let pattern = Pattern::new(&self.pattern, self.flags).map_err(Failure::bad_arguments)?;
        let old = host.read_text(&self.path).map_err(crate::failure)?;
        if self.search_only {
            return Ok(pattern.is_in(&old).into());
        }
        let replacement = if self.backslash_literal { Replacement::literal(&self.repl) } else { Replacement::parse(&self.repl) };
        let not_found = if self.append_if_not_found {
            NotFound::Append
        } else if self.prepend_if_not_found {
            NotFound::Prepend
        } else {
            NotFound::Leave
        };
        let new = replace(&old, &pattern, &replacement, self.count, not_found, self.not_found_content.as_deref().unwrap_or(&self.repl));
        if new != old && !self.dry_run {
            let ending = text::str(&self.backup);
            if self.backup.is_truthy() && ending != "False" {
                backup::copy_beside(cx, &self.path, &ending)?;
            }
            host.write(&self.path, new.as_bytes(), &How::default()).map_err(crate::failure)?;
        }
        Ok(if self.show_changes { unified(&old, &new).into() } else { (new != old).into() })
    }
}
