//! The mine: which functions' answers this minion shows to others, and handing them to the master.

use crate::core::Core;
use model::{Call, Failure, FunctionName};
use proto::{RequestBody, ResponseBody};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use value::{Map, Value, text};

/// A function whose answer goes into the mine.
#[derive(Clone, Debug, PartialEq)]
pub struct MineFunction {
    /// Under this name others ask for it.
    pub alias: String,
    /// The function.
    pub function: String,
    /// Positional arguments.
    pub args: Vec<Value>,
    /// Named arguments.
    pub kwargs: Map,
    /// Who may see the answer; nothing means everybody.
    pub allow: Option<(String, String)>,
}

impl MineFunction {
    /// Reads one: arguments as a list or a mapping, with `mine_function`, `allow_tgt` and `allow_tgt_type` among them.
    #[must_use]
    pub fn read(alias: &str, value: &Value) -> Self {
        let mut read = Self { alias: alias.to_owned(), function: alias.to_owned(), args: Vec::new(), kwargs: Map::new(), allow: None };
        let mut allow_kind = None;
        let mut take_named = |read: &mut Self, map: &Map| {
            for (key, value) in map {
                match key.as_str() {
                    Some("mine_function") => read.function = text::str(value),
                    Some("allow_tgt") => read.allow = Some((text::str(value), "glob".to_owned())),
                    Some("allow_tgt_type") => allow_kind = Some(text::str(value)),
                    _ => {
                        read.kwargs.insert(key.clone(), value.clone());
                    }
                }
            }
        };
        match value {
            Value::Map(map) => take_named(&mut read, map),
            Value::List(items) => {
                for item in items {
                    match item {
                        Value::Map(map) => take_named(&mut read, map),
                        other => read.args.push(other.clone()),
                    }
                }
            }
            Value::Null => {}
            other => read.args.push(other.clone()),
        }
        if let (Some((_, kind)), Some(asked)) = (&mut read.allow, allow_kind) {
            *kind = asked;
        }
        read
    }

    /// Every function that configuration and pillar name; the configuration wins.
    #[must_use]
    pub fn all(configured: &Value, pillar: &Value) -> Vec<Self> {
        let mut named = Map::new();
        for source in [pillar.get("mine_functions").unwrap_or(&Value::Null), configured] {
            match source {
                Value::Map(map) => named.extend(map.clone()),
                Value::List(items) => {
                    for item in items {
                        match item {
                            Value::Map(map) => named.extend(map.clone()),
                            other => drop(named.insert(text::str(other), Value::Null)),
                        }
                    }
                }
                _ => {}
            }
        }
        named.iter().map(|(alias, value)| Self::read(&text::str(alias), value)).collect()
    }

    /// Calls it and gives what the master is to keep.
    pub async fn entry(self, core: &Arc<Core>) -> Result<Value, Failure> {
        let function = FunctionName::new(&self.function).map_err(|error| Failure::bad_arguments(error.to_string()))?;
        let call = Call { function, args: self.args, kwargs: self.kwargs };
        let desk = core.desk(None, CancellationToken::new());
        let runtime = core.runtime.clone();
        let work = tokio::task::spawn_blocking(move || runtime.block_on(async { crate::run::call(&desk, &call).await }));
        let outcome = work.await.map_err(|error| Failure::failed(format!("the function ended abnormally: {error}")))?;
        if let Some(failure) = outcome.failure {
            return Err(failure);
        }
        let mut entry = Map::new();
        entry.insert("function", self.alias);
        entry.insert("value", outcome.value);
        if let Some((target, kind)) = self.allow {
            entry.insert("allow_tgt", target);
            entry.insert("allow_tgt_type", kind);
        }
        Ok(Value::Map(entry))
    }
}

/// Calls every function that is named and hands the answers to the master. A function that fails is told of and leaves its old answer.
///
/// # Errors
/// When the master does not take them.
pub async fn update(core: &Arc<Core>, only: Option<&[String]>, clear: bool) -> Result<bool, Failure> {
    let pillar = core.known_pillar().unwrap_or_default();
    let mut functions = MineFunction::all(&core.loaded().config.mine_functions, &pillar);
    functions.retain(|function| only.is_none_or(|only| only.contains(&function.alias)));
    let mut entries = Vec::new();
    for function in functions {
        let name = function.alias.clone();
        match function.entry(core).await {
            Ok(entry) => entries.push(entry),
            Err(failure) => tracing::error!(function = name, error = %failure, "this function gives the mine nothing"),
        }
    }
    if entries.is_empty() && !clear {
        return Ok(false);
    }
    put(core, entries, clear).await?;
    Ok(true)
}

/// Hands entries to the master; with `clear` in the place of all that it has.
///
/// # Errors
/// When it does not take them.
pub async fn put(core: &Core, entries: Vec<Value>, clear: bool) -> Result<(), Failure> {
    let mut data = Map::new();
    data.insert("entries", Value::List(entries));
    data.insert("clear", clear);
    ask(core, "mine.put", Value::Map(data)).await.map(drop)
}

/// Asks the master a question by name.
///
/// # Errors
/// When there is no master, or it refuses.
pub async fn ask(core: &Core, function: &str, data: Value) -> Result<Value, Failure> {
    let Some(link) = core.source.link() else {
        return Err(Failure::unavailable(format!("there is no master to ask for `{function}`")).with_hint("run without `--local`"));
    };
    match link.request(RequestBody::Custom { function: function.to_owned(), data }).await {
        Ok(ResponseBody::Value { value }) => Ok(value),
        Ok(_) => Err(Failure::failed(format!("the master answered `{function}` with something else"))),
        Err(net::RequestError::Failed(failure)) => Err(failure),
        Err(error) => Err(Failure::unavailable(format!("the master does not answer `{function}`: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(configured: &str, pillar: &str) -> Vec<MineFunction> {
        MineFunction::all(&serde_json::from_str(configured).unwrap(), &serde_json::from_str(pillar).unwrap())
    }

    #[test]
    fn functions_are_read_in_every_form() {
        let read = all(
            r#"{"test.ping": [], "network.ip_addrs": {"interface": "lo"}, "ips": [{"mine_function": "network.ip_addrs"}, "lo", {"allow_tgt": "G@a:b"}, {"allow_tgt_type": "compound"}]}"#,
            r#"{"mine_functions": {"grains.item": ["os"], "test.ping": ["other"]}}"#,
        );
        let text: Vec<String> =
            read.iter().map(|one| format!("{}={}{:?}{:?}", one.alias, one.function, one.args.len(), one.kwargs.len())).collect();
        assert_eq!(
            text,
            ["grains.item=grains.item10", "test.ping=test.ping00", "network.ip_addrs=network.ip_addrs01", "ips=network.ip_addrs10"]
        );
        assert_eq!(read.last().unwrap().allow, Some(("G@a:b".to_owned(), "compound".to_owned())));
        assert_eq!(all(r#"["test.ping"]"#, "{}").len(), 1);
        assert!(all("null", "{}").is_empty());
    }
}
