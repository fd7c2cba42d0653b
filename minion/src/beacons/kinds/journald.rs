//! `journald`: entries of the journal whose fields are as wanted.

use super::section;
use crate::beacons::{Beacon, Finding};
use async_trait::async_trait;
use sdk::{Failure, Map, Read, Value};
use value::text;

/// Follows the journal.
pub struct Journald {
    services: Vec<(String, Map)>,
    cursor: Option<String>,
    /// The end of the journal was looked for.
    has_begun: bool,
}

impl Journald {
    /// Reads `services: {name: {FIELD: value, …}}`.
    pub fn new(options: &Map) -> Result<Self, String> {
        let services: Vec<(String, Map)> =
            section(options, "services").iter().map(|(name, value)| (text::str(name), crate::beacons::options::flat(value))).collect();
        if services.is_empty() {
            return Err("it needs `services`, such as {sshd: {SYSLOG_IDENTIFIER: sshd}}".to_owned());
        }
        Ok(Self { services, cursor: None, has_begun: false })
    }

    fn judge(&mut self, lines: &str) -> Vec<Finding> {
        let mut findings = Vec::new();
        for line in lines.lines() {
            let Ok(Value::Map(entry)) = serde_json::from_str::<Value>(line) else { continue };
            if let Some(cursor) = entry.get("__CURSOR").and_then(Value::as_str) {
                self.cursor = Some(cursor.to_owned());
            }
            for (name, fields) in &self.services {
                let fits =
                    |(key, wanted): (&Value, &Value)| entry.get_value(key).is_some_and(|found| text::str(found) == text::str(wanted));
                if fields.iter().all(fits) {
                    findings.push(Finding { tag: name.clone(), data: entry.clone() });
                }
            }
        }
        findings
    }
}

#[async_trait]
impl Beacon for Journald {
    async fn look(&mut self, read: &Read) -> Result<Vec<Finding>, Failure> {
        let is_first = !self.has_begun;
        let mut words = vec!["journalctl".to_owned(), "--no-pager".to_owned(), "--quiet".to_owned(), "--output=json".to_owned()];
        match &self.cursor {
            // The first look only notes where the journal ends.
            None if is_first => words.push("--lines=1".to_owned()),
            // It was empty then: all that is there is new.
            None => {}
            Some(cursor) => words.push(format!("--after-cursor={cursor}")),
        }
        let said = read.ask(words).await?;
        let findings = self.judge(&said);
        self.has_begun = true;
        Ok(if is_first { Vec::new() } else { findings })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_whose_fields_fit_are_told_and_the_cursor_goes_on() {
        let options = serde_json::from_str(r#"{"services": {"sshd": {"SYSLOG_IDENTIFIER": "sshd", "PRIORITY": 6}}}"#).unwrap();
        let mut journal = Journald::new(&options).unwrap();
        let lines = concat!(
            r#"{"__CURSOR":"s=1","SYSLOG_IDENTIFIER":"sshd","PRIORITY":"6","MESSAGE":"hello"}"#,
            "\n",
            r#"{"__CURSOR":"s=2","SYSLOG_IDENTIFIER":"cron","PRIORITY":"6","MESSAGE":"no"}"#,
            "\n"
        );
        let told = journal.judge(lines);
        assert_eq!(told.len(), 1);
        assert_eq!((told[0].tag.as_str(), told[0].data.get("MESSAGE")), ("sshd", Some(&Value::from("hello"))));
        assert_eq!(journal.cursor.as_deref(), Some("s=2"));
    }
}
