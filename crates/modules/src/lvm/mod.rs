//! Logical volumes: physical volumes, groups of them, and the volumes cut from a group.

use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Value, Words};

mod show;

pub use show::{Kind, Size, is_group, logical, part, physical, shown};

use show::{Lvdisplay, Pvdisplay, Vgdisplay};

sdk::module!(
    lvm,
    [
        Version,
        Fullversion,
        Pvdisplay,
        Vgdisplay,
        Lvdisplay,
        Pvcreate,
        Pvremove,
        Pvresize,
        Vgcreate,
        Vgextend,
        Vgremove,
        Lvcreate,
        Lvremove,
        Lvresize,
        Lvextend
    ]
);

fn failed(program: &str, output: &sdk::host::Output) -> Failure {
    let said = output.err();
    Failure::failed(format!("`{program}` failed with status {}: {}", output.retcode(), said.trim())).with_retcode(output.retcode())
}

/// Bytes of a size as lvm reads it: `10G`, `512m`; a bare number is megabytes.
#[must_use]
pub fn bytes(size: &str) -> Option<u64> {
    let size = size.trim().trim_end_matches(['b', 'B']).trim_end_matches('i');
    let (digits, unit) = match size.chars().last() {
        Some(unit) if unit.is_ascii_alphabetic() => (size.trim_end_matches(unit), unit.to_ascii_lowercase()),
        Some(_) | None => (size, 'm'),
    };
    let factor: f64 = match unit {
        's' => 512.0,
        'k' => 1024.0,
        'm' => 1_048_576.0,
        'g' => 1_073_741_824.0,
        't' => 1_099_511_627_776.0,
        'p' => 1_125_899_906_842_624.0,
        _ => return None,
    };
    let bytes = digits.trim().parse::<f64>().ok()? * factor;
    (0.0..1e19).contains(&bytes).then_some(bytes as u64)
}

/// Further options as words: `{dataalignment: 1m}` is `--dataalignment 1m`.
#[must_use]
pub fn options(extra: &Map) -> Vec<String> {
    let mut words = Vec::new();
    for (key, value) in extra {
        let key = sdk::text::str(key);
        // Salt's own words, not those of lvm.
        let is_ours = ["override", "quiet", "force"].contains(&key.as_str());
        if key.starts_with("__") || is_ours || value == &Value::Bool(false) {
            continue;
        }
        words.push(format!("--{}", key.replace('_', "")));
        if !matches!(value, Value::Null | Value::Bool(true)) {
            words.push(sdk::text::str(value));
        }
    }
    words
}

/// Runs a command of lvm; it never asks.
pub async fn act(cx: &Cx, words: impl IntoIterator<Item = String>) -> Result<String, Failure> {
    let mut words = words.into_iter();
    let program = words.next().unwrap_or_default();
    let argv: Vec<String> = [program.clone(), "--yes".to_owned()].into_iter().chain(words).collect();
    let output = cx.try_run(argv).await?;
    if output.is_ok() { Ok(output.out().trim().to_owned()) } else { Err(failed(&program, &output)) }
}

fn words(list: &[&str]) -> Vec<String> {
    list.iter().map(|word| (*word).to_owned()).collect()
}

/// Return the version of lvm.
///
/// ```salt
/// salt '*' lvm.version
/// ```
#[derive(Args)]
pub struct Version;

impl Query for Version {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        let text = read.ask(["lvm", "version"]).await?;
        Ok(text.lines().next().and_then(|line| line.split_once(':')).map(|(_, version)| version.trim().to_owned()).unwrap_or_default())
    }
}

/// Return the versions of lvm's parts.
///
/// ```salt
/// salt '*' lvm.fullversion
/// ```
#[derive(Args)]
pub struct Fullversion;

impl Query for Fullversion {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let text = read.ask(["lvm", "version"]).await?;
        Ok(text
            .lines()
            .filter_map(|line| line.split_once(':'))
            .map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned()))
            .collect())
    }
}

macro_rules! volume_action {
    ($(#[$doc:meta])* $name:ident { $($field:ident : $what:literal),+ }, |$self:ident| $words:expr) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            $(
                #[doc = $what]
                $field: Words,
            )+
            /// Further options of the command.
            #[arg(extra)]
            options: Map,
        }

        impl Action for $name {
            type Output = String;
            async fn call($self, cx: &Cx) -> Result<String, Failure> {
                let all: Vec<String> = $words;
                act(cx, all.into_iter().chain(options(&$self.options))).await
            }
        }
    };
}

volume_action! {
    /// Make devices physical volumes.
    ///
    /// ```salt
    /// salt '*' lvm.pvcreate /dev/sdb1,/dev/sdb2
    /// ```
    Pvcreate { devices: "Devices." }, |self| words(&["pvcreate"]).into_iter().chain(self.devices.0).collect()
}
volume_action! {
    /// Make devices physical volumes no more.
    ///
    /// ```salt
    /// salt '*' lvm.pvremove /dev/sdb1
    /// ```
    Pvremove { devices: "Devices." }, |self| words(&["pvremove"]).into_iter().chain(self.devices.0).collect()
}
volume_action! {
    /// Have physical volumes take the whole size of their devices.
    ///
    /// ```salt
    /// salt '*' lvm.pvresize /dev/sdb1
    /// ```
    Pvresize { devices: "Devices." }, |self| words(&["pvresize"]).into_iter().chain(self.devices.0).collect()
}
volume_action! {
    /// Make a group of physical volumes.
    ///
    /// ```salt
    /// salt '*' lvm.vgcreate my_vg /dev/sdb1,/dev/sdb2
    /// ```
    Vgcreate { vgname: "Group.", devices: "Devices." }, |self| words(&["vgcreate"]).into_iter().chain(self.vgname.0).chain(self.devices.0).collect()
}
volume_action! {
    /// Add physical volumes to a group.
    ///
    /// ```salt
    /// salt '*' lvm.vgextend my_vg /dev/sdb3
    /// ```
    Vgextend { vgname: "Group.", devices: "Devices." }, |self| words(&["vgextend"]).into_iter().chain(self.vgname.0).chain(self.devices.0).collect()
}
volume_action! {
    /// Remove a group of volumes with all that is in it.
    ///
    /// ```salt
    /// salt '*' lvm.vgremove my_vg
    /// ```
    Vgremove { vgname: "Group." }, |self| words(&["vgremove", "--force"]).into_iter().chain(self.vgname.0).collect()
}

/// Make a logical volume.
///
/// ```salt
/// salt '*' lvm.lvcreate data my_vg size=10G
/// ```
#[derive(Args)]
pub struct Lvcreate {
    /// Volume.
    lvname: String,
    /// Group.
    vgname: String,
    /// Size.
    size: Option<String>,
    /// Size in extents, such as `100%FREE`.
    extents: Option<String>,
    /// Further options of the command.
    #[arg(extra)]
    options: Map,
}

/// The words that make a logical volume.
#[must_use]
pub fn create(name: &str, group: &str, size: Option<&str>, extents: Option<&str>, extra: &Map) -> Vec<String> {
    let mut all = words(&["lvcreate", "-n", name]);
    match (size, extents) {
        (Some(size), _) => all.extend(words(&["-L", size])),
        (None, Some(extents)) => all.extend(words(&["-l", extents])),
        (None, None) => {}
    }
    all.push(group.to_owned());
    all.extend(options(extra));
    all
}

impl Action for Lvcreate {
    type Output = String;
    async fn call(self, cx: &Cx) -> Result<String, Failure> {
        act(cx, create(&self.lvname, &self.vgname, self.size.as_deref(), self.extents.as_deref(), &self.options)).await
    }
}

/// Remove a logical volume.
///
/// ```salt
/// salt '*' lvm.lvremove data my_vg
/// ```
#[derive(Args)]
#[args(extra)]
pub struct Lvremove {
    /// Volume.
    lvname: String,
    /// Group.
    vgname: String,
}

impl Action for Lvremove {
    type Output = String;
    async fn call(self, cx: &Cx) -> Result<String, Failure> {
        act(cx, words(&["lvremove", "--force", &format!("{}/{}", self.vgname, self.lvname)])).await
    }
}

macro_rules! resize {
    ($(#[$doc:meta])* $name:ident, $program:literal) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Size.
            size: Option<String>,
            /// Path of the volume.
            lvpath: String,
            /// Size in extents.
            extents: Option<String>,
            /// Make the file system larger or smaller too.
            #[arg(default = false)]
            resizefs: bool,
            /// Known for compatibility: lvm is never asked anything.
            #[arg(default = false, ignored)]
            force: bool,
        }

        impl Action for $name {
            type Output = String;
            async fn call(self, cx: &Cx) -> Result<String, Failure> {
                let mut all = words(&[$program]);
                if self.resizefs {
                    all.push("--resizefs".to_owned());
                }
                match (self.size, self.extents) {
                    (Some(size), None) => all.extend(["-L".to_owned(), size]),
                    (None, Some(extents)) => all.extend(["-l".to_owned(), extents]),
                    _ => return Err(Failure::bad_arguments("either a size or extents are needed")),
                }
                all.push(self.lvpath);
                act(cx, all).await
            }
        }
    };
}

resize! {
    /// Make a logical volume larger or smaller.
    ///
    /// ```salt
    /// salt '*' lvm.lvresize +12G /dev/mapper/vg1-test
    /// ```
    Lvresize, "lvresize"
}
resize! {
    /// Make a logical volume larger.
    ///
    /// ```salt
    /// salt '*' lvm.lvextend 12G /dev/mapper/vg1-test
    /// ```
    Lvextend, "lvextend"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_lvm_reads_them() {
        for (text, expected) in [
            ("10G", Some(10_737_418_240)),
            ("512m", Some(536_870_912)),
            ("4", Some(4_194_304)),
            ("1.5GiB", Some(1_610_612_736)),
            ("x", None),
        ] {
            assert_eq!(bytes(text), expected, "{text}");
        }
    }
}
