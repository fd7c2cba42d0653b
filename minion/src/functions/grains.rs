//! Changing the static grains of this minion: the file `<conf_dir>/grains`.

use super::desk;
use crate::desk::Desk;
use sdk::{Action, Args, Cx, Failure, Map, Value};
use std::sync::Arc;
use value::text;

sdk::module!(grains, [Setval, Setvals, Set, Append, Remove, Delval, Delkey]);

/// Lays values into the grains file (a missing one takes a key out), and lets the agent see them.
pub(super) async fn change(cx: &Cx, changes: Vec<(String, Option<Value>)>) -> Result<(), Failure> {
    let desk = desk(cx.read())?;
    desk.blocking(move |desk| write(&desk, changes)).await?;
    Ok(())
}

fn write(desk: &Arc<Desk>, changes: Vec<(String, Option<Value>)>) -> Result<(), Failure> {
    let loaded = desk.core.loaded();
    let path = crate::gather::file(&loaded);
    let parse = |text: &str| yaml::load_value(text).map_err(|error| error.to_string());
    let mut grains = grains::custom::from_file(&path, &parse)
        .map_err(|error| Failure::failed(output::chain(&error)).with_hint("mend the file by hand first"))?;
    for (key, value) in changes {
        match value {
            Some(value) => {
                grains.insert(key, value);
            }
            None => {
                grains.remove(&key);
            }
        }
    }
    let text = yaml::dump(&Value::Map(grains), &yaml::DumpOptions::default());
    let path = path.to_string_lossy();
    desk.core.host.write(&path, text.as_bytes(), &host::Write::default()).map_err(modules::failure)?;
    desk.core.refresh_grains();
    desk.core.grains_changed.notify_one();
    Ok(())
}

pub(super) fn current(cx: &Cx, key: &str) -> Option<Value> {
    cx.facts().grains.get(key).cloned()
}

/// Set a grain.
///
/// ```salt
/// salt '*' grains.setval site north
/// ```
#[derive(Args)]
pub struct Setval {
    /// Name of the grain.
    key: String,
    /// Its value.
    val: Value,
    /// Take the grain out instead.
    #[arg(default = false)]
    destructive: bool,
    /// Known for compatibility: the pillar is always asked for again.
    #[arg(default = true, ignored)]
    refresh_pillar: bool,
}

impl Action for Setval {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let value = if self.destructive { None } else { Some(self.val.clone()) };
        change(cx, vec![(self.key.clone(), value)]).await?;
        Ok(Value::Map([(self.key, self.val)].into_iter().collect()))
    }
}

/// Set several grains.
///
/// ```salt
/// salt '*' grains.setvals '{site: north, rack: 5}'
/// ```
#[derive(Args)]
pub struct Setvals {
    /// Names and values.
    grains: Map,
    /// Take the grains out instead.
    #[arg(default = false)]
    destructive: bool,
    /// Known for compatibility: the pillar is always asked for again.
    #[arg(default = true, ignored)]
    refresh_pillar: bool,
}

impl Action for Setvals {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let changes = self.grains.iter().map(|(key, value)| (text::str(key), (!self.destructive).then(|| value.clone()))).collect();
        change(cx, changes).await?;
        Ok(Value::Map(self.grains))
    }
}

/// Set a grain, also one inside other grains.
///
/// ```salt
/// salt '*' grains.set app:tier web
/// ```
#[derive(Args)]
pub struct Set {
    /// Path of the grain.
    key: String,
    /// Its value.
    #[arg(default)]
    val: Value,
    /// Replace mappings and lists too.
    #[arg(default = false)]
    force: bool,
    /// Take the grain out when the value is null.
    #[arg(default = false)]
    destructive: bool,
    /// Delimiter of the path.
    #[arg(default = ":")]
    delimiter: String,
}

impl Action for Set {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        set(cx, &self.key, self.val, self.force, self.destructive, &self.delimiter).await
    }
}

async fn set(cx: &Cx, key: &str, val: Value, force: bool, destructive: bool, delimiter: &str) -> Result<Value, Failure> {
    let answer = |result: bool, comment: String, changes: Map| {
        let mut shown = Map::new();
        shown.insert("comment", comment);
        shown.insert("changes", changes);
        shown.insert("result", result);
        Value::Map(shown)
    };
    let refuse = |comment: String| Ok(answer(false, comment, Map::new()));
    let known = value::traverse(&cx.facts().grains, key, delimiter).cloned();
    if let Some(known) = &known
        && *known == val
        && !val.is_null()
    {
        return Ok(answer(true, format!("Grain is already set for key '{key}'"), Map::new()));
    }
    match &known {
        Some(Value::Map(_) | Value::List(_)) if !force => {
            return refuse(format!("The key '{key}' exists but is a dict or a list. Use 'force=True' to overwrite."));
        }
        Some(_) if !force && !val.is_scalar() => {
            return refuse(format!("The key '{key}' exists and the given value is a dict or a list. Use 'force=True' to overwrite."));
        }
        _ => {}
    }
    let parts: Vec<&str> = key.split(delimiter).collect();
    let Some((first, rest)) = parts.split_first() else { return refuse("the key is empty".to_owned()) };
    let new = match nested(current(cx, first), rest, val.clone(), force, destructive) {
        Ok(new) => new,
        Err((part, value)) => {
            return refuse(format!(
                "The key '{part}' value is '{}', which is different from the provided key '{}'. Use 'force=True' to overwrite.",
                text::str(&value),
                parts.last().unwrap_or(&part.as_str())
            ));
        }
    };
    let is_taken_out = destructive && rest.is_empty() && val.is_null();
    change(cx, vec![((*first).to_owned(), if is_taken_out { None } else { Some(new.clone()) })]).await?;
    Ok(answer(true, String::new(), [(*first, if is_taken_out { Value::Null } else { new })].into_iter().collect()))
}

/// The grain `old` with a value at a path inside it; a scalar on the way stops it unless forced.
fn nested(old: Option<Value>, path: &[&str], val: Value, force: bool, destructive: bool) -> Result<Value, (String, Value)> {
    let Some((part, rest)) = path.split_first() else { return Ok(val) };
    let mut map = match old {
        Some(Value::Map(map)) => map,
        None | Some(Value::Null) => Map::new(),
        Some(other) if force => {
            drop(other);
            Map::new()
        }
        Some(other) => return Err(((*part).to_owned(), other)),
    };
    if rest.is_empty() && destructive && val.is_null() {
        map.remove(part);
    } else {
        let inner = nested(map.get(part).cloned(), rest, val, force, destructive)?;
        map.insert(*part, inner);
    }
    Ok(Value::Map(map))
}

/// Put a value at the end of a grain that is a list.
///
/// ```salt
/// salt '*' grains.append roles web
/// ```
#[derive(Args)]
pub struct Append {
    /// Path of the grain.
    key: String,
    /// The value.
    val: Value,
    /// Make a list of a grain that is none.
    #[arg(default = false)]
    convert: bool,
    /// Delimiter of the path.
    #[arg(default = ":")]
    delimiter: String,
}

impl Action for Append {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let known = value::traverse(&cx.facts().grains, &self.key, &self.delimiter).cloned();
        let mut list = match known {
            Some(Value::List(list)) => list,
            None => Vec::new(),
            Some(Value::Str(text)) if text.is_empty() => Vec::new(),
            Some(one) if self.convert => vec![one],
            Some(_) => return Ok(format!("The key {} is not a valid list", self.key).into()),
        };
        if list.contains(&self.val) {
            return Ok(format!("The val {} was already in the list {}", text::str(&self.val), self.key).into());
        }
        match self.val {
            Value::List(items) => list.extend(items),
            one => list.push(one),
        }
        store(cx, &self.key, &self.delimiter, Value::List(list)).await
    }
}

/// Take a value out of a grain that is a list.
///
/// ```salt
/// salt '*' grains.remove roles web
/// ```
#[derive(Args)]
pub struct Remove {
    /// Path of the grain.
    key: String,
    /// The value.
    val: Value,
    /// Delimiter of the path.
    #[arg(default = ":")]
    delimiter: String,
}

impl Action for Remove {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        match value::traverse(&cx.facts().grains, &self.key, &self.delimiter).cloned() {
            Some(Value::List(mut list)) => match list.iter().position(|item| *item == self.val) {
                Some(index) => {
                    list.remove(index);
                    store(cx, &self.key, &self.delimiter, Value::List(list)).await
                }
                None => Ok(format!("The val {} was not in the list {}", text::str(&self.val), self.key).into()),
            },
            _ => Ok(format!("The key {} is not a valid list", self.key).into()),
        }
    }
}

/// Puts a value at a path and gives it back under the path, as lists of grains are answered.
async fn store(cx: &Cx, key: &str, delimiter: &str, val: Value) -> Result<Value, Failure> {
    let parts: Vec<&str> = key.split(delimiter).collect();
    if let Some((first, rest)) = parts.split_first() {
        let new = nested(current(cx, first), rest, val.clone(), true, false).unwrap_or_else(|_| val.clone());
        change(cx, vec![((*first).to_owned(), Some(new))]).await?;
    }
    Ok(Value::Map([(key, val)].into_iter().collect()))
}

/// Empty a grain.
///
/// ```salt
/// salt '*' grains.delval site
/// ```
#[derive(Args)]
pub struct Delval {
    /// Path of the grain.
    key: String,
    /// Take the grain out.
    #[arg(default = false)]
    destructive: bool,
    /// Empty mappings and lists too.
    #[arg(default = false)]
    force: bool,
}

impl Action for Delval {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        set(cx, &self.key, Value::Null, self.force, self.destructive, value::DELIMITER).await
    }
}

/// Take a grain out.
///
/// ```salt
/// salt '*' grains.delkey site
/// ```
#[derive(Args)]
pub struct Delkey {
    /// Path of the grain.
    key: String,
    /// Take out mappings and lists too.
    #[arg(default = false)]
    force: bool,
}

impl Action for Delkey {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        set(cx, &self.key, Value::Null, self.force, true, value::DELIMITER).await
    }
}
