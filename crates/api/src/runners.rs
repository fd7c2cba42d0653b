//! Runners and wheel functions: functions of the master.

use model::JobId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use value::{Map, Value};

/// Call a function of the master: `POST /runners` or `POST /wheel`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RunFunction {
    /// Its name.
    #[schema(example = "jobs.list_jobs")]
    pub function: String,
    /// Positional arguments.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    pub args: Vec<Value>,
    /// Named arguments.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub kwargs: Map,
    /// Answer at once with the job's id, not with the result.
    #[serde(default, rename = "async")]
    pub detached: bool,
}

/// What a function of the master gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RunResult {
    /// Its job.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub job: Option<JobId>,
    /// The returned value; null for one that was started only.
    #[schema(value_type = Object)]
    pub value: Value,
    /// Whether it did what it was asked.
    pub success: bool,
    /// 0, or what says how it failed.
    #[serde(default)]
    pub retcode: i32,
    /// Outputter that shows the value best.
    #[serde(default)]
    pub out: Option<String>,
}
