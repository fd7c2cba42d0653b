//! What `/ws?format_events` tells: minions and jobs as they stand, after each event that concerns one.

use model::Event;
use serde::Serialize;
use std::collections::BTreeMap;
use value::{Map, Value};

/// Jobs that are remembered for one listener; the oldest goes.
const MOST: usize = 200;

/// A job as it stands.
#[derive(Serialize)]
struct Job {
    jid: String,
    start_time: String,
    fun: Value,
    tgt: Value,
    tgt_type: Value,
    state: &'static str,
    minions: BTreeMap<String, Option<Map>>,
}

/// What a listener has been told so far.
#[derive(Default)]
pub(crate) struct Watched {
    jobs: BTreeMap<String, Job>,
}

impl Watched {
    /// What an event changes, as texts to send.
    pub fn on(&mut self, event: &Event) -> Vec<String> {
        let parts: Vec<&str> = event.tag.split('/').collect();
        match parts.as_slice() {
            ["salt", "job", jid, "new"] => self.begin(jid, event),
            ["salt", "job", jid, "ret", minion] => self.returned(jid, minion, event),
            ["salt", "minion", minion, "start"] => {
                let grains = event.data.get("grains").cloned().unwrap_or_else(Value::map);
                vec![serde_json::json!({"minions": [{"id": minion, "grains": grains}]}).to_string()]
            }
            _ => Vec::new(),
        }
    }

    fn begin(&mut self, jid: &str, event: &Event) -> Vec<String> {
        let field = |name: &str| event.data.get(name).cloned().unwrap_or_default();
        let minions = field("minions");
        let minions = minions.as_list().unwrap_or_default().iter().filter_map(Value::as_str).map(|id| (id.to_owned(), None)).collect();
        let job = Job {
            jid: jid.to_owned(),
            start_time: event.at.to_string(),
            fun: field("fun"),
            tgt: field("tgt"),
            tgt_type: field("tgt_type"),
            state: "running",
            minions,
        };
        if self.jobs.len() >= MOST {
            self.jobs.pop_first();
        }
        self.jobs.insert(jid.to_owned(), job);
        self.told(jid)
    }

    fn returned(&mut self, jid: &str, minion: &str, event: &Event) -> Vec<String> {
        let Some(job) = self.jobs.get_mut(jid) else { return Vec::new() };
        let fields = ["return", "retcode", "success"].into_iter();
        let result = fields.map(|name| (name, event.data.get(name).cloned().unwrap_or_default())).collect();
        job.minions.insert(minion.to_owned(), Some(result));
        if job.minions.values().all(Option::is_some) {
            job.state = "complete";
        }
        self.told(jid)
    }

    fn told(&self, jid: &str) -> Vec<String> {
        let text = self.jobs.get(jid).and_then(|job| serde_json::to_string(&serde_json::json!({"jobs": {jid: job}})).ok());
        text.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Timestamp;

    fn event(tag: &str, data: &str) -> Event {
        Event { sequence: 1, tag: tag.to_owned(), data: serde_json::from_str(data).unwrap(), at: Timestamp(0) }
    }

    #[test]
    fn a_job_is_complete_with_its_last_return() {
        let mut watched = Watched::default();
        let new = watched.on(&event("salt/job/1/new", r#"{"fun": "test.ping", "minions": ["a", "b"], "tgt": "*", "tgt_type": "glob"}"#));
        assert!(new[0].contains(r#""state":"running""#), "{new:?}");
        watched.on(&event("salt/job/1/ret/a", r#"{"return": true, "retcode": 0, "success": true}"#));
        let last = watched.on(&event("salt/job/1/ret/b", r#"{"return": true, "retcode": 0, "success": true}"#));
        assert!(last[0].contains(r#""state":"complete""#) && last[0].contains(r#""a":{"return":true,"retcode":0,"success":true}"#));
        assert!(watched.on(&event("salt/job/2/ret/a", "{}")).is_empty());
    }
}
