//! The health that disks tell of themselves: `smartctl` of the smartmontools.

use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Value, text};

sdk::module!(smartctl, [Version, Scan, Info, Health, Attributes, All, SelfTests, Test, Abort, Enable, Disable]);

fn needs(read: &Read) -> Result<(), Failure> {
    match read.host().which("smartctl") {
        Some(_) => Ok(()),
        None => Err(Failure::unavailable("there is no program `smartctl` here; the package smartmontools has it")),
    }
}

/// Runs `smartctl` and reads its answer. Bits of its status from the third on tell of the disk's health and are no failure of the command.
async fn ask(read: &Read, words: &[&str]) -> Result<Value, Failure> {
    needs(read)?;
    let output = read.try_run(["smartctl", "--json"].iter().chain(words).copied()).await?;
    let answer: Value = serde_json::from_str(&output.out())
        .map_err(|error| Failure::failed(format!("smartctl printed no JSON: {error}: {}", output.err().trim())))?;
    if output.retcode() & 0b11 == 0 {
        return Ok(answer);
    }
    let messages = answer.get("smartctl").and_then(|value| value.get("messages")).and_then(Value::as_list).unwrap_or_default();
    let said: Vec<String> = messages.iter().filter_map(|message| message.get("string")).map(text::str).collect();
    Err(Failure::failed(format!("`smartctl {}` failed: {}", words.join(" "), said.join("; "))).with_retcode(output.retcode()))
}

/// The parts of an answer that are about the disk and not about the program.
fn without_program(answer: Value) -> Map {
    let map = answer.as_map().cloned().unwrap_or_default();
    map.into_iter().filter(|(key, _)| !["json_format_version", "smartctl"].contains(&text::str(key).as_str())).collect()
}

/// Return the version of `smartctl`.
///
/// ```salt
/// salt '*' smartctl.version
/// ```
#[derive(Args)]
pub struct Version;

impl Query for Version {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        needs(read)?;
        Ok(read.ask(["smartctl", "--version"]).await?.split_whitespace().nth(1).unwrap_or_default().to_owned())
    }
}

/// Return the disks that can be asked, with their types.
///
/// ```salt
/// salt '*' smartctl.scan
/// ```
#[derive(Args)]
pub struct Scan;

impl Query for Scan {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let answer = ask(read, &["--scan-open"]).await?;
        let devices = answer.get("devices").and_then(Value::as_list).unwrap_or_default();
        Ok(devices.iter().filter_map(|device| Some((text::str(device.get("name")?), device.get("type")?.clone()))).collect())
    }
}

macro_rules! ask {
    ($(#[$doc:meta])* $name:ident, $output:ty, [$($word:literal),*], |$answer:ident| $read:expr) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Disk.
            device: String,
            /// Its type, where it has to be told: `sat`, `megaraid,0`, ….
            #[arg(name = "type", named)]
            kind: Option<String>,
        }

        impl Query for $name {
            type Output = $output;
            async fn call(self, read: &Read) -> Result<$output, Failure> {
                let mut words = vec![$($word,)*];
                words.extend(self.kind.iter().flat_map(|kind| ["--device", kind.as_str()]));
                words.push(&self.device);
                let $answer = ask(read, &words).await?;
                Ok($read)
            }
        }
    };
}

ask! {
    /// Return model, serial number and abilities of a disk.
    ///
    /// ```salt
    /// salt '*' smartctl.info /dev/sda
    /// ```
    Info, Map, ["--info"], |answer| without_program(answer)
}
ask! {
    /// Tell whether a disk holds itself for healthy; nothing where it does not say.
    ///
    /// ```salt
    /// salt '*' smartctl.health /dev/sda
    /// ```
    Health, Value, ["--health"], |answer| answer.get("smart_status").and_then(|status| status.get("passed")).cloned().unwrap_or_default()
}
ask! {
    /// Return what a disk counts of itself, by name: of NVMe its health log.
    ///
    /// ```salt
    /// salt '*' smartctl.attributes /dev/sda
    /// ```
    Attributes, Map, ["--attributes"], |answer| attributes(&answer)
}
ask! {
    /// Return all that a disk says of itself.
    ///
    /// ```salt
    /// salt '*' smartctl.all /dev/sda
    /// ```
    All, Map, ["--all"], |answer| without_program(answer)
}
ask! {
    /// Return the tests that a disk made of itself, the last one first.
    ///
    /// ```salt
    /// salt '*' smartctl.self_tests /dev/sda
    /// ```
    SelfTests, Value, ["--log=selftest"], |answer| {
        let log = answer.get("ata_smart_self_test_log").and_then(|log| log.get("standard"));
        log.or_else(|| answer.get("nvme_self_test_log")).and_then(|log| log.get("table")).cloned().unwrap_or_else(|| Value::List(Vec::new()))
    }
}

fn attributes(answer: &Value) -> Map {
    let table = answer.get("ata_smart_attributes").and_then(|table| table.get("table")).and_then(Value::as_list);
    let Some(table) = table else {
        return answer.get("nvme_smart_health_information_log").and_then(Value::as_map).cloned().unwrap_or_default();
    };
    let row = |attribute: &Value| {
        let mut map = Map::new();
        for key in ["id", "value", "worst", "thresh", "when_failed"] {
            map.insert(key, attribute.get(key).cloned());
        }
        map.insert("raw", attribute.get("raw").and_then(|raw| raw.get("value")).cloned());
        Some((text::str(attribute.get("name")?), map))
    };
    table.iter().filter_map(row).collect()
}

/// Have a disk test itself.
///
/// ```salt
/// salt '*' smartctl.test /dev/sda long
/// ```
#[derive(Args)]
pub struct Test {
    /// Disk.
    device: String,
    /// `short`, `long`, `conveyance` or `offline`.
    #[arg(default = "short")]
    kind: String,
}

impl Action for Test {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        if !["short", "long", "conveyance", "offline"].contains(&self.kind.as_str()) {
            return Err(Failure::bad_arguments(format!("`{}` is no test; known are short, long, conveyance, offline", self.kind)));
        }
        ask(cx, &["--test", &self.kind, &self.device]).await.map(|_| true)
    }
}

macro_rules! switch {
    ($(#[$doc:meta])* $name:ident, $word:literal) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Disk.
            device: String,
        }

        impl Action for $name {
            type Output = bool;
            async fn call(self, cx: &Cx) -> Result<bool, Failure> {
                ask(cx, &[$word, &self.device]).await.map(|_| true)
            }
        }
    };
}

switch! {
    /// Have a disk stop testing itself.
    ///
    /// ```salt
    /// salt '*' smartctl.abort /dev/sda
    /// ```
    Abort, "--abort"
}
switch! {
    /// Have a disk watch itself.
    ///
    /// ```salt
    /// salt '*' smartctl.enable /dev/sda
    /// ```
    Enable, "--smart=on"
}
switch! {
    /// Have a disk watch itself no more.
    ///
    /// ```salt
    /// salt '*' smartctl.disable /dev/sda
    /// ```
    Disable, "--smart=off"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_known_by_their_names() {
        let answer = r#"{"ata_smart_attributes": {"table": [{"id": 5, "name": "Reallocated_Sector_Ct", "value": 100, "worst": 100, "thresh": 10, "when_failed": "", "raw": {"value": 7, "string": "7"}}]}}"#;
        let shown = serde_json::to_string(&attributes(&serde_json::from_str(answer).unwrap())).unwrap();
        assert_eq!(shown, r#"{"Reallocated_Sector_Ct":{"id":5,"value":100,"worst":100,"thresh":10,"when_failed":"","raw":7}}"#);
        let nvme = r#"{"nvme_smart_health_information_log": {"percentage_used": 3}}"#;
        assert_eq!(serde_json::to_string(&attributes(&serde_json::from_str(nvme).unwrap())).unwrap(), r#"{"percentage_used":3}"#);
    }
}
