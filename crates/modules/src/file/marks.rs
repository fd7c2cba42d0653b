//! What a file is marked with beside owner and mode: attributes of its file system, and its context of SELinux; how they differ, and making them so.

use super::attributes::{attributes, context};
use sdk::{Cx, Failure, Map, Read};

/// Marks that are wanted; what is not given is left alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// Letters of `chattr` that the file has, and no others.
    pub attributes: Option<String>,
    /// User, role, type and range of SELinux.
    pub context: Context,
}

/// Parts of a context of SELinux, in the order in which it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// User.
    pub user: Option<String>,
    /// Role.
    pub role: Option<String>,
    /// Type.
    pub kind: Option<String>,
    /// Range.
    pub range: Option<String>,
}

/// Letters that a file system sets by itself: `chattr` cannot change them, or must not.
const OF_THE_SYSTEM: &str = "eEhINV";

/// What is to be done about a context.
struct Relabel {
    flags: Vec<String>,
    old: String,
    new: String,
    parts: Map,
}

impl Context {
    /// Out of the mapping that states take: `seuser`, `serole`, `setype`, `serange`.
    #[must_use]
    pub fn from_map(map: &Map) -> Self {
        let word = |key: &str| map.get(key).filter(|value| value.is_truthy()).map(sdk::text::str);
        Self { user: word("seuser"), role: word("serole"), kind: word("setype"), range: word("serange") }
    }

    /// Whether nothing is wanted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// How a context differs from the wanted one.
    fn against(&self, now: &str) -> Option<Relabel> {
        let mut parts = now.splitn(4, ':');
        let wanted = [
            ("User", "user", "-u", &self.user),
            ("Role", "role", "-r", &self.role),
            ("Type", "type", "-t", &self.kind),
            ("Range", "range", "-l", &self.range),
        ];
        let (mut flags, mut old, mut new, mut shown) = (Vec::new(), Vec::new(), Vec::new(), Map::new());
        for (title, key, flag, wanted) in wanted {
            let have = parts.next().unwrap_or_default();
            let Some(wanted) = wanted.as_ref().filter(|wanted| *wanted != have) else { continue };
            flags.extend([flag.to_owned(), wanted.clone()]);
            old.push(format!("{title}: {have}"));
            new.push(format!("{title}: {wanted}"));
            shown.insert(key, wanted.as_str());
        }
        (!flags.is_empty()).then(|| Relabel { flags, old: old.join(" "), new: new.join(" "), parts: shown })
    }
}

impl Marks {
    /// Whether nothing is wanted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.attributes.is_none() && self.context.is_empty()
    }

    /// What would change on a file: `attrs` and `selinux` with their new values.
    pub async fn differences(&self, path: &str, read: &Read) -> Result<Map, Failure> {
        let mut changes = Map::new();
        if let Some(wanted) = &self.attributes {
            let (add, remove) = letters(wanted, &attributes(path, read).await?);
            if !add.is_empty() || !remove.is_empty() {
                changes.insert("attrs", wanted.as_str());
            }
        }
        if !self.context.is_empty() {
            // Where there is no SELinux only a real run says so: an earlier state may be about to label the file system.
            let now = context(path, read).await?.unwrap_or_default();
            if let Some(relabel) = self.context.against(&now) {
                changes.insert("selinux", relabel.parts);
            }
        }
        Ok(changes)
    }

    /// Takes off what keeps a file from being written: a file that is to keep its `i` or `a` could never get new content otherwise.
    pub async fn unlock(&self, path: &str, cx: &Cx) -> Result<(), Failure> {
        if self.attributes.is_none() {
            return Ok(());
        }
        let locks: String = attributes(path, cx).await?.chars().filter(|letter| "ia".contains(*letter)).collect();
        if !locks.is_empty() {
            cx.run(["chattr", &format!("-{locks}"), "--", path]).await?;
        }
        Ok(())
    }

    /// Makes a file so; gives what changed, and what could not be done in the words that users of Salt know.
    pub async fn enforce(&self, path: &str, cx: &Cx) -> Result<(Map, Vec<String>), Failure> {
        let (mut changes, mut problems) = (Map::new(), Vec::new());
        if !self.context.is_empty() {
            self.relabel(path, cx, &mut changes, &mut problems).await?;
        }
        // Last, because nothing of a file that is immutable can be changed.
        if let Some(wanted) = &self.attributes {
            let old = attributes(path, cx).await?;
            let (add, remove) = letters(wanted, &old);
            for (sign, letters) in [('-', &remove), ('+', &add)] {
                if !letters.is_empty() {
                    cx.try_run(["chattr", &format!("{sign}{letters}"), "--", path]).await?;
                }
            }
            if !add.is_empty() || !remove.is_empty() {
                let now = attributes(path, cx).await?;
                let is_so = letters(wanted, &now) == (String::new(), String::new());
                if !is_so {
                    problems.push(format!("Failed to change attributes to {wanted}"));
                }
                let shown = [("old", old), ("new", if is_so { wanted.clone() } else { now })];
                changes.insert("attrs", shown.into_iter().collect::<Map>());
            }
        }
        Ok((changes, problems))
    }

    async fn relabel(&self, path: &str, cx: &Cx, changes: &mut Map, problems: &mut Vec<String>) -> Result<(), Failure> {
        let Some(now) = context(path, cx).await? else {
            problems.push("Failed to get selinux attributes".to_owned());
            return Ok(());
        };
        let Some(relabel) = self.context.against(&now) else { return Ok(()) };
        let words = ["chcon".to_owned()].into_iter().chain(relabel.flags).chain(["--".to_owned(), path.to_owned()]);
        let done = cx.try_run(words).await?.is_ok() && context(path, cx).await?.is_some_and(|now| self.context.against(&now).is_none());
        if done {
            changes.insert("selinux", [("Old", relabel.old), ("New", relabel.new)].into_iter().collect::<Map>());
        } else {
            problems.push("Failed to set selinux attributes".to_owned());
        }
        Ok(())
    }
}

/// Letters to add and letters to take away.
fn letters(wanted: &str, have: &str) -> (String, String) {
    let settable = |letter: &char| letter.is_ascii_alphabetic() && !OF_THE_SYSTEM.contains(*letter);
    let add = wanted.chars().filter(|letter| settable(letter) && !have.contains(*letter)).collect();
    let remove = have.chars().filter(|letter| settable(letter) && !wanted.contains(*letter)).collect();
    (add, remove)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sdk::host::FakeHost;
    use sdk::testing::context as cx;
    use sdk::{Facts, Value};
    use std::sync::Arc;

    #[test]
    fn letters_of_the_file_system_itself_are_left_alone() {
        assert_eq!(letters("ia", "e"), ("ia".into(), String::new()));
        assert_eq!(letters("i", "ieA"), (String::new(), "A".into()));
        assert_eq!(letters("ie", "i"), (String::new(), String::new()));
    }

    #[tokio::test]
    async fn a_file_gets_its_attributes_and_its_context() {
        let host = Arc::new(FakeHost::new());
        host.file("/etc/x", "");
        host.program("/usr/bin/lsattr");
        host.answer("lsattr -d -- /etc/x", 0, "--------------e------- /etc/x\n", "");
        host.answer("stat -c %C -- /etc/x", 0, "system_u:object_r:etc_t:s0\n", "");
        host.answer("chattr +i -- /etc/x", 0, "", "");
        host.answer("chcon -t web_t -- /etc/x", 0, "", "");
        let wanted = Marks {
            attributes: Some("i".into()),
            context: Context { user: Some("system_u".into()), kind: Some("web_t".into()), ..Context::default() },
        };
        let cx = cx(host, Facts::default());
        let expected: Value = serde_json::from_str(r#"{"attrs": "i", "selinux": {"type": "web_t"}}"#).unwrap();
        assert_eq!(Value::Map(wanted.differences("/etc/x", &cx).await.unwrap()), expected);
        // The recorded answers stay as they were, so both are found undone afterwards.
        let (_, problems) = wanted.enforce("/etc/x", &cx).await.unwrap();
        assert_eq!(problems, ["Failed to set selinux attributes", "Failed to change attributes to i"]);
    }
}
