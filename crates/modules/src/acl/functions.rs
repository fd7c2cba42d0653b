//! The functions of `acl`.

use super::{Who, act, bits, letters, list};
use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Value, text};

sdk::module!(acl, [Version, Getfacl, Wipefacls, Modfacl, Delfacl]);

/// Return the version of `getfacl`.
///
/// ```salt
/// salt '*' acl.version
/// ```
#[derive(Args)]
pub struct Version;

impl Query for Version {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        super::needs(read, "getfacl")?;
        Ok(read.ask(["getfacl", "--version"]).await?.split_whitespace().nth(1).unwrap_or_default().to_owned())
    }
}

fn paths(values: &[Value]) -> Result<Vec<String>, Failure> {
    if values.is_empty() {
        return Err(Failure::bad_arguments("You need to specify at least one file or directory to work with!"));
    }
    Ok(values.iter().map(text::str).collect())
}

/// Return the access control lists of files.
///
/// ```salt
/// salt '*' acl.getfacl /srv/share recursive=True
/// ```
#[derive(Args)]
pub struct Getfacl {
    /// Files and folders.
    #[arg(rest)]
    files: Vec<Value>,
    /// All that is in the folders too.
    #[arg(default = false, named)]
    recursive: bool,
}

impl Query for Getfacl {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let found = list(read, &paths(&self.files)?, self.recursive).await?;
        Ok(found.iter().map(|acl| (acl.file.clone(), acl.shown())).collect())
    }
}

/// Remove every entry that is not one of owner, group and other.
///
/// ```salt
/// salt '*' acl.wipefacls /srv/share recursive=True
/// ```
#[derive(Args)]
pub struct Wipefacls {
    /// Files and folders.
    #[arg(rest)]
    files: Vec<Value>,
    /// All that is in the folders too.
    #[arg(default = false, named)]
    recursive: bool,
}

impl Action for Wipefacls {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        act(cx, &["--remove-all".to_owned()], &paths(&self.files)?, self.recursive).await?;
        Ok(true)
    }
}

fn who(acl_type: &str, acl_name: &str) -> Result<Who, Failure> {
    let expected = "user, group, mask or other, with `default:` before it where new files are meant";
    Who::parse(acl_type, acl_name)
        .ok_or_else(|| Failure::bad_arguments(format!("`{acl_type}` is no type of an entry; expected {expected}")))
}

/// Add or change an entry.
///
/// ```salt
/// salt '*' acl.modfacl user bob rwx /srv/share
/// salt '*' acl.modfacl default:group dev rx /srv/share recursive=True
/// ```
#[derive(Args)]
pub struct Modfacl {
    /// `user`, `group`, `mask` or `other`, with `default:` before it where new files are meant.
    acl_type: String,
    /// Name.
    #[arg(default = "")]
    acl_name: String,
    /// Permissions: `rwx`, or a number.
    #[arg(default = "")]
    perms: String,
    /// Files and folders.
    #[arg(rest)]
    files: Vec<Value>,
    /// All that is in the folders too.
    #[arg(default = false, named)]
    recursive: bool,
    /// Fail where `setfacl` does; otherwise answer `False`.
    #[arg(default = false, named)]
    raise_err: bool,
}

impl Action for Modfacl {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let who = who(&self.acl_type, &self.acl_name)?;
        let bits =
            bits(&self.perms).ok_or_else(|| Failure::bad_arguments(format!("`{}` are no permissions such as rwx or 7", self.perms)))?;
        let words = ["--modify".to_owned(), who.spec(Some(&letters(bits)))];
        match act(cx, &words, &paths(&self.files)?, self.recursive).await {
            Err(failure) if self.raise_err => Err(failure),
            outcome => Ok(outcome.is_ok()),
        }
    }
}

/// Remove an entry.
///
/// ```salt
/// salt '*' acl.delfacl user bob /srv/share
/// ```
#[derive(Args)]
pub struct Delfacl {
    /// `user` or `group`, with `default:` before it where new files are meant.
    acl_type: String,
    /// Name.
    #[arg(default = "")]
    acl_name: String,
    /// Files and folders.
    #[arg(rest)]
    files: Vec<Value>,
    /// All that is in the folders too.
    #[arg(default = false, named)]
    recursive: bool,
}

impl Action for Delfacl {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let words = ["--remove".to_owned(), who(&self.acl_type, &self.acl_name)?.spec(None)];
        act(cx, &words, &paths(&self.files)?, self.recursive).await?;
        Ok(true)
    }
}
