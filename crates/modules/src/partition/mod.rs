//! Partitions of disks, by `parted` and `sfdisk`.

mod look;

use sdk::{Action, Args, Cx, Failure, Read, Value, text};

sdk::module!(
    partition,
    [
        Probe,
        look::List,
        look::AlignCheck,
        look::GetId,
        SetId,
        look::SystemTypes,
        Mkfs,
        Mklabel,
        Mkpart,
        Mkpartfs,
        Name,
        Rescue,
        Resize,
        Rm,
        Set,
        Toggle,
        DiskSet,
        DiskToggle,
        look::Exists,
        look::GetBlockDevice,
    ]
);

const LABELS: [&str; 10] = ["aix", "amiga", "bsd", "dvh", "gpt", "loop", "mac", "msdos", "pc98", "sun"];
const TYPES: [&str; 3] = ["primary", "logical", "extended"];
const UNITS: [&str; 14] = ["s", "B", "kB", "MB", "MiB", "GB", "GiB", "TB", "TiB", "%", "cyl", "chs", "compact", "KiB"];
const FILE_SYSTEMS: [&str; 22] = [
    "affs0",
    "affs1",
    "amufs",
    "apfs1",
    "asfs",
    "btrfs",
    "ext2",
    "ext3",
    "ext4",
    "f2fs",
    "fat16",
    "fat32",
    "fat",
    "hfs",
    "hfs+",
    "hfsx",
    "linux-swap",
    "ntfs",
    "reiserfs",
    "udf",
    "ufs",
    "xfs",
];
const FLAGS: [&str; 20] = [
    "atvrecv",
    "bios_grub",
    "bls_boot",
    "boot",
    "diag",
    "esp",
    "hidden",
    "hp-service",
    "irst",
    "lba",
    "legacy_boot",
    "lvm",
    "msftdata",
    "msftres",
    "palo",
    "prep",
    "raid",
    "root",
    "swap",
    "type",
];
const DISK_FLAGS: [&str; 3] = ["cylinder_alignment", "implicit_partition_table", "pmbr_boot"];

fn needs(read: &Read, program: &str, package: &str) -> Result<(), Failure> {
    match read.host().which(program) {
        Some(_) => Ok(()),
        None => Err(Failure::unavailable(format!("there is no program `{program}` here; the package {package} has it"))),
    }
}

/// A device has to be a block device: `parted` would take a plain file, and a typing error makes one.
fn device<'a>(read: &Read, name: &'a str) -> Result<&'a str, Failure> {
    let is_block = matches!(read.host().stat(name), Ok(Some(stat)) if stat.kind == sdk::host::FileKind::Block);
    if is_block {
        Ok(name)
    } else {
        Err(Failure::bad_arguments(format!("Invalid device passed to partition module: `{name}` is no block device")))
    }
}

fn one_of<'a>(what: &str, function: &str, word: &'a str, known: &[&str]) -> Result<&'a str, Failure> {
    if known.contains(&word) {
        return Ok(word);
    }
    Err(Failure::bad_arguments(format!("Invalid {what} passed to partition.{function}: `{word}`; known are {}", known.join(", "))))
}

/// Number of a partition.
fn number(word: &str) -> Result<&str, Failure> {
    match word.parse::<u16>() {
        Ok(number) if number > 0 => Ok(word),
        Ok(_) | Err(_) => Err(Failure::bad_arguments(format!("Invalid minor number passed to partition module: `{word}`"))),
    }
}

/// A place on a disk: a number with an optional unit.
fn place(word: &str) -> Result<&str, Failure> {
    let digits = word.trim_end_matches(|letter: char| letter.is_ascii_alphabetic() || letter == '%');
    let unit = word.get(digits.len()..).unwrap_or_default();
    let is_place = !digits.is_empty() && digits.parse::<f64>().is_ok() && (unit.is_empty() || UNITS.contains(&unit));
    if is_place { Ok(word) } else { Err(Failure::bad_arguments(format!("Invalid start or end passed to partition module: `{word}`"))) }
}

/// Runs `parted`, which never asks then; gives its lines.
async fn parted(cx: &Cx, words: &[&str]) -> Result<Vec<String>, Failure> {
    needs(cx, "parted", "parted")?;
    let argv = ["parted", "-m", "-s"].into_iter().chain(words.iter().copied());
    let text = cx.run(argv).await?;
    Ok(text.lines().map(str::to_owned).collect())
}

/// Have the kernel read the partitions of disks again.
///
/// ```salt
/// salt '*' partition.probe /dev/sda
/// ```
#[derive(Args)]
pub struct Probe {
    /// Disks; all of them unless given.
    #[arg(rest)]
    devices: Vec<Value>,
}

impl Action for Probe {
    type Output = Vec<String>;
    async fn call(self, cx: &Cx) -> Result<Vec<String>, Failure> {
        needs(cx, "partprobe", "parted")?;
        let devices: Vec<String> = self.devices.iter().map(text::str).collect();
        for name in &devices {
            device(cx, name)?;
        }
        let argv = ["partprobe".to_owned()].into_iter().chain(devices);
        Ok(cx.run(argv).await?.lines().map(str::to_owned).collect())
    }
}

macro_rules! parted_action {
    ($(#[$doc:meta])* $name:ident { $($field:ident : $what:literal),* }, |$self:ident| $words:expr) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Disk.
            device: String,
            $(
                #[doc = $what]
                $field: String,
            )*
        }

        impl Action for $name {
            type Output = Vec<String>;
            async fn call($self, cx: &Cx) -> Result<Vec<String>, Failure> {
                let disk = device(cx, &$self.device)?;
                let words: Vec<&str> = $words;
                parted(cx, &[&[disk], words.as_slice()].concat()).await
            }
        }
    };
}

parted_action! {
    /// Make a new, empty table of partitions. What was on the disk is lost.
    ///
    /// ```salt
    /// salt '*' partition.mklabel /dev/sdb gpt
    /// ```
    Mklabel { label_type: "Kind of table: `gpt`, `msdos`, …." }, |self| vec!["mklabel", one_of("label_type", "mklabel", &self.label_type, &LABELS)?]
}
parted_action! {
    /// Give a partition a name.
    ///
    /// ```salt
    /// salt '*' partition.name /dev/sda 1 'My Documents'
    /// ```
    Name { partition: "Number of the partition.", name: "Its name." }, |self| {
        // parted takes its words apart once more.
        vec!["name", number(&self.partition)?, &self.name]
    }
}
parted_action! {
    /// Look for a lost partition between two places, and put it back into the table.
    ///
    /// ```salt
    /// salt '*' partition.rescue /dev/sda 0 8056
    /// ```
    Rescue { start: "First place.", end: "Last place." }, |self| vec!["rescue", place(&self.start)?, place(&self.end)?]
}
parted_action! {
    /// Move the end of a partition.
    ///
    /// ```salt
    /// salt '*' partition.resize /dev/sda 3 200 850
    /// ```
    Resize { minor: "Number of the partition.", start: "Its beginning, which stays.", end: "Its new end." }, |self| {
        place(&self.start)?;
        vec!["resizepart", number(&self.minor)?, place(&self.end)?]
    }
}
parted_action! {
    /// Remove a partition.
    ///
    /// ```salt
    /// salt '*' partition.rm /dev/sda 5
    /// ```
    Rm { minor: "Number of the partition." }, |self| vec!["rm", number(&self.minor)?]
}
parted_action! {
    /// Turn a flag of a partition on or off.
    ///
    /// ```salt
    /// salt '*' partition.set /dev/sda 1 boot on
    /// ```
    Set { minor: "Number of the partition.", flag: "Flag.", state: "`on` or `off`." }, |self| {
        vec!["set", number(&self.minor)?, one_of("flag", "set", &self.flag, &FLAGS)?, on_off(&self.state)?]
    }
}
parted_action! {
    /// Turn a flag of a partition over.
    ///
    /// ```salt
    /// salt '*' partition.toggle /dev/sda 1 boot
    /// ```
    Toggle { partition: "Number of the partition.", flag: "Flag." }, |self| {
        vec!["toggle", number(&self.partition)?, one_of("flag", "toggle", &self.flag, &FLAGS)?]
    }
}
parted_action! {
    /// Turn a flag of a disk on or off.
    ///
    /// ```salt
    /// salt '*' partition.disk_set /dev/sda pmbr_boot on
    /// ```
    DiskSet { flag: "Flag.", state: "`on` or `off`." }, |self| {
        vec!["disk_set", one_of("flag", "disk_set", &self.flag, &DISK_FLAGS)?, on_off(&self.state)?]
    }
}
parted_action! {
    /// Turn a flag of a disk over.
    ///
    /// ```salt
    /// salt '*' partition.disk_toggle /dev/sda pmbr_boot
    /// ```
    DiskToggle { flag: "Flag." }, |self| vec!["disk_toggle", one_of("flag", "disk_toggle", &self.flag, &DISK_FLAGS)?]
}

/// `on` and `off` reach us as truth values too.
fn on_off(word: &str) -> Result<&'static str, Failure> {
    match word {
        "on" | "True" => Ok("on"),
        "off" | "False" => Ok("off"),
        _ => Err(Failure::bad_arguments(format!("Invalid state passed to partition.set: `{word}`; known are on, off"))),
    }
}

macro_rules! mkpart {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Disk.
            device: String,
            /// `primary`, `logical` or `extended`; a `gpt` table takes any name.
            part_type: String,
            /// File system that is to be on it.
            fs_type: Option<String>,
            /// Its beginning.
            start: Option<String>,
            /// Its end.
            end: Option<String>,
        }

        impl Action for $name {
            type Output = Vec<String>;
            async fn call(self, cx: &Cx) -> Result<Vec<String>, Failure> {
                let disk = device(cx, &self.device)?;
                let mut words = vec![disk, "mkpart", one_of("part_type", "mkpart", &self.part_type, &TYPES)?];
                if let Some(kind) = &self.fs_type {
                    words.push(one_of("fs_type", "mkpart", kind, &FILE_SYSTEMS)?);
                }
                for at in self.start.iter().chain(&self.end) {
                    words.push(place(at)?);
                }
                parted(cx, &words).await
            }
        }
    };
}

mkpart! {
    /// Make a partition.
    ///
    /// ```salt
    /// salt '*' partition.mkpart /dev/sda primary fs_type=ext4 start=1MiB end=639MB
    /// ```
    Mkpart
}
mkpart! {
    /// Make a partition: another name of `partition.mkpart`.
    ///
    /// ```salt
    /// salt '*' partition.mkpartfs /dev/sda primary fs_type=ext4 start=1MiB end=639MB
    /// ```
    Mkpartfs
}

/// Make a file system. What was on the device is lost.
///
/// ```salt
/// salt '*' partition.mkfs /dev/sda2 ext4
/// ```
#[derive(Args)]
pub struct Mkfs {
    /// Device.
    device: String,
    /// Kind of the file system.
    fs_type: String,
}

impl Action for Mkfs {
    type Output = Vec<String>;
    async fn call(self, cx: &Cx) -> Result<Vec<String>, Failure> {
        let kind = one_of("fs_type", "mkfs", &self.fs_type, &FILE_SYSTEMS)?;
        let program =
            if kind == "linux-swap" { "mkswap".to_owned() } else { format!("mkfs.{}", if kind.starts_with("fat") { "fat" } else { kind }) };
        needs(cx, &program, "for this file system")?;
        let mut argv = vec![program];
        argv.extend(kind.strip_prefix("fat").filter(|size| !size.is_empty()).map(|size| format!("-F{size}")));
        argv.push(device(cx, &self.device)?.to_owned());
        Ok(cx.run(argv).await?.lines().map(str::to_owned).collect())
    }
}

/// Set the type of a partition.
///
/// ```salt
/// salt '*' partition.set_id /dev/sda 1 83
/// ```
#[derive(Args)]
pub struct SetId {
    /// Disk.
    device: String,
    /// Number of the partition.
    minor: String,
    /// Type, as `partition.system_types` lists them.
    system_id: String,
}

impl Action for SetId {
    type Output = String;
    async fn call(self, cx: &Cx) -> Result<String, Failure> {
        needs(cx, "sfdisk", "fdisk")?;
        cx.run(["sfdisk", "--part-type", device(cx, &self.device)?, number(&self.minor)?, &self.system_id]).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_parted_would_misread_are_refused() {
        assert!(place("10MB").is_ok() && place("50%").is_ok() && place("0").is_ok());
        assert!(place("MB").is_err() && place("10XB").is_err() && place("-s").is_err());
        assert!(number("0").is_err() && number("1").is_ok());
        assert_eq!((on_off("True").unwrap(), on_off("off").unwrap()), ("on", "off"));
    }
}
