//! Users and groups, read from `/etc/passwd` and `/etc/group`.
//!
//! Read and not asked from the C library: a static binary has no name services, and the states change these very files.

/// A user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Login name.
    pub name: String,
    /// Password field; `x` where it stands in the shadow file.
    pub password: String,
    /// User id.
    pub uid: u32,
    /// Primary group.
    pub gid: u32,
    /// Comment field.
    pub gecos: String,
    /// Home directory.
    pub home: String,
    /// Login shell.
    pub shell: String,
}

/// A group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Name.
    pub name: String,
    /// Password field.
    pub password: String,
    /// Group id.
    pub gid: u32,
    /// Users that name it as a supplementary group.
    pub members: Vec<String>,
}

/// Users and groups of a machine at one moment.
#[derive(Clone, Debug, Default)]
pub struct Accounts {
    /// Users in the order of the file.
    pub users: Vec<User>,
    /// Groups in the order of the file.
    pub groups: Vec<Group>,
}

impl Accounts {
    /// Reads the texts of both files; lines that do not fit are passed over, as the C library does.
    #[must_use]
    pub fn parse(passwd: &str, group: &str) -> Self {
        Self { users: passwd.lines().filter_map(parse_user).collect(), groups: group.lines().filter_map(parse_group).collect() }
    }

    /// A user by name.
    #[must_use]
    pub fn user(&self, name: &str) -> Option<&User> {
        self.users.iter().find(|user| user.name == name)
    }

    /// A user by id.
    #[must_use]
    pub fn user_of(&self, uid: u32) -> Option<&User> {
        self.users.iter().find(|user| user.uid == uid)
    }

    /// A group by name.
    #[must_use]
    pub fn group(&self, name: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.name == name)
    }

    /// A group by id.
    #[must_use]
    pub fn group_of(&self, gid: u32) -> Option<&Group> {
        self.groups.iter().find(|group| group.gid == gid)
    }

    /// The id of a user given by name or number.
    #[must_use]
    pub fn uid(&self, user: &str) -> Option<u32> {
        self.user(user).map(|user| user.uid).or_else(|| user.parse().ok())
    }

    /// The id of a group given by name or number.
    #[must_use]
    pub fn gid(&self, group: &str) -> Option<u32> {
        self.group(group).map(|group| group.gid).or_else(|| group.parse().ok())
    }

    /// Name of a user id; the number as text when nobody has it.
    #[must_use]
    pub fn user_name(&self, uid: u32) -> String {
        self.user_of(uid).map_or_else(|| uid.to_string(), |user| user.name.clone())
    }

    /// Name of a group id; the number as text when nothing has it.
    #[must_use]
    pub fn group_name(&self, gid: u32) -> String {
        self.group_of(gid).map_or_else(|| gid.to_string(), |group| group.name.clone())
    }

    /// Names of the groups a user is in: the primary one first, then those that list it.
    #[must_use]
    pub fn groups_of(&self, user: &User) -> Vec<String> {
        let mut names: Vec<String> = self.group_of(user.gid).map(|group| group.name.clone()).into_iter().collect();
        for group in &self.groups {
            if group.members.contains(&user.name) && !names.contains(&group.name) {
                names.push(group.name.clone());
            }
        }
        names
    }

    /// Ids of the groups a user is in.
    #[must_use]
    pub fn group_ids_of(&self, user: &User) -> Vec<u32> {
        let listed = self.groups.iter().filter(|group| group.gid != user.gid && group.members.contains(&user.name)).map(|group| group.gid);
        std::iter::once(user.gid).chain(listed).collect()
    }
}

fn parse_user(line: &str) -> Option<User> {
    let mut fields = line.split(':');
    let mut field = || fields.next().map(str::to_owned);
    let (name, password) = (field()?, field()?);
    let (uid, gid) = (field()?.parse().ok()?, field()?.parse().ok()?);
    Some(User { name, password, uid, gid, gecos: field()?, home: field()?, shell: field()? })
}

fn parse_group(line: &str) -> Option<Group> {
    let mut fields = line.split(':');
    let name = fields.next()?.to_owned();
    let password = fields.next()?.to_owned();
    let gid = fields.next()?.parse().ok()?;
    let members = fields.next().unwrap_or_default().split(',').filter(|member| !member.is_empty()).map(str::to_owned).collect();
    Some(Group { name, password, gid, members })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash\nbroken line\nbob:x:1000:1000:Bob B,,,:/home/bob:/bin/sh\n";
    const GROUP: &str = "root:x:0:\nbob:x:1000:\nadm:x:4:syslog,bob\n";

    #[test]
    fn a_user_is_in_its_own_group_and_in_those_that_list_it() {
        let accounts = Accounts::parse(PASSWD, GROUP);
        let bob = accounts.user("bob").unwrap();
        assert_eq!(accounts.groups_of(bob), ["bob", "adm"]);
        assert_eq!(accounts.group_ids_of(bob), [1000, 4]);
    }

    #[test]
    fn a_broken_line_hides_nobody() {
        assert_eq!(Accounts::parse(PASSWD, GROUP).users.len(), 2);
    }
}
