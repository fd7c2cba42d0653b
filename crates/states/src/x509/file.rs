//! The file that holds a key or a certificate: the arguments that all of them have, and how it is written.

use crate::file::content::Content;
use crate::file::manage::{Step, Wanted};
use modules::file::Perms;
use modules::x509::Encoding;
use sdk::host::Look;
use sdk::{Applied, Check, Cx, Failure, Map, Outlook, Read, text};

/// The arguments of everything that manages such a file, after its own ones.
#[macro_export]
macro_rules! pki_arguments {
    ($(#[$doc:meta])* pub struct $name:ident { $($own:tt)* }) => {
        $(#[$doc])*
        #[derive(sdk::Args)]
        pub struct $name {
            /// Path of the file.
            name: String,
            $($own)*
            /// Owner of the file.
            user: Option<String>,
            /// Group of the file.
            group: Option<String>,
            /// Mode of the file.
            mode: Option<sdk::Mode>,
            /// Make missing folders above it.
            #[arg(default = false)]
            makedirs: bool,
            /// Mode of those folders.
            dir_mode: Option<sdk::Mode>,
            /// `minion` keeps the old content in the cache.
            #[arg(default = "")]
            backup: String,
            /// Make the file if it is missing.
            #[arg(default = true)]
            create: bool,
            /// Write through a link instead of replacing it.
            #[arg(default = true)]
            follow_symlinks: bool,
            /// Command that has to accept the new content; its path is the last argument.
            check_cmd: Option<String>,
            /// Folder of the temporary file.
            tmp_dir: Option<String>,
            /// Ending of the temporary file's name.
            #[arg(default = "")]
            tmp_ext: String,
            /// Known for compatibility: text is written as UTF-8.
            #[arg(ignored)]
            file_encoding: Option<String>,
            /// Known for compatibility with old trees: what is written is always text or bytes.
            #[arg(default, named, ignored)]
            text: sdk::Value,
        }

        impl $name {
            /// The file as it is to be, without its content.
            fn file(&self) -> $crate::file::manage::Wanted {
                $crate::file::manage::Wanted {
                    name: self.name.clone(),
                    perms: modules::file::Perms {
                        user: self.user.clone(),
                        group: self.group.clone(),
                        mode: self.mode.and_then(sdk::Mode::bits),
                    },
                    replace: false,
                    create: self.create,
                    makedirs: self.makedirs,
                    dir_mode: self.dir_mode.and_then(sdk::Mode::bits),
                    backup: self.backup.clone(),
                    follow: self.follow_symlinks,
                    check_cmd: self.check_cmd.clone(),
                    temp_dir: self.tmp_dir.clone(),
                    temp_suffix: Some(self.tmp_ext.clone()),
                    ..Default::default()
                }
            }
        }
    };
}

/// The rights that a private key has unless others are asked for.
const PRIVATE: u32 = 0o400;

/// What a private key is called in comments.
pub const PRIVATE_KEY: &str = "private key";

/// What is managed, for comments.
#[derive(Clone, Copy, Debug)]
pub struct Kind(pub &'static str);

/// What a look at the file alone says: whether owner or mode are to change.
#[derive(Debug, Default)]
pub struct Glance {
    outlook: Option<Outlook>,
    step: Option<Step>,
}

/// What is to be done with the file.
#[derive(Debug)]
pub struct Todo<T> {
    /// What is to be made, where the content is not right.
    pub make: Option<T>,
    changes: Map,
    is_new: bool,
    permissions: Option<Step>,
}

impl Kind {
    /// What a look at the file alone says: nothing where it may be written.
    pub fn first_look<T: Send + 'static>(self, file: &Wanted, read: &Read) -> Result<Result<Glance, Check<T>>, Failure> {
        Ok(match file.check(Content::default(), read)? {
            Check::Desired(comment) if comment.contains("is not set for creation") => Err(Check::Desired(comment)),
            Check::Desired(_) => Ok(Glance::default()),
            Check::Change(outlook, step) => Ok(Glance { outlook: Some(outlook), step: Some(step) }),
            Check::Later(why) => Err(Check::Later(why)),
            Check::Fails(applied) => Err(Check::fails(format!("Problem while testing file.managed changes: {}", applied.comment))),
        })
    }

    /// What is to be done, out of how the content differs and of the look at the file.
    pub fn decide<T: Send + 'static>(self, file: &Wanted, changes: Map, make: T, glance: Glance, host: &dyn Look) -> Check<Todo<T>> {
        let Glance { outlook, step } = glance;
        let is_new = !host.exists(&file.name);
        let own = !changes.is_empty();
        let mut all = changes.clone();
        all.extend(rights(outlook.as_ref().and_then(|outlook| outlook.changes.as_map())));
        if all.is_empty() {
            return Check::desired(format!("The {} is in the correct state", self.0));
        }
        let comment = match (own, is_new, outlook) {
            (false, _, Some(outlook)) => outlook.comment,
            (_, true, _) => format!("The {} would have been created", self.0),
            (_, false, _) => format!("The {} would have been recreated", self.0),
        };
        // Permissions go with new content; alone they are set as they are.
        let permissions = step.filter(|_| !own);
        Check::change(comment, all, Todo { make: own.then_some(make), changes, is_new, permissions })
    }

    /// Does what was decided with the content that was made.
    pub async fn put<T>(self, file: Wanted, todo: Todo<T>, content: Option<Vec<u8>>, cx: &Cx) -> Result<Applied, Failure> {
        let Some(bytes) = content else {
            return match todo.permissions {
                Some(step) => file.apply(step, cx).await,
                None => Ok(Applied::ok(format!("The {} is in the correct state", self.0), todo.changes)),
            };
        };
        let (verb, failed) = if todo.is_new { ("created", "create") } else { ("recreated", "update") };
        let is_private = file.perms.mode == Some(PRIVATE) && self.0 == PRIVATE_KEY;
        let file = Wanted { replace: true, ..file };
        let written = match file.check(Content { bytes: Some(bytes), ..Content::default() }, cx.read())? {
            Check::Change(_, step) => file.apply(step, cx).await?,
            Check::Desired(comment) => Applied::ok(comment, Map::new()),
            Check::Later(comment) => Applied::failed(comment),
            Check::Fails(applied) => applied,
        };
        if !written.result {
            return Ok(Applied { comment: format!("Could not {failed} file: {}", written.comment), ..written });
        }
        let mut changes = todo.changes;
        changes.extend(rights(written.changes.as_map()));
        if todo.is_new && is_private && changes.get("mode").is_some_and(|mode| text::str(mode) == "0400") {
            // A new key never has other rights than these.
            changes.remove("mode");
        }
        Ok(Applied::ok(format!("The {} has been {verb}", self.0), changes))
    }
}

/// The changes of owner and mode alone: the content of a key is not for reports.
fn rights(changes: Option<&Map>) -> Map {
    let known = |name: &sdk::Value| matches!(name.as_str(), Some("user" | "group" | "mode"));
    changes.into_iter().flat_map(Map::iter).filter(|(name, _)| known(name)).map(|(name, value)| (text::str(name), value.clone())).collect()
}

/// The file that is really read and written: behind a link where links are followed.
pub fn stands(file: &Wanted, host: &dyn Look) -> bool {
    host.is_file(&file.name) && (file.follow || !host.is_link(&file.name))
}

/// Notes that content is written in another encoding.
pub fn note_encoding(have: Encoding, want: Encoding, changes: &mut Map) {
    if have != want {
        changes.insert("encoding", want.name());
    }
}

/// What is wanted of the file of a private key: nobody else reads it unless that is asked for.
pub fn private(file: Wanted) -> Wanted {
    let mode = file.perms.mode.or(Some(PRIVATE));
    Wanted { perms: Perms { mode, ..file.perms }, ..file }
}
