//! One chunk of a lowstate: its client, its function, its arguments.

use super::config::CLIENTS;
use super::fault::Fault;
use super::room::Room;
use value::{Map, Value, text};

/// Fields that are about the request, not arguments of the function.
const OF_THE_REQUEST: [&str; 12] =
    ["client", "fun", "arg", "kwarg", "token", "username", "password", "eauth", "full_return", "timeout", "print_event", "token_expire"];

/// One chunk.
pub(crate) struct Chunk(pub Map);

/// Arguments of a call.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Given {
    pub args: Vec<Value>,
    pub kwargs: Map,
}

impl Chunk {
    /// The chunks of a body: a mapping alone is one. Too many are refused before any is run.
    pub fn read(body: Value, room: &Room) -> Result<Vec<Self>, Fault> {
        let list = match body {
            Value::Map(map) => return Ok(vec![Self(map)]),
            Value::List(list) => list,
            _ => return Err(Fault::bad("Lowstates must be a list")),
        };
        if list.len() > room.config.chunks {
            let (count, most) = (list.len(), room.config.chunks);
            return Err(Fault::bad(format!("This lowstate has {count} chunks, and {most} are allowed (lowstate_limit)")));
        }
        let chunk = |item| match item {
            Value::Map(map) => Ok(Self(map)),
            _ => Err(Fault::bad("Each chunk of a lowstate must be a mapping")),
        };
        list.into_iter().map(chunk).collect()
    }

    /// The client, which must be open.
    pub fn client(&self, room: &Room) -> Result<&'static str, Fault> {
        let asked = self.text("client").unwrap_or_default();
        let Some(client) = CLIENTS.into_iter().find(|client| *client == asked) else {
            return Err(Fault::bad(format!("Invalid client specified: '{asked}'")));
        };
        Self::require(client, room)?;
        Ok(client)
    }

    /// Refuses when a client is not open.
    pub fn require(client: &str, room: &Room) -> Result<(), Fault> {
        if room.config.clients.contains(client) {
            return Ok(());
        }
        Err(Fault::bad(format!("Client disabled: '{client}'. Add to 'netapi_enable_clients' master config option to enable.")))
    }

    /// A field as text, when it is there.
    pub fn text(&self, name: &str) -> Option<String> {
        self.0.get(name).filter(|value| !value.is_null()).map(text::str)
    }

    /// A field as truth value.
    pub fn flag(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(Value::is_truthy)
    }

    /// The function; what Salt does without one is unexpected to it.
    pub fn function(&self) -> Result<String, Fault> {
        self.text("fun").ok_or_else(|| Fault::unexpected("a chunk needs `fun`"))
    }

    fn positional(&self) -> Vec<Value> {
        match self.0.get("arg") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::List(items)) => items.clone(),
            Some(one) => vec![one.clone()],
        }
    }

    fn named(&self) -> Result<Map, Fault> {
        match self.0.get("kwarg") {
            None | Some(Value::Null) => Ok(Map::new()),
            Some(Value::Map(map)) => Ok(map.clone()),
            Some(_) => Err(Fault::unexpected("`kwarg` must be a mapping")),
        }
    }

    /// Arguments for minions: text stays text, but `name=value` is a named one whose value is read as YAML.
    pub fn for_minions(&self) -> Result<Given, Fault> {
        let mut given = split(self.positional(), Words::Stay);
        given.kwargs.extend(self.named()?);
        Ok(given)
    }

    /// Arguments of several functions at once: a list for each.
    pub fn for_each(&self, functions: usize) -> Result<Vec<Given>, Fault> {
        let lists = self.positional();
        let list = |at: usize| match lists.get(at) {
            Some(Value::List(items)) => items.clone(),
            Some(Value::Null) | None => Vec::new(),
            Some(one) => vec![one.clone()],
        };
        let named = self.named()?;
        let given = |at| {
            let mut given = split(list(at), Words::Stay);
            given.kwargs.extend(named.clone());
            given
        };
        Ok((0..functions).map(given).collect())
    }

    /// Arguments for functions of the master: words are read as YAML, and fields of the chunk are named ones too.
    pub fn for_master(&self) -> Result<Given, Fault> {
        let mut given = split(self.positional(), Words::Read);
        let fields = self.0.iter().filter(|(name, value)| {
            let name = text::str(name);
            // Clients send these with every chunk, wanted or not.
            let is_empty_option = value.is_null() && matches!(name.as_str(), "batch" | "ret" | "metadata" | "tgt" | "tgt_type");
            !OF_THE_REQUEST.contains(&name.as_str()) && !is_empty_option
        });
        given.kwargs.extend(fields.map(|(name, value)| (name.clone(), value.clone())));
        given.kwargs.extend(self.named()?);
        Ok(given)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Words {
    Stay,
    Read,
}

/// Positional arguments as they came: `name=value` and mappings with `__kwarg__` are named ones.
fn split(args: Vec<Value>, words: Words) -> Given {
    let mut given = Given::default();
    for arg in args {
        match arg {
            Value::Str(word) => match argv::split_named(&word) {
                Some((name, value)) => {
                    given.kwargs.insert(name, argv::value(value));
                }
                None if words == Words::Read => given.args.push(argv::value(&word)),
                None => given.args.push(Value::Str(word)),
            },
            Value::Map(mut map) if map.get("__kwarg__").is_some_and(Value::is_truthy) => {
                map.remove("__kwarg__");
                given.kwargs.extend(map);
            }
            other => given.args.push(other),
        }
    }
    given
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(json: &str) -> Chunk {
        Chunk(serde_json::from_str(json).unwrap())
    }

    fn shown(given: &Given) -> String {
        format!("{} {}", serde_json::to_string(&given.args).unwrap(), serde_json::to_string(&given.kwargs).unwrap())
    }

    #[test]
    fn words_for_minions_stay_text_and_named_ones_are_read() {
        let given = chunk(r#"{"arg": ["7", "[1]", "n=7", {"__kwarg__": true, "a": "8"}], "kwarg": {"b": "9"}}"#).for_minions().unwrap();
        assert_eq!(shown(&given), r#"["7","[1]"] {"n":7,"a":"8","b":"9"}"#);
        assert_eq!(shown(&chunk(r#"{"arg": "x"}"#).for_minions().unwrap()), r#"["x"] {}"#);
    }

    #[test]
    fn words_for_the_master_are_read_and_fields_are_named_arguments() {
        let low = r#"{"client": "runner", "fun": "x.y", "arg": ["7", "a=[1]"], "jid": "1", "tgt": "*", "batch": null, "token": "t"}"#;
        assert_eq!(shown(&chunk(low).for_master().unwrap()), r#"[7] {"a":[1],"jid":"1","tgt":"*"}"#);
    }

    #[test]
    fn each_of_several_functions_has_its_list() {
        let given = chunk(r#"{"arg": [[], ["x", "k=1"]]}"#).for_each(3).unwrap();
        assert_eq!(given.iter().map(shown).collect::<Vec<_>>(), ["[] {}", r#"["x"] {"k":1}"#, "[] {}"]);
    }
}
