//! The mine: what minions show each other through the master.

use super::{desk, flatten};
use crate::mine::{self, MineFunction};
use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Value};

sdk::module!(mine, [Get, Update, Send, Delete, Flush, Valid]);

/// Ask what other minions have put into the mine.
///
/// ```salt
/// salt db1 mine.get 'web*' network.ip_addrs
/// ```
#[derive(Args)]
pub struct Get {
    /// Whose answers.
    tgt: String,
    /// The function, or several as a list or with commas between them.
    fun: Value,
    /// Kind of the target.
    #[arg(default = "glob")]
    tgt_type: String,
    /// Leave out this minion itself.
    #[arg(default = false)]
    exclude_minion: bool,
}

impl Query for Get {
    type Output = Value;

    async fn call(self, read: &Read) -> Result<Value, Failure> {
        if read.opt("file_client").is_some_and(|client| client.as_str() == Some("local")) {
            // Without a master there is nothing in it.
            return Ok(Value::map());
        }
        let functions = flatten(Some(&self.fun));
        let is_list = functions.len() > 1 || matches!(self.fun, Value::List(_));
        let mut question = Map::new();
        question.insert("tgt", self.tgt);
        question.insert("fun", functions.clone());
        question.insert("tgt_type", self.tgt_type);
        let mut answer = mine::ask(&desk(read)?.core, "mine.get", Value::Map(question)).await?;
        if self.exclude_minion
            && let Value::Map(by_function) = &mut answer
        {
            by_function.values_mut().filter_map(Value::as_map_mut).for_each(|minions| drop(minions.remove(&read.facts().id)));
        }
        if is_list {
            return Ok(answer);
        }
        Ok(functions.first().and_then(|function| answer.get(function)).cloned().unwrap_or_else(Value::map))
    }
}

/// Call the functions of `mine_functions` and put their answers into the mine.
///
/// ```salt
/// salt '*' mine.update
/// ```
#[derive(Args)]
pub struct Update {
    /// First take everything out that this minion has in it.
    #[arg(default = false)]
    clear: bool,
    /// Only these functions.
    mine_functions: Option<Value>,
}

impl Action for Update {
    type Output = bool;

    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let only = self.mine_functions.as_ref().map(|names| flatten(Some(names)));
        mine::update(&desk(cx.read())?.core, only.as_deref(), self.clear).await
    }
}

/// Call a function and put its answer into the mine.
///
/// ```salt
/// salt '*' mine.send ips mine_function=network.ip_addrs interface=eth0
/// ```
#[derive(Args)]
pub struct Send {
    /// The function, or a name of one's own with `mine_function`.
    name: String,
    /// Its positional arguments.
    #[arg(rest)]
    args: Vec<Value>,
    /// Its named arguments, and `mine_function`, `allow_tgt`, `allow_tgt_type`.
    #[arg(extra)]
    kwargs: Map,
}

impl Action for Send {
    type Output = bool;

    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let core = &desk(cx.read())?.core;
        let mut given = self.args;
        given.push(Value::Map(self.kwargs));
        let entry = MineFunction::read(&self.name, &Value::List(given)).entry(core).await?;
        mine::put(core, vec![entry], false).await?;
        Ok(true)
    }
}

/// Take an answer of this minion out of the mine.
///
/// ```salt
/// salt '*' mine.delete network.ip_addrs
/// ```
#[derive(Args)]
pub struct Delete {
    /// The function.
    fun: String,
}

impl Action for Delete {
    type Output = bool;

    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let question = Map::from_iter([("fun", Value::from(self.fun))]);
        mine::ask(&desk(cx.read())?.core, "mine.delete", Value::Map(question)).await?;
        Ok(true)
    }
}

/// Take everything of this minion out of the mine.
///
/// ```salt
/// salt '*' mine.flush
/// ```
#[derive(Args)]
pub struct Flush;

impl Action for Flush {
    type Output = bool;

    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        mine::ask(&desk(cx.read())?.core, "mine.delete", Value::map()).await?;
        Ok(true)
    }
}

/// List the functions that are configured for the mine.
///
/// ```salt
/// salt '*' mine.valid
/// ```
#[derive(Args)]
pub struct Valid;

impl Query for Valid {
    type Output = Value;

    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let desk = desk(read)?;
        let functions = MineFunction::all(&desk.core.loaded().config.mine_functions, &read.facts().pillar);
        let shown = functions.into_iter().map(|one| {
            let mut arguments = one.args;
            if !one.kwargs.is_empty() {
                arguments.push(Value::Map(one.kwargs));
            }
            let value = if one.function == one.alias {
                Value::List(arguments)
            } else {
                Value::Map(Map::from_iter([(one.function, Value::List(arguments))]))
            };
            (one.alias, value)
        });
        Ok(Value::Map(shown.collect()))
    }
}
