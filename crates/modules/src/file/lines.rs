//! Functions that change lines of a file by hand, as the states of these names do.

use super::backup::copy_beside;
use super::edit::{Block, Newline, comment, replace_block, uncomment};
use super::text::{is_text, shown_change};
use sdk::host::{FileKind, Write, device};
use sdk::{Action, Args, Cx, Failure, Mode, Value, text};

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

/// Make a device node or a named pipe.
///
/// ```salt
/// salt '*' file.mknod /run/app.fifo p mode=0660
/// ```
#[derive(Args)]
pub struct Mknod {
    /// Path.
    name: String,
    /// `c` for a character device, `b` for a block device, `p` for a pipe.
    ntype: String,
    /// Major number of the device.
    #[arg(default = 0)]
    major: u32,
    /// Minor number of the device.
    #[arg(default = 0)]
    minor: u32,
    /// Owner.
    user: Option<String>,
    /// Group.
    group: Option<String>,
    /// Mode.
    #[arg(default = "0600")]
    mode: Mode,
}

impl Action for Mknod {
    type Output = Value;
    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let kind = match self.ntype.as_str() {
            "c" => FileKind::Char,
            "b" => FileKind::Block,
            "p" => FileKind::Pipe,
            other => {
                let kinds = "character ('c'), block ('b'), and pipe ('p')";
                return Err(Failure::bad_arguments(format!("Node type unavailable: '{other}'. Available node types are {kinds}.")));
            }
        };
        let host = cx.host();
        if host.link_stat(&self.name).map_err(crate::failure)?.is_some() {
            return Err(Failure::failed(format!("something is at `{}` already", self.name)));
        }
        if let Some(up) = sdk::host::parent(&self.name) {
            host.make_dirs(up, None).map_err(crate::failure)?;
        }
        let number = if kind == FileKind::Pipe { 0 } else { device(self.major, self.minor) };
        host.make_node(&self.name, kind, number, self.mode.bits().unwrap_or(0o600)).map_err(crate::failure)?;
        let perms = super::Perms { user: self.user, group: self.group, mode: self.mode.bits() };
        perms.enforce(host, &self.name, false)?;
        let changes: sdk::Map = std::iter::once(("new", format!("{} created", kind_words(kind)))).collect();
        let all = [("name", Value::from(self.name)), ("changes", changes.into()), ("comment", "".into()), ("result", true.into())];
        Ok(Value::Map(all.into_iter().collect()))
    }
}

const fn kind_words(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Char => "Character device",
        FileKind::Block => "Block device",
        FileKind::Pipe => "Fifo pipe",
        FileKind::File | FileKind::Dir | FileKind::Link | FileKind::Socket => "Node",
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
