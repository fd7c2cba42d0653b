//! Groups that are there or are not.

use modules::group::{add, info, set_gid, set_member, set_members};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Outlook, Read, State, Value, Words, text};

sdk::states!(group, [Present, Absent]);

/// Ensure a group is there with its id and members.
///
/// ```salt
/// cheese:
///   group.present:
///     - gid: 7648
///     - addusers: [user1, user2]
/// ```
#[derive(Args)]
pub struct Present {
    /// Name.
    name: String,
    /// Group id.
    gid: Option<u32>,
    /// A group of the system.
    #[arg(default = false)]
    system: bool,
    /// Users that are in it, among others.
    addusers: Option<Words>,
    /// Users that are not in it.
    delusers: Option<Words>,
    /// Users that are in it, and nobody else.
    members: Option<Words>,
    /// Allow an id that another group has.
    #[arg(default = false)]
    non_unique: bool,
    /// Use the tools of libuser; what is looked at are local files in any case.
    #[arg(default = false)]
    local: bool,
}

/// What is to be done.
pub enum Step {
    /// Add the group.
    Add,
    /// Change what differs.
    Change(Map),
    /// Only a real run says so.
    Refuse(String),
}

impl Present {
    fn differences(&self, have: &sdk::host::Group) -> Map {
        let mut changes = Map::new();
        if let Some(gid) = self.gid.filter(|gid| *gid != have.gid) {
            changes.insert("gid", gid);
        }
        if let Some(members) = &self.members {
            let sorted = |names: &[String]| {
                let mut names = names.to_vec();
                names.sort();
                names.dedup();
                names
            };
            if sorted(&members.0) != sorted(&have.members) {
                changes.insert("members", members.0.clone());
            }
        }
        let list = |words: &Option<Words>, is_in: bool| -> Vec<String> {
            let words = words.as_ref().map(|words| words.0.clone()).unwrap_or_default();
            words.into_iter().filter(|user| have.members.contains(user) != is_in).collect()
        };
        for (key, users) in [("addusers", list(&self.addusers, true)), ("delusers", list(&self.delusers, false))] {
            if !users.is_empty() {
                changes.insert(key, users);
            }
        }
        changes
    }
}

fn listed(changes: &Map) -> String {
    let mut comment = "The following group attributes are set to be changed:\n".to_owned();
    for (key, value) in changes {
        comment.push_str(&format!("{}: {}\n", text::str(key), text::str(value)));
    }
    comment
}

/// What tools have said, a line each.
fn lines(said: &[Failure]) -> String {
    said.iter().map(|failure| format!("\n{}", failure.message.trim_end())).collect()
}

impl State for Present {
    type Change = Step;

    async fn check(&self, read: &Read) -> Result<Check<Step>, Failure> {
        let name = &self.name;
        let both = |a: &Option<Words>, b: &Option<Words>| {
            a.as_ref().zip(b.as_ref()).is_some_and(|(a, b)| a.0.iter().any(|user| b.0.contains(user)))
        };
        if self.members.is_some() && (self.addusers.is_some() || self.delusers.is_some()) {
            let text = "Error: Conflicting options \"members\" with \"addusers\" and/or \"delusers\" can not be used together. ";
            return Ok(Check::fails(text));
        }
        if both(&self.addusers, &self.delusers) {
            return Ok(Check::fails("Error. Same user(s) can not be added and deleted simultaneously"));
        }
        let accounts = read.host().accounts();
        if let Some(have) = accounts.group(name) {
            let changes = self.differences(have);
            if changes.is_empty() {
                return Ok(Check::desired(format!("Group {name} is present and up to date")));
            }
            return Ok(Check::change(listed(&changes), Map::new(), Step::Change(changes)));
        }
        let taken = self.gid.filter(|_| !self.non_unique).and_then(|gid| accounts.group_of(gid));
        let step = match (taken, self.gid) {
            (Some(other), Some(gid)) => {
                Step::Refuse(format!("Group {name} is not present but gid {gid} is already taken by group {}", other.name))
            }
            _ => Step::Add,
        };
        Ok(Check::Change(Outlook::new(format!("Group {name} set to be added"), Map::new()), step))
    }

    async fn apply(&self, step: Step, cx: &Cx) -> Result<Applied, Failure> {
        let name = &self.name;
        match step {
            Step::Refuse(comment) => Ok(Applied::failed(comment)),
            Step::Add => {
                if let Err(failure) = add(cx, name, self.gid, self.system, self.non_unique, self.local).await {
                    return Ok(Applied::failed(format!("Failed to create new group {name}: {}", failure.message)));
                }
                let mut said = Vec::new();
                if let Some(members) = &self.members {
                    said.extend(set_members(cx, name, &members.0, None).await.err());
                }
                for user in self.addusers.iter().flat_map(|words| &words.0) {
                    said.extend(set_member(cx, name, user, true, None).await.err());
                }
                let accounts = cx.host().accounts();
                let have = accounts.group(name);
                let left = have.map(|have| self.differences(have)).unwrap_or_default();
                if left.is_empty() {
                    return Ok(Applied::ok(format!("New group {name} created"), have.map(info).unwrap_or_default()));
                }
                let comment = format!("Group {name} has been created but, some changes could not be applied{}", lines(&said));
                Ok(Applied::failed(comment).with_changes([("Failed", left)].into_iter().collect::<Map>()))
            }
            Step::Change(changes) => {
                // What a tool refuses does not hinder the rest; it is seen in what is left at the end.
                let mut said = Vec::new();
                if let Some(gid) = self.gid.filter(|_| changes.contains_key("gid")) {
                    said.extend(set_gid(cx, name, gid, self.non_unique, None).await.err());
                }
                if let Some(members) = self.members.as_ref().filter(|_| changes.contains_key("members")) {
                    said.extend(set_members(cx, name, &members.0, None).await.err());
                }
                for (key, is_in) in [("addusers", true), ("delusers", false)] {
                    for user in changes.get(key).and_then(Value::as_list).unwrap_or_default() {
                        said.extend(set_member(cx, name, &text::str(user), is_in, None).await.err());
                    }
                }
                let left = cx.host().accounts().group(name).map(|have| self.differences(have)).unwrap_or_default();
                if left.is_empty() {
                    let done: Map = [("Final", "All changes applied successfully")].into_iter().collect();
                    return Ok(Applied::ok(listed(&changes), done));
                }
                let done: Map = [("Failed", left)].into_iter().collect();
                let comment = format!("{}Some changes could not be applied{}", listed(&changes), lines(&said));
                Ok(Applied::failed(comment).with_changes(done))
            }
        }
    }
}

/// Ensure a group is not there.
///
/// ```salt
/// cheese:
///   group.absent: []
/// ```
#[derive(Args)]
pub struct Absent {
    /// Name.
    name: String,
    /// Use the tools of libuser; what is looked at are local files in any case.
    #[arg(default = false)]
    local: bool,
}

impl State for Absent {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        let name = &self.name;
        Ok(if read.host().accounts().group(name).is_some() {
            Check::change(format!("Group {name} is set for removal"), Map::new(), ())
        } else {
            Check::desired("Group not present")
        })
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        let name = &self.name;
        if let Err(failure) = modules::group::delete(cx, name, self.local).await {
            return Ok(Applied::failed(format!("Failed to remove group {name}: {}", failure.message)));
        }
        Ok(Applied::ok(format!("Removed group {name}"), [(name.as_str(), "")].into_iter().collect::<Map>()))
    }
}
