//! Logical volumes: physical volumes, groups of them, and the volumes cut from a group.

use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Value, Words};

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

/// Rows of a report: `pvs`, `vgs` or `lvs`, with the named columns.
pub async fn report(read: &Read, program: &str, columns: &str, which: Option<&str>) -> Result<Vec<Map>, Failure> {
    let mut argv = vec![program, "--reportformat", "json", "--units", "b", "--nosuffix", "-o", columns];
    argv.extend(which);
    let output = read.try_run(argv).await?;
    if !output.is_ok() {
        // A name that is not there is an answer too.
        let said = output.err();
        return if said.contains("ailed to find") || said.contains("not found") { Ok(Vec::new()) } else { Err(failed(program, &output)) };
    }
    parse_report(&output.out())
}

fn failed(program: &str, output: &sdk::host::Output) -> Failure {
    let said = output.err();
    Failure::failed(format!("`{program}` failed with status {}: {}", output.retcode(), said.trim())).with_retcode(output.retcode())
}

fn parse_report(text: &str) -> Result<Vec<Map>, Failure> {
    let value: Value = serde_json::from_str(text).map_err(|error| Failure::failed(format!("lvm printed no JSON: {error}")))?;
    let parts = value.get("report").and_then(Value::as_list).unwrap_or_default();
    let tables = parts.iter().filter_map(Value::as_map).flat_map(Map::values);
    Ok(tables.filter_map(Value::as_list).flatten().filter_map(Value::as_map).cloned().collect())
}

/// A physical volume: its group, empty while it is in none.
pub async fn physical(read: &Read, device: &str) -> Result<Option<String>, Failure> {
    let real = read.host().real_path(device).unwrap_or_else(|_| device.to_owned());
    let rows = report(read, "pvs", "pv_name,vg_name,pv_size", None).await?;
    let of = |row: &Map, key: &str| row.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let found = rows.iter().find(|row| {
        let name = of(row, "pv_name");
        name == device || name == real || read.host().real_path(&name).is_ok_and(|have| have == real)
    });
    Ok(found.map(|row| of(row, "vg_name")))
}

/// Physical volumes of a group; `None` when there is no such group.
pub async fn group(read: &Read, name: &str) -> Result<Option<Vec<String>>, Failure> {
    if report(read, "vgs", "vg_name", Some(name)).await?.is_empty() {
        return Ok(None);
    }
    let rows = report(read, "pvs", "pv_name,vg_name", None).await?;
    let of = |row: &Map, key: &str| row.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok(Some(rows.iter().filter(|row| of(row, "vg_name") == name).map(|row| of(row, "pv_name")).collect()))
}

/// Size of a logical volume in bytes; `None` when there is no such volume.
pub async fn logical(read: &Read, group: &str, name: &str) -> Result<Option<u64>, Failure> {
    let rows = report(read, "lvs", "lv_name,vg_name,lv_size", Some(&format!("{group}/{name}"))).await?;
    Ok(rows.first().and_then(|row| row.get("lv_size").and_then(Value::as_str)?.parse().ok()))
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
        if key.starts_with("__") || value == &Value::Bool(false) {
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

macro_rules! display {
    ($(#[$doc:meta])* $name:ident { $field:ident }, $program:literal, $columns:literal, $key:literal) => {
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
                let which = Some(self.$field.as_str()).filter(|name| !name.is_empty());
                let rows = report(read, $program, $columns, which).await?;
                Ok(rows.into_iter().map(|row| (row.get($key).cloned().unwrap_or_default(), row)).collect())
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
    Pvdisplay { pvname }, "pvs", "pv_name,vg_name,pv_size,pv_free,pv_uuid,pv_pe_count,pv_pe_alloc_count", "pv_name"
}
display! {
    /// Return what is known of groups of volumes.
    ///
    /// ```salt
    /// salt '*' lvm.vgdisplay
    /// ```
    Vgdisplay { vgname }, "vgs", "vg_name,vg_size,vg_free,vg_uuid,pv_count,lv_count,vg_extent_size", "vg_name"
}
display! {
    /// Return what is known of logical volumes.
    ///
    /// ```salt
    /// salt '*' lvm.lvdisplay
    /// ```
    Lvdisplay { lvname }, "lvs", "lv_path,lv_name,vg_name,lv_size,lv_attr,lv_uuid", "lv_path"
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

    #[test]
    fn reports_are_tables_in_json() {
        let text = r#"{"report": [{"pv": [{"pv_name": "/dev/sdb", "vg_name": "data"}, {"pv_name": "/dev/sdc", "vg_name": ""}]}]}"#;
        assert_eq!(parse_report(text).unwrap().len(), 2);
    }
}
