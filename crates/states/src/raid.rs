//! Disks that are one.

use modules::raid::{Plan, add, array, destroy, examine, save_config};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Read, State, Value, Words};
use std::collections::BTreeSet;

sdk::states!(raid, [Present, Absent]);

/// Ensure there is an array of disks.
///
/// Disks that belong to each other already are put together; an array that runs gets the disks it lacks. Disks of two arrays are refused.
///
/// ```salt
/// /dev/md0:
///   raid.present:
///     - level: 5
///     - devices:
///       - /dev/xvdd
///       - /dev/xvde
///       - /dev/xvdf
///     - chunk: 256
///     - run: True
/// ```
#[derive(Args)]
pub struct Present {
    /// Device of the array.
    name: String,
    /// Level.
    level: String,
    /// Members; `missing` keeps a place free.
    devices: Words,
    /// Version of the metadata.
    #[arg(default = "default", named)]
    metadata: String,
    /// Further options: `chunk`, `run`, `spare-devices`, ….
    #[arg(extra)]
    options: Map,
}

/// What is to be done.
#[derive(Clone, Debug)]
pub enum Step {
    /// Make it.
    Create,
    /// Put it together.
    Assemble,
    /// Add disks.
    Add(Vec<String>),
}

impl Present {
    fn plan(&self) -> Plan<'_> {
        Plan { name: &self.name, level: &self.level, devices: &self.devices.0, metadata: &self.metadata, options: &self.options }
    }
}

/// Salt's list of devices.
fn listed(devices: &[String]) -> String {
    sdk::text::str(&Value::from(devices.to_vec()))
}

impl State for Present {
    type Change = Step;

    async fn check(&self, read: &Read) -> Result<Check<Step>, Failure> {
        let name = &self.name;
        let (mut known, mut fresh, mut missing) = (BTreeSet::new(), Vec::new(), Vec::new());
        for device in &self.devices.0 {
            if device == "missing" || !read.host().exists(device) {
                missing.push(device.clone());
                continue;
            }
            match examine(read, device).await?.get("MD_UUID").map(sdk::text::str) {
                Some(uuid) => drop(known.insert(uuid)),
                None => fresh.push(device.clone()),
            }
        }
        if known.len() > 1 {
            let uuids: Vec<String> = known.into_iter().collect();
            return Ok(Check::fails(format!("Devices are a mix of RAID constituents with multiple MD_UUIDs: {}.", listed(&uuids))));
        }
        if let (Some(uuid), Some(found)) = (known.first(), array(read, name).await?)
            && found.get("uuid").and_then(Value::as_str) != Some(uuid)
        {
            return Ok(Check::fails(format!(
                "Devices MD_UUIDs: {} differs from present RAID uuid {uuid}.",
                sdk::text::str(found.get("uuid").unwrap_or(&Value::Null))
            )));
        }
        let is_running = array(read, name).await?.is_some();
        let lacks = if missing.iter().any(|device| device != "missing") {
            format!(" Missing devices: {}", listed(&missing))
        } else {
            String::new()
        };
        if is_running {
            if fresh.is_empty() {
                return Ok(Check::desired(format!("Raid {name} already present.{lacks}")));
            }
            let comment = format!("Raid {name} already present. New devices will be added: {}{lacks}", listed(&fresh));
            return Ok(Check::change(comment, Map::new(), Step::Add(fresh)));
        }
        let (verb, command, step) = match (known.is_empty(), fresh.is_empty()) {
            (true, true) => return Ok(Check::fails(format!("All devices are missing: {}.", listed(&missing)))),
            (true, false) => ("created", self.plan().create(), Step::Create),
            (false, _) => ("assembled", self.plan().assemble(), Step::Assemble),
        };
        Ok(Check::change(format!("Raid will be {verb} with: {}{lacks}", command.join(" ")), Map::new(), step))
    }

    async fn apply(&self, step: Step, cx: &Cx) -> Result<Applied, Failure> {
        let name = &self.name;
        let (verb, command) = match step {
            Step::Create => ("created", self.plan().create()),
            Step::Assemble => ("assembled", self.plan().assemble()),
            Step::Add(fresh) => {
                for device in &fresh {
                    if let Err(failure) = add(cx, name, device).await {
                        return Ok(Applied::failed(format!("Unable to add {device} to {name}: {}", failure.message)));
                    }
                }
                save_config(cx).await?;
                let lines: String = fresh.iter().map(|device| format!(" Added new device {device} to {name}.\n")).collect();
                let changes: Map = [("added", fresh)].into_iter().collect();
                return Ok(Applied::ok(format!("Raid {name} already present.{lines}"), changes));
            }
        };
        if let Err(failure) = cx.run(command).await {
            return Ok(Applied::failed(format!("Raid {name} failed to be {verb}: {}", failure.message)));
        }
        let Some(found) = array(cx, name).await? else { return Ok(Applied::failed(format!("Raid {name} failed to be {verb}."))) };
        save_config(cx).await?;
        let changes: Map = [("uuid", found.get("uuid").cloned().unwrap_or_default())].into_iter().collect();
        Ok(Applied::ok(format!("Raid {name} {verb}."), changes))
    }
}

/// Ensure there is no such array.
///
/// ```salt
/// /dev/md0:
///   raid.absent: []
/// ```
#[derive(Args)]
pub struct Absent {
    /// Device of the array.
    name: String,
}

impl State for Absent {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        let name = &self.name;
        Ok(if array(read, name).await?.is_none() {
            Check::desired(format!("Raid {name} already absent"))
        } else {
            Check::change(format!("Raid {name} is set to be destroyed"), Map::new(), ())
        })
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        let name = &self.name;
        Ok(if destroy(cx, name).await? {
            let changes: Map = [("removed", name.as_str())].into_iter().collect();
            Applied::ok(format!("Raid {name} has been destroyed"), changes)
        } else {
            Applied::failed(format!("Raid {name} failed to be destroyed"))
        })
    }
}
