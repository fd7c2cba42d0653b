//! Grains that this machine keeps for itself. Writing them is the agent's: it owns their file and tells the master.

use sdk::{Applied, Args, CallArgs, Check, Cx, Failure, Map, Read, State, Value, text};
use value::traverse;

sdk::states!(grains, [Present, Absent, Exists, ListPresent, ListAbsent, Append]);

/// Under which name a run remembers the grains as its states have left them: facts are those from before the run.
const NOTE: &str = "grains as they are now";

fn grains_now(read: &Read) -> Value {
    read.chunk().and_then(|chunk| chunk.run.note(NOTE)).unwrap_or_else(|| Value::clone(&read.facts().grains))
}

fn grain(name: &str, delimiter: &str, read: &Read) -> Option<Value> {
    traverse(&grains_now(read), name, delimiter).cloned()
}

/// Keeps for the rest of the run what a grain is now; `None` when it is gone.
fn remember(name: &str, delimiter: &str, value: Option<&Value>, read: &Read) {
    let Some(chunk) = read.chunk() else { return };
    let mut grains = grains_now(read);
    put(&mut grains, &name.split(delimiter).collect::<Vec<_>>(), value);
    chunk.run.change_note(NOTE, |note| *note = grains);
}

fn put(here: &mut Value, path: &[&str], value: Option<&Value>) {
    let Some((first, rest)) = path.split_first() else { return };
    if here.as_map().is_none() {
        *here = Value::map();
    }
    let Value::Map(map) = here else { return };
    match (rest.is_empty(), value) {
        (true, Some(value)) => {
            map.insert(*first, value.clone());
        }
        (true, None) => {
            map.remove(first);
        }
        (false, _) => put(map.entry_or_insert_with(*first, Value::map), rest, value),
    }
}

fn one(key: &str, value: impl Into<Value>) -> Map {
    let mut map = Map::new();
    map.insert(key, value);
    map
}

/// Sets a grain through the agent; its answer is `{result, comment, changes}`.
async fn set(cx: &Cx, name: &str, value: Value, force: bool, delimiter: &str, comment: String) -> Result<Applied, Failure> {
    let mut named = one("force", force);
    named.insert("delimiter", delimiter);
    let answer = cx.agent().call("grains.set", CallArgs::new(vec![name.into(), value.clone()], named)).await?;
    let worked = answer.get("result").and_then(Value::as_bool) != Some(false);
    if worked {
        remember(name, delimiter, Some(&value), cx);
        return Ok(Applied::ok(comment, answer.get("changes").cloned().unwrap_or_else(Value::map)));
    }
    Ok(Applied::failed(answer.get("comment").map(text::str).unwrap_or_default()))
}

/// A list or mapping is only replaced by force.
fn refused(name: &str, delimiter: &str, force: bool, read: &Read) -> Option<Applied> {
    let nested = grain(name, delimiter, read).is_some_and(|have| !have.is_scalar());
    let words = format!("The key '{name}' exists but is a dict or a list. Use 'force=True' to overwrite.");
    (nested && !force).then(|| Applied::failed(words))
}

/// Ensure a grain has a value.
///
/// ```salt
/// datacenter:
///   grains.present:
///     - value: dc1
/// ```
#[derive(Args)]
pub struct Present {
    /// Path of the grain.
    name: String,
    /// The value.
    value: Value,
    /// Delimiter of the path.
    #[arg(default = ":")]
    delimiter: String,
    /// Take the place of a list or mapping.
    #[arg(default = false)]
    force: bool,
}

impl State for Present {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        let name = &self.name;
        Ok(match grain(name, &self.delimiter, read) {
            Some(have) if have == self.value => Check::desired("Grain is already set"),
            Some(_) => {
                let change = one("changed", one(name, self.value.clone()));
                Check::change(format!("Grain {name} is set to be changed"), change, ())
            }
            None => Check::change(format!("Grain {name} is set to be added"), one("new", name.as_str()), ()),
        })
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        let comment = format!("Set grain {} to {}", self.name, text::str(&self.value));
        if let Some(refusal) = refused(&self.name, &self.delimiter, self.force, cx) {
            return Ok(refusal);
        }
        set(cx, &self.name, self.value.clone(), self.force, &self.delimiter, comment).await
    }
}

/// Ensure a grain is not there, or has no value.
///
/// ```salt
/// datacenter:
///   grains.absent:
///     - destructive: True
/// ```
#[derive(Args)]
pub struct Absent {
    /// Path of the grain.
    name: String,
    /// Remove the grain itself and not just its value.
    #[arg(default = false)]
    destructive: bool,
    /// Delimiter of the path.
    #[arg(default = ":")]
    delimiter: String,
    /// Take away a list or mapping.
    #[arg(default = false)]
    force: bool,
}

impl State for Absent {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        let name = &self.name;
        Ok(match grain(name, &self.delimiter, read) {
            None => Check::desired(format!("Grain {name} does not exist")),
            Some(Value::Null) if !self.destructive => Check::desired("Grain is already set"),
            Some(_) if self.destructive => Check::change(format!("Grain {name} is set to be deleted"), one("deleted", name.as_str()), ()),
            Some(_) => {
                let mut change = one("grain", name.as_str());
                change.insert("value", Value::Null);
                Check::change(format!("Value for grain {name} is set to be deleted (None)"), change, ())
            }
        })
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        let name = &self.name;
        if let Some(refusal) = refused(name, &self.delimiter, self.force, cx) {
            return Ok(refusal);
        }
        if self.destructive {
            let named = one("force", true);
            let answer = cx.agent().call("grains.delkey", CallArgs::new(vec![name.as_str().into()], named)).await?;
            if answer.get("result").and_then(Value::as_bool) == Some(false) {
                return Ok(Applied::failed(answer.get("comment").map(text::str).unwrap_or_default()));
            }
            remember(name, &self.delimiter, None, cx);
            return Ok(Applied::ok(format!("Grain {name} was deleted"), one("deleted", name.as_str())));
        }
        let mut change = one("grain", name.as_str());
        change.insert("value", Value::Null);
        let applied = set(cx, name, Value::Null, self.force, &self.delimiter, format!("Value for grain {name} was set to None")).await?;
        Ok(if applied.result { applied.with_changes(change) } else { applied })
    }
}

/// Check that a grain is there.
///
/// ```salt
/// datacenter:
///   grains.exists: []
/// ```
#[derive(Args)]
pub struct Exists {
    /// Path of the grain.
    name: String,
    /// Delimiter of the path.
    #[arg(default = ":")]
    delimiter: String,
}

impl State for Exists {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        let there = grain(&self.name, &self.delimiter, read).is_some();
        Ok(if there { Check::desired("Grain exists") } else { Check::fails("Grain does not exist") })
    }

    async fn apply(&self, (): (), _cx: &Cx) -> Result<Applied, Failure> {
        Err(Failure::failed("`grains.exists` changes nothing"))
    }
}

macro_rules! list_state {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Path of the grain.
            name: String,
            /// A value, or a list of them.
            value: Value,
            /// Delimiter of the path.
            #[arg(default = ":")]
            delimiter: String,
        }

        impl $name {
            fn values(&self) -> Vec<Value> {
                self.value.as_list().map_or_else(|| vec![self.value.clone()], <[Value]>::to_vec)
            }
        }
    };
}

list_state! {
    /// Ensure values are in a grain that is a list.
    ///
    /// ```salt
    /// roles:
    ///   grains.list_present:
    ///     - value: [web, dev]
    /// ```
    ListPresent
}
list_state! {
    /// Ensure values are not in a grain that is a list.
    ///
    /// ```salt
    /// roles:
    ///   grains.list_absent:
    ///     - value: db
    /// ```
    ListAbsent
}

impl State for ListPresent {
    type Change = Vec<Value>;

    async fn check(&self, read: &Read) -> Result<Check<Vec<Value>>, Failure> {
        let name = &self.name;
        let shown = text::str(&self.value);
        match grain(name, &self.delimiter, read) {
            Some(Value::List(have)) => {
                let missing: Vec<Value> = self.values().into_iter().filter(|value| !have.contains(value)).collect();
                if missing.is_empty() {
                    return Ok(Check::desired(format!("Value {shown} is already in grain {name}")));
                }
                let all: Vec<Value> = have.iter().chain(&missing).cloned().collect();
                let words = missing.iter().map(text::str).collect::<Vec<_>>().join(", ");
                Ok(Check::change(format!("Value {words} is set to be appended to grain {name}"), one("new", one(name, all.clone())), all))
            }
            Some(value) if value.is_truthy() => Ok(Check::fails(format!("Grain {name} is not a valid list"))),
            Some(_) | None => {
                let all = self.values();
                Ok(Check::change(format!("Grain {name} is set to be added"), one("new", one(name, all.clone())), all))
            }
        }
    }

    async fn apply(&self, all: Vec<Value>, cx: &Cx) -> Result<Applied, Failure> {
        let name = &self.name;
        let comment = format!("Append value {} to grain {name}", text::str(&self.value));
        let applied = set(cx, name, all.clone().into(), true, &self.delimiter, comment).await?;
        Ok(if applied.result { applied.with_changes(one("new", one(name, all))) } else { applied })
    }
}

impl State for ListAbsent {
    type Change = (Vec<Value>, Vec<Value>);

    async fn check(&self, read: &Read) -> Result<Check<Self::Change>, Failure> {
        let name = &self.name;
        let shown = text::str(&self.value);
        match grain(name, &self.delimiter, read) {
            Some(Value::List(have)) => {
                let values = self.values();
                let (gone, left): (Vec<Value>, Vec<Value>) = have.iter().cloned().partition(|value| values.contains(value));
                if gone.is_empty() {
                    return Ok(Check::desired(format!("Value {shown} is absent from grain {name}")));
                }
                Ok(Check::change(format!("Value {shown} in grain {name} is set to be deleted"), one("deleted", gone.clone()), (gone, left)))
            }
            Some(_) => Ok(Check::fails(format!("Grain {name} is not a valid list"))),
            None => Ok(Check::desired(format!("Grain {name} does not exist"))),
        }
    }

    async fn apply(&self, (gone, left): Self::Change, cx: &Cx) -> Result<Applied, Failure> {
        let name = &self.name;
        let comment = format!("Value {} was deleted from grain {name}", text::str(&self.value));
        let applied = set(cx, name, left.into(), true, &self.delimiter, comment).await?;
        Ok(if applied.result { applied.with_changes(one("deleted", gone)) } else { applied })
    }
}

/// Ensure a value is in a grain that is a list already.
///
/// ```salt
/// roles:
///   grains.append:
///     - value: web
/// ```
#[derive(Args)]
pub struct Append {
    /// Path of the grain.
    name: String,
    /// The value.
    value: Value,
    /// Make a list of a grain that is none.
    #[arg(default = false)]
    convert: bool,
    /// Delimiter of the path.
    #[arg(default = ":")]
    delimiter: String,
}

impl State for Append {
    type Change = Vec<Value>;

    async fn check(&self, read: &Read) -> Result<Check<Vec<Value>>, Failure> {
        let (name, shown) = (&self.name, text::str(&self.value));
        let mut list = match grain(name, &self.delimiter, read) {
            None => return Ok(Check::fails(format!("Grain {name} does not exist"))),
            Some(Value::List(have)) if have.contains(&self.value) => {
                return Ok(Check::desired(format!("Value {shown} is already in the list for grain {name}")));
            }
            Some(Value::List(have)) => have.clone(),
            Some(other) if self.convert => vec![other.clone()],
            Some(_) => return Ok(Check::fails(format!("Grain {name} is not a valid list"))),
        };
        list.push(self.value.clone());
        Ok(Check::change(format!("Value {shown} in grain {name} is set to be added"), one("added", self.value.clone()), list))
    }

    async fn apply(&self, list: Vec<Value>, cx: &Cx) -> Result<Applied, Failure> {
        let (name, shown) = (&self.name, text::str(&self.value));
        let applied = set(cx, name, list.into(), true, &self.delimiter, format!("Value {shown} was added to grain {name}")).await?;
        Ok(if applied.result { applied.with_changes(one("added", self.value.clone())) } else { applied })
    }
}
