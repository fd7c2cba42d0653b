//! What is known of volumes and groups: the lines with colons that LVM prints for programs, under the names that Salt gives to their parts.

use sdk::{Args, Failure, Map, Query, Read};

/// A kind of thing that LVM knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Physical volumes.
    Physical,
    /// Groups of them.
    Group,
    /// Volumes cut from a group.
    Logical,
}

impl Kind {
    const fn program(self) -> &'static str {
        match self {
            Self::Physical => "pvdisplay",
            Self::Group => "vgdisplay",
            Self::Logical => "lvdisplay",
        }
    }

    const fn parts(self) -> &'static [&'static str] {
        match self {
            Self::Physical => &[
                "Physical Volume Device",
                "Volume Group Name",
                "Physical Volume Size (kB)",
                "Internal Physical Volume Number",
                "Physical Volume Status",
                "Physical Volume (not) Allocatable",
                "Current Logical Volumes Here",
                "Physical Extent Size (kB)",
                "Total Physical Extents",
                "Free Physical Extents",
                "Allocated Physical Extents",
            ],
            Self::Group => &[
                "Volume Group Name",
                "Volume Group Access",
                "Volume Group Status",
                "Internal Volume Group Number",
                "Maximum Logical Volumes",
                "Current Logical Volumes",
                "Open Logical Volumes",
                "Maximum Logical Volume Size",
                "Maximum Physical Volumes",
                "Current Physical Volumes",
                "Actual Physical Volumes",
                "Volume Group Size (kB)",
                "Physical Extent Size (kB)",
                "Total Physical Extents",
                "Allocated Physical Extents",
                "Free Physical Extents",
                "UUID",
            ],
            Self::Logical => &[
                "Logical Volume Name",
                "Volume Group Name",
                "Logical Volume Access",
                "Logical Volume Status",
                "Internal Logical Volume Number",
                "Open Logical Volumes",
                "Logical Volume Size",
                "Current Logical Extents Associated",
                "Allocated Logical Extents",
                "Allocation Policy",
                "Read Ahead Sectors",
                "Major Device Number",
                "Minor Device Number",
            ],
        }
    }
}

/// The group that is told of a physical volume in none.
const ORPHANS: &str = "#orphans_lvm2";

/// Everything of a kind, or what has a name; by name. Nothing, where LVM knows none of it.
///
/// # Errors
/// When there is no LVM.
pub async fn shown(read: &Read, kind: Kind, name: Option<&str>) -> Result<Map, Failure> {
    let words = [kind.program(), "-c"].into_iter().chain(name);
    let output = read.try_run(words).await?;
    Ok(if output.is_ok() { parse(kind, &output.out()) } else { Map::new() })
}

fn parse(kind: Kind, text: &str) -> Map {
    let entry = |line: &str| -> Option<(String, Map)> {
        // A device that was made a physical volume and is in no group yet: `"/dev/sdb" is a new physical volume of "1 GiB"`.
        if line.contains("is a new physical volume") {
            return None;
        }
        let words: Vec<&str> = line.trim().split(':').collect();
        let parts = kind.parts();
        (words.len() >= parts.len()).then(|| {
            let named = parts.iter().zip(&words).map(|(part, word)| (*part, *word)).collect();
            (words.first().copied().unwrap_or_default().to_owned(), named)
        })
    };
    text.lines().filter_map(entry).collect()
}

/// A part of what is known of one thing.
#[must_use]
pub fn part<'a>(one: &'a Map, name: &str) -> &'a str {
    one.get(name).and_then(sdk::Value::as_str).unwrap_or_default()
}

/// A physical volume: its group, empty while it is in none.
///
/// # Errors
/// When there is no LVM.
pub async fn physical(read: &Read, device: &str) -> Result<Option<String>, Failure> {
    let real = read.host().real_path(device).unwrap_or_else(|_| device.to_owned());
    let all = shown(read, Kind::Physical, Some(&real)).await?;
    let found = all.values().filter_map(sdk::Value::as_map).find(|one| {
        let name = part(one, "Physical Volume Device");
        name == device || name == real || read.host().real_path(name).is_ok_and(|have| have == real)
    });
    Ok(found.map(|one| part(one, "Volume Group Name")).map(|group| if group == ORPHANS { String::new() } else { group.to_owned() }))
}

/// Whether there is a group.
///
/// # Errors
/// When there is no LVM.
pub async fn is_group(read: &Read, name: &str) -> Result<bool, Failure> {
    Ok(!shown(read, Kind::Group, Some(name)).await?.is_empty())
}

/// Size of a logical volume in bytes, and in extents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Bytes.
    pub bytes: u64,
    /// Extents.
    pub extents: u64,
}

/// A logical volume by its path; `None` when there is no such volume.
///
/// # Errors
/// When there is no LVM.
pub async fn logical(read: &Read, path: &str) -> Result<Option<Size>, Failure> {
    let all = shown(read, Kind::Logical, Some(path)).await?;
    let number = |one: &Map, name: &str| part(one, name).parse::<u64>().unwrap_or_default();
    // LVM counts sectors here.
    let size =
        |one: &Map| Size { bytes: number(one, "Logical Volume Size") * 512, extents: number(one, "Current Logical Extents Associated") };
    Ok(all.get(path).or_else(|| all.values().next()).and_then(sdk::Value::as_map).map(size))
}

macro_rules! display {
    ($(#[$doc:meta])* $name:ident { $field:ident }, $kind:expr) => {
        $(#[$doc])*
        #[derive(Args)]
        #[args(extra)]
        pub struct $name {
            /// One of them; all unless given.
            #[arg(default = "")]
            $field: String,
        }

        impl Query for $name {
            type Output = Map;
            async fn call(self, read: &Read) -> Result<Map, Failure> {
                shown(read, $kind, Some(self.$field.as_str()).filter(|name| !name.is_empty())).await
            }
        }
    };
}

display! {
    /// Return what is known of physical volumes.
    ///
    /// ```salt
    /// salt '*' lvm.pvdisplay
    /// ```
    Pvdisplay { pvname }, Kind::Physical
}
display! {
    /// Return what is known of groups of volumes.
    ///
    /// ```salt
    /// salt '*' lvm.vgdisplay
    /// ```
    Vgdisplay { vgname }, Kind::Group
}
display! {
    /// Return what is known of logical volumes.
    ///
    /// ```salt
    /// salt '*' lvm.lvdisplay
    /// ```
    Lvdisplay { lvname }, Kind::Logical
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_with_colons_are_told_by_the_names_of_their_parts() {
        let text = "  WARNING: Activation disabled. No device-mapper interaction will be attempted.\n  data:r/w:772:-1:0:1:0:-1:0:2:2:122880:4096:30:4:26:k6vdRR-x\n";
        let groups = parse(Kind::Group, text);
        assert_eq!(groups.len(), 1);
        let data = groups.get("data").and_then(sdk::Value::as_map).unwrap();
        assert_eq!((part(data, "Free Physical Extents"), part(data, "UUID")), ("26", "k6vdRR-x"));
        let physical = "  /dev/vdb:data:122880:-1:8:8:-1:4096:15:11:4:Xk-1\n  \"/dev/vdd\" is a new physical volume of \"64.00 MiB\"\n";
        assert_eq!(parse(Kind::Physical, physical).len(), 1);
    }
}
