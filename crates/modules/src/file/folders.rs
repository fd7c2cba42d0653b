//! Making and removing files and folders, and setting their owner and mode.

use super::look::stat;
use super::perms::Perms;
use sdk::host::{Owner, parent};
use sdk::{Action, Args, Cx, Failure, Mode, Value};

/// Remove a file, or a folder with all that is in it.
///
/// ```salt
/// salt '*' file.remove /tmp/foo
/// ```
#[derive(Args)]
pub struct Remove {
    /// Path.
    path: String,
    /// Known for compatibility.
    #[arg(default = false, ignored)]
    force: bool,
}

impl Action for Remove {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        if !self.path.starts_with('/') {
            return Err(Failure::failed(format!("File path must be absolute: {}", self.path)));
        }
        if self.path.trim_end_matches('/').is_empty() {
            return Err(Failure::failed("the root folder is not removed"));
        }
        if cx.host().link_stat(&self.path).map_err(crate::failure)?.is_none() {
            return Ok(false);
        }
        cx.host().remove_all(&self.path).map_err(crate::failure)?;
        Ok(true)
    }
}

/// Remove an empty folder.
///
/// ```salt
/// salt '*' file.rmdir /tmp/foo
/// ```
#[derive(Args)]
pub struct Rmdir {
    /// Path.
    path: String,
    /// Remove the empty folders in it first.
    #[arg(default = false)]
    recurse: bool,
    /// Return what was removed and what could not be.
    #[arg(default = false)]
    verbose: bool,
    /// Only folders that were not changed for so many days.
    older_than: Option<f64>,
}

/// What came of removing empty folders.
#[derive(Default)]
struct Removal {
    removed: Vec<String>,
    errors: Vec<String>,
}

impl Rmdir {
    fn is_old_enough(&self, path: &str, cx: &Cx) -> Result<bool, Failure> {
        let Some(days) = self.older_than.filter(|days| *days > 0.0) else { return Ok(true) };
        let now = cx.host().now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        Ok(now - stat(path, cx)?.modified >= days * 86_400.0)
    }

    /// Removes a folder after the empty ones in it. How old it is counts as it was before those went.
    fn remove(&self, path: &str, cx: &Cx, seen: &mut Removal) -> Result<(), Failure> {
        let is_old_enough = self.is_old_enough(path, cx)?;
        if self.recurse {
            for name in cx.host().list(path).map_err(crate::failure)? {
                let below = sdk::host::join(path, &name);
                if cx.host().is_dir(&below) && !cx.host().is_link(&below) {
                    self.remove(&below, cx, seen)?;
                }
            }
        }
        if !is_old_enough {
            return Ok(());
        }
        match cx.host().remove_dir(path) {
            Ok(()) => seen.removed.push(path.to_owned()),
            Err(error) => seen.errors.push(crate::failure(error).message),
        }
        Ok(())
    }
}

impl Action for Rmdir {
    type Output = Value;
    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let mut seen = Removal::default();
        if !cx.host().is_dir(&self.path) {
            return Err(Failure::failed(format!("A valid directory was not specified: {}", self.path)));
        }
        self.remove(&self.path, cx, &mut seen)?;
        let worked = seen.removed.contains(&self.path) || (seen.errors.is_empty() && self.older_than.is_some());
        if !self.verbose {
            return Ok(match seen.errors.into_iter().next().filter(|_| !self.recurse) {
                Some(error) => error.into(),
                None => worked.into(),
            });
        }
        let mut report = sdk::Map::new();
        report.insert("deleted", seen.removed);
        report.insert("errors", seen.errors);
        report.insert("result", worked);
        Ok(report.into())
    }
}

/// Make a folder with its owner and mode, and missing ones above it.
///
/// ```salt
/// salt '*' file.mkdir /opt/jetty/context
/// ```
#[derive(Args)]
pub struct Mkdir {
    /// Path.
    dir_path: String,
    /// Owner.
    user: Option<String>,
    /// Group.
    group: Option<String>,
    /// Mode.
    mode: Option<Mode>,
}

impl Action for Mkdir {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        if cx.host().is_dir(&self.dir_path) {
            return Ok(true);
        }
        let perms = Perms { user: self.user, group: self.group, mode: self.mode.and_then(Mode::bits) };
        cx.host().make_dirs(&self.dir_path, perms.mode).map_err(crate::failure)?;
        perms.enforce(cx.host(), &self.dir_path, true)?;
        Ok(true)
    }
}

/// Make the folders above a path.
///
/// ```salt
/// salt '*' file.makedirs /opt/code/
/// ```
#[derive(Args)]
pub struct Makedirs {
    /// Path; one that ends with a slash is a folder itself.
    path: String,
    /// Owner.
    user: Option<String>,
    /// Group.
    group: Option<String>,
    /// Mode.
    mode: Option<Mode>,
}

impl Action for Makedirs {
    type Output = Value;
    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let folder = if self.path.ends_with('/') { self.path.trim_end_matches('/') } else { parent(&self.path).unwrap_or("/") };
        if cx.host().is_dir(folder) {
            return Ok(format!("Directory '{folder}' already exists").into());
        }
        let perms = Perms { user: self.user, group: self.group, mode: self.mode.and_then(Mode::bits) };
        cx.host().make_dirs(folder, perms.mode).map_err(crate::failure)?;
        perms.enforce(cx.host(), folder, true)?;
        Ok(Value::Null)
    }
}

/// Set the mode of a file.
///
/// ```salt
/// salt '*' file.set_mode /etc/passwd 0644
/// ```
#[derive(Args)]
pub struct SetMode {
    /// Path.
    path: String,
    /// Mode.
    mode: Mode,
}

impl Action for SetMode {
    type Output = String;
    async fn call(self, cx: &Cx) -> Result<String, Failure> {
        let bits = self.mode.bits().ok_or_else(|| Failure::bad_arguments("`keep` is no mode to set"))?;
        stat(&self.path, cx)?;
        cx.host().set_mode(&self.path, bits).map_err(crate::failure)?;
        Ok(Mode::text(stat(&self.path, cx)?.mode))
    }
}

/// Set owner and group of a file.
///
/// ```salt
/// salt '*' file.chown /etc/passwd root root
/// ```
#[derive(Args)]
pub struct Chown {
    /// Path.
    path: String,
    /// Owner.
    user: String,
    /// Group.
    group: Option<String>,
}

impl Action for Chown {
    type Output = Value;
    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let accounts = cx.host().accounts();
        let Some(uid) = accounts.uid(&self.user) else { return Ok("User does not exist".into()) };
        let gid = match self.group.as_deref() {
            Some(group) => match accounts.gid(group) {
                Some(gid) => Some(gid),
                None => return Ok("Group does not exist".into()),
            },
            None => None,
        };
        if cx.host().link_stat(&self.path).map_err(crate::failure)?.is_none() {
            return Ok("File not found".into());
        }
        cx.host().set_owner(&self.path, Owner { uid: Some(uid), gid }, true).map_err(crate::failure)?;
        Ok(Value::Null)
    }
}

/// Set the group of a file.
///
/// ```salt
/// salt '*' file.chgrp /etc/passwd root
/// ```
#[derive(Args)]
pub struct Chgrp {
    /// Path.
    path: String,
    /// Group.
    group: String,
}

impl Action for Chgrp {
    type Output = Value;
    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let Some(gid) = cx.host().accounts().gid(&self.group) else { return Ok("Group does not exist".into()) };
        cx.host().set_owner(&self.path, Owner { uid: None, gid: Some(gid) }, true).map_err(crate::failure)?;
        Ok(Value::Null)
    }
}

#[cfg(test)]
mod tests {
    use sdk::host::RealHost;
    use sdk::testing::context;
    use sdk::{CallArgs, Facts, Map, Value};
    use std::sync::Arc;

    #[tokio::test]
    async fn empty_folders_go_and_what_holds_something_stays() {
        let world = tempfile::tempdir().unwrap();
        let at = |name: &str| world.path().join(name).display().to_string();
        std::fs::create_dir_all(at("a/empty/deep")).unwrap();
        std::fs::create_dir_all(at("a/full")).unwrap();
        std::fs::write(at("a/full/x"), "").unwrap();
        let cx = context(Arc::new(RealHost::new()), Facts::default());
        let call = async |path: String| {
            let words: Map = [("path", Value::from(path)), ("recurse", true.into()), ("verbose", true.into())].into_iter().collect();
            crate::registry().call("file.rmdir", CallArgs::named(words), &cx).await
        };
        let report = call(at("a")).await.unwrap().value;
        assert_eq!(report.get("result"), Some(&Value::Bool(false)), "{report:?}");
        assert_eq!(report.get("deleted"), Some(&Value::from(vec![at("a/empty/deep"), at("a/empty")])));
        assert!(std::fs::exists(at("a/full/x")).unwrap() && !std::fs::exists(at("a/empty")).unwrap());
        assert!(call(at("nothing")).await.is_err());
    }
}
