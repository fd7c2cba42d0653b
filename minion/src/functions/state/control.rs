//! Holding and ending state runs that go on.

use crate::functions::desk;
use engine::{Pauses, Wish};
use sdk::{Action, Args, Cx, Failure, Query, Read, Value};
use std::time::Duration;

/// A job's id may have been read as a number.
fn id(jid: &Value) -> String {
    value::text::str(jid)
}

/// Hold a running state run before its next state.
///
/// ```salt
/// salt '*' state.pause 20261123061947179934 duration=60
/// ```
#[derive(Args)]
pub struct Pause {
    /// Id of the job.
    jid: Value,
    /// Id of the state before which it waits; any, if not given.
    state_id: Option<String>,
    /// Go on after so many seconds.
    duration: Option<f64>,
}

impl Action for Pause {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let duration = self.duration.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        desk(cx.read())?.core.pauses.wish(&id(&self.jid), self.state_id.as_deref(), Pauses::pause(duration));
        Ok(Value::Null)
    }
}

/// Let a held state run go on.
///
/// ```salt
/// salt '*' state.resume 20261123061947179934
/// ```
#[derive(Args)]
pub struct Resume {
    /// Id of the job.
    jid: Value,
    /// Id of the state before which it waits; any, if not given.
    state_id: Option<String>,
}

impl Action for Resume {
    type Output = bool;

    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        Ok(desk(cx.read())?.core.pauses.take_back(&id(&self.jid), self.state_id.as_deref()))
    }
}

/// End a running state run before its next state.
///
/// ```salt
/// salt '*' state.soft_kill 20261123061947179934
/// ```
#[derive(Args)]
pub struct SoftKill {
    /// Id of the job.
    jid: Value,
    /// Id of the state before which it ends; any, if not given.
    state_id: Option<String>,
}

impl Action for SoftKill {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        desk(cx.read())?.core.pauses.wish(&id(&self.jid), self.state_id.as_deref(), Wish::Kill);
        Ok(Value::Null)
    }
}

/// Show where a state run is held or ended.
///
/// ```salt
/// salt '*' state.get_pauses 20261123061947179934
/// ```
#[derive(Args)]
pub struct GetPauses {
    /// Id of the job.
    jid: Value,
}

impl Query for GetPauses {
    type Output = Value;

    async fn call(self, read: &Read) -> Result<Value, Failure> {
        Ok(desk(read)?.core.pauses.show(&id(&self.jid)))
    }
}
