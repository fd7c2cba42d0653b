//! File systems made, measured and changed, by the tools of each.

use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Value, Words, text};

pub(super) fn needs(read: &Read, program: &str, package: &str) -> Result<(), Failure> {
    match read.host().which(program) {
        Some(_) => Ok(()),
        None => Err(Failure::unavailable(format!("there is no program `{program}` here; the package {package} has it"))),
    }
}

/// Make a file system. What was on the device is lost.
///
/// ```salt
/// salt '*' disk.format_ /dev/sdb1 fs_type=xfs
/// ```
#[derive(Args)]
#[args(name = "format")]
pub struct Format {
    /// Device.
    device: String,
    /// Kind of the file system.
    #[arg(default = "ext4")]
    fs_type: String,
    /// Size of inodes, of ext and xfs.
    inode_size: Option<u32>,
    /// Leave the table of inodes to the first mount, of ext.
    lazy_itable_init: Option<bool>,
    /// Size of the table of FAT: 12, 16 or 32.
    fat: Option<u32>,
    /// Make it on what is no device, or over another file system.
    #[arg(default = false)]
    force: bool,
}

impl Action for Format {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let kind = self.fs_type.as_str();
        if !kind.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte)) {
            return Err(Failure::bad_arguments(format!("`{kind}` is no kind of a file system")));
        }
        let program = format!("mkfs.{kind}");
        needs(cx, &program, "for this file system")?;
        let mut argv = vec![program];
        let is_ext = kind.starts_with("ext");
        if let Some(size) = self.inode_size {
            match kind {
                "xfs" => argv.extend(["-i".to_owned(), format!("size={size}")]),
                _ if is_ext => argv.extend(["-I".to_owned(), size.to_string()]),
                _ => {}
            }
        }
        if let Some(lazy) = self.lazy_itable_init.filter(|_| is_ext) {
            argv.extend(["-E".to_owned(), format!("lazy_itable_init={}", u8::from(lazy))]);
        }
        if let Some(bits) = self.fat.filter(|_| kind.ends_with("fat")) {
            argv.extend(["-F".to_owned(), bits.to_string()]);
        }
        if self.force {
            argv.push(if is_ext { "-F" } else { "-f" }.to_owned());
        }
        argv.push(self.device);
        cx.run(argv).await.map(|_| true)
    }
}

/// Remove what says that there is a file system on a device.
///
/// ```salt
/// salt '*' disk.wipe /dev/sda1
/// ```
#[derive(Args)]
pub struct Wipe {
    /// Device.
    device: String,
}

impl Action for Wipe {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        needs(cx, "wipefs", "util-linux")?;
        cx.run(["wipefs", "-a", &self.device]).await.map(|_| true)
    }
}

/// Have an ext file system take the whole size of its device.
///
/// ```salt
/// salt '*' disk.resize2fs /dev/sda1
/// ```
#[derive(Args)]
#[args(name = "resize2fs")]
pub struct Resize2fs {
    /// Device.
    device: String,
}

impl Action for Resize2fs {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        needs(cx, "resize2fs", "e2fsprogs")?;
        cx.run(["resize2fs", &self.device]).await.map(|_| true)
    }
}

/// Return what an ext file system says of itself.
///
/// ```salt
/// salt '*' disk.dump /dev/sda1
/// ```
#[derive(Args)]
pub struct Dump {
    /// Device.
    device: String,
    /// Only these attributes.
    args: Option<Words>,
}

fn attributes(text: &str) -> Map {
    let name = |key: &str| key.trim().to_lowercase().replace(' ', "_");
    text.lines().filter_map(|line| line.split_once(':')).map(|(key, value)| (name(key), value.trim())).collect()
}

impl Query for Dump {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        needs(read, "dumpe2fs", "e2fsprogs")?;
        let all = attributes(&read.ask(["dumpe2fs", "-h", &self.device]).await?);
        Ok(match self.args {
            Some(wanted) => all.into_iter().filter(|(key, _)| wanted.0.contains(&text::str(key))).collect(),
            None => all,
        })
    }
}

/// Change how the kernel treats a device: `read-ahead`, `filesystem-read-ahead`, `read-only`, `read-write`.
///
/// ```salt
/// salt '*' disk.tune /dev/sda1 read-ahead=1024 read-write=True
/// ```
#[derive(Args)]
pub struct Tune {
    /// Device.
    device: String,
    /// Settings.
    #[arg(extra)]
    settings: Map,
}

impl Action for Tune {
    type Output = Map;
    async fn call(self, cx: &Cx) -> Result<Map, Failure> {
        needs(cx, "blockdev", "util-linux")?;
        let mut argv = vec!["blockdev".to_owned()];
        for (key, value) in &self.settings {
            match text::str(key).replace('_', "-").as_str() {
                "read-ahead" => argv.extend(["--setra".to_owned(), text::str(value)]),
                "filesystem-read-ahead" => argv.extend(["--setfra".to_owned(), text::str(value)]),
                "read-only" if value.is_truthy() => argv.push("--setro".to_owned()),
                "read-write" if value.is_truthy() => argv.push("--setrw".to_owned()),
                "read-only" | "read-write" => {}
                other => {
                    let known = "read-ahead, filesystem-read-ahead, read-only, read-write";
                    return Err(Failure::bad_arguments(format!("`{other}` is no setting of a device; known are {known}")));
                }
            }
        }
        argv.push(self.device.clone());
        cx.run(argv).await?;
        let flags = [("getra", "--getra"), ("getro", "--getro"), ("getsz", "--getsz"), ("getbsz", "--getbsz")];
        let text = cx.ask(["blockdev"].into_iter().chain(flags.iter().map(|(_, flag)| *flag)).chain([self.device.as_str()])).await?;
        Ok(flags.iter().zip(text.lines()).map(|((key, _), value)| (*key, value.trim())).collect())
    }
}

/// Return the kind of the file system a path is on.
///
/// ```salt
/// salt '*' disk.get_fstype_from_path /root
/// ```
#[derive(Args)]
pub struct GetFstypeFromPath {
    /// Path.
    path: String,
}

impl Query for GetFstypeFromPath {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        let text = read.ask(["df", "-P", "-T", "--", &self.path]).await?;
        Ok(text.lines().nth(1).and_then(|line| line.split_whitespace().nth(1)).unwrap_or_default().to_owned())
    }
}

/// Return what `hdparm` says of disks.
///
/// ```salt
/// salt '*' disk.hdparms /dev/sda
/// ```
#[derive(Args)]
pub struct Hdparms {
    /// Disks.
    disks: Words,
    /// Letters of the options that ask.
    #[arg(default = "aAbBcCdgHiJkMmNnQrRuW")]
    args: String,
}

impl Query for Hdparms {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        needs(read, "hdparm", "hdparm")?;
        let letters: String = self.args.chars().filter(char::is_ascii_alphabetic).collect();
        let mut all = Map::new();
        for disk in &self.disks.0 {
            let path = sdk::host::join("/dev", disk);
            let output = read.try_run(["hdparm", &format!("-{letters}"), &path]).await?;
            let rows = output.out();
            let row = |line: &str| line.split_once('=').map(|(key, value)| (key.trim().replace('-', "_"), Value::from(value.trim())));
            all.insert(disk.as_str(), rows.lines().filter_map(row).collect::<Map>());
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_of_a_file_system_are_read() {
        let map = attributes("dumpe2fs 1.47.0\nFilesystem volume name:   <none>\nInode count:              128016\n");
        assert_eq!(serde_json::to_string(&map).unwrap(), r#"{"filesystem_volume_name":"<none>","inode_count":"128016"}"#);
    }
}
