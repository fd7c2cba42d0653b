//! Several answers at once.

use sdk::{Args, CallArgs, Failure, Map, Query, Read, Value, text};

/// Return everything that `status` knows of this machine.
///
/// ```salt
/// salt '*' status.all_status
/// ```
#[derive(Args)]
pub struct AllStatus;

/// The functions whose answers make the whole.
const ALL: [&str; 11] =
    ["cpuinfo", "cpustats", "diskstats", "diskusage", "loadavg", "meminfo", "netdev", "netstats", "uptime", "vmstats", "w"];

impl Query for AllStatus {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let mut all = Map::new();
        for name in ALL {
            all.insert(name, read.agent().call(&format!("status.{name}"), CallArgs::default()).await?);
        }
        Ok(all)
    }
}

/// Return what the configuration chooses: `status.cpustats.custom: [cpu, ctxt]` gives two values of `status.cpustats`.
///
/// ```salt
/// salt '*' status.custom
/// ```
#[derive(Args)]
pub struct Custom;

impl Query for Custom {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let mut chosen = Map::new();
        for (function, names) in wanted(&read.facts().opts) {
            let answer = read.agent().call(&function, CallArgs::default()).await?;
            for name in names {
                let value = answer.get(&name).cloned().unwrap_or_else(|| "UNKNOWN".into());
                chosen.insert(name, value);
            }
        }
        Ok(chosen)
    }
}

/// Functions and the names of their values, as the configuration has them.
fn wanted(opts: &Value) -> Vec<(String, Vec<String>)> {
    let one = |(key, names): (&Value, &Value)| {
        let key = text::str(key);
        let (function, _) = key.strip_prefix("status.").and_then(|_| key.rsplit_once('.'))?;
        let names = names.as_list()?.iter().map(text::str).collect();
        (function.contains('.') && function != "status.custom").then(|| (function.to_owned(), names))
    };
    opts.as_map().into_iter().flatten().filter_map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_names_functions_and_values() {
        let opts: Value =
            serde_json::from_str(r#"{"id": "a", "status.cpustats.custom": ["cpu", "ctxt"], "status.custom": ["x"], "status": 1}"#).unwrap();
        assert_eq!(wanted(&opts), [("status.cpustats".to_owned(), vec!["cpu".to_owned(), "ctxt".to_owned()])]);
    }
}
