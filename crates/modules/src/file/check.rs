//! Checking and setting owner, group, mode, attributes and context of a file in one call.

use super::marks::{Context, Marks};
use super::{Perms, dir_mode_of};
use sdk::host::parent;
use sdk::{Action, Args, Cx, Failure, Map, Mode, Value};

/// Set what differs of a file's owner, group, mode, attributes and context, and return what did.
///
/// ```salt
/// salt '*' file.check_perms /etc/sudoers '{}' root root 0400 attrs=ai
/// ```
#[derive(Args)]
pub struct CheckPerms {
    /// Path.
    name: String,
    /// A result of a state to go on with.
    #[arg(default)]
    ret: Map,
    /// Owner.
    user: Option<String>,
    /// Group.
    group: Option<String>,
    /// Mode.
    mode: Option<Mode>,
    /// Attributes of `chattr`.
    attrs: Option<String>,
    /// Follow a link.
    #[arg(default = false)]
    follow_symlinks: bool,
    /// User of SELinux.
    seuser: Option<String>,
    /// Role of SELinux.
    serole: Option<String>,
    /// Type of SELinux.
    setype: Option<String>,
    /// Range of SELinux.
    serange: Option<String>,
}

impl Action for CheckPerms {
    type Output = Value;
    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let host = cx.host();
        let stat = if self.follow_symlinks { host.stat(&self.name) } else { host.link_stat(&self.name) };
        let stat = stat.map_err(crate::failure)?.ok_or_else(|| Failure::failed(format!("{} does not exist", self.name)))?;
        let accounts = host.accounts();
        let mut now = Map::new();
        now.insert("luser", accounts.user_name(stat.uid));
        now.insert("lgroup", accounts.group_name(stat.gid));
        now.insert("lmode", Mode::text(stat.mode));

        let perms = Perms { user: self.user, group: self.group, mode: self.mode.and_then(Mode::bits) };
        let unknown = perms.unknown(host);
        let mut changes = Map::new();
        let mut comments = Vec::new();
        if unknown.is_empty() {
            changes = perms.enforce(host, &self.name, self.follow_symlinks)?;
        } else {
            comments.push(unknown.trim_end().to_owned());
        }
        for (key, short) in [("user", "cuser"), ("group", "cgroup"), ("mode", "cmode")] {
            if let Some(value) = changes.get(key) {
                now.insert(short, value.clone());
            }
        }
        let marks = Marks {
            attributes: self.attrs.filter(|_| stat.kind != sdk::host::FileKind::Dir),
            context: Context { user: self.seuser, role: self.serole, kind: self.setype, range: self.serange },
        };
        let (marked, problems) = marks.enforce(&self.name, cx).await?;
        changes.extend(marked);
        comments.extend(problems);

        let mut ret = self.ret;
        let is_new = ret.is_empty();
        if is_new {
            ret.insert("name", self.name);
        }
        let mut all = ret.get("changes").and_then(Value::as_map).cloned().unwrap_or_default();
        all.extend(changes);
        ret.insert("changes", all);
        let said = ret.get("comment").map(sdk::text::str).filter(|said| !said.is_empty());
        let worked = comments.is_empty() && ret.get("result") != Some(&Value::Bool(false));
        ret.insert("comment", said.into_iter().chain(comments).collect::<Vec<_>>().join("\n"));
        ret.insert("result", worked);
        Ok(Value::List(vec![ret.into(), now.into()]))
    }
}

/// Make a folder and what is missing above it, all with one owner and mode.
///
/// ```salt
/// salt '*' file.makedirs_perms /opt/code/app user=deploy mode=0750
/// ```
#[derive(Args)]
pub struct MakedirsPerms {
    /// Path.
    name: String,
    /// Owner.
    user: Option<String>,
    /// Group.
    group: Option<String>,
    /// Mode.
    #[arg(default = "0755")]
    mode: Mode,
}

impl Action for MakedirsPerms {
    type Output = Value;
    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let perms = Perms { user: self.user, group: self.group, mode: self.mode.bits().map(dir_mode_of) };
        let unknown = perms.unknown(cx.host());
        if !unknown.is_empty() {
            return Err(Failure::failed(unknown.trim_end()));
        }
        let mut missing = Vec::new();
        let mut folder = Some(self.name.trim_end_matches('/'));
        while let Some(path) = folder.filter(|path| !path.is_empty() && !cx.host().is_dir(path)) {
            missing.push(path);
            folder = parent(path);
        }
        for path in missing.into_iter().rev() {
            cx.host().make_dir(path, perms.mode).map_err(crate::failure)?;
            perms.enforce(cx.host(), path, true)?;
        }
        Ok(Value::Null)
    }
}
