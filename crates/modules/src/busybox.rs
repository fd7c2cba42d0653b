//! Accounts on systems with busybox: what its few tools do, and edits of the account files for what they do not.
//!
//! busybox has `adduser`, `addgroup`, `deluser`, `delgroup`, `passwd` and `chpasswd`, and nothing that changes a user or a group that is there.

use crate::user::{NewUser, gecos_text};
use sdk::host::Write;
use sdk::{Cx, Failure, Read};

/// Which tools a machine has for its accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tools {
    /// `useradd`, `usermod`, `groupadd`, `gpasswd`, `chage`.
    Shadow,
    /// `adduser`, `addgroup` and edits.
    Busybox,
}

/// The tools of this machine.
pub fn tools(read: &Read) -> Tools {
    // Debian has an `adduser` of its own beside the tools of shadow-utils.
    let is_busybox = read.host().which("useradd").is_none() && read.host().which("adduser").is_some();
    if is_busybox { Tools::Busybox } else { Tools::Shadow }
}

/// busybox has no word for the system in a folder.
pub(crate) fn only_here(root: Option<&str>) -> Result<(), Failure> {
    match root.filter(|root| !root.is_empty() && *root != "/") {
        None => Ok(()),
        Some(root) => {
            Err(Failure::unavailable(format!("the tools of busybox cannot work on the system in {root}; those of shadow-utils can")))
        }
    }
}

fn words(list: &[&str]) -> Vec<String> {
    list.iter().map(|word| (*word).to_owned()).collect()
}

/// Adds a user.
pub async fn add_user(cx: &Cx, user: &NewUser) -> Result<(), Failure> {
    let accounts = cx.host().accounts();
    if let Some(uid) = user.uid
        && user.unique
        && let Some(other) = accounts.user_of(uid)
    {
        return Err(Failure::failed(format!("the id {uid} belongs to `{}`", other.name)));
    }
    // adduser asks for a password unless told not to.
    let mut argv = words(&["adduser", "-D"]);
    if !user.create_home {
        argv.push("-H".to_owned());
    }
    if user.system {
        argv.push("-S".to_owned());
    }
    let gecos = gecos_text(&user.gecos);
    let uid = user.uid.map(|uid| uid.to_string());
    // A group has to be named: an id is not taken.
    let group = user.gid.as_ref().map(|gid| gid.parse().map_or_else(|_| gid.clone(), |number| accounts.group_name(number)));
    let own = accounts.group(&user.name).map(|group| group.name.clone());
    let group = match (group, user.user_group) {
        (Some(group), _) => Some(group),
        (None, Some(false)) => accounts.group("users").map(|group| group.name.clone()),
        (None, _) => own,
    };
    for (flag, value) in [("-h", user.home.as_deref()), ("-s", user.shell.as_deref()), ("-u", uid.as_deref()), ("-G", group.as_deref())] {
        argv.extend(value.into_iter().flat_map(|value| [flag.to_owned(), value.to_owned()]));
    }
    argv.extend(["-g".to_owned(), gecos]);
    argv.push(user.name.clone());
    cx.run(argv).await?;
    for group in &user.groups {
        set_member(cx, group, &user.name, true).await?;
    }
    Ok(())
}

/// Removes a user.
pub async fn delete_user(cx: &Cx, name: &str, remove: bool) -> Result<(), Failure> {
    let mut argv = vec!["deluser"];
    if remove {
        argv.push("--remove-home");
    }
    argv.push(name);
    cx.run(argv).await.map(drop)
}

/// Adds a group.
pub async fn add_group(cx: &Cx, name: &str, gid: Option<u32>, system: bool) -> Result<(), Failure> {
    let mut argv = words(&["addgroup"]);
    argv.extend(gid.into_iter().flat_map(|gid| ["-g".to_owned(), gid.to_string()]));
    if system {
        argv.push("-S".to_owned());
    }
    argv.push(name.to_owned());
    cx.run(argv).await.map(drop)
}

/// Puts a user into a group, or takes it out.
pub async fn set_member(cx: &Cx, group: &str, user: &str, is_in: bool) -> Result<(), Failure> {
    cx.run([if is_in { "addgroup" } else { "delgroup" }, user, group]).await.map(drop)
}

/// Changes a user as `usermod` would with these flags.
pub async fn modify_user(cx: &Cx, name: &str, flags: &[&str]) -> Result<(), Failure> {
    let mut append = false;
    let mut move_from = None;
    let mut rest = flags.iter().copied();
    while let Some(flag) = rest.next() {
        match flag {
            "-a" => append = true,
            "-m" => {}
            _ => {
                let value = rest.next().unwrap_or_default();
                if flag == "-d" && flags.contains(&"-m") {
                    move_from = cx.host().accounts().user(name).map(|user| (user.home.clone(), value.to_owned()));
                }
                set(cx, name, flag, value, append).await?;
            }
        }
    }
    if let Some((old, new)) = move_from
        && cx.host().is_dir(&old)
        && !cx.host().exists(&new)
    {
        cx.host().rename(&old, &new).map_err(crate::failure)?;
    }
    Ok(())
}

async fn set(cx: &Cx, name: &str, flag: &str, value: &str, append: bool) -> Result<(), Failure> {
    let accounts = cx.host().accounts();
    match flag {
        "-u" => field(cx, PASSWD, name, 2, value),
        "-g" => {
            let gid = accounts.gid(value).ok_or_else(|| Failure::failed(format!("there is no group `{value}`")))?;
            field(cx, PASSWD, name, 3, &gid.to_string())
        }
        "-c" => field(cx, PASSWD, name, 4, value),
        "-d" => field(cx, PASSWD, name, 5, value),
        "-s" => field(cx, PASSWD, name, 6, value),
        "-l" => rename(cx, name, value),
        "-G" => {
            let wanted: Vec<&str> = value.split(',').filter(|group| !group.is_empty()).collect();
            for group in &wanted {
                if accounts.group(group).is_none_or(|group| !group.members.iter().any(|member| member == name)) {
                    set_member(cx, group, name, true).await?;
                }
            }
            let is_too_much = |group: &&sdk::host::Group| {
                !append && group.members.iter().any(|member| member == name) && !wanted.contains(&group.name.as_str())
            };
            for group in accounts.groups.iter().filter(is_too_much) {
                set_member(cx, &group.name, name, false).await?;
            }
            Ok(())
        }
        other => Err(Failure::unavailable(format!("with the tools of busybox a user cannot be changed by `{other}`; shadow-utils can"))),
    }
}

const PASSWD: &str = "/etc/passwd";
const SHADOW: &str = "/etc/shadow";
const GROUP: &str = "/etc/group";

/// Changes the lines of an account file.
fn edit(cx: &Cx, path: &str, change: impl Fn(&mut Vec<String>)) -> Result<(), Failure> {
    let text = cx.host().read_text(path).map_err(crate::failure)?;
    let new: String = text
        .lines()
        .map(|line| {
            let mut fields: Vec<String> = line.split(':').map(str::to_owned).collect();
            change(&mut fields);
            format!("{}\n", fields.join(":"))
        })
        .collect();
    cx.host().write(path, new.as_bytes(), &Write::default()).map_err(crate::failure)
}

fn field(cx: &Cx, path: &str, name: &str, at: usize, value: &str) -> Result<(), Failure> {
    if value.contains([':', '\n']) {
        return Err(Failure::bad_arguments(format!("`{value}` cannot stand in {path}")));
    }
    edit(cx, path, |fields| {
        if fields.first().is_some_and(|first| first == name)
            && let Some(place) = fields.get_mut(at)
        {
            value.clone_into(place);
        }
    })
}

fn rename(cx: &Cx, old: &str, new: &str) -> Result<(), Failure> {
    field(cx, PASSWD, old, 0, new)?;
    if cx.host().exists(SHADOW) {
        field(cx, SHADOW, old, 0, new)?;
    }
    edit(cx, GROUP, |fields| {
        if let Some(members) = fields.get_mut(3) {
            *members = members.split(',').map(|member| if member == old { new } else { member }).collect::<Vec<_>>().join(",");
        }
    })
}

/// Sets the id of a group.
pub fn set_gid(cx: &Cx, name: &str, gid: u32) -> Result<(), Failure> {
    field(cx, GROUP, name, 2, &gid.to_string())
}

/// Sets who is in a group.
pub fn set_members(cx: &Cx, name: &str, members: &[String]) -> Result<(), Failure> {
    field(cx, GROUP, name, 3, &members.join(","))
}

/// Sets a number of the shadow file as `chage` would with this flag.
pub fn set_aging(cx: &Cx, name: &str, flag: &str, value: &str) -> Result<(), Failure> {
    let at = match flag {
        "-d" => 2,
        "-m" => 3,
        "-M" => 4,
        "-W" => 5,
        "-I" => 6,
        _ => 7,
    };
    // A day may be written as a date, as `chage` takes it.
    let days = value
        .parse::<jiff::civil::Date>()
        .ok()
        .and_then(|date| date.since(jiff::civil::date(1970, 1, 1)).ok())
        .map(|span| span.get_days().to_string());
    let value = days.unwrap_or_else(|| value.to_owned());
    if value.parse::<i64>().is_err() {
        return Err(Failure::bad_arguments(format!("`{value}` is no number of days and no date")));
    }
    // No number stands for none.
    field(cx, SHADOW, name, at, if value == "-1" { "" } else { &value })
}

#[cfg(test)]
mod tests {
    use super::*;
    use sdk::Facts;
    use sdk::host::{FakeHost, Look};
    use std::sync::Arc;

    fn alpine() -> (Arc<FakeHost>, Cx) {
        let host = Arc::new(FakeHost::new());
        host.program("/usr/sbin/adduser");
        host.file(PASSWD, "root:x:0:0:root:/root:/bin/ash\nbob:x:1000:1000:Bob:/home/bob:/bin/ash\n");
        host.file(GROUP, "root:x:0:root\nwheel:x:10:root\ndev:x:2000:bob\nbob:x:1000:\n");
        host.file(SHADOW, "bob:!:19000:0:99999:7:::\n");
        let cx = sdk::testing::context(Arc::<FakeHost>::clone(&host), Facts::default());
        (host, cx)
    }

    fn ran(host: &FakeHost) -> Vec<String> {
        host.actions().into_iter().filter_map(|action| action.strip_prefix("run ").map(str::to_owned)).collect()
    }

    #[tokio::test]
    async fn a_user_is_added_with_its_groups() {
        let (host, cx) = alpine();
        assert_eq!(tools(cx.read()), Tools::Busybox);
        let add = "adduser -D -s /bin/sh -u 1200 -G dev -g Ann ann";
        host.answer(add, 0, "", "");
        host.answer("addgroup ann wheel", 0, "", "");
        let user = NewUser {
            name: "ann".into(),
            uid: Some(1200),
            gid: Some("2000".into()),
            groups: vec!["wheel".into()],
            shell: Some("/bin/sh".into()),
            unique: true,
            gecos: std::array::from_fn(|part| if part == 0 { "Ann".to_owned() } else { String::new() }),
            create_home: true,
            ..NewUser::default()
        };
        add_user(&cx, &user).await.unwrap();
        assert_eq!(ran(&host), [add, "addgroup ann wheel"]);
        let taken = NewUser { uid: Some(1000), unique: true, ..NewUser::default() };
        assert!(add_user(&cx, &taken).await.unwrap_err().message.contains("belongs to `bob`"));
    }

    #[tokio::test]
    async fn what_the_tools_cannot_change_is_edited() {
        let (host, cx) = alpine();
        host.answer("addgroup bob wheel", 0, "", "");
        host.answer("delgroup bob dev", 0, "", "");
        modify_user(&cx, "bob", &["-u", "1500"]).await.unwrap();
        modify_user(&cx, "bob", &["-s", "/bin/sh"]).await.unwrap();
        modify_user(&cx, "bob", &["-G", "wheel"]).await.unwrap();
        assert_eq!(ran(&host), ["addgroup bob wheel", "delgroup bob dev"]);
        modify_user(&cx, "bob", &["-l", "rob"]).await.unwrap();
        set_aging(&cx, "rob", "-E", "2030-01-01").unwrap();
        set_aging(&cx, "rob", "-M", "-1").unwrap();
        set_gid(&cx, "dev", 2222).unwrap();
        assert!(host.read_text(PASSWD).unwrap().ends_with("\nrob:x:1500:1000:Bob:/home/bob:/bin/sh\n"));
        assert_eq!(host.read_text(SHADOW).unwrap(), "rob:!:19000:0::7::21915:\n");
        assert!(host.read_text(GROUP).unwrap().contains("\ndev:x:2222:rob\n"));
        assert!(modify_user(&cx, "rob", &["-c", "a:b"]).await.is_err(), "a colon would add a field");
    }
}
