//! `ps`: processes that run, or do not.

use super::section;
use crate::beacons::{Beacon, Finding};
use async_trait::async_trait;
use sdk::{Failure, Map, Read};
use std::collections::BTreeSet;

/// Tells of processes that are as they should be told of.
pub struct Processes(Vec<(String, bool)>);

impl Processes {
    /// Reads `processes: {name: running|stopped}`.
    pub fn new(options: &Map) -> Result<Self, String> {
        let mut wanted = Vec::new();
        for (name, state) in &section(options, "processes") {
            let name = value::text::str(name);
            match value::text::str(state).as_str() {
                "running" => wanted.push((name, true)),
                "stopped" => wanted.push((name, false)),
                other => return Err(format!("the process `{name}` is `running` or `stopped`, not `{other}`")),
            }
        }
        if wanted.is_empty() {
            return Err("it needs `processes`, such as {nginx: stopped}".to_owned());
        }
        Ok(Self(wanted))
    }

    fn judge(&self, running: &BTreeSet<String>) -> Vec<Finding> {
        // The kernel keeps only fifteen letters of a name.
        let runs = |name: &str| running.contains(name) || running.contains(name.get(..15).unwrap_or(name));
        let told = self.0.iter().filter(|(name, wanted)| runs(name) == *wanted);
        told.map(|(name, state)| Finding::plain(Map::from_iter([(name.as_str(), if *state { "Running" } else { "Stopped" })]))).collect()
    }
}

#[async_trait]
impl Beacon for Processes {
    async fn look(&mut self, read: &Read) -> Result<Vec<Finding>, Failure> {
        let host = read.host();
        let ids = host.list("/proc").map_err(|error| Failure::failed(output::chain(&error)))?;
        let names = ids.iter().filter(|id| id.bytes().all(|byte| byte.is_ascii_digit()));
        // A process that ends meanwhile is none.
        let names = names.filter_map(|id| host.read(&format!("/proc/{id}/comm")).ok());
        let running = names.map(|name| String::from_utf8_lossy(&name).trim_end().to_owned()).collect();
        Ok(self.judge(&running))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn running_and_stopped_processes_are_told_as_asked() {
        let beacon = Processes::new(&serde_json::from_str(r#"{"processes": [{"nginx": "running"}, {"a-very-long-name-of-a-process": "running"}, {"mysql": "stopped"}, {"sshd": "stopped"}]}"#).unwrap()).unwrap();
        let running = ["nginx", "sshd", "a-very-long-nam"].map(str::to_owned).into_iter().collect();
        let told: Vec<String> = beacon.judge(&running).iter().map(|finding| serde_json::to_string(&finding.data).unwrap()).collect();
        assert_eq!(told, [r#"{"nginx":"Running"}"#, r#"{"a-very-long-name-of-a-process":"Running"}"#, r#"{"mysql":"Stopped"}"#]);
    }
}
