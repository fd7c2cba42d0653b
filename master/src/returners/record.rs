//! A return with its job, as returners give it on.

use model::{Call, Job, Return};
use value::{Map, Value};

/// A return with its job.
#[derive(Clone, Debug)]
pub struct Record {
    /// The return.
    pub returned: Return,
    /// Its job; the expected set is not needed.
    pub job: Job,
}

impl Record {
    /// Both as one mapping, in the words that Salt's returners use.
    #[must_use]
    pub fn to_map(&self) -> Map {
        let (returned, job) = (&self.returned, &self.job);
        let mut map = Map::new();
        map.insert("jid", returned.job.to_string());
        map.insert("id", returned.minion.as_str());
        map.insert("fun", returned.function.as_str());
        map.insert("fun_args", job.calls.first().map(Call::salt_args).unwrap_or_default());
        map.insert("return", returned.value.clone());
        map.insert("retcode", returned.retcode);
        map.insert("success", returned.success);
        if let Some(out) = &returned.out {
            map.insert("out", out.as_str());
        }
        map.insert("user", job.user.as_str());
        map.insert("tgt", job.target.expression.as_str());
        map.insert("tgt_type", job.target.kind.name());
        if !job.options.metadata.is_null() {
            map.insert("metadata", job.options.metadata.clone());
        }
        map.insert("started", returned.started.to_string());
        map.insert("finished", returned.finished.to_string());
        if !returned.notes.is_empty() {
            map.insert("notes", returned.notes.clone());
        }
        map
    }

    /// The same as JSON on one line.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(&self.to_map()).unwrap_or_else(|_| "{}".to_owned())
    }

    /// What was asked, as JSON: Salt's load.
    #[must_use]
    pub fn load(&self) -> String {
        let mut load = self.to_map();
        for key in ["id", "return", "retcode", "success", "out", "started", "finished", "notes"] {
            load.remove(key);
        }
        load.insert("arg", load.get("fun_args").cloned().unwrap_or_default());
        serde_json::to_string(&Value::Map(load)).unwrap_or_else(|_| "{}".to_owned())
    }
}
