//! `file.accumulated`: text gathered by many states for one file's template.

use super::manage::one;
use sdk::{Applied, Args, Check, Cx, Failure, Map, Read, State, Value, text};

/// Gather text for the template of a file that requires this state.
///
/// ```salt
/// hosts of web:
///   file.accumulated:
///     - name: hosts
///     - filename: /etc/app.conf
///     - text: web01
///     - require_in:
///       - file: /etc/app.conf
/// ```
#[derive(Args)]
pub struct Accumulated {
    /// Name of the accumulator, as the template knows it.
    name: String,
    /// Path of the file.
    filename: String,
    /// What is added: a value or a list of them.
    text: Value,
}

/// Under which name a run remembers what was gathered for a file.
fn note_of(filename: &str) -> String {
    format!("file.accumulated {filename}")
}

/// What was gathered for a file so far: a list for each accumulator.
pub fn of(filename: &str, read: &Read) -> Map {
    let noted = read.chunk().and_then(|chunk| chunk.run.note(&note_of(filename)));
    match noted {
        Some(Value::Map(map)) => map,
        _ => Map::new(),
    }
}

impl State for Accumulated {
    type Change = ();

    /// Gathering changes no host, only what the run knows, so it belongs to looking: test mode has to gather as well.
    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        let name = &self.name;
        let items = match &self.text {
            Value::Null => return Ok(Check::fails("No text supplied for accumulator")),
            Value::List(items) => items.clone(),
            other => vec![other.clone()],
        };
        let Some(chunk) = read.chunk() else { return Ok(Check::fails("an accumulator only makes sense inside a state run")) };
        let asked = ["require_in", "watch_in"].iter().any(|word| names_file(chunk.low.get(word)));
        let wanted = || chunk.run.low.iter().any(|low| ["require", "watch"].iter().any(|word| names_this(low.get(word), &chunk.id, name)));
        if !asked && !wanted() {
            return Ok(Check::fails(format!("Orphaned accumulator {name} in {}:{}", chunk.sls, chunk.id)));
        }
        chunk.run.change_note(&note_of(&self.filename), |note| {
            if note.is_null() {
                *note = Value::map();
            }
            let Value::Map(gathered) = note else { return };
            if let Value::List(list) = gathered.entry_or_insert_with(name.as_str(), || Value::List(Vec::new())) {
                for item in items {
                    if !list.contains(&item) {
                        list.push(item);
                    }
                }
            }
        });
        Ok(Check::desired(format!("Accumulator {name} for file {} was charged by text", self.filename)))
    }

    async fn apply(&self, (): (), _cx: &Cx) -> Result<Applied, Failure> {
        Ok(Applied::ok("", one("", Value::Null)))
    }
}

fn names_file(requisites: Option<&Value>) -> bool {
    let list = requisites.and_then(Value::as_list).unwrap_or_default();
    list.iter().any(|item| item.as_map().is_some_and(|map| map.contains_key("file")))
}

fn names_this(requisites: Option<&Value>, id: &str, name: &str) -> bool {
    let list = requisites.and_then(Value::as_list).unwrap_or_default();
    let names = list.iter().filter_map(|item| item.as_map()?.get("file").map(text::str));
    names.into_iter().any(|wanted| wanted == id || wanted == name)
}
