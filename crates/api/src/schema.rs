//! Shapes of the `model` nouns in the OpenAPI document. `model` itself does not know of HTTP, so its shapes are told here; nothing but
//! the document uses these types, and a test compares them with what serde writes.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whom a job is for.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct Target {
    /// `glob`, `pcre`, `list`, `grain`, `grain_pcre`, `pillar`, `pillar_pcre`, `pillar_exact`, `ipcidr`, `range`, `nodegroup`, `compound`.
    #[schema(example = "glob")]
    pub kind: String,
    /// The expression.
    #[schema(example = "web*")]
    pub expression: String,
    /// Delimiter of grain and pillar paths.
    #[schema(example = ":")]
    pub delimiter: String,
}

/// One function call.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct Call {
    /// Function to run.
    #[schema(example = "test.ping")]
    pub function: String,
    /// Positional arguments.
    pub args: Vec<serde_json::Value>,
    /// Named arguments.
    #[schema(value_type = Object)]
    pub kwargs: serde_json::Value,
}

/// Where a job stands on one minion.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct Progress {
    /// `queued`, `delivered`, `running`, `returned`, `failed`, `lost`, `expired`.
    #[schema(example = "running")]
    pub stage: String,
    /// Why, where it is not plain.
    pub reason: Option<String>,
    /// Since when.
    #[schema(format = DateTime)]
    pub since: String,
}

/// What came back from one minion for one job.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct Return {
    /// The job.
    pub job: String,
    /// Whose return it is.
    pub minion: String,
    /// Function names, joined with commas.
    pub function: String,
    /// The returned value.
    pub value: serde_json::Value,
    /// 0, or what says how it failed.
    pub retcode: i32,
    /// Whether the function did what it was asked.
    pub success: bool,
    /// Outputter that shows the value best.
    pub out: Option<String>,
    /// When the minion began.
    #[schema(format = DateTime)]
    pub started: String,
    /// When the minion was done.
    #[schema(format = DateTime)]
    pub finished: String,
    /// Words for who asked, beside the value.
    pub notes: Vec<String>,
}

/// A key that was offered for an id, and what became of it.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct Key {
    /// The id that it was offered for.
    pub minion: String,
    /// SHA-256 of the public key, hex pairs joined with colons.
    pub fingerprint: String,
    /// The public key, PEM.
    pub public: String,
    /// `pending`, `accepted`, `rejected`, `denied`.
    #[schema(example = "accepted")]
    pub state: String,
    /// First seen.
    #[schema(format = DateTime)]
    pub first_seen: String,
    /// When the state was last changed.
    #[schema(format = DateTime)]
    pub changed: String,
    /// Who or what changed it last.
    pub changed_by: String,
}

/// Whether a minion has a session.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Presence {
    /// It has one.
    Online {
        /// Since when.
        #[schema(format = DateTime)]
        since: String,
        /// From where, `address:port`.
        address: String,
    },
    /// It has none.
    Offline {
        /// Since when.
        #[schema(format = DateTime)]
        since: String,
        /// Why the last session ended.
        reason: String,
    },
    /// It never had one.
    Never,
}

/// Something that happened.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct Event {
    /// Its place in the order of all events of this master.
    pub sequence: u64,
    /// What it is about.
    #[schema(example = "salt/minion/web01/start")]
    pub tag: String,
    /// Its data.
    #[schema(value_type = Object)]
    pub data: serde_json::Value,
    /// When it was fired.
    #[schema(format = DateTime)]
    pub at: String,
}
