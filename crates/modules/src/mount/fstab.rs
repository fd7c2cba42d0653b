//! The table of file systems that are mounted on boot.

use sdk::host::Write;
use sdk::{Cx, Failure, Read};

/// The table of this machine.
pub const FSTAB: &str = "/etc/fstab";

/// One line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Device.
    pub device: String,
    /// Where it is mounted.
    pub name: String,
    /// File system.
    pub fstype: String,
    /// Options with commas between them.
    pub opts: String,
    /// Whether it is dumped.
    pub dump: String,
    /// When it is checked.
    pub pass: String,
}

impl Entry {
    /// Reads a line; `None` for comments and what is no entry.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return None;
        }
        let mut words = line.split_whitespace().map(unescaped);
        Some(Self {
            device: words.next()?,
            name: words.next()?,
            fstype: words.next()?,
            opts: words.next().unwrap_or_else(|| "defaults".to_owned()),
            dump: words.next().unwrap_or_else(|| "0".to_owned()),
            pass: words.next().unwrap_or_else(|| "0".to_owned()),
        })
    }

    /// The line.
    #[must_use]
    pub fn line(&self) -> String {
        let [device, name] = [&self.device, &self.name].map(|word| escaped(word));
        format!("{device}\t\t{name}\t{}\t{}\t{} {}", self.fstype, self.opts, self.dump, self.pass)
    }

    fn is_at(&self, name: &str) -> bool {
        self.name.trim_end_matches('/') == name.trim_end_matches('/')
    }
}

/// Blanks in names are written as octal numbers.
fn escaped(word: &str) -> String {
    word.replace('\\', "\\134").replace(' ', "\\040").replace('\t', "\\011")
}

/// The word without octal numbers, as both tables of mounts write it.
pub(super) fn unescaped(word: &str) -> String {
    word.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\")
}

/// Every entry of a table.
pub fn entries(read: &Read, config: &str) -> Vec<Entry> {
    read.host().read_text(config).unwrap_or_default().lines().filter_map(Entry::parse).collect()
}

/// What is there of an entry; an entry without a place (`none`) is known by its device.
pub fn find(entries: &[Entry], name: &str, device: Option<&str>) -> Option<Entry> {
    let fits = |entry: &&Entry| entry.is_at(name) && device.is_none_or(|device| device == entry.device);
    entries.iter().find(fits).cloned()
}

/// What putting an entry into the table comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// It is there as it is.
    Present,
    /// It was not there.
    New,
    /// It was another.
    Change,
}

impl Put {
    /// Salt's word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::New => "new",
            Self::Change => "change",
        }
    }
}

/// A field of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Device,
    Name,
    Fstype,
    Opts,
    Dump,
    Pass,
}

/// By which of its fields an entry is known again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct By(Vec<Field>);

/// File systems that have no device of their own, or several: their place says which they are.
const PLACED: [&str; 14] = [
    "none",
    "tmpfs",
    "sysfs",
    "proc",
    "fusectl",
    "debugfs",
    "securityfs",
    "devtmpfs",
    "cgroup",
    "nfs",
    "nfs4",
    "glusterfs",
    "btrfs",
    "ceph",
];

impl By {
    /// The device alone.
    #[must_use]
    pub fn device() -> Self {
        Self(vec![Field::Device])
    }

    /// Out of names of fields; `auto` is the place for file systems without a device of their own, and the device for others.
    ///
    /// # Errors
    /// When there is no such field.
    pub fn fields(names: &[String], fstype: &str) -> Result<Self, Failure> {
        let one = |name: &String| match name.as_str() {
            "auto" if PLACED.contains(&fstype) => Ok(Field::Name),
            "auto" | "device" => Ok(Field::Device),
            "name" => Ok(Field::Name),
            "fstype" => Ok(Field::Fstype),
            "opts" => Ok(Field::Opts),
            "dump" => Ok(Field::Dump),
            "pass_num" => Ok(Field::Pass),
            other => Err(Failure::bad_arguments(format!(
                "Unrecognized keys in match_on: \"{other}\"; known are auto, name, device, fstype, opts, dump and pass_num"
            ))),
        };
        names.iter().map(one).collect::<Result<_, _>>().map(Self)
    }

    fn is_same(&self, have: &Entry, wanted: &Entry) -> bool {
        self.0.iter().all(|field| match field {
            Field::Device => have.device == wanted.device,
            Field::Name => have.is_at(&wanted.name),
            Field::Fstype => have.fstype == wanted.fstype,
            Field::Opts => have.opts == wanted.opts,
            Field::Dump => have.dump == wanted.dump,
            Field::Pass => have.pass == wanted.pass,
        })
    }
}

/// What putting an entry there would come to.
#[must_use]
pub fn plan(entries: &[Entry], wanted: &Entry, by: &By) -> Put {
    match entries.iter().find(|have| by.is_same(have, wanted)) {
        None => Put::New,
        Some(have) if have == wanted => Put::Present,
        Some(_) => Put::Change,
    }
}

/// Puts an entry there.
pub fn put(cx: &Cx, config: &str, wanted: &Entry, by: &By) -> Result<Put, Failure> {
    let text = cx.host().read_text(config).unwrap_or_default();
    let outcome = plan(&entries(cx, config), wanted, by);
    if outcome == Put::Present {
        return Ok(outcome);
    }
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    match lines.iter_mut().find(|line| Entry::parse(line).is_some_and(|have| by.is_same(&have, wanted))) {
        Some(line) => *line = wanted.line(),
        None => lines.push(wanted.line()),
    }
    save(cx, config, &lines)?;
    Ok(outcome)
}

/// Takes an entry away; says whether there was one.
pub fn remove(cx: &Cx, config: &str, name: &str, device: Option<&str>) -> Result<bool, Failure> {
    let text = cx.host().read_text(config).unwrap_or_default();
    let is_it =
        |line: &&str| Entry::parse(line).is_some_and(|entry| entry.is_at(name) && device.is_none_or(|device| device == entry.device));
    let kept: Vec<String> = text.lines().filter(|line| !is_it(line)).map(str::to_owned).collect();
    if kept.len() == text.lines().count() {
        return Ok(false);
    }
    save(cx, config, &kept)?;
    Ok(true)
}

fn save(cx: &Cx, config: &str, lines: &[String]) -> Result<(), Failure> {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    cx.host().write(config, text.as_bytes(), &Write::default()).map_err(crate::failure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_and_written_back() {
        let line = "UUID=1\t\t/srv/my\\040data\text4\tdefaults,noatime\t0 2";
        let entry = Entry::parse(line).unwrap();
        assert_eq!((entry.name.as_str(), entry.line().as_str()), ("/srv/my data", line));
        assert_eq!(Entry::parse("# /dev/sda1 / ext4"), None);
        assert_eq!(Entry::parse("proc /proc proc").unwrap().opts, "defaults");
    }

    #[test]
    fn an_entry_is_known_by_its_device_where_it_has_one_of_its_own() {
        let entries = [Entry::parse("/a none swap sw 0 0").unwrap(), Entry::parse("tmpfs /tmp tmpfs size=1m 0 0").unwrap()];
        let plan = |line: &str| {
            let wanted = Entry::parse(line).unwrap();
            plan(&entries, &wanted, &By::fields(&["auto".to_owned()], &wanted.fstype).unwrap())
        };
        assert_eq!(plan("/a none swap sw 0 0"), Put::Present);
        assert_eq!(plan("/b none swap sw 0 0"), Put::New);
        assert_eq!(plan("tmpfs /tmp tmpfs size=2m 0 0"), Put::Change);
        assert_eq!(plan("tmpfs /scratch tmpfs size=2m 0 0"), Put::New);
        assert!(By::fields(&["place".to_owned()], "ext4").is_err());
    }
}
