//! Groups, by the tools of shadow-utils.

use crate::busybox::{self, Tools, tools};
use crate::elsewhere::{accounts_in, program, rooted};
use sdk::host::Group;
use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Value, Words};

sdk::module!(group, [Info, Getent, ListGroups, Add, Delete, Chgid, Adduser, Deluser, Members]);

/// What is known of a group, as `group.info` shows it.
#[must_use]
pub fn info(group: &Group) -> Map {
    let mut map = Map::new();
    map.insert("name", group.name.as_str());
    map.insert("passwd", group.password.as_str());
    map.insert("gid", group.gid);
    map.insert("members", group.members.clone());
    map
}

/// Return what is known of a group; empty when there is none.
///
/// ```salt
/// salt '*' group.info foo
/// ```
#[derive(Args)]
pub struct Info {
    /// Name.
    name: String,
    /// Folder of the system that is meant, in place of this machine's own.
    root: Option<String>,
}

impl Query for Info {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        Ok(accounts_in(read, self.root.as_deref()).group(&self.name).map(info).unwrap_or_default())
    }
}

/// Return what is known of every group.
///
/// ```salt
/// salt '*' group.getent
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
        Ok(accounts_in(read, self.root.as_deref()).groups.iter().map(|group| info(group).into()).collect())
    }
}

/// List all groups.
///
/// ```salt
/// salt '*' group.list_groups
/// ```
#[derive(Args)]
pub struct ListGroups;

impl Query for ListGroups {
    type Output = Vec<String>;
    async fn call(self, read: &Read) -> Result<Vec<String>, Failure> {
        let mut names: Vec<String> = read.host().accounts().groups.into_iter().map(|group| group.name).collect();
        names.sort();
        Ok(names)
    }
}

/// Adds a group.
pub async fn add(cx: &Cx, name: &str, gid: Option<u32>, system: bool, non_unique: bool, local: bool) -> Result<(), Failure> {
    Add { name: name.to_owned(), gid, system, root: None, non_unique, local }.run(cx).await
}

impl Add {
    async fn run(&self, cx: &Cx) -> Result<(), Failure> {
        let root = self.root.as_deref();
        if tools(cx) == Tools::Busybox {
            busybox::only_here(root)?;
            return busybox::add_group(cx, &self.name, self.gid, self.system).await;
        }
        let mut argv = vec![program("groupadd", self.local, cx)?.to_owned()];
        if let Some(gid) = self.gid {
            argv.extend(["-g".to_owned(), gid.to_string()]);
            if self.non_unique {
                argv.push("-o".to_owned());
            }
        }
        if self.system {
            argv.push("-r".to_owned());
        }
        argv.extend(rooted("-R", root));
        argv.push(self.name.clone());
        cx.run(argv).await.map(drop)
    }
}

/// Sets the id of a group.
pub async fn set_gid(cx: &Cx, name: &str, gid: u32, non_unique: bool, root: Option<&str>) -> Result<(), Failure> {
    if tools(cx) == Tools::Busybox {
        busybox::only_here(root)?;
        return busybox::set_gid(cx, name, gid);
    }
    let mut argv = vec!["groupmod".to_owned(), "-g".to_owned(), gid.to_string()];
    if non_unique {
        argv.push("-o".to_owned());
    }
    argv.extend(rooted("-R", root));
    argv.push(name.to_owned());
    cx.run(argv).await.map(drop)
}

/// Sets who is in a group.
pub async fn set_members(cx: &Cx, name: &str, members: &[String], root: Option<&str>) -> Result<(), Failure> {
    if tools(cx) == Tools::Busybox {
        busybox::only_here(root)?;
        return busybox::set_members(cx, name, members);
    }
    gpasswd(cx, &["--members", &members.join(",")], name, root).await
}

async fn gpasswd(cx: &Cx, what: &[&str], name: &str, root: Option<&str>) -> Result<(), Failure> {
    let what = what.iter().map(|word| (*word).to_owned());
    let argv = std::iter::once("gpasswd".to_owned()).chain(what).chain(rooted("--root", root)).chain([name.to_owned()]);
    cx.run(argv).await.map(drop)
}

/// Puts a user into a group, or takes it out.
pub async fn set_member(cx: &Cx, name: &str, user: &str, is_in: bool, root: Option<&str>) -> Result<(), Failure> {
    if tools(cx) == Tools::Busybox {
        busybox::only_here(root)?;
        return busybox::set_member(cx, name, user, is_in).await;
    }
    gpasswd(cx, &[if is_in { "--add" } else { "--delete" }, user], name, root).await
}

/// Add a group.
///
/// ```salt
/// salt '*' group.add foo 3456
/// ```
#[derive(Args)]
#[args(name = "add")]
pub struct Add {
    /// Name.
    name: String,
    /// Group id.
    gid: Option<u32>,
    /// A group of the system.
    #[arg(default = false)]
    system: bool,
    /// Folder of the system that is meant, in place of this machine's own.
    root: Option<String>,
    /// Allow an id that another group has.
    #[arg(default = false)]
    non_unique: bool,
    /// Add it by `lgroupadd` of libuser, which looks at local files only.
    #[arg(default = false)]
    local: bool,
}

impl Action for Add {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        self.run(cx).await?;
        Ok(true)
    }
}

/// Removes a group.
pub async fn delete(cx: &Cx, name: &str, local: bool) -> Result<(), Failure> {
    Delete { name: name.to_owned(), root: None, local }.run(cx).await
}

impl Delete {
    async fn run(&self, cx: &Cx) -> Result<(), Failure> {
        let root = self.root.as_deref();
        if tools(cx) == Tools::Busybox {
            busybox::only_here(root)?;
            return cx.run(["delgroup", &self.name]).await.map(drop);
        }
        let argv = [program("groupdel", self.local, cx)?.to_owned()].into_iter().chain(rooted("-R", root)).chain([self.name.clone()]);
        cx.run(argv).await.map(drop)
    }
}

/// Remove a group.
///
/// ```salt
/// salt '*' group.delete foo
/// ```
#[derive(Args)]
pub struct Delete {
    /// Name.
    name: String,
    /// Folder of the system that is meant, in place of this machine's own.
    root: Option<String>,
    /// Remove it by `lgroupdel` of libuser, which looks at local files only.
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

/// Set the id of a group.
///
/// ```salt
/// salt '*' group.chgid foo 4376
/// ```
#[derive(Args)]
pub struct Chgid {
    /// Name.
    name: String,
    /// Group id.
    gid: u32,
    /// Folder of the system that is meant, in place of this machine's own.
    root: Option<String>,
    /// Allow an id that another group has.
    #[arg(default = false)]
    non_unique: bool,
}

impl Action for Chgid {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        set_gid(cx, &self.name, self.gid, self.non_unique, self.root.as_deref()).await?;
        Ok(true)
    }
}

/// Put a user into a group.
///
/// ```salt
/// salt '*' group.adduser foo bar
/// ```
#[derive(Args)]
pub struct Adduser {
    /// Group.
    name: String,
    /// User.
    username: String,
    /// Folder of the system that is meant, in place of this machine's own.
    root: Option<String>,
}

impl Action for Adduser {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        set_member(cx, &self.name, &self.username, true, self.root.as_deref()).await?;
        Ok(true)
    }
}

/// Take a user out of a group.
///
/// ```salt
/// salt '*' group.deluser foo bar
/// ```
#[derive(Args)]
pub struct Deluser {
    /// Group.
    name: String,
    /// User.
    username: String,
    /// Folder of the system that is meant, in place of this machine's own.
    root: Option<String>,
}

impl Action for Deluser {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let accounts = accounts_in(cx, self.root.as_deref());
        if accounts.group(&self.name).is_some_and(|group| group.members.contains(&self.username)) {
            set_member(cx, &self.name, &self.username, false, self.root.as_deref()).await?;
        }
        Ok(true)
    }
}

/// Set who is in a group.
///
/// ```salt
/// salt '*' group.members foo 'user1,user2'
/// ```
#[derive(Args)]
pub struct Members {
    /// Group.
    name: String,
    /// Users.
    members_list: Words,
    /// Folder of the system that is meant, in place of this machine's own.
    root: Option<String>,
}

impl Action for Members {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        set_members(cx, &self.name, &self.members_list.0, self.root.as_deref()).await?;
        Ok(true)
    }
}
