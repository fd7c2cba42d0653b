//! The clients that call the master: `runner`, `wheel` and their forms that do not wait.

use super::chunk::Chunk;
use super::fault::Fault;
use super::reply::object;
use super::room::Room;
use crate::{Caller, Rank};
use api::{RunFunction, RunResult};
use http::StatusCode;
use model::Timestamp;
use value::{Map, Value};

/// Runner or wheel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Runner,
    Wheel,
}

impl Side {
    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Runner => ("run", "runner"),
            Self::Wheel => ("wheel", "wheel"),
        }
    }
}

/// Calls a function by its name and arguments and waits; the whole result.
pub(crate) async fn call(room: &Room, caller: &Caller, side: Side, request: RunFunction) -> Result<RunResult, Fault> {
    let user = user(caller);
    let called = async {
        match side {
            Side::Runner => room.control().runner(caller, request).await,
            Side::Wheel => room.control().wheel(caller, request).await,
        }
    };
    let result = tokio::time::timeout(room.config.patience, called).await;
    let result = result.map_err(|_| Fault::new(StatusCode::GATEWAY_TIMEOUT, "The function of the master took too long (rest_timeout)"))?;
    result.map_err(|refusal| Fault::of_master(&refusal, "token", user))
}

/// Runs a chunk.
pub(crate) async fn run(room: &Room, caller: &Caller, chunk: &Chunk, side: Side, detached: bool) -> Result<Value, Fault> {
    let given = chunk.for_master()?;
    let request = RunFunction { function: chunk.function()?, args: given.args, kwargs: given.kwargs, detached };
    let (tag, kind) = side.names();
    let fun_args = arguments(&request);
    let fun = format!("{kind}.{}", request.function);
    let result = call(room, caller, side, request).await?;
    let id = result.job.map(|id| id.to_string()).unwrap_or_default();
    if detached {
        return Ok(object([("tag", format!("salt/{tag}/{id}").into()), ("jid", id.into())]));
    }
    let mut data = Map::new();
    data.insert("fun", fun);
    data.insert("jid", id.as_str());
    data.insert("user", user(caller));
    match side {
        Side::Runner if !chunk.flag("full_return") => Ok(result.value),
        Side::Runner => {
            data.insert("fun_args", fun_args);
            data.insert("_stamp", Timestamp::now().to_string());
            data.insert("return", result.value);
            data.insert("success", result.success);
            Ok(object([("tag", format!("salt/{tag}/{id}/ret").into()), ("data", Value::Map(data))]))
        }
        Side::Wheel => {
            let tag = format!("salt/{tag}/{id}");
            data.insert("tag", tag.as_str());
            data.insert("return", result.value);
            data.insert("success", result.success);
            Ok(object([("tag", tag.into()), ("data", Value::Map(data))]))
        }
    }
}

/// Arguments in Salt's shape: positional ones, then the named ones as one mapping.
fn arguments(request: &RunFunction) -> Value {
    let mut args = request.args.clone();
    if !request.kwargs.is_empty() {
        args.push(Value::Map(request.kwargs.clone()));
    }
    Value::List(args)
}

/// The name that was logged in with.
pub(crate) fn user(caller: &Caller) -> &str {
    match &caller.rank {
        Rank::Login { user, .. } => user,
        Rank::Administrator | Rank::User { .. } | Rank::Minion => &caller.name,
    }
}
