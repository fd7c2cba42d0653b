//! `file.append` and `file.prepend`: lines at the end or the beginning of a file.

use super::checked_path;
use super::content::{NoContent, Origin};
use super::manage::{make_dirs, one};
use modules::file::Perms;
use modules::file::diff::{unified, unified_joined};
use sdk::host::{FileKind, Write, parent};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Read, State, Value, text};

macro_rules! lines_state {
    ($(#[$doc:meta])* $name:ident { $($(#[$more_doc:meta])* $more:ident: $more_type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Path.
            name: String,
            /// Text, or a list of texts; each text is looked for as a whole.
            text: Option<Value>,
            /// Make missing folders above it.
            #[arg(default = false)]
            makedirs: bool,
            /// Take the text from this source instead.
            source: Option<String>,
            /// Checksum of the source.
            source_hash: Option<String>,
            /// Template engine of the source.
            #[arg(default = "jinja")]
            template: Option<String>,
            /// Take the text from several sources.
            #[arg(default)]
            sources: Vec<Value>,
            /// Checksums of the sources.
            #[arg(default)]
            source_hashes: Vec<String>,
            /// Variables of the template that `context` may overrule.
            defaults: Option<Map>,
            /// Variables of the template.
            context: Option<Map>,
            $($(#[$more_doc])* $more: $more_type,)*
            /// Show how the content changes.
            #[arg(default = true)]
            show_changes: bool,
        }

        impl $name {
            /// The texts that are wanted, from `text` or the sources, each as its lines.
            async fn wanted(&self, read: &Read) -> Result<Vec<Vec<String>>, String> {
                let mut sources: Vec<(Value, String)> = Vec::new();
                if let Some(source) = &self.source {
                    sources.push((source.as_str().into(), self.source_hash.clone().unwrap_or_default()));
                }
                for (index, source) in self.sources.iter().enumerate() {
                    sources.push((source.clone(), self.source_hashes.get(index).cloned().unwrap_or_default()));
                }
                if sources.is_empty() {
                    let Some(text) = &self.text else { return Err("text or source is required".to_owned()) };
                    let items = text.as_list().unwrap_or(std::slice::from_ref(text));
                    return Ok(items.iter().map(|item| split(&text::str(item))).collect());
                }
                if self.text.is_some() {
                    return Err("source and text are mutually exclusive".to_owned());
                }
                let mut context = self.defaults.clone().unwrap_or_default();
                context.extend(self.context.clone().unwrap_or_default());
                let mut texts = Vec::new();
                for (source, source_hash) in sources {
                    let template = self.template.clone().filter(|engine| !engine.is_empty());
                    let origin = Origin { source: Some(source.clone()), source_hash, template, context: context.clone(), ..Origin::default() };
                    let content = origin.content(&self.name, read).await;
                    let content = content.map_err(|(NoContent::Refused(why) | NoContent::Later(why) | NoContent::Source(why))| {
                        format!("Failed to render template file {}: {why}", text::str(&source))
                    })?;
                    if let Some(mismatch) = content.mismatch {
                        return Err(mismatch);
                    }
                    texts.push(split(&String::from_utf8_lossy(&content.bytes.unwrap_or_default())));
                }
                Ok(texts)
            }

            /// The old content as text; `None` when there is no file.
            fn old(&self, path: &str, read: &Read) -> Result<Option<String>, Failure> {
                match read.host().stat(path).map_err(modules::failure)? {
                    None => Ok(None),
                    Some(stat) if stat.kind == FileKind::Dir => Err(Failure::failed(format!("{path} is a directory"))),
                    Some(_) => read.host().read_text(path).map(Some).map_err(modules::failure),
                }
            }

            fn made_ready(&self, path: &str, cx: &Cx) -> Result<Option<Applied>, Failure> {
                let folder = parent(path).unwrap_or("/");
                if cx.host().is_dir(folder) {
                    return Ok(None);
                }
                if !self.makedirs {
                    return Ok(Some(Applied::failed(format!("{path}: file not found"))));
                }
                make_dirs(cx.host(), folder, &Perms::default())?;
                Ok(None)
            }
        }
    };
}

lines_state! {
    /// Ensure lines are in a file; missing ones are put at its end.
    ///
    /// ```salt
    /// /etc/hosts.allow:
    ///   file.append:
    ///     - text: 'sshd: 10.0.0.0/8'
    /// ```
    Append {
        /// Let runs of white space in a line stand for each other.
        #[arg(default = true)]
        ignore_whitespace: bool,
    }
}

lines_state! {
    /// Ensure lines are in a file; missing ones are put at its beginning.
    ///
    /// ```salt
    /// /etc/motd:
    ///   file.prepend:
    ///     - text: Managed machine
    /// ```
    Prepend {
        /// The lines have to be the first ones of the file, not just somewhere in it.
        #[arg(default = false)]
        header: Option<bool>,
    }
}

fn split(text: &str) -> Vec<String> {
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    // An empty text is one empty line.
    if lines.is_empty() { vec![String::new()] } else { lines }
}

/// Words of a line with one blank between them.
fn squeezed(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether lines stand in a text, one after the other.
fn stands_in(lines: &[String], text: &str, ignore_whitespace: bool) -> bool {
    let seen = |line: &str| if ignore_whitespace { squeezed(line) } else { line.to_owned() };
    let wanted: Vec<String> = lines.iter().map(|line| seen(line)).collect();
    let have: Vec<String> = text.lines().map(seen).collect();
    have.windows(wanted.len().max(1)).any(|window| window == wanted)
}

/// New content and how it is reported.
pub struct Edit {
    path: String,
    new: String,
    diff: String,
    count: usize,
}

fn outlook(path: &str, old: Option<&str>, diff: &str, show: bool) -> (String, Map) {
    match old {
        None => (format!("File {path} is set to be created"), one("new", path)),
        Some(_) if show => (format!("File {path} is set to be updated"), one("diff", diff)),
        Some(_) => (format!("File {path} is set to be updated"), one("diff", "<show_changes=False>")),
    }
}

fn reported(edit: &Edit, verb: &str, show: bool) -> Applied {
    let changes = if show { one("diff", edit.diff.as_str()) } else { one("diff", "<show_changes=False>") };
    Applied::ok(format!("{verb} {} lines", edit.count), changes)
}

impl State for Append {
    type Change = Edit;

    async fn check(&self, read: &Read) -> Result<Check<Edit>, Failure> {
        let path = match checked_path(&self.name, "Must provide name to file.append", read) {
            Ok(path) => path,
            Err(comment) => return Ok(Check::fails(comment)),
        };
        let wanted = match self.wanted(read).await {
            Ok(wanted) => wanted,
            Err(comment) => return Ok(Check::fails(comment)),
        };
        let old = self.old(&path, read)?;
        let text = old.as_deref().unwrap_or_default();
        let missing: Vec<&String> = wanted.iter().filter(|lines| !stands_in(lines, text, self.ignore_whitespace)).flatten().collect();
        if missing.is_empty() {
            return Ok(Check::desired(format!("File {path} is in correct state")));
        }
        let mut new = text.to_owned();
        if !new.is_empty() && !new.ends_with('\n') {
            new.push('\n');
        }
        for line in &missing {
            new.push_str(line);
            new.push('\n');
        }
        let edit = Edit { diff: unified_joined(text, &new), count: missing.len(), path, new };
        let (comment, changes) = outlook(&edit.path, old.as_deref(), &edit.diff, self.show_changes);
        Ok(Check::change(comment, changes, edit))
    }

    async fn apply(&self, edit: Edit, cx: &Cx) -> Result<Applied, Failure> {
        if let Some(refusal) = self.made_ready(&edit.path, cx)? {
            return Ok(refusal);
        }
        put(&edit, cx)?;
        Ok(reported(&edit, "Appended", self.show_changes))
    }
}

impl State for Prepend {
    type Change = Edit;

    async fn check(&self, read: &Read) -> Result<Check<Edit>, Failure> {
        let path = match checked_path(&self.name, "Must provide name to file.prepend", read) {
            Ok(path) => path,
            Err(comment) => return Ok(Check::fails(comment)),
        };
        let wanted = match self.wanted(read).await {
            Ok(wanted) => wanted,
            Err(comment) => return Ok(Check::fails(comment)),
        };
        let old = self.old(&path, read)?;
        let text = old.as_deref().unwrap_or_default();
        let missing: Vec<&String> = if self.header == Some(true) {
            let all: Vec<&String> = wanted.iter().flatten().collect();
            let is_head = all.iter().map(|line| line.as_str()).eq(text.lines().take(all.len()));
            if is_head { Vec::new() } else { all }
        } else {
            wanted.iter().filter(|lines| !stands_in(lines, text, true)).flatten().collect()
        };
        if missing.is_empty() {
            return Ok(Check::desired(format!("File {path} is in correct state")));
        }
        let new: String = missing.iter().map(|line| format!("{line}\n")).collect::<String>() + text;
        let edit = Edit { diff: unified(text, &new), count: missing.len(), path, new };
        let (comment, changes) = outlook(&edit.path, old.as_deref(), &edit.diff, self.show_changes);
        Ok(Check::change(comment, changes, edit))
    }

    async fn apply(&self, edit: Edit, cx: &Cx) -> Result<Applied, Failure> {
        if let Some(refusal) = self.made_ready(&edit.path, cx)? {
            return Ok(refusal);
        }
        put(&edit, cx)?;
        Ok(reported(&edit, "Prepended", self.show_changes))
    }
}

/// Writes through a link: the lines belong into the file it points to.
fn put(edit: &Edit, cx: &Cx) -> Result<(), Failure> {
    let host = cx.host();
    let place = if host.is_link(&edit.path) { host.real_path(&edit.path).map_err(modules::failure)? } else { edit.path.clone() };
    host.write(&place, edit.new.as_bytes(), &Write::default()).map_err(modules::failure)
}
