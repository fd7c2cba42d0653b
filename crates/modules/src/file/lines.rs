//! Functions that change lines of a file by hand, as the states of these names do.

use super::backup::copy_beside;
use super::edit::{Block, Line as Wanted, LineMode, Newline, Place, comment, edit_line, replace_block, uncomment};
use super::text::{is_text, shown_change};
use sdk::host::Write;
use sdk::{Action, Args, Cx, Failure, Value, text};

/// Changes the text of a file, keeps the old one beside it, and gives the difference; `False` where nothing changes.
fn change(path: &str, ending: &str, dry: bool, cx: &Cx, change: impl FnOnce(&str) -> Result<String, Failure>) -> Result<Value, Failure> {
    let host = cx.host();
    if !host.is_file(path) {
        return Err(Failure::failed(format!("File not found: {path}")));
    }
    let old = host.read(path).map_err(crate::failure)?;
    if !is_text(&old) {
        return Err(Failure::failed(format!("Cannot perform string replacements on a binary file: {path}")));
    }
    let new = change(&String::from_utf8_lossy(&old))?.into_bytes();
    if new == old {
        return Ok(false.into());
    }
    if !dry {
        if !ending.is_empty() {
            copy_beside(cx, path, ending)?;
        }
        host.write(path, &new, &Write::default()).map_err(crate::failure)?;
    }
    Ok(shown_change(&old, &new).into())
}

/// The ending of the copy that is kept; none where that is not wanted.
fn ending(backup: &Value) -> String {
    match backup {
        Value::Bool(false) | Value::Null => String::new(),
        Value::Bool(true) => ".bak".to_owned(),
        other => text::str(other),
    }
}

macro_rules! comment_function {
    ($(#[$doc:meta])* $name:ident { $($own:tt)* }, |$this:ident| $comments:expr) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Path.
            path: String,
            /// Regular expression that the lines fit, without the sign.
            regex: String,
            /// The sign.
            #[arg(default = "#")]
            char: String,
            $($own)*
            /// Ending of a copy of the old file; `False` keeps none.
            #[arg(default = ".bak")]
            backup: Value,
        }

        impl Action for $name {
            type Output = Value;
            async fn call(self, cx: &Cx) -> Result<Value, Failure> {
                let $this = &self;
                let edit = if $comments { comment } else { uncomment };
                change(&self.path, &ending(&self.backup), false, cx, |text| edit(text, &self.regex, &self.char).map_err(Failure::bad_arguments))
            }
        }
    };
}

comment_function! {
    /// Put a comment sign before lines and return the difference.
    ///
    /// ```salt
    /// salt '*' file.comment /etc/modules pcspkr
    /// ```
    Comment {}, |_this| true
}
comment_function! {
    /// Take a comment sign from lines and return the difference.
    ///
    /// ```salt
    /// salt '*' file.uncomment /etc/hosts.deny 'ALL: PARANOID'
    /// ```
    Uncomment {}, |_this| false
}
comment_function! {
    /// Put a comment sign before lines, or take it from them, and return the difference.
    ///
    /// ```salt
    /// salt '*' file.comment_line /etc/modules pcspkr cmnt=False
    /// ```
    CommentLine {
        /// Put it there; otherwise take it away.
        #[arg(default = true)]
        cmnt: bool,
    }, |this| this.cmnt
}

/// Replace what stands between two markers in a file and return the difference.
///
/// ```salt
/// salt '*' file.blockreplace /etc/hosts '#-- begin' '#-- end' '10.0.1.1 srv.example.org'
/// ```
#[derive(Args)]
pub struct Blockreplace {
    /// Path.
    path: String,
    /// Text in the line before the block.
    marker_start: String,
    /// Text in the line after it.
    marker_end: String,
    /// What stands between.
    #[arg(default = "")]
    content: String,
    /// Put the block to the end where there are no markers.
    #[arg(default = false)]
    append_if_not_found: bool,
    /// Put the block to the beginning where there are no markers.
    #[arg(default = false)]
    prepend_if_not_found: bool,
    /// Ending of a copy of the old file; `False` keeps none.
    #[arg(default = ".bak")]
    backup: Value,
    /// Write nothing.
    #[arg(default = false)]
    dry_run: bool,
    /// Return the difference; otherwise only whether there was one.
    #[arg(default = true)]
    show_changes: bool,
    /// Always, or never, end the block with a line end of its own.
    append_newline: Option<bool>,
    /// Put the block before the first line that this fits, where there are no markers.
    insert_before_match: Option<String>,
    /// Put the block after the first line that this fits, where there are no markers.
    insert_after_match: Option<String>,
}

impl Action for Blockreplace {
    type Output = Value;
    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let block = Block {
            start: self.marker_start,
            end: self.marker_end,
            content: self.content,
            newline: match self.append_newline {
                None => Newline::IfMissing,
                Some(true) => Newline::Always,
                Some(false) => Newline::Never,
            },
            append: self.append_if_not_found,
            prepend: self.prepend_if_not_found,
            before: self.insert_before_match,
            after: self.insert_after_match,
        };
        let edit = |text: &str| replace_block(text, &block).map_err(|error| Failure::failed(error.to_string()));
        let done = change(&self.path, &ending(&self.backup), self.dry_run, cx, edit)?;
        Ok(if self.show_changes { done } else { Value::Bool(done != Value::Bool(false)) })
    }
}

/// Put a line to its place, let it take the place of others, or remove it, and return the difference.
///
/// ```salt
/// salt '*' file.line /etc/nsswitch.conf "networks:\tfiles dns" after="hosts:.*?" mode='ensure'
/// ```
#[derive(Args)]
pub struct Line {
    /// Path.
    path: String,
    /// The line.
    content: Option<String>,
    /// What fits the lines to replace or delete.
    #[arg(name = "match")]
    matching: Option<String>,
    /// `ensure`, `replace`, `insert` or `delete`.
    mode: LineMode,
    /// With `insert`: `start` or `end`.
    location: Option<Place>,
    /// What fits the line after it.
    before: Option<String>,
    /// What fits the line before it.
    after: Option<String>,
    /// Return the difference; otherwise only whether there was one.
    #[arg(default = true)]
    show_changes: bool,
    /// Ending of a copy of the old file; `False` keeps none.
    #[arg(default = false)]
    backup: Value,
    /// Do not fail where the file is missing.
    #[arg(default = false)]
    quiet: bool,
    /// Give the line the indentation of its neighbour.
    #[arg(default = true)]
    indent: bool,
}

impl Action for Line {
    type Output = Value;
    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        if self.quiet && !cx.host().is_file(&self.path) {
            return Ok(false.into());
        }
        let wanted = Wanted {
            content: self.content,
            matching: self.matching,
            after: self.after,
            before: self.before,
            location: self.location,
            indent: self.indent,
        };
        let edit = |text: &str| edit_line(text, self.mode, &wanted).map_err(Failure::failed);
        let done = change(&self.path, &ending(&self.backup), false, cx, edit)?;
        Ok(if self.show_changes { done } else { Value::Bool(done != Value::Bool(false)) })
    }
}

/// Write text over what stands at a place in a file.
///
/// ```salt
/// salt '*' file.seek_write /srv/image 'some data' 4096
/// ```
#[derive(Args)]
pub struct SeekWrite {
    /// Path.
    path: String,
    /// The text.
    data: String,
    /// Where, in bytes from the beginning.
    offset: usize,
}

impl Action for SeekWrite {
    type Output = i64;
    async fn call(self, cx: &Cx) -> Result<i64, Failure> {
        let mut bytes = cx.host().read(&self.path).map_err(crate::failure)?;
        let end = self.offset + self.data.len();
        if bytes.len() < end {
            bytes.resize(end, 0);
        }
        if let Some(place) = bytes.get_mut(self.offset..end) {
            place.copy_from_slice(self.data.as_bytes());
        }
        cx.host().write(&self.path, &bytes, &Write::default()).map_err(crate::failure)?;
        Ok(i64::try_from(self.data.len()).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sdk::host::{FakeHost, Look as _};
    use sdk::testing::context;
    use sdk::{CallArgs, Facts};
    use std::sync::Arc;

    async fn call(host: &Arc<FakeHost>, function: &str, words: &[&str]) -> Value {
        let args = CallArgs::new(words.iter().map(|word| Value::from(*word)).collect(), sdk::Map::new());
        crate::registry().call(function, args, &context(host.clone(), Facts::default())).await.unwrap().value
    }

    #[tokio::test]
    async fn lines_are_commented_and_uncommented_with_a_copy_beside() {
        let host = Arc::new(FakeHost::new());
        host.file("/etc/modules", "loop\npcspkr\n");
        let shown = text::str(&call(&host, "file.comment", &["/etc/modules", "pcspkr"]).await);
        assert!(shown.contains("-pcspkr") && shown.contains("+#pcspkr"), "{shown}");
        assert_eq!(host.read_text("/etc/modules.bak").unwrap(), "loop\npcspkr\n");
        assert_eq!(call(&host, "file.comment", &["/etc/modules", "nothing"]).await, Value::Bool(false));
        call(&host, "file.uncomment", &["/etc/modules", "pcspkr"]).await;
        assert_eq!(host.read_text("/etc/modules").unwrap(), "loop\npcspkr\n");
    }

    #[tokio::test]
    async fn a_line_goes_to_its_place_once() {
        let host = Arc::new(FakeHost::new());
        host.file("/etc/x", "alpha\nbeta\n");
        let named = || {
            let words = [("path", "/etc/x"), ("content", "new"), ("mode", "ensure"), ("after", "alpha")];
            CallArgs::new(Vec::new(), words.into_iter().collect())
        };
        let cx = context(host.clone(), Facts::default());
        let shown = text::str(&crate::registry().call("file.line", named(), &cx).await.unwrap().value);
        assert!(shown.contains("+new"), "{shown}");
        assert_eq!(crate::registry().call("file.line", named(), &cx).await.unwrap().value, Value::Bool(false));
        assert_eq!(host.read_text("/etc/x").unwrap(), "alpha\nnew\nbeta\n");
    }

    #[tokio::test]
    async fn a_block_and_a_place_are_written() {
        let host = Arc::new(FakeHost::new());
        host.file("/etc/hosts", "a\n# begin\nold\n# end\n");
        call(&host, "file.blockreplace", &["/etc/hosts", "# begin", "# end", "new"]).await;
        assert_eq!(host.read_text("/etc/hosts").unwrap(), "a\n# begin\nnew\n# end\n");
        assert_eq!(call(&host, "file.seek_write", &["/etc/hosts", "A", "0"]).await, Value::from(1));
        assert!(host.read_text("/etc/hosts").unwrap().starts_with("A\n"));
        call(&host, "file.mknod", &["/run/app.fifo", "p"]).await;
        assert!(host.actions().iter().any(|action| action == "make the node /run/app.fifo"));
    }
}
