//! Disks that are one: arrays of `mdadm`.

use sdk::host::Write;
use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Value, Words, text};

sdk::module!(raid, [List, Detail, Destroy, Stop, Create, SaveConfig, Assemble, Examine, Add]);

/// Places of the configuration: of Debian, and of all others.
const CONFIG: [&str; 2] = ["/etc/mdadm/mdadm.conf", "/etc/mdadm.conf"];

fn needs(read: &Read) -> Result<(), Failure> {
    match read.host().which("mdadm") {
        Some(_) => Ok(()),
        None => Err(Failure::unavailable("there is no program `mdadm` here; the package mdadm has it")),
    }
}

/// Lines such as `ARRAY /dev/md0 metadata=1.2 name=a:0 UUID=…`.
fn parse_scan(text: &str) -> Vec<(String, Map)> {
    let entry = |line: &str| {
        let mut words = line.strip_prefix("ARRAY ")?.split_whitespace();
        let device = words.next()?.to_owned();
        let mut map: Map = [("device", device.as_str())].into_iter().collect();
        map.extend(words.filter_map(|word| word.split_once('=')).map(|(key, value)| (key.to_lowercase(), value)));
        Some((device, map))
    };
    text.lines().filter_map(entry).collect()
}

/// Arrays that run, by their devices.
pub async fn arrays(read: &Read) -> Result<Vec<(String, Map)>, Failure> {
    needs(read)?;
    let found = parse_scan(&read.ask(["mdadm", "--detail", "--scan"]).await?);
    // An array is known by each of its names: `/dev/md/data` points to `/dev/md127`.
    Ok(found)
}

/// An array that runs, by any of its names.
pub async fn array(read: &Read, device: &str) -> Result<Option<Map>, Failure> {
    let real = |path: &str| read.host().real_path(path).unwrap_or_else(|_| path.to_owned());
    Ok(arrays(read).await?.into_iter().find(|(name, _)| name == device || real(name) == real(device)).map(|(_, map)| map))
}

/// What `mdadm` says of a part of an array, by its own names (`MD_UUID`, …); empty when it is none.
pub async fn examine(read: &Read, device: &str) -> Result<Map, Failure> {
    needs(read)?;
    let output = read.try_run(["mdadm", "-Y", "-E", device]).await?;
    Ok(output.out().lines().filter_map(|line| line.split_once('=')).map(|(key, value)| (key.trim().to_owned(), value.trim())).collect())
}

/// Rows of `mdadm --detail`: what is known of the array, then a table of its members.
fn parse_detail(text: &str) -> Map {
    let mut map = Map::new();
    let mut members = Map::new();
    let mut in_table = false;
    for line in text.lines() {
        if line.contains("Number") && line.contains("RaidDevice") {
            in_table = true;
            continue;
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        if let (true, [number, major, minor, place, state @ .., device]) = (in_table, words.as_slice()) {
            let mut member = Map::new();
            for (key, value) in [("number", number), ("major", major), ("minor", minor), ("raiddevice", place), ("device", device)] {
                member.insert(key, *value);
            }
            member.insert("state", state.join(" "));
            members.insert(*place, member);
        } else if let Some((key, value)) = line.split_once(" : ") {
            map.insert(key.trim().to_lowercase().replace(' ', "_"), value.trim());
        }
    }
    map.insert("members", members);
    map
}

/// What is known of an array that runs.
pub async fn detail(read: &Read, device: &str) -> Result<Map, Failure> {
    needs(read)?;
    if !read.host().exists(device) {
        return Err(Failure::failed(format!("Device {device} doesn't exist!")));
    }
    let mut map: Map = [("device", device)].into_iter().collect();
    map.extend(parse_detail(&read.ask(["mdadm", "--detail", device]).await?));
    Ok(map)
}

/// Devices of the members.
fn members(detail: &Map) -> Vec<String> {
    let table = detail.get("members").and_then(Value::as_map);
    let devices = table.into_iter().flat_map(Map::values).filter_map(|member| member.get("device").and_then(Value::as_str));
    devices.filter(|device| device.starts_with('/')).map(str::to_owned).collect()
}

/// How an array is made.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    /// Device of the array.
    pub name: &'a str,
    /// Level.
    pub level: &'a str,
    /// Members; `missing` keeps a place free.
    pub devices: &'a [String],
    /// Version of the metadata.
    pub metadata: &'a str,
    /// Further options: `chunk`, `run`, `spare-devices`, ….
    pub options: &'a Map,
}

fn option_words(options: &Map) -> Vec<String> {
    let mut words = Vec::new();
    for (key, value) in options {
        let key = text::str(key);
        if key.starts_with("__") || matches!(value, Value::Bool(false) | Value::Null) {
            continue;
        }
        words.push(format!("--{}", key.replace('_', "-")));
        if *value != Value::Bool(true) {
            words.push(text::str(value));
        }
    }
    words
}

impl Plan<'_> {
    /// The command that makes it.
    #[must_use]
    pub fn create(&self) -> Vec<String> {
        let spares = ["spare-devices", "spare_devices"].iter().find_map(|key| self.options.get(key).and_then(Value::as_int)).unwrap_or(0);
        let count = self.devices.len().saturating_sub(usize::try_from(spares).unwrap_or(0)).to_string();
        let start = ["mdadm", "-C", self.name, "-R", "-v", "-l", self.level].map(str::to_owned);
        let end = ["-e", self.metadata, "-n", &count].map(str::to_owned);
        start.into_iter().chain(option_words(self.options)).chain(end).chain(self.devices.iter().cloned()).collect()
    }

    /// The command that puts it together from members that belong to each other.
    #[must_use]
    pub fn assemble(&self) -> Vec<String> {
        let start = ["mdadm", "-A", self.name, "-v"].map(str::to_owned);
        let present = self.devices.iter().filter(|device| *device != "missing").cloned();
        start.into_iter().chain(option_words(self.options)).chain(present).collect()
    }
}

/// Adds a member.
pub async fn add(cx: &Cx, name: &str, device: &str) -> Result<(), Failure> {
    cx.run(["mdadm", "--manage", name, "--add", device]).await.map(drop)
}

/// Stops an array and takes from its members what makes them so.
pub async fn destroy(cx: &Cx, device: &str) -> Result<bool, Failure> {
    let known = detail(cx, device).await?;
    let devices = members(&known);
    if !cx.try_run(["mdadm", "--stop", device]).await?.is_ok() {
        return Ok(false);
    }
    for member in &devices {
        if !cx.try_run(["mdadm", "--zero-superblock", member]).await?.is_ok() {
            return Ok(false);
        }
    }
    let config = config_file(cx);
    if let Ok(text) = cx.host().read_text(config) {
        let is_its = |line: &&str| line.starts_with(&format!("ARRAY {device} "));
        if text.lines().any(|line| is_its(&line)) {
            let kept: String = text.lines().filter(|line| !is_its(line)).map(|line| format!("{line}\n")).collect();
            cx.host().write(config, kept.as_bytes(), &Write::default()).map_err(crate::failure)?;
        }
    }
    Ok(true)
}

fn config_file(read: &Read) -> &'static str {
    let [debian, other] = CONFIG;
    if read.host().is_dir("/etc/mdadm") || read.grain_text("os_family") == "Debian" { debian } else { other }
}

/// Writes the arrays that run into the configuration, so that they come back on boot. Gives their lines.
pub async fn save_config(cx: &Cx) -> Result<Vec<String>, Failure> {
    needs(cx)?;
    let scan = cx.ask(["mdadm", "--detail", "--scan"]).await?;
    let lines: Vec<String> = scan.lines().map(str::trim).filter(|line| line.starts_with("ARRAY ")).map(str::to_owned).collect();
    let device = |line: &str| line.split_whitespace().nth(1).map(str::to_owned);
    let config = config_file(cx);
    let text = cx.host().read_text(config).unwrap_or_default();
    let is_old = |line: &&str| line.starts_with("ARRAY ") && lines.iter().any(|new| device(new) == device(line));
    let mut all: Vec<String> = text.lines().filter(|line| !is_old(line)).map(str::to_owned).collect();
    all.extend(lines.iter().cloned());
    let new: String = all.iter().map(|line| format!("{line}\n")).collect();
    if new != text {
        if let Some(folder) = sdk::host::parent(config) {
            cx.host().make_dirs(folder, None).map_err(crate::failure)?;
        }
        cx.host().write(config, new.as_bytes(), &Write::default()).map_err(crate::failure)?;
        // The first steps of a boot read a copy of it.
        if cx.host().which("update-initramfs").is_some() {
            cx.run(["update-initramfs", "-u"]).await?;
        }
    }
    Ok(lines)
}

/// List the arrays that run.
///
/// ```salt
/// salt '*' raid.list
/// ```
#[derive(Args)]
pub struct List;

impl Query for List {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        Ok(arrays(read).await?.into_iter().collect())
    }
}

/// Return what is known of an array.
///
/// ```salt
/// salt '*' raid.detail /dev/md0
/// ```
#[derive(Args)]
pub struct Detail {
    /// Device of the array.
    #[arg(default = "/dev/md0")]
    device: String,
}

impl Query for Detail {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        detail(read, &self.device).await
    }
}

/// Stop an array for ever: its members forget that they belonged to it.
///
/// ```salt
/// salt '*' raid.destroy /dev/md0
/// ```
#[derive(Args)]
pub struct Destroy {
    /// Device of the array.
    device: String,
}

impl Action for Destroy {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        destroy(cx, &self.device).await
    }
}

/// Stop every array that is not in use.
///
/// ```salt
/// salt '*' raid.stop
/// ```
#[derive(Args)]
pub struct Stop;

impl Action for Stop {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        needs(cx)?;
        Ok(cx.try_run(["mdadm", "--stop", "--scan"]).await?.is_ok())
    }
}

/// Make an array. What is on its devices is lost.
///
/// ```salt
/// salt '*' raid.create /dev/md0 level=1 chunk=256 devices="['/dev/xvdd', '/dev/xvde']" test_mode=True
/// ```
#[derive(Args)]
pub struct Create {
    /// Device of the array.
    name: String,
    /// Level.
    level: String,
    /// Members; `missing` keeps a place free.
    devices: Words,
    /// Version of the metadata.
    #[arg(default = "default")]
    metadata: String,
    /// Give the command and do not run it.
    #[arg(default = false)]
    test_mode: bool,
    /// Further options: `chunk`, `run`, `spare-devices`, ….
    #[arg(extra)]
    options: Map,
}

impl Action for Create {
    type Output = String;
    async fn call(self, cx: &Cx) -> Result<String, Failure> {
        needs(cx)?;
        let plan =
            Plan { name: &self.name, level: &self.level, devices: &self.devices.0, metadata: &self.metadata, options: &self.options };
        if self.test_mode { Ok(plan.create().join(" ")) } else { cx.run(plan.create()).await }
    }
}

/// Put an array together from members that belong to each other.
///
/// ```salt
/// salt '*' raid.assemble /dev/md0 "['/dev/xvdd', '/dev/xvde']"
/// ```
#[derive(Args)]
pub struct Assemble {
    /// Device of the array.
    name: String,
    /// Members.
    devices: Words,
    /// Give the command and do not run it.
    #[arg(default = false)]
    test_mode: bool,
    /// Further options.
    #[arg(extra)]
    options: Map,
}

impl Action for Assemble {
    type Output = Value;
    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        needs(cx)?;
        let plan = Plan { name: &self.name, level: "", devices: &self.devices.0, metadata: "", options: &self.options };
        if self.test_mode { Ok(plan.assemble().into()) } else { cx.run(plan.assemble()).await.map(Value::from) }
    }
}

/// Write the arrays that run into the configuration, so that they come back on boot.
///
/// ```salt
/// salt '*' raid.save_config
/// ```
#[derive(Args)]
pub struct SaveConfig;

impl Action for SaveConfig {
    type Output = Vec<String>;
    async fn call(self, cx: &Cx) -> Result<Vec<String>, Failure> {
        save_config(cx).await
    }
}

/// Return what is known of a member.
///
/// ```salt
/// salt '*' raid.examine /dev/sda1
/// ```
#[derive(Args)]
pub struct Examine {
    /// Device.
    device: String,
    /// Known for compatibility: what is no member has nothing to say.
    #[arg(default = false, ignored)]
    quiet: bool,
}

impl Query for Examine {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        examine(read, &self.device).await
    }
}

/// Add a member to an array.
///
/// ```salt
/// salt '*' raid.add /dev/md0 /dev/sda1
/// ```
#[derive(Args)]
pub struct Add {
    /// Device of the array.
    name: String,
    /// Member.
    device: String,
}

impl Action for Add {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        needs(cx)?;
        add(cx, &self.name, &self.device).await.map(|()| true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_that_of_salt() {
        let options: Map = serde_json::from_str(r#"{"chunk": 256, "run": true}"#).unwrap();
        let devices = ["/dev/loop0".to_owned(), "missing".to_owned()];
        let plan = Plan { name: "/dev/md7", level: "1", devices: &devices, metadata: "default", options: &options };
        assert_eq!(plan.create().join(" "), "mdadm -C /dev/md7 -R -v -l 1 --chunk 256 --run -e default -n 2 /dev/loop0 missing");
        assert_eq!(plan.assemble().join(" "), "mdadm -A /dev/md7 -v --chunk 256 --run /dev/loop0");
    }

    #[test]
    fn arrays_and_their_members_are_read() {
        let scan = parse_scan("ARRAY /dev/md0 metadata=1.2 name=vm:0 UUID=6a38ee57:35fe44e7\n");
        assert_eq!(
            serde_json::to_string(&scan[0].1).unwrap(),
            r#"{"device":"/dev/md0","metadata":"1.2","name":"vm:0","uuid":"6a38ee57:35fe44e7"}"#
        );
        let detail = parse_detail(
            "/dev/md0:\n           Version : 1.2\n        Raid Level : raid1\n\n    Number   Major   Minor   RaidDevice State\n       0       7        0        0      active sync   /dev/loop0\n       -       0        0        1      removed\n",
        );
        assert_eq!(detail.get("raid_level").and_then(Value::as_str), Some("raid1"));
        assert_eq!(members(&detail), ["/dev/loop0"]);
    }
}
