//! `btmp` and `wtmp`: failed and good logins, from the records that the C library writes.

use crate::beacons::{Beacon, Finding};
use async_trait::async_trait;
use sdk::{Failure, Map, Read, Value};

/// File of failed logins.
pub const BTMP: &str = "/var/log/btmp";
/// File of logins and logouts.
pub const WTMP: &str = "/var/log/wtmp";

/// Size of a record on 64-bit Linux.
const RECORD: usize = 384;
/// Type of a login.
const LOGIN: i64 = 7;
/// Type of a logout.
const LOGOUT: i64 = 8;

/// Follows a file of logins.
pub struct Logins {
    file: &'static str,
    read: Option<usize>,
}

impl Logins {
    /// Follows one of the files.
    pub const fn new(file: &'static str) -> Self {
        Self { file, read: None }
    }
}

/// One record.
fn record(bytes: &[u8]) -> Option<Map> {
    let number = |from: usize| bytes.get(from..from + 4)?.try_into().ok().map(i32::from_le_bytes).map(i64::from);
    let short = |from: usize| bytes.get(from..from + 2)?.try_into().ok().map(i16::from_le_bytes).map(i64::from);
    let words = |from: usize, length: usize| {
        let part = bytes.get(from..from + length)?;
        let end = part.iter().position(|byte| *byte == 0).unwrap_or(length);
        Some(String::from_utf8_lossy(part.get(..end)?).into_owned())
    };
    let mut map = Map::new();
    let kind = short(0)?;
    map.insert("type", kind);
    map.insert("PID", number(4)?);
    map.insert("line", words(8, 32)?);
    map.insert("inittab", words(40, 4)?);
    map.insert("user", words(44, 32)?);
    map.insert("hostname", words(76, 256)?);
    map.insert("exit_status", short(334)?);
    map.insert("session", number(336)?);
    map.insert("time", number(340)?);
    map.insert("addr", number(348)?);
    match kind {
        LOGIN => drop(map.insert("action", "login")),
        LOGOUT => drop(map.insert("action", "logout")),
        _ => {}
    }
    Some(map)
}

#[async_trait]
impl Beacon for Logins {
    async fn look(&mut self, read: &Read) -> Result<Vec<Finding>, Failure> {
        if !read.host().exists(self.file) {
            self.read = Some(0);
            return Ok(Vec::new());
        }
        let bytes = read.host().read(self.file).map_err(|error| Failure::failed(output::chain(&error)))?;
        let from = match self.read {
            None => bytes.len(),
            Some(read) if read <= bytes.len() => read,
            Some(_) => 0,
        };
        let fresh = bytes.get(from..).unwrap_or_default();
        self.read = Some(from + fresh.len() / RECORD * RECORD);
        Ok(fresh.chunks_exact(RECORD).filter_map(record).map(|data: Map| Finding::plain(with_text(data))).collect())
    }
}

/// Without empty texts where a value is missing, as people expect.
fn with_text(mut data: Map) -> Map {
    data.values_mut().filter(|value| value.as_str() == Some("")).for_each(|value| *value = Value::Null);
    data
}

#[cfg(test)]
mod tests {
    use super::*;
    use sdk::Facts;
    use std::io::Write;
    use std::sync::Arc;

    /// A record as the C library writes it.
    fn written(kind: i16, user: &str, line: &str, second: i32) -> Vec<u8> {
        let mut bytes = vec![0_u8; RECORD];
        bytes[..2].copy_from_slice(&kind.to_le_bytes());
        bytes[4..8].copy_from_slice(&4711_i32.to_le_bytes());
        bytes[8..8 + line.len()].copy_from_slice(line.as_bytes());
        bytes[44..44 + user.len()].copy_from_slice(user.as_bytes());
        bytes[340..344].copy_from_slice(&second.to_le_bytes());
        bytes
    }

    #[tokio::test]
    async fn logins_and_logouts_are_told_as_they_are_written_and_none_twice() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wtmp");
        let mut file = std::fs::File::create(&path).unwrap();
        file.write_all(&written(7, "old", "pts/0", 1)).unwrap();
        let read = sdk::testing::context(Arc::new(host::RealHost::new()), Facts::default()).read().clone();
        let mut beacon = Logins::new(Box::leak(path.display().to_string().into_boxed_str()));
        let mut told = async || -> Vec<(Value, Value)> {
            let findings = beacon.look(&read).await.unwrap();
            findings.iter().map(|found| (found.data.get("user").unwrap().clone(), found.data.get("action").unwrap().clone())).collect()
        };
        assert!(told().await.is_empty(), "what was there before is old");
        let login = written(7, "anna", "pts/1", 2);
        // The second half comes later.
        file.write_all(&login[..100]).unwrap();
        assert!(told().await.is_empty());
        file.write_all(&login[100..]).unwrap();
        file.write_all(&written(8, "", "pts/1", 3)).unwrap();
        assert_eq!(told().await, [("anna".into(), "login".into()), (Value::Null, "logout".into())]);
        assert!(told().await.is_empty());
        // The file is rotated: a new one begins.
        std::fs::write(&path, written(7, "bert", "pts/2", 4)).unwrap();
        assert_eq!(told().await, [("bert".into(), "login".into())]);
        std::fs::remove_file(&path).unwrap();
        assert!(told().await.is_empty());
    }

    #[test]
    fn a_record_is_taken_apart() {
        let mut bytes = vec![0_u8; RECORD];
        bytes[0] = 7;
        bytes[4..8].copy_from_slice(&4711_i32.to_le_bytes());
        bytes[8..13].copy_from_slice(b"pts/0");
        bytes[44..49].copy_from_slice(b"alice");
        bytes[76..81].copy_from_slice(b"laptp");
        bytes[340..344].copy_from_slice(&1_700_000_000_i32.to_le_bytes());
        let data = record(&bytes).unwrap();
        let text = |key: &str| value::text::str(data.get(key).unwrap());
        assert_eq!(
            [text("PID"), text("line"), text("user"), text("hostname"), text("time"), text("action")],
            ["4711", "pts/0", "alice", "laptp", "1700000000", "login"]
        );
        assert_eq!(record(&bytes[..100]), None);
    }
}
