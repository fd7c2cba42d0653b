//! Groups, by the tools of shadow-utils.

use crate::busybox::{self, Tools, tools};
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
}

impl Query for Info {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        Ok(read.host().accounts().group(&self.name).map(info).unwrap_or_default())
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
}

impl Query for Getent {
    type Output = Vec<Value>;
    async fn call(self, read: &Read) -> Result<Vec<Value>, Failure> {
        Ok(read.host().accounts().groups.iter().map(|group| info(group).into()).collect())
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
pub async fn add(cx: &Cx, name: &str, gid: Option<u32>, system: bool, non_unique: bool) -> Result<(), Failure> {
    if tools(cx) == Tools::Busybox {
        return busybox::add_group(cx, name, gid, system).await;
    }
    let mut argv = vec!["groupadd".to_owned()];
    if let Some(gid) = gid {
        argv.extend(["-g".to_owned(), gid.to_string()]);
        if non_unique {
            argv.push("-o".to_owned());
        }
    }
    if system {
        argv.push("-r".to_owned());
    }
    argv.push(name.to_owned());
    cx.run(argv).await.map(drop)
}

/// Sets the id of a group.
pub async fn set_gid(cx: &Cx, name: &str, gid: u32, non_unique: bool) -> Result<(), Failure> {
    if tools(cx) == Tools::Busybox {
        return busybox::set_gid(cx, name, gid);
    }
    let gid = gid.to_string();
    let mut argv = vec!["groupmod", "-g", &gid];
    if non_unique {
        argv.push("-o");
    }
    argv.push(name);
    cx.run(argv).await.map(drop)
}

/// Sets who is in a group.
pub async fn set_members(cx: &Cx, name: &str, members: &[String]) -> Result<(), Failure> {
    if tools(cx) == Tools::Busybox {
        return busybox::set_members(cx, name, members);
    }
    cx.run(["gpasswd", "--members", &members.join(","), name]).await.map(drop)
}

/// Puts a user into a group, or takes it out.
pub async fn set_member(cx: &Cx, name: &str, user: &str, is_in: bool) -> Result<(), Failure> {
    if tools(cx) == Tools::Busybox {
        return busybox::set_member(cx, name, user, is_in).await;
    }
    cx.run(["gpasswd", if is_in { "--add" } else { "--delete" }, user, name]).await.map(drop)
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
    /// Allow an id that another group has.
    #[arg(default = false, named)]
    non_unique: bool,
}

impl Action for Add {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        add(cx, &self.name, self.gid, self.system, self.non_unique).await?;
        Ok(true)
    }
}

/// Removes a group.
pub async fn delete(cx: &Cx, name: &str) -> Result<(), Failure> {
    let program = if tools(cx) == Tools::Busybox { "delgroup" } else { "groupdel" };
    cx.run([program, name]).await.map(drop)
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
}

impl Action for Delete {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        delete(cx, &self.name).await?;
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
    /// Allow an id that another group has.
    #[arg(default = false, named)]
    non_unique: bool,
}

impl Action for Chgid {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        set_gid(cx, &self.name, self.gid, self.non_unique).await?;
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
}

impl Action for Adduser {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        set_member(cx, &self.name, &self.username, true).await?;
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
}

impl Action for Deluser {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let accounts = cx.host().accounts();
        if accounts.group(&self.name).is_some_and(|group| group.members.contains(&self.username)) {
            set_member(cx, &self.name, &self.username, false).await?;
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
}

impl Action for Members {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        set_members(cx, &self.name, &self.members_list.0).await?;
        Ok(true)
    }
}
