//! Bringing one file to its content and permissions: what `file.managed`, `file.recurse` and `file.serialize` share.

use super::content::Content;
use modules::cmd::{Line, Request};
use modules::file::text::shown_change;
use modules::file::{Marks, Perms, backup, dir_mode_of};
use sdk::host::{FileKind, Host, Look, Write, parent};
use sdk::{Applied, Check, Cx, Failure, Map, Mode, Outlook, Read, Value};

/// What is wanted of a file.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Path.
    pub name: String,
    /// Owner, group and mode.
    pub perms: Perms,
    /// Put content in place of what is there.
    pub replace: bool,
    /// Make the file if it is missing.
    pub create: bool,
    /// Make missing folders above it.
    pub makedirs: bool,
    /// Mode of those folders.
    pub dir_mode: Option<u32>,
    /// Backup mode.
    pub backup: String,
    /// Show how the content changes.
    pub show_changes: bool,
    /// Show the content of a new file as well.
    pub new_file_diff: bool,
    /// What a comparison of contents does not see.
    pub blind_to: Blind,
    /// Write through a link instead of replacing it.
    pub follow: bool,
    /// Command that has to accept the new content first.
    pub check_cmd: Option<String>,
    /// Folder of the temporary file.
    pub temp_dir: Option<String>,
    /// Ending of the temporary file's name.
    pub temp_suffix: Option<String>,
    /// Attributes and context of SELinux.
    pub marks: Marks,
}

/// What a comparison of contents does not see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blind {
    /// The order of lines.
    pub order: bool,
    /// White space.
    pub white_space: bool,
    /// Lines that begin with one of these.
    pub comments: Vec<String>,
}

impl Blind {
    /// Whether two contents are the same to it.
    fn sees_same(&self, old: &[u8], new: &[u8]) -> bool {
        if old == new {
            return true;
        }
        if *self == Self::default() {
            return false;
        }
        let seen = |content: &[u8]| {
            let text = String::from_utf8_lossy(content).into_owned();
            let is_comment = |line: &&str| self.comments.iter().any(|sign| line.trim_start().starts_with(sign.as_str()));
            let lines = text.lines().filter(|line| !is_comment(line));
            let squeezed =
                |line: &str| if self.white_space { line.split_whitespace().collect::<Vec<_>>().join(" ") } else { line.to_owned() };
            let mut lines: Vec<String> = lines.map(squeezed).collect();
            if self.order {
                lines.sort();
            }
            lines
        };
        seen(old) == seen(new)
    }
}

/// What is to be done to a file.
#[derive(Clone, Debug)]
pub enum Step {
    /// Nothing; the comment of a real run.
    Nothing(String),
    /// It cannot be done, and only a real run says so in these words.
    Refuse(String),
    /// Make an empty file.
    Touch,
    /// Set owner, group and mode alone.
    Permissions,
    /// Write content.
    Put(Box<Content>),
}

const SET_TO_BE_CHANGED: &str = "is set to be changed\nNote: No changes made, actual changes may\nbe different due to other states.";

impl Wanted {
    /// The path that is really written: behind the link, if links are followed.
    fn place(&self, host: &dyn Look) -> String {
        if self.follow && host.is_link(&self.name) {
            host.real_path(&self.name).unwrap_or_else(|_| self.name.clone())
        } else {
            self.name.clone()
        }
    }

    /// Looks at the file and decides.
    pub fn check(&self, content: Content, read: &Read) -> Result<Check<Step>, Failure> {
        let host = read.host();
        let name = &self.name;
        let stat = if self.follow { host.stat(name) } else { host.link_stat(name) }.map_err(modules::failure)?;
        if stat.is_some_and(|stat| stat.kind == FileKind::Dir) {
            return Ok(Check::fails(format!("Specified target {name} is a directory")));
        }
        if !self.create && stat.is_none() {
            return Ok(Check::desired(format!("File {name} is not present and is not set for creation")));
        }
        let replace = self.replace && content.bytes.is_some();
        let Some(stat) = stat else {
            let new = match &content.bytes {
                Some(bytes) if self.new_file_diff => shown_change(b"", bytes),
                _ => String::new(),
            };
            let changes = if self.new_file_diff { one("diff", new) } else { one("newfile", name.as_str()) };
            let step = match &content.bytes {
                Some(_) => Step::Put(Box::new(content)),
                None => Step::Touch,
            };
            return Ok(Check::change(format!("The file {name} {SET_TO_BE_CHANGED}"), changes, self.or_refusal(step, host)));
        };
        let mut changes = self.perms.differences(host, &stat);
        let proper = || format!("File {name} exists with proper permissions. No changes made.");
        if !replace {
            return Ok(match (changes.is_empty(), content.bytes.is_some()) {
                (true, true) => {
                    let outlook = Outlook::new(format!("File {name} not updated"), Map::new()).with_result(Some(true));
                    Check::Change(outlook, Step::Nothing(proper()))
                }
                (true, false) => Check::desired(proper()),
                (false, _) => {
                    let wanted = self.perms.mode.map(Mode::text).unwrap_or_default();
                    let now = Mode::text(stat.mode);
                    let comment = format!("File {name} will be updated with permissions {wanted} from its current state of {now}");
                    Check::change(comment, changes, self.or_refusal(Step::Permissions, host))
                }
            });
        }
        let bytes = content.bytes.as_deref().unwrap_or_default();
        let is_link = stat.kind == FileKind::Link;
        // A link that is to be replaced is compared by what it points to, and replaced even where that is the same.
        let old = if is_link { host.read(name).ok() } else { Some(host.read(name).map_err(modules::failure)?) };
        let shown = match &old {
            Some(old) if self.blind_to.sees_same(old, bytes) => String::new(),
            Some(old) => shown_change(old, bytes),
            None => "New file".to_owned(),
        };
        let differs = is_link || content.mismatch.is_some() || old.as_deref().is_none_or(|old| !self.blind_to.sees_same(old, bytes));
        if differs {
            let shown = if self.show_changes { shown } else { "<show_changes=False>".to_owned() };
            let mut with_diff = Map::new();
            with_diff.insert("diff", shown);
            with_diff.extend(changes);
            changes = with_diff;
        }
        if changes.is_empty() {
            let outlook = Outlook::new(format!("The file {name} is in the correct state"), Map::new()).with_result(Some(true));
            return Ok(Check::Change(outlook, Step::Nothing(format!("File {name} is in the correct state"))));
        }
        let step = if differs { Step::Put(Box::new(content)) } else { Step::Permissions };
        Ok(Check::change(format!("The file {name} {SET_TO_BE_CHANGED}"), changes, self.or_refusal(step, host)))
    }

    /// Users and groups that are missing only stop a real run: an earlier state may be about to make them.
    fn or_refusal(&self, step: Step, host: &dyn Look) -> Step {
        let unknown = self.perms.unknown(host);
        if unknown.is_empty() { step } else { Step::Refuse(unknown) }
    }

    /// The same look with the marks of a file that is there.
    pub async fn with_marks(&self, check: Check<Step>, read: &Read) -> Result<Check<Step>, Failure> {
        let name = &self.name;
        if self.marks.is_empty() || !read.host().exists(name) {
            return Ok(check);
        }
        let more = self.marks.differences(&self.place(read.host()), read).await?;
        if more.is_empty() {
            return Ok(check);
        }
        Ok(match check {
            Check::Desired(_) | Check::Change(_, Step::Nothing(_)) => {
                Check::change(format!("The file {name} {SET_TO_BE_CHANGED}"), more, Step::Permissions)
            }
            Check::Change(mut outlook, step) => {
                if let Value::Map(changes) = &mut outlook.changes {
                    changes.extend(more);
                }
                Check::Change(outlook, step)
            }
            Check::Later(_) | Check::Fails(_) => check,
        })
    }

    /// Does what was decided.
    pub async fn apply(&self, step: Step, cx: &Cx) -> Result<Applied, Failure> {
        if self.marks.is_empty() || matches!(step, Step::Nothing(_) | Step::Refuse(_)) {
            return self.make(step, cx).await;
        }
        let place = self.place(cx.host());
        if cx.host().exists(&place) {
            self.marks.unlock(&place, cx).await?;
        }
        let mut applied = self.make(step, cx).await?;
        if applied.result {
            let (marked, problems) = self.marks.enforce(&place, cx).await?;
            if let Value::Map(changes) = &mut applied.changes {
                changes.extend(marked);
            }
            applied.result = problems.is_empty();
            let said = std::iter::once(applied.comment).filter(|said| !said.is_empty()).chain(problems);
            applied.comment = said.collect::<Vec<_>>().join("\n");
        }
        Ok(applied)
    }

    async fn make(&self, step: Step, cx: &Cx) -> Result<Applied, Failure> {
        let name = &self.name;
        match step {
            Step::Nothing(comment) => Ok(Applied::ok(comment, Map::new())),
            Step::Refuse(comment) => Ok(Applied::failed(comment)),
            Step::Permissions => {
                let changes = self.perms.enforce(cx.host(), name, self.follow)?;
                let comment = if self.replace { format!("File {name} updated") } else { String::new() };
                Ok(Applied::ok(comment, changes))
            }
            Step::Touch => {
                if let Some(refusal) = self.make_parents(cx)? {
                    return Ok(refusal);
                }
                cx.host().write(name, b"", &Write::default()).map_err(modules::failure)?;
                let mut changes = one("new", format!("file {name} created"));
                changes.extend(self.perms.enforce(cx.host(), name, true)?);
                Ok(Applied::ok("Empty file", changes))
            }
            Step::Put(content) => self.put(*content, cx).await,
        }
    }

    async fn put(&self, content: Content, cx: &Cx) -> Result<Applied, Failure> {
        let name = &self.name;
        let host = cx.host();
        if let Some(mismatch) = content.mismatch {
            return Ok(Applied::failed(mismatch));
        }
        if let Some(refusal) = self.make_parents(cx)? {
            return Ok(refusal);
        }
        let bytes = content.bytes.unwrap_or_default();
        if let Some(refusal) = self.tried(&bytes, cx).await? {
            return Ok(refusal);
        }
        let place = self.place(host);
        let old = host.stat(&place).map_err(modules::failure)?.filter(|stat| stat.kind == FileKind::File);
        let mut changes = Map::new();
        if let Some(old) = &old {
            let before = host.read(&place).map_err(modules::failure)?;
            if before != bytes {
                if backup::wants_cached_copy(&self.backup, cx) {
                    backup::cached_copy(cx, &place)?;
                }
                changes.insert("diff", if self.show_changes { shown_change(&before, &bytes) } else { "<show_changes=False>".to_owned() });
            }
            let later = self.perms.differences(host, old);
            host.write(&place, &bytes, &self.how(host)).map_err(modules::failure)?;
            changes.extend(later);
        } else {
            let shown = if self.new_file_diff { shown_change(b"", &bytes) } else { "New file".to_owned() };
            changes.insert("diff", shown);
            host.write(&place, &bytes, &self.how(host)).map_err(modules::failure)?;
            self.note_new(host, &place, content.from_source, &mut changes)?;
        }
        Ok(Applied::ok(format!("File {name} updated"), changes))
    }

    fn how(&self, host: &dyn Look) -> Write {
        Write {
            mode: self.perms.mode,
            owner: self.perms.owner(host),
            temp_dir: self.temp_dir.clone(),
            temp_suffix: self.temp_suffix.clone().filter(|suffix| !suffix.is_empty()),
        }
    }

    /// What is reported of a new file's owner and mode: what differs from a file just made by us with mode 0600.
    fn note_new(&self, host: &dyn Host, place: &str, from_source: bool, changes: &mut Map) -> Result<(), Failure> {
        let Some(stat) = host.stat(place).map_err(modules::failure)? else { return Ok(()) };
        let own = host.identity();
        for (key, wanted, is_own) in [("user", &self.perms.user, stat.uid == own.0), ("group", &self.perms.group, stat.gid == own.1)] {
            if let Some(wanted) = wanted.as_ref().filter(|_| !is_own) {
                changes.insert(key, wanted.as_str());
            }
        }
        if stat.mode != 0o600 && (self.perms.mode.is_some() || from_source) {
            changes.insert("mode", Mode::text(stat.mode));
        }
        Ok(())
    }

    /// Makes missing folders above the file, if that is wanted; else says that they are missing.
    fn make_parents(&self, cx: &Cx) -> Result<Option<Applied>, Failure> {
        let host = cx.host();
        let Some(folder) = parent(&self.name) else { return Ok(None) };
        if host.is_dir(folder) {
            return Ok(None);
        }
        if !self.makedirs {
            return Ok(Some(Applied::failed("Parent directory not present")));
        }
        let mode = self.dir_mode.or_else(|| self.perms.mode.map(dir_mode_of));
        make_dirs(host, folder, &Perms { mode, ..self.perms.clone() })?;
        Ok(None)
    }

    /// Lets `check_cmd` judge the content in a file of its own.
    async fn tried(&self, bytes: &[u8], cx: &Cx) -> Result<Option<Applied>, Failure> {
        let Some(command) = &self.check_cmd else { return Ok(None) };
        let host = cx.host();
        let folder = self.temp_dir.clone().or_else(|| host.env("TMPDIR")).unwrap_or_else(|| "/tmp".to_owned());
        let stamp = host.now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_nanos();
        let candidate = format!("{folder}/.sylvite-check-{stamp:x}{}", self.temp_suffix.as_deref().unwrap_or_default());
        host.write(&candidate, bytes, &Write::mode(0o600)).map_err(modules::failure)?;
        let done = Request::of(Line::Text(format!("{command} {candidate}"))).run(cx.read(), None).await;
        let _ = host.remove_file(&candidate);
        let done = done?;
        if done.retcode == 0 {
            return Ok(None);
        }
        let mut refusal = Applied::failed("check_cmd execution failed");
        let said = [done.stdout.as_str(), done.stderr.as_str()].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n");
        if !said.is_empty() {
            refusal.comment = format!("{}\n{said}", refusal.comment);
        }
        refusal.extra.insert("skip_watch", true);
        Ok(Some(refusal))
    }
}

/// Makes a folder and what is missing above it, all with the same owner and mode.
pub fn make_dirs(host: &dyn Host, folder: &str, perms: &Perms) -> Result<(), Failure> {
    if host.is_dir(folder) {
        return Ok(());
    }
    if let Some(up) = parent(folder).filter(|up| *up != folder) {
        make_dirs(host, up, perms)?;
    }
    match host.make_dir(folder, perms.mode) {
        // Another state or minion made it just now, and had the say over its owner.
        Err(_) if host.is_dir(folder) => return Ok(()),
        made => made.map_err(modules::failure)?,
    }
    if perms.user.is_some() || perms.group.is_some() {
        perms.enforce(host, folder, true)?;
    }
    Ok(())
}

/// A mapping of one entry.
pub fn one(key: &str, value: impl Into<Value>) -> Map {
    let mut map = Map::new();
    map.insert(key, value);
    map
}
