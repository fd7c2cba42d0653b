//! Users, by the tools of shadow-utils or of busybox.

use crate::busybox::{self, Tools, tools};
use crate::elsewhere::{accounts_in, program, rooted};
pub use crate::gecos::{GECOS, gecos_parts, gecos_text};
use sdk::host::{Accounts, User};
use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Value, Words};

mod change;

sdk::module!(
    user,
    [
        Info,
        ListUsers,
        ListGroups,
        PrimaryGroup,
        Getent,
        Add,
        Delete,
        change::Chuid,
        change::Chgid,
        change::Chshell,
        change::Chhome,
        change::Chgroups,
        change::Chfullname,
        change::Chroomnumber,
        change::Chworkphone,
        change::Chhomephone,
        change::Chother,
        change::Rename,
    ]
);

/// What is known of a user, as `user.info` shows it.
#[must_use]
pub fn info(user: &User, accounts: &Accounts) -> Map {
    let mut groups = accounts.groups_of(user);
    groups.sort();
    let mut map = Map::new();
    map.insert("gid", user.gid);
    map.insert("groups", groups);
    map.insert("home", user.home.as_str());
    map.insert("name", user.name.as_str());
    map.insert("passwd", user.password.as_str());
    map.insert("shell", user.shell.as_str());
    map.insert("uid", user.uid);
    map.extend(GECOS.into_iter().zip(gecos_parts(&user.gecos)));
    map
}

fn known(name: &str, root: Option<&str>, read: &Read) -> Result<User, Failure> {
    accounts_in(read, root).user(name).cloned().ok_or_else(|| Failure::failed(format!("User '{name}' does not exist")))
}

/// Return what is known of a user; empty when there is none.
///
/// ```salt
/// salt '*' user.info root
/// ```
#[derive(Args)]
pub struct Info {
    /// Login name.
    name: String,
    /// Folder of the system that is meant, in place of this machine's own.
    root: Option<String>,
}

impl Query for Info {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let accounts = accounts_in(read, self.root.as_deref());
        Ok(accounts.user(&self.name).map(|user| info(user, &accounts)).unwrap_or_default())
    }
}

/// List all users.
///
/// ```salt
/// salt '*' user.list_users
/// ```
#[derive(Args)]
pub struct ListUsers {
    /// Folder of the system that is meant, in place of this machine's own.
    root: Option<String>,
}

impl Query for ListUsers {
    type Output = Vec<String>;
    async fn call(self, read: &Read) -> Result<Vec<String>, Failure> {
        let mut names: Vec<String> = accounts_in(read, self.root.as_deref()).users.into_iter().map(|user| user.name).collect();
        names.sort();
        Ok(names)
    }
}

/// List the groups a user is in.
///
/// ```salt
/// salt '*' user.list_groups foo
/// ```
#[derive(Args)]
pub struct ListGroups {
    /// Login name.
    name: String,
}

impl Query for ListGroups {
    type Output = Vec<String>;
    async fn call(self, read: &Read) -> Result<Vec<String>, Failure> {
        let accounts = read.host().accounts();
        let mut groups = accounts.user(&self.name).map(|user| accounts.groups_of(user)).unwrap_or_default();
        groups.sort();
        Ok(groups)
    }
}

/// Return the primary group of a user.
///
/// ```salt
/// salt '*' user.primary_group root
/// ```
#[derive(Args)]
pub struct PrimaryGroup {
    /// Login name.
    name: String,
}

impl Query for PrimaryGroup {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        let user = known(&self.name, None, read)?;
        Ok(read.host().accounts().group_name(user.gid))
    }
}

/// Return what is known of every user.
///
/// ```salt
/// salt '*' user.getent
/// ```
#[derive(Args)]
pub struct Getent {
    /// Known for compatibility: the files are always read.
    #[arg(default = false, ignored)]
    refresh: bool,
    /// Folder of the system that is meant, in place of this machine's own.
    root: Option<String>,
}

impl Query for Getent {
    type Output = Vec<Value>;
    async fn call(self, read: &Read) -> Result<Vec<Value>, Failure> {
        let accounts = accounts_in(read, self.root.as_deref());
        Ok(accounts.users.iter().map(|user| info(user, &accounts).into()).collect())
    }
}

/// A new user.
#[derive(Clone, Debug, Default)]
pub struct NewUser {
    /// Login name.
    pub name: String,
    /// User id.
    pub uid: Option<u32>,
    /// Primary group, by name or id.
    pub gid: Option<String>,
    /// Supplementary groups.
    pub groups: Vec<String>,
    /// Home directory.
    pub home: Option<String>,
    /// Login shell.
    pub shell: Option<String>,
    /// Refuse an id that somebody has.
    pub unique: bool,
    /// A user of the system.
    pub system: bool,
    /// Parts of the comment field.
    pub gecos: [String; 5],
    /// Make the home directory.
    pub create_home: bool,
    /// Make a group of the same name.
    pub user_group: Option<bool>,
    /// Leave it out of the log of last logins.
    pub no_log_init: bool,
    /// Folder of the system that is meant, in place of this machine's own.
    pub root: Option<String>,
    /// Add it by the tools of libuser, which look at local files only.
    pub local: bool,
}

/// Adds a user.
pub async fn add(cx: &Cx, user: &NewUser) -> Result<(), Failure> {
    let root = user.root.as_deref();
    if tools(cx) == Tools::Busybox {
        busybox::only_here(root)?;
        return busybox::add_user(cx, user).await;
    }
    let mut argv = vec![program("useradd", user.local, cx)?.to_owned()];
    let mut pair = |flag: &str, value: String| argv.extend([flag.to_owned(), value]);
    if let Some(shell) = &user.shell {
        pair("-s", shell.clone());
    }
    if let Some(uid) = user.uid {
        pair("-u", uid.to_string());
    }
    if let Some(gid) = &user.gid {
        pair("-g", gid.clone());
    }
    if !user.groups.is_empty() {
        pair("-G", user.groups.join(","));
    }
    if let Some(home) = &user.home {
        pair("-d", home.clone());
    }
    let gecos = gecos_text(&user.gecos);
    if !gecos.is_empty() {
        pair("-c", gecos);
    }
    argv.push(if user.create_home { "-m" } else { "-M" }.to_owned());
    if !user.unique {
        argv.push("-o".to_owned());
    }
    if user.system {
        argv.push("-r".to_owned());
    }
    if user.no_log_init {
        argv.push("-l".to_owned());
    }
    match user.user_group {
        Some(true) => argv.push("-U".to_owned()),
        Some(false) => argv.push("-N".to_owned()),
        // A group of that name that is there already is the user's own; useradd would refuse it.
        None if user.gid.is_none() && accounts_in(cx, root).group(&user.name).is_some() => {
            argv.extend(["-g".to_owned(), user.name.clone()]);
        }
        None => {}
    }
    argv.extend(rooted("-R", root));
    argv.push(user.name.clone());
    cx.run(argv).await.map(drop)
}

/// Changes one thing of a user; the flags are those of `usermod`.
pub async fn modify(cx: &Cx, name: &str, flags: &[&str]) -> Result<(), Failure> {
    modify_in(cx, None, name, flags).await
}

/// Changes one thing of a user of the system in a folder.
async fn modify_in(cx: &Cx, root: Option<&str>, name: &str, flags: &[&str]) -> Result<(), Failure> {
    if tools(cx) == Tools::Busybox {
        busybox::only_here(root)?;
        return busybox::modify_user(cx, name, flags).await;
    }
    let flags = flags.iter().map(|flag| (*flag).to_owned());
    let argv = std::iter::once("usermod".to_owned()).chain(flags).chain(rooted("-R", root)).chain([name.to_owned()]);
    cx.run(argv).await.map(drop)
}

/// Removes a user, with its home if that is wanted.
pub async fn delete(cx: &Cx, name: &str, remove: bool, force: bool, local: bool) -> Result<(), Failure> {
    Delete { name: name.to_owned(), remove, force, root: None, local }.run(cx).await
}

impl Delete {
    async fn run(&self, cx: &Cx) -> Result<(), Failure> {
        let root = self.root.as_deref();
        if tools(cx) == Tools::Busybox {
            busybox::only_here(root)?;
            return busybox::delete_user(cx, &self.name, self.remove).await;
        }
        let mut argv = vec![program("userdel", self.local, cx)?.to_owned()];
        if self.remove {
            argv.push("-r".to_owned());
        }
        if self.force {
            argv.push("-f".to_owned());
        }
        argv.extend(rooted("-R", root));
        argv.push(self.name.clone());
        match cx.run(argv).await {
            // 12 says that the home could not be removed: the user itself is gone.
            Err(failure) if failure.retcode == 12 => Ok(()),
            other => other.map(drop),
        }
    }
}

/// Add a user.
///
/// ```salt
/// salt '*' user.add bob uid=1200 groups=wheel,dev home=/home/bob shell=/bin/zsh
/// ```
#[derive(Args)]
#[args(name = "add")]
pub struct Add {
    /// Login name.
    name: String,
    /// User id.
    uid: Option<u32>,
    /// Primary group, by name or id.
    gid: Option<String>,
    /// Supplementary groups.
    groups: Option<Words>,
    /// Home directory.
    home: Option<String>,
    /// Login shell.
    shell: Option<String>,
    /// Refuse an id that somebody has.
    #[arg(default = true)]
    unique: bool,
    /// A user of the system.
    #[arg(default = false)]
    system: bool,
    /// Full name.
    #[arg(default = "")]
    fullname: String,
    /// Room number.
    #[arg(default = "")]
    roomnumber: String,
    /// Telephone at work.
    #[arg(default = "")]
    workphone: String,
    /// Telephone at home.
    #[arg(default = "")]
    homephone: String,
    /// More of the comment field.
    #[arg(default = "")]
    other: String,
    /// Make the home directory.
    #[arg(default = true)]
    createhome: bool,
    /// Known for compatibility: there are no login classes here.
    #[arg(ignored)]
    loginclass: Option<String>,
    /// Folder of the system that is meant, in place of this machine's own.
    root: Option<String>,
    /// Leave it out of the log of last logins.
    #[arg(default = false)]
    nologinit: bool,
    /// Make a group of the same name.
    usergroup: Option<bool>,
    /// Add it by `luseradd` of libuser, which looks at local files only.
    #[arg(default = false)]
    local: bool,
}

impl Action for Add {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let user = NewUser {
            name: self.name,
            uid: self.uid,
            gid: self.gid,
            groups: self.groups.unwrap_or_default().0,
            home: self.home,
            shell: self.shell,
            unique: self.unique,
            system: self.system,
            gecos: [self.fullname, self.roomnumber, self.workphone, self.homephone, self.other],
            create_home: self.createhome,
            user_group: self.usergroup,
            no_log_init: self.nologinit,
            root: self.root,
            local: self.local,
        };
        add(cx, &user).await?;
        Ok(true)
    }
}

/// Remove a user.
///
/// ```salt
/// salt '*' user.delete bob remove=True
/// ```
#[derive(Args)]
pub struct Delete {
    /// Login name.
    name: String,
    /// Remove the home directory too.
    #[arg(default = false)]
    remove: bool,
    /// Remove it even while it is logged in.
    #[arg(default = false)]
    force: bool,
    /// Folder of the system that is meant, in place of this machine's own.
    root: Option<String>,
    /// Remove it by `luserdel` of libuser, which looks at local files only.
    #[arg(default = false)]
    local: bool,
}

impl Action for Delete {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        self.run(cx).await?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_comment_field_is_taken_apart_and_put_together() {
        let parts = gecos_parts("Bob B,5,,123");
        assert_eq!(parts, ["Bob B", "5", "", "123", ""]);
        assert_eq!(gecos_text(&parts), "Bob B,5,,123");
        assert_eq!(gecos_parts("a,b,c,d,e,f")[4], "e,f");
    }
}
